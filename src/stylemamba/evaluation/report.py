"""The tables of an evaluation: rows, means and deviations, as CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stylemamba.evaluation.evaluator import Evaluator, Metric
from stylemamba.evaluation.judges import Judge
from stylemamba.evaluation.peak_memory import PeakMemory
from stylemamba.files.atomic import atomic_writer

FILES = ("results.json", "results.csv", "results.md")
"""What `write_tables` writes, in this order: of a folder with any there is the JSON file."""
LABELS = ("photo", "group", "caption", "prompt", "picture")
ARROWS = {"higher": " ↑", "lower": " ↓", "": ""}
ESCAPES = str.maketrans({"|": "\\|", "\n": " ", "\r": " "})
COSTS = {
    "seconds": Metric("seconds", "lower", "wall time of stylising one picture"),
    "peak_memory": Metric(
        "peak MiB", "lower", "peak resident set while stylising one picture, models included"
    ),
}


def summarise(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """Number of pictures, and for each metric: n that have it, mean, standard deviation.

    The deviation is the sample's (n - 1); mean and deviation are None where there is nothing to
    compute them from.
    """
    summary: dict[str, Any] = {"pictures": len(rows)}
    for name in names:
        values = [row[name] for row in rows if row[name] is not None]
        mean = math.fsum(values) / len(values) if values else None
        deviation = None
        if mean is not None and len(values) > 1:
            squares = math.fsum((value - mean) ** 2 for value in values)
            deviation = math.sqrt(squares / (len(values) - 1))
        summary[name] = {"n": len(values), "mean": mean, "deviation": deviation}
    return summary


def summarise_by(
    rows: Sequence[Mapping[str, Any]], label: str, names: Sequence[str]
) -> list[dict[str, Any]]:
    """A summary for each value of a label, in the order in which they come."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        parts.setdefault(row[label], []).append(row)
    return [{label: value, **summarise(part, names)} for value, part in parts.items()]


def summarise_run(
    rows: Sequence[Mapping[str, Any]], evaluator: Evaluator, memory: PeakMemory
) -> dict[str, Any]:
    """What was measured, with what, what could not be, and all numbers."""
    left_out = dict(evaluator.left_out)
    if memory.unavailable:
        left_out["peak_memory"] = memory.unavailable
    metrics = {**evaluator.metrics, **COSTS}
    metrics = {name: metric for name, metric in metrics.items() if name not in left_out}
    names = list(metrics)
    grouped = any(row["group"] for row in rows)
    return {
        "judge": _judge(evaluator.judges[0]),
        "other_judges": [_judge(judge) for judge in evaluator.judges[1:]],
        "metrics": {name: asdict(metric) for name, metric in metrics.items()},
        "left_out": left_out,
        "overall": summarise(rows, names),
        "by_prompt": summarise_by(rows, "prompt", names),
        "by_group": summarise_by(rows, "group", names) if grouped else [],
        "rows": [{name: row[name] for name in (*LABELS, *names)} for row in rows],
    }


def _judge(judge: Judge) -> dict[str, Any]:
    return {
        "name": judge.name,
        "weights": judge.digest,
        "optimised": judge.optimised,
        "note": judge.note,
    }


def write_tables(folder: Path, results: Mapping[str, Any]) -> None:
    """Writes results.json, results.csv and results.md, each whole or not at all.

    Raises:
        StyleMambaError: The folder cannot be written, or the disk is full.
    """
    texts = (
        json.dumps(results, indent=1, allow_nan=False) + "\n",
        to_csv(results),
        to_markdown(results),
    )
    for name, text in zip(FILES, texts, strict=True):
        with atomic_writer(folder / name) as file:
            file.write(text.encode("utf-8", "backslashreplace"))  # names of files may be any bytes


def to_csv(results: Mapping[str, Any]) -> str:
    """One line a picture; empty cells where a metric could not be measured."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [*LABELS, *results["metrics"]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(results["rows"])
    return stream.getvalue()


def to_markdown(results: Mapping[str, Any]) -> str:
    """The report that people read: means ± deviations for each prompt (and group), and overall."""
    metrics = results["metrics"]
    lines = [
        "# StyleMamba evaluation",
        "",
        f"{results['photos']} photos x {len(results['prompts'])} prompts = "
        f"{results['overall']['pictures']} pictures, {len(results['skipped'])} photos skipped. "
        "Mean ± standard deviation over the pictures; each of them is in results.csv.",
        "",
        *(_of_judge(judge) for judge in (results["judge"], *results["other_judges"])),
        "",
        *_table("prompt", results["by_prompt"], results),
    ]
    if results["by_group"]:
        lines += ["", *_table("group", results["by_group"], results)]
    lists = {
        "Metrics": [f"{metric['label']}: {metric['definition']}" for metric in metrics.values()],
        "Left out": [f"{name}: {reason}" for name, reason in results["left_out"].items()],
        "Skipped": results["skipped"],
        "Notes": results["notes"],
        "Made with": [
            f"{name}: " + ", ".join(f"{key} {value}" for key, value in results[name].items())
            for name in ("settings", "models", "machine")
        ],
    }
    for heading, items in lists.items():
        if items:
            lines += ["", f"{heading}:", "", *(f"- {item}" for item in items)]
    return "\n".join(lines) + "\n"


def _of_judge(judge: Mapping[str, Any]) -> str:
    role = (
        "**the encoder that was optimised**, so that it flatters the results"
        if judge["optimised"]
        else "not the encoder that was optimised"
    )
    note = f" ({judge['note']})" if judge["note"] else ""
    return f"Judge: {judge['name']}, weights {judge['weights']}: {role}{note}."


def _table(label: str, parts: Sequence[Mapping[str, Any]], results: Mapping[str, Any]) -> list[str]:
    metrics = results["metrics"]
    headings = [metric["label"] + ARROWS[metric["better"]] for metric in metrics.values()]
    rows = [(part[label], part) for part in parts] + [("**all**", results["overall"])]
    table = [[label, "pictures", *headings], ["---", "---:", *("---:" for _ in metrics)]]
    table += [
        [name, str(part["pictures"]), *(_cell(part[m]) for m in metrics)] for name, part in rows
    ]
    return [f"| {' | '.join(cell.translate(ESCAPES) for cell in cells)} |" for cells in table]


def _cell(value: Mapping[str, Any]) -> str:
    if value["mean"] is None:
        return "-"
    digits = 1 if abs(value["mean"]) >= 10 else 3
    spread = "" if value["deviation"] is None else f" ± {value['deviation']:.{digits}f}"
    return f"{value['mean']:.{digits}f}{spread}"
