"""`stylemamba bench batch`: what many photos cost on Ray, and how they go faster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.runtime.shipped import PACKAGE

PROMPTS = (
    "oil painting",
    "watercolour",
    "ukiyo-e woodblock print",
    "stained glass",
    "pencil sketch",
    "pixel art",
)
"""Whose marks cost more or less."""


@dataclass(frozen=True)
class BatchRow:
    """A job of many photos.

    Attributes:
        size: Side of the square photos, in pixels.
        photos: How many there were.
        workers: That painted them, on one core each.
        seconds: The job took, with Ray's start and the models' loading.
        rate: Photos a second, from when all workers had loaded until the first one had no more.
        core_seconds: Of a worker for a thousand photos: decoded, painted, encoded, written.
        load_core_seconds: Of a worker for its first photo beyond that, after it had its models.
        output_mb: Of a thousand results.
    """

    size: int
    photos: int
    workers: int
    seconds: float
    rate: float
    core_seconds: float
    load_core_seconds: float
    output_mb: float


def benchmark_batch(size: int, photos: int, workers: int) -> BatchRow:
    """Paints cuttings of the bundled photo in styles by turns, in a new process.

    Args:
        size: Side of the photos.
        photos: How many; at least six for each worker, or little is known of them.
        workers: How many, on one core each.

    Raises:
        StyleMambaError: The job failed, or a worker was given too few photos.
    """
    with tempfile.TemporaryDirectory() as folder:
        _draw(Path(folder), size, photos)
        command = [sys.executable, "-m", "stylemamba", "batch", "list.jsonl", "-o", "out"]
        job = subprocess.run(
            [*command, "--workers", str(workers), "--json"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            capture_output=True,
            text=True,
        )
        if job.returncode:
            raise StyleMambaError(f"the job failed: {job.stderr.strip() or job.returncode}")
        from pyarrow import parquet

        rows = parquet.read_table(Path(folder) / "out" / "results.parquet").to_pylist()
        written = sum(path.stat().st_size for path in Path(folder, "out").glob("*.png"))
    found = summed_up(rows)
    if found["workers"] != workers:
        raise StyleMambaError(f"{found['workers']} workers had photos: more --photos for {workers}")
    seconds = json.loads(job.stdout.splitlines()[-1])["seconds"]
    return BatchRow(
        size=size, photos=photos, seconds=seconds, output_mb=written / photos / 1000, **found
    )


def summed_up(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the table of results tells of a job whose photos are of one kind.

    Args:
        rows: Of all photos, with `worker`, `finished` and `cpu_seconds`.

    Returns:
        `workers`, `rate`, `core_seconds` and `load_core_seconds` of `BatchRow`.

    Raises:
        StyleMambaError: A worker painted fewer than two of them.
    """
    done: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for row in rows:
        done[row["worker"]].append((row["finished"], row["cpu_seconds"]))
    if min(map(len, done.values())) < 2:
        raise StyleMambaError("a worker had one photo only: more --photos")
    for each in done.values():
        each.sort()
    begin = max(each[0][0] for each in done.values())
    end = min(each[-1][0] for each in done.values())
    finished = [when for each in done.values() for when, _ in each]
    within = sum(begin < when <= end for when in finished)
    span = (end - begin).total_seconds()
    cost = fmean(spent for each in done.values() for _, spent in each[1:])
    return {
        "workers": len(done),
        "rate": within / span if span > 0 else 0.0,
        "core_seconds": 1000 * cost,
        "load_core_seconds": fmean(each[0][1] for each in done.values()) - cost,
    }


def _draw(folder: Path, size: int, photos: int) -> None:
    """Different photos of one size, and the list that says how they are to be painted."""
    with Image.open(PACKAGE / "samples" / "chelsea.png") as opened:
        source = opened.convert("RGB")
    side, lines = min(source.size) - 60, []
    for number in range(photos):
        left, top = number % 8 * 7, number // 8 % 8 * 7
        cutting = source.crop((left, top, left + side, top + side))
        name = f"{number:05}.jpg"
        cutting.resize((size, size), Image.Resampling.LANCZOS).save(folder / name, quality=90)
        lines.append(json.dumps({"photo": name, "prompt": PROMPTS[number % len(PROMPTS)]}))
    (folder / "list.jsonl").write_text("\n".join(lines))
