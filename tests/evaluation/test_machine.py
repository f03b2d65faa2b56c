from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from stylemamba.evaluation import machine
from stylemamba.evaluation.machine import PeakMemory, describe_machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_peak_is_of_the_time_since_the_reset() -> None:
    memory = PeakMemory()
    if memory.unavailable:  # a container may forbid it
        pytest.skip(memory.unavailable)
    memory.reset()
    before = memory.mebibytes()
    block = np.ones(64 << 20, np.uint8)
    during = memory.mebibytes()
    assert during > before + 60
    del block
    assert memory.mebibytes() == pytest.approx(during, abs=1)  # a high-water mark
    memory.reset()
    assert memory.mebibytes() < during - 60


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
