"""`stylemamba bench busy`: what one pass takes on a machine that has other work."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.benchmarks.fresh_process import StoppedError
from stylemamba.evaluation.benchmarks.stylize import benchmark_stylize, measure

LOWEST_PRIORITY = 19  # as of `nice`
_OTHER = "from stylemamba.evaluation.benchmarks.busy import keep_stylising; keep_stylising()"


@dataclass(frozen=True)
class BusyRow:
    """Median seconds of one pass, after a warm-up; ratios are to the pass alone.

    Attributes:
        size: side of the square photo, in pixels.
        repeats: passes that each median is of.
        threads: of torch.
        alone_seconds: with no other program of this kind.
        low_priority_seconds: beside one that stylises at the lowest priority.
        low_priority_ratio: how many times as long.
        side_by_side_seconds: beside one that stylises at the same priority.
        side_by_side_ratio: how many times as long.
    """

    size: int
    repeats: int
    threads: int
    alone_seconds: float
    low_priority_seconds: float
    low_priority_ratio: float
    side_by_side_seconds: float
    side_by_side_ratio: float


def benchmark_busy(size: int, *, repeats: int = 5) -> BusyRow:
    """Measures one pass alone, beside a program of low priority, and two side by side.

    Args:
        size: Side of the photo, which is cropped to a square.
        repeats: Passes to time in each of the three.

    Raises:
        StoppedError: A process failed.
        StyleMambaError: This is not a POSIX system.
    """
    if os.name != "posix":
        raise StyleMambaError("programs of low priority are only measured on POSIX systems")
    alone = benchmark_stylize(size, repeats=repeats)
    with other_program(size, LOWEST_PRIORITY):
        low_priority = benchmark_stylize(size, repeats=repeats).median_seconds
    with other_program(size, 0):
        side_by_side = benchmark_stylize(size, repeats=repeats).median_seconds
    return BusyRow(
        size=size,
        repeats=repeats,
        threads=alone.threads,
        alone_seconds=alone.median_seconds,
        low_priority_seconds=low_priority,
        low_priority_ratio=low_priority / alone.median_seconds,
        side_by_side_seconds=side_by_side,
        side_by_side_ratio=side_by_side / alone.median_seconds,
    )


@contextmanager
def other_program(size: int, niceness: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that stylises over and over, from when it has loaded to the end of the context.

    Args:
        size: Side of its photo.
        niceness: What to add to this process's.

    Raises:
        StoppedError: It failed to load.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", _OTHER, str(size), str(niceness)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        with process:
            try:
                assert process.stdout is not None
                if not process.stdout.readline():
                    process.wait()
                    errors.seek(0)
                    lines = errors.read().decode(errors="replace").strip().splitlines()
                    raise StoppedError(f"the other program: {(lines or ['failed'])[-1]}", {})
                yield process
            finally:
                process.kill()


def keep_stylising() -> None:
    """The other program's side of `other_program`; it also ends when that process is killed."""
    size, niceness = map(int, sys.argv[1:])
    os.nice(niceness)  # before torch has threads
    threading.Thread(target=_end_with_input, daemon=True).start()
    argument: dict[str, Any] = {"size": size, "repeats": sys.maxsize}
    for _ in measure(argument, time.perf_counter()):
        print("loaded", flush=True)


def _end_with_input() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)
