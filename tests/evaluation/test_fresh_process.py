from __future__ import annotations

import ctypes
import itertools
import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from stylemamba.evaluation.benchmarks import fresh_process
from stylemamba.evaluation.benchmarks.fresh_process import (
    StoppedError,
    measure_fresh,
    median_seconds,
    peak_mb,
    reset_peak,
)

HERE = "test_fresh_process"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__), prepend=os.pathsep)


def answer(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    print("a library that talks")
    yield {"variable": os.environ.get("COLOUR"), "process": os.getpid()}
    yield {"twice": 2 * argument["x"], "seconds": time.perf_counter() - started}


def fail(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    yield {"first": 1}
    if argument["how"] == "killed":
        os.kill(os.getpid(), 9)
    raise ValueError("no such thing")


def test_findings_of_another_process_come_back_together() -> None:
    found = measure_fresh(f"{HERE}:answer", {"x": 21}, environment={"COLOUR": "red"})
    assert found["twice"] == 42 and found["variable"] == "red"
    assert found["process"] != os.getpid()
    assert found["seconds"] > 0


@pytest.mark.parametrize(
    ("how", "message"), [("raises", "ValueError: no such thing"), ("killed", "signal 9")]
)
def test_early_end_keeps_what_was_found(how: str, message: str) -> None:
    with pytest.raises(StoppedError, match=message) as caught:
        measure_fresh(f"{HERE}:fail", {"how": how})
    assert caught.value.partial == {"first": 1}
    assert "\n" not in str(caught.value)


def test_time_out_keeps_whole_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], *, timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout, b'{"first": 1}\n{"second')

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(StoppedError, match="stopped after 7 s") as caught:
        measure_fresh(f"{HERE}:fail", {}, timeout=7)
    assert caught.value.partial == {"first": 1}


def never_ends(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    with fresh_process.one_pass():
        yield {"quick": 1}
    fresh_process.PASS_SECONDS = 0.01
    with fresh_process.one_pass():
        # As a library that does not ask Python whether there was a signal.
        ctypes.PyDLL(None).sleep(60)
    yield {"slow": 1}


def test_a_pass_that_takes_too_long_ends_the_process() -> None:
    with pytest.raises(StoppedError, match="one pass takes more than 10 s") as caught:
        measure_fresh(f"{HERE}:never_ends", {})
    assert caught.value.partial == {"quick": 1}


def hold_for_a_moment(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    before = reset_peak()
    block = bytearray(50_000_000)
    del block
    yield {"held": peak_mb() - before}
    before = reset_peak()
    yield {"anew": peak_mb() - before}


def test_peak_counts_what_was_held_for_a_moment_and_starts_anew() -> None:
    # In this process, free memory of earlier tests would be used, and nothing be seen.
    found = measure_fresh(f"{HERE}:hold_for_a_moment", {})
    assert 45 < found["held"] < 80
    if os.path.exists("/proc/self/clear_refs"):
        assert found["anew"] < 5


def test_median_is_without_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = itertools.accumulate([0, 3, 0, 1, 0, 2]), []
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    assert median_seconds(lambda: calls.append(1), 3) == 2
    assert len(calls) == 4


def test_median_stops_repeating_at_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = itertools.accumulate([0, 30]), []
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    assert median_seconds(lambda: calls.append(1), 5, budget=20) == 30
    assert len(calls) == 2
