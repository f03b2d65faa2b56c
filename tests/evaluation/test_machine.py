from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stylemamba.evaluation import machine, peak_memory
from stylemamba.evaluation.benchmarks import fresh_process
from stylemamba.evaluation.benchmarks.fresh_process import measure_fresh
from stylemamba.evaluation.machine import describe_machine
from stylemamba.evaluation.peak_memory import PeakMemory

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
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    found = measure_fresh("test_machine:hold", {})
    assert found["during"] > found["before"] + 60
    assert found["after"] == pytest.approx(found["during"], abs=1)  # a high-water mark
    assert found["anew"] < found["during"] - 60


def test_where_there_is_no_proc_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak_memory, "PROC", tmp_path / "none")
    assert "clear_refs" in PeakMemory().unavailable
    assert fresh_process.reset_peak() > 10  # MB, from another source
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "status").write_text("Name: python\n")
    monkeypatch.setattr(peak_memory, "PROC", tmp_path)
    assert "VmHWM" in PeakMemory().unavailable
    monkeypatch.setattr(machine, "CPU_INFO", tmp_path / "none")
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert describe_machine()["cpu"] == "riscv64"  # the platform's own name for it


@pytest.mark.parametrize("native", [False, True])
def test_machine_is_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    lines = "processor : 0\nmodel name\t: Some CPU @ 2.10GHz: Gold\nmodel name : Another\n"
    (tmp_path / "cpuinfo").write_text(lines)
    monkeypatch.setattr(machine, "CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(machine, "has_native_bfloat16", lambda: native)
    monkeypatch.setattr("torch.get_num_threads", lambda: 7)
    monkeypatch.setattr("os.cpu_count", lambda: 12)
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setattr("platform.system", lambda: "Plan9")
    assert describe_machine() == {
        "cpu": "Some CPU @ 2.10GHz: Gold",
        "logical_cpus": 12,
        "torch_threads": 7,
        "native_bfloat16": native,
        "system": "Plan9 riscv64",
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "torch": torch.__version__,
    }
