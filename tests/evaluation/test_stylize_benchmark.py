from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

from stylemamba.evaluation.benchmarks import stylize as stylize_benchmark
from stylemamba.evaluation.benchmarks.stylize import (
    StylizeRow,
    benchmark_stylize,
    growth_exponent,
    measure,
)
from stylemamba.runtime.precision import DTYPE_VARIABLE

ROW = StylizeRow(100, 1.0, 0.5, 300.0, "float32", 5, 2, "cpp", "cpu")


def test_measures_one_pass_over_the_square_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[tuple[int, int], int]] = []

    class Pipe:
        device = torch.device("cpu")

        def __call__(self, image: Image.Image, prompt: str, *, steps: int) -> None:
            assert image.mode == "RGB" and prompt
            calls.append((image.size, steps))

    def from_pretrained(device: str) -> Pipe:
        assert device == "auto"
        return Pipe()

    fake = SimpleNamespace(from_pretrained=from_pretrained)
    monkeypatch.setattr("stylemamba.pipeline.StyleMambaPipeline", fake)
    monkeypatch.setenv(DTYPE_VARIABLE, "float32")
    monkeypatch.setenv("STYLEMAMBA_SCAN", "streamed")
    found: dict[str, Any] = {}
    for part in measure({"size": 40, "repeats": 3, "device": "auto"}, 0.0):
        found |= part
    assert calls == [((40, 40), 0)] * 4  # one warm-up
    assert found["dtype"] == "float32" and found["scan"] == "streamed"
    assert found["device"] == "cpu"
    assert found["threads"] == torch.get_num_threads()
    assert found["load_seconds"] > 0 and found["median_seconds"] > 0 and found["peak_mb"] > 50


def test_precision_goes_to_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure_fresh(function: str, argument: object, environment: dict[str, str]) -> object:
        assert argument == {"size": 64, "repeats": 2, "device": "cuda"}
        assert environment == {DTYPE_VARIABLE: "float32"}
        keys = ("load_seconds", "median_seconds", "peak_mb", "dtype", "threads", "scan", "device")
        return dict.fromkeys(keys, 1)

    monkeypatch.setattr(stylize_benchmark, "measure_fresh", measure_fresh)
    assert benchmark_stylize(64, repeats=2, dtype="float32", device="cuda").size == 64


def test_exponent() -> None:
    rows = [replace(ROW, size=s, median_seconds=3 * (s * s) ** 1.2) for s in (64, 128, 512)]
    assert growth_exponent(rows) == pytest.approx(1.2)
    assert math.isnan(growth_exponent([ROW]))
