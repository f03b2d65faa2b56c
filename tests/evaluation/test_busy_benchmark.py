from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.benchmarks import busy
from stylemamba.evaluation.benchmarks.busy import benchmark_busy, other_program
from stylemamba.evaluation.benchmarks.fresh_process import StoppedError
from stylemamba.evaluation.benchmarks.stylize import StylizeRow

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs priorities")

ROW = StylizeRow(64, 1.0, 0.5, 300.0, "float32", 2, 2, "cpp")
# In the other program: takes the place of the models, and never ends by itself.
ENDLESS = "import os, time; print(os.nice(0), *sys.argv[1:], flush=True); time.sleep(60)"


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sets what the other program does in `measure`'s place, before it is to stylise."""

    def put(body: str) -> None:
        code = (
            "import sys; from stylemamba.evaluation.benchmarks import busy\n"
            f"def measure(argument, started):\n    yield {{}}\n    {body}\n"
            "busy.measure = measure; busy.keep_stylising()"
        )
        monkeypatch.setattr(busy, "_OTHER", code)

    yield put


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_pass_alone_then_beside_each_other_program(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int | None] = [None]
    seconds = {None: 0.5, 19: 1.0, 0: 0.8}

    def benchmark_stylize(size: int, *, repeats: int) -> StylizeRow:
        assert (size, repeats) == (64, 2)
        return replace(ROW, median_seconds=seconds[running[-1]])

    @contextmanager
    def other(size: int, niceness: int) -> Iterator[None]:
        assert size == 64
        running.append(niceness)
        yield
        running.append(None)

    monkeypatch.setattr(busy, "benchmark_stylize", benchmark_stylize)
    monkeypatch.setattr(busy, "other_program", other)
    row = benchmark_busy(64, repeats=2)
    assert running == [None, 19, None, 0, None]
    assert (row.size, row.repeats, row.threads) == (64, 2, 2)
    assert (row.alone_seconds, row.low_priority_seconds, row.side_by_side_seconds) == (0.5, 1, 0.8)
    assert (row.low_priority_ratio, row.side_by_side_ratio) == (2, 1.6)


def test_the_other_program_has_its_priority_and_ends_with_the_context(stand_in: Any) -> None:
    stand_in(ENDLESS)
    with other_program(40, 3) as process:
        assert process.stdout is not None
        assert process.stdout.readline().split() == [str(os.nice(0) + 3).encode(), b"40", b"3"]
        assert process.poll() is None
    assert not is_alive(process.pid)


@pytest.mark.parametrize("error", [KeyboardInterrupt, StoppedError("killed", {})])
def test_the_other_program_ends_with_an_interrupt(
    stand_in: Any, error: type[BaseException] | BaseException
) -> None:
    stand_in(ENDLESS)
    with (
        pytest.raises((KeyboardInterrupt, StoppedError)),
        other_program(40, 0) as process,
    ):
        raise error
    assert not is_alive(process.pid)


def test_the_other_program_ends_when_nobody_is_left_to_end_it(stand_in: Any) -> None:
    stand_in("import time; time.sleep(60)")
    code = (
        "import os; from stylemamba.evaluation.benchmarks import busy\n"
        f"busy._OTHER = {busy._OTHER!r}\n"
        "with busy.other_program(40, 0) as process: print(process.pid, flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=50)
    process, deadline = int(done.stdout), time.monotonic() + 20
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(process)


def test_other_program_that_fails_says_why(stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in("pass")
    broken = busy._OTHER.replace("yield {}", "raise ValueError('no such model'); yield")
    monkeypatch.setattr(busy, "_OTHER", broken)
    with (
        pytest.raises(StoppedError, match="other program: ValueError: no such model"),
        other_program(40, 0),
    ):
        pass


def test_other_systems_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy.os, "name", "nt")
    with pytest.raises(StyleMambaError, match="POSIX"):
        benchmark_busy(64)
