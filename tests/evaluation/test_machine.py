from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stylemamba.evaluation import machine
from stylemamba.evaluation.benchmarks.fresh_process import measure_fresh
from stylemamba.evaluation.machine import PeakMemory, describe_machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def hold(argument: dict[str, Any], started: float) -> Iterator[dict[str, float]]:
    memory = PeakMemory()
    yield {"before": memory.mebibytes()}
    block = np.ones(64 << 20, np.uint8)
    yield {"during": memory.mebibytes()}
    del block
    yield {"after": memory.mebibytes()}
    memory.reset()
    yield {"anew": memory.mebibytes()}


def test_peak_is_of_the_time_since_the_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := PeakMemory().unavailable:  # a container may forbid it
        pytest.skip(reason)
    # In this process, free memory of earlier tests would be used, and nothing be seen.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    found = measure_fresh("test_machine:hold", {})
    assert found["during"] > found["before"] + 60
    assert found["after"] == pytest.approx(found["during"], abs=1)  # a high-water mark
    assert found["anew"] < found["during"] - 60


def test_where_there_is_no_proc_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PROC", tmp_path / "none")
    assert "clear_refs" in PeakMemory().unavailable
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "status").write_text("Name: python\n")
    monkeypatch.setattr(machine, "PROC", tmp_path)
    assert "VmHWM" in PeakMemory().unavailable
    assert describe_machine()["cpu"]  # the platform's own name for it


def test_machine_is_described() -> None:
    description = describe_machine()
    assert all(str(value) for value in description.values())
    assert {"cpu", "torch", "torch_threads"} <= description.keys()
