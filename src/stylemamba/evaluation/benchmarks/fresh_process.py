"""Measurements in a fresh process: nothing warm, and a peak of memory that is nobody else's."""

from __future__ import annotations

import json
import math
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation import peak_memory

_CHILD = (
    "import time; started = time.perf_counter(); "
    "from stylemamba.evaluation.benchmarks.fresh_process import serve; serve(started)"
)


PASS_SECONDS = 10.0
TOO_SLOW = f"one pass takes more than {PASS_SECONDS:.0f} s"
_ALARM = getattr(signal, "SIGALRM", 14)  # not on Windows


class StoppedError(StyleMambaError):
    """A measurement ended early.

    Attributes:
        partial: What it had found by then.
    """

    def __init__(self, message: str, partial: dict[str, Any]) -> None:
        super().__init__(message)
        self.partial = partial


def measure_fresh(
    function: str,
    argument: Mapping[str, Any],
    *,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Calls a function in a new Python process.

    Args:
        function: "module:name" of a function that takes `argument` and the time.perf_counter() of
            the start of its process, and yields dictionaries of findings as it has them.
        argument: Anything that JSON can hold.
        environment: Variables to set on top of this process's.
        timeout: Seconds after which the process is killed.

    Returns:
        All findings together.

    Raises:
        StoppedError: The process failed, was killed or took too long.
    """
    command = [sys.executable, "-c", _CHILD, function, json.dumps(dict(argument))]
    reason = None
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, **(environment or {})},
            timeout=timeout,
        )
        output = done.stdout
        if done.returncode == -_ALARM:
            reason = TOO_SLOW
        elif done.returncode < 0:
            reason = f"killed by signal {-done.returncode}; is there enough memory?"
        elif done.returncode:
            reason = (done.stderr.decode(errors="replace").strip().splitlines() or ["failed"])[-1]
    except subprocess.TimeoutExpired as error:
        output, reason = error.stdout or b"", f"stopped after {timeout:.0f} s"
    found: dict[str, Any] = {}
    for line in output.splitlines(keepends=True):
        if line.startswith(b"{") and line.endswith(b"\n"):
            found |= json.loads(line)
    if reason:
        raise StoppedError(reason, found)
    return found


def serve(started: float) -> None:
    """The new process's side of `measure_fresh`."""
    function, argument = sys.argv[1:]
    module, _, name = function.partition(":")
    for found in getattr(import_module(module), name)(json.loads(argument), started):
        print(json.dumps(found), flush=True)


@contextmanager
def one_pass() -> Iterator[None]:
    """What takes longer than `PASS_SECONDS` within ends a fresh process; nothing does on Windows.

    The system's alarm does: Python is not asked, so it works within a call of a library, too.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, PASS_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def reset_peak() -> float:
    """Starts a new count of peak memory where the system can (Linux).

    Returns:
        Memory of the process now, in MB; where the system cannot tell, its peak so far.
    """
    try:
        peak_memory.reset_peak()
    except OSError:
        return peak_mb()
    return peak_memory.resident_bytes() / 1e6


def peak_mb() -> float:
    """Peak resident memory of the process since `reset_peak` (or its start), in 10^6 bytes."""
    try:
        return peak_memory.peak_bytes() / 1e6
    except OSError:
        import resource  # not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def median_seconds(call: Callable[[], object], repeats: int, budget: float = math.inf) -> float:
    """Median time of `repeats` calls after a warm-up; fewer, but one, once `budget` s are spent."""
    call()
    seconds: list[float] = []
    while not seconds or (len(seconds) < repeats and sum(seconds) < budget):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
