from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from stylemamba.evaluation.benchmarks import scan as scan_benchmark
from stylemamba.evaluation.benchmarks import scan_contestants
from stylemamba.evaluation.benchmarks.fresh_process import TOO_SLOW, StoppedError, measure_fresh
from stylemamba.evaluation.benchmarks.scan import (
    ScanRow,
    benchmark_scans,
    measure_memory,
    measure_times,
    write_expected,
)
from stylemamba.evaluation.benchmarks.scan_contestants import (
    CONTESTANTS,
    GROUPS,
    STATES,
    benchmark_inputs,
    why_missing,
)
from stylemamba.scan.reference import reference_scan

D, L = 3, 21


@pytest.mark.parametrize("name", list(CONTESTANTS))
def test_every_contestant_computes_the_scan(name: str, tmp_path: Path) -> None:
    if reason := why_missing(name):
        pytest.skip(reason)
    argument = {"name": name, "d": D, "l": L, "file": str(tmp_path / "x.pt"), "repeats": 1}
    list(write_expected(argument, 0.0))
    found: dict[str, float] = {}
    for part in measure_times(argument, 0.0):
        found |= part
    assert 0 < found["max_rel_error"] < 1e-5
    assert min(found["forward_ms"], found["forward_backward_ms"]) > 0


def test_a_wrong_contestant_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The result is right and one gradient is not."""

    def wrong(u: Tensor, *rest: Tensor) -> Tensor:
        return reference_scan(u, rest[0].detach() + 0 * rest[0], *rest[1:])

    monkeypatch.setitem(CONTESTANTS, "wrong", lambda: wrong)
    argument = {"name": "wrong", "d": D, "l": L, "file": str(tmp_path / "x.pt"), "repeats": 1}
    list(write_expected(argument, 0.0))
    found: dict[str, float] = {}
    for part in measure_times(argument, 0.0):
        found |= part
    assert found["max_rel_error"] == pytest.approx(1)


def test_memory_is_that_of_the_pass() -> None:
    # In this process, free memory of earlier tests would be used, and nothing be seen.
    function = f"{measure_memory.__module__}:{measure_memory.__name__}"
    found = measure_fresh(function, {"name": "reference", "d": 16, "l": 400})
    states_mb = 400 * GROUPS * 16 * STATES * 4 / 1e6
    assert found["peak_mb"] > 2 * states_mb  # the loop keeps several tensors of that size


def test_inputs_have_the_layout_of_style_fusion_and_stable_values() -> None:
    u, delta, A, B, C, D_skip, grad_y = benchmark_inputs(D, L)
    assert u.shape == delta.shape == grad_y.shape == (1, GROUPS, D, L)
    assert B.shape == C.shape == (1, GROUPS, STATES, L)
    assert A.shape == (GROUPS, D, STATES) and D_skip.shape == (GROUPS, D)
    assert u.permute(3, 0, 1, 2).is_contiguous()
    assert (delta >= 1e-3).all() and (delta <= 0.1).all() and (A < 0).all()
    assert all(torch.equal(x, y) for x, y in zip((u, B), benchmark_inputs(D, L)[::3], strict=False))


def test_a_contestant_that_fails_leaves_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(function: str, argument: dict[str, object], timeout: float = 0) -> dict[str, float]:
        if function.endswith("measure_times"):
            raise StoppedError("stopped after 120 s", {"forward_ms": 7.0})
        return {"peak_mb": 3.0} if function.endswith("measure_memory") else {}

    monkeypatch.setattr(scan_benchmark, "measure_fresh", measure)
    (row,) = benchmark_scans(["torch"], [(4, 5)])
    assert row == ScanRow("torch", 4, 5, 7.0, None, 3.0, None, "measure_times: stopped after 120 s")


def test_a_slow_contestant_is_skipped_from_there_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, str]] = []

    def measure(function: str, argument: dict[str, object], timeout: float = 0) -> dict[str, float]:
        asked.append((argument["name"], function.rpartition(":")[2]))
        if asked[-1] == ("mambapy", "measure_times"):
            raise StoppedError(TOO_SLOW, {"forward_ms": 7.0})
        return {"peak_mb": 3.0} if function.endswith("measure_memory") else {}

    monkeypatch.setattr(scan_benchmark, "measure_fresh", measure)
    rows = list(benchmark_scans(["mambapy", "torch"], [(4, 5), (4, 50)]))
    first, _, second, _ = rows
    assert first.forward_ms == 7.0 and first.note == "skipped: one pass takes more than 10 s"
    assert second.forward_ms is None and "at a smaller shape" in str(second.note)
    both = [("torch", "measure_times"), ("torch", "measure_memory")]
    reference = ("reference", "write_expected")
    assert asked == [reference, ("mambapy", "measure_times"), *both, reference, *both]


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_contestants, "find_spec", lambda name: None)
    monkeypatch.setattr(scan_contestants, "load_library", lambda: None)
    monkeypatch.setattr(scan_contestants, "why_not", lambda: "there is no C++ compiler")
    missing = scan_benchmark.missing_contestants(["torch", "cpp", "mambapy"])
    assert list(missing) == ["cpp", "mambapy"]
    assert "compiler" in missing["cpp"] and "stylemamba[bench]" in missing["mambapy"]
