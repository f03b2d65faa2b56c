from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from stylemamba.cli import main
from stylemamba.evaluation.benchmarks import batch as batch_benchmark
from stylemamba.evaluation.benchmarks import busy as busy_benchmark
from stylemamba.evaluation.benchmarks import scan as scan_benchmark
from stylemamba.evaluation.benchmarks import stylize as stylize_benchmark
from stylemamba.evaluation.benchmarks.batch import BatchRow
from stylemamba.evaluation.benchmarks.busy import BusyRow
from stylemamba.evaluation.benchmarks.fresh_process import StoppedError
from stylemamba.evaluation.benchmarks.scan import SHAPES, ScanRow
from stylemamba.evaluation.benchmarks.stylize import StylizeRow


def test_scan_for_real(capsys: pytest.CaptureFixture[str]) -> None:
    command = "bench scan --backend torch --d 2 --l 9 --repeats 1 --json"
    assert main(command.split()) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["backend"], row["d"], row["l"], row["note"]) == ("torch", 2, 9, None)
    assert min(row["forward_ms"], row["forward_backward_ms"]) > 0 and row["peak_mb"] >= 0
    assert row["max_rel_error"] < 1e-5


@pytest.fixture
def fake_rows(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []

    def benchmark_scans(names: list[str], shapes: Any, repeats: int) -> list[ScanRow]:
        asked.append((names, shapes, repeats))
        note = "measure_times: stopped after 120 s"
        return [
            ScanRow("cpp", 64, 1024, 1.44, 4.12, 50.0, 3e-7, None),
            ScanRow("mambapy", 64, 1024, 28.0, None, 200.0, None, note),
        ]

    monkeypatch.setattr(scan_benchmark, "benchmark_scans", benchmark_scans)
    monkeypatch.setattr(
        scan_benchmark, "missing_contestants", lambda names: {"transformers": "too old"}
    )
    return asked


def test_scan_table(fake_rows: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "scan"]) == 0
    assert fake_rows == [(["torch", "cpp", "mambapy"], SHAPES, 5)]
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "backend          D      L     forward   + backward      peak  error",
        "cpp             64   1024      1.4 ms       4.1 ms   50.0 MB  3e-07",
        "mambapy         64   1024     28.0 ms            -  200.0 MB  -",
    ]
    assert "transformers left out: too old" in err
    assert "mambapy, D 64, L 1024: measure_times: stopped" in err


def test_scan_json_has_null_for_what_is_missing(
    fake_rows: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "scan", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[1]["forward_backward_ms"] is None and rows[0]["peak_mb"] == 50.0


@pytest.mark.parametrize(
    "arguments",
    [
        "scan --d 5",
        "scan --l 5",
        "scan --d 0 --l 5",
        "scan --backend numpy",
        "stylize --size 8",
        "busy --size 8",
    ],
)
def test_wrong_usage(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *arguments.split()]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.fixture
def fake_passes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []

    def benchmark_stylize(size: int, *, repeats: int, dtype: str, device: str) -> StylizeRow:
        asked.append((size, repeats, dtype, device))
        return StylizeRow(size, 2.5, size * size * 1e-6, 700.0, dtype, repeats, 2, "cpp", "cpu")

    monkeypatch.setattr(stylize_benchmark, "benchmark_stylize", benchmark_stylize)
    return asked


def test_stylize_json_of_one_size_is_an_object(
    fake_passes: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(
            ["bench", "stylize", "--size", "100", "--repeats", "2", "--dtype", "float32", "--json"]
        )
        == 0
    )
    assert fake_passes == [(100, 2, "float32", "auto")]
    assert json.loads(capsys.readouterr().out) == asdict(
        StylizeRow(100, 2.5, 0.01, 700.0, "float32", 2, 2, "cpp", "cpu")
    )


def test_stylize_json_of_several_sizes_has_the_exponent(
    fake_passes: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "stylize", "--size", "64", "--size", "256", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [row["size"] for row in result["rows"]] == [64, 256]
    assert result["exponent"] == pytest.approx(1)


def test_stylize_text(fake_passes: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "stylize", "--size", "512", "--size", "1024"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "512 px: 0.262 s a pass, 2.5 s to load, 700 MB (cpu, auto, cpp scan, threads: 2)",
        "1024 px: 1.049 s a pass, 2.5 s to load, 700 MB (cpu, auto, cpp scan, threads: 2)",
        "seconds grow as pixels^1.00",
    ]


@pytest.fixture
def fake_busy(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []

    def benchmark_busy(size: int, *, repeats: int) -> BusyRow:
        asked.append((size, repeats))
        return BusyRow(size, repeats, 2, 0.5, 0.9, 1.8, 0.75, 1.5)

    monkeypatch.setattr(busy_benchmark, "benchmark_busy", benchmark_busy)
    return asked


def test_busy_text(fake_busy: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "busy"]) == 0
    assert fake_busy == [(512, 5)]
    assert capsys.readouterr().out.splitlines() == [
        "512 px, alone: 0.500 s a pass (threads: 2)",
        "beside low priority: 0.900 s, 1.80 times as long",
        "two side by side: 0.750 s each, 1.50 times as long",
    ]


def test_busy_json(fake_busy: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "busy", "--size", "64", "--repeats", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == asdict(
        BusyRow(64, 2, 2, 0.5, 0.9, 1.8, 0.75, 1.5)
    )


def test_batch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def benchmark_batch(size: int, photos: int, workers: int) -> BatchRow:
        return BatchRow(size, photos, workers, 40.4, 1.5 * workers, 640.6, 3.0, 250.4)

    monkeypatch.setattr(batch_benchmark, "benchmark_batch", benchmark_batch)
    command = ["bench", "batch", "--size", "256", "--workers", "1", "--workers", "2"]
    assert main(command) == 0
    assert capsys.readouterr().out.splitlines() == [
        "256 px, workers: 1, 1.50 photos a second (60 in 40 s with the start); a thousand: "
        "641 core seconds, 250 MB",
        "256 px, workers: 2, 3.00 photos a second (60 in 40 s with the start); a thousand: "
        "641 core seconds, 250 MB",
    ]
    assert main([*command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["workers"] for row in rows] == [1, 2] and rows[0]["load_core_seconds"] == 3


def test_failed_measurement_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise StoppedError("killed by signal 9; is there enough memory?", {})

    monkeypatch.setattr(stylize_benchmark, "benchmark_stylize", fail)
    assert main(["bench", "stylize", "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err == "stylemamba: error: killed by signal 9; is there enough memory?\n"
