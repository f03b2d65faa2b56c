"""`stylemamba bench scan`: time, memory and error of selective scans, side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylemamba.evaluation.benchmarks.fresh_process import (
    TOO_SLOW,
    StoppedError,
    measure_fresh,
    median_seconds,
    one_pass,
    peak_mb,
    reset_peak,
)
from stylemamba.evaluation.benchmarks.scan_contestants import (
    CONTESTANTS,
    benchmark_inputs,
    why_missing,
)

SHAPES = ((64, 1024), (64, 4096), (256, 4096))  # channels of a group, tokens
TIME_LIMIT = 120.0  # seconds for each measurement of one contestant at one shape
_BUDGET = 5.0  # seconds after which a time is not repeated
_HERE = "stylemamba.evaluation.benchmarks.scan"


@dataclass(frozen=True)
class ScanRow:
    """One contestant at one shape: batch 1, four groups, 16 states, float32.

    Attributes:
        backend: `torch` and `cpp` are ours.
        d: channels of a group.
        l: tokens.
        forward_ms: median, without gradients.
        forward_backward_ms: median.
        peak_mb: growth of a fresh process's peak memory by one pass forward and backward.
        max_rel_error: largest max |x - x'| / max |x'| of the result and all gradients, where x' is
            the float64 loop's.
        note: why a number is missing (None).
    """

    backend: str
    d: int
    l: int  # noqa: E741
    forward_ms: float | None
    forward_backward_ms: float | None
    peak_mb: float | None
    max_rel_error: float | None
    note: str | None


def missing_contestants(names: Sequence[str]) -> dict[str, str]:
    """The contestants that cannot run here, and why."""
    return {name: reason for name in names if (reason := why_missing(name)) is not None}


def benchmark_scans(
    names: Sequence[str], shapes: Sequence[tuple[int, int]] = SHAPES, repeats: int = 5
) -> Iterator[ScanRow]:
    """Measures contestants that can run here, every number in a process of its own.

    One whose pass takes more than `PASS_SECONDS` is left alone from there on.

    Args:
        names: Of `CONTESTANTS`.
        shapes: (channels of a group, tokens).
        repeats: Runs a time is the median of.

    Raises:
        StoppedError: The float64 loop did not get through.
    """
    slow: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for d, l in shapes:  # noqa: E741
            expected = {"name": "reference", "d": d, "l": l, "file": f"{folder}/expected.pt"}
            measure_fresh(f"{_HERE}:write_expected", expected)
            for name in names:
                if name in slow:
                    skipped = f"skipped: {TOO_SLOW} at a smaller shape"
                    yield ScanRow(name, d, l, None, None, None, None, skipped)
                    continue
                found, note = _measured({**expected, "name": name, "repeats": repeats})
                if note is not None and TOO_SLOW in note:
                    slow.add(name)
                numbers = {
                    key: found.get(key)
                    for key in ("forward_ms", "forward_backward_ms", "peak_mb", "max_rel_error")
                }
                yield ScanRow(backend=name, d=d, l=l, note=note, **numbers)


def _measured(argument: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """What was found of one contestant at one shape, and what kept the rest from being found."""
    found: dict[str, Any] = {}
    notes = []
    for function in ("measure_times", "measure_memory"):
        try:
            found |= measure_fresh(f"{_HERE}:{function}", argument, timeout=TIME_LIMIT)
        except StoppedError as error:
            found |= error.partial
            if str(error) == TOO_SLOW:
                return found, f"skipped: {TOO_SLOW}"
            notes.append(f"{function}: {error}")
    return found, "; ".join(notes) or None


def _pass(name: str, inputs: list[Tensor]) -> list[Tensor]:
    """Result and gradients; the last input is dL/dy."""
    *arguments, grad_y = inputs
    leaves = [x.detach().requires_grad_() for x in arguments]
    y = CONTESTANTS[name]()(*leaves)
    return [y.detach(), *torch.autograd.grad(y, leaves, grad_y)]


def write_expected(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    """In a fresh process: saves what the float64 loop computes."""
    inputs = [x.double() for x in benchmark_inputs(argument["d"], argument["l"])]
    torch.save(_pass("reference", inputs), Path(argument["file"]))
    yield {}


def measure_times(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    """In a fresh process: forward_ms, max_rel_error and forward_backward_ms."""
    name, repeats = argument["name"], argument["repeats"]
    inputs = benchmark_inputs(argument["d"], argument["l"])
    scan = CONTESTANTS[name]()

    @torch.no_grad()
    def forward_only() -> None:
        with one_pass():
            scan(*inputs[:-1])

    forward = median_seconds(forward_only, repeats, _BUDGET)
    yield {"forward_ms": forward * 1e3}
    with one_pass():
        actual = _pass(name, inputs)
    expected = torch.load(argument["file"], weights_only=True)
    errors = [
        ((x.double() - y).abs().max() / y.abs().max()).item()
        for x, y in zip(actual, expected, strict=True)
    ]
    yield {"max_rel_error": max(errors)}
    del actual, expected

    def both_ways() -> None:
        with one_pass():
            _pass(name, inputs)

    both = median_seconds(both_ways, repeats, _BUDGET)
    yield {"forward_backward_ms": both * 1e3}


def measure_memory(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    """In a fresh process: peak_mb of one pass, the inputs and loaded code not counted."""
    name = argument["name"]
    _pass(name, benchmark_inputs(2, 8))
    inputs = benchmark_inputs(argument["d"], argument["l"])
    before = reset_peak()
    with one_pass():
        _pass(name, inputs)
    yield {"peak_mb": peak_mb() - before}
