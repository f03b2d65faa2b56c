"""What `stylemamba batch` adds to painting, for docs/scale.md: python docs/measure_batch.py

Workers that only wait take the place of those that paint, so it shows how the rest scales, whatever
else the machine is at; then photos of no work at all, which the driver has to pass on.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stylemamba.batch import run
from stylemamba.batch.table import Table
from stylemamba.evaluation.benchmarks.batch import summed_up

CORES = 8
"""That Ray believes in."""


class Waiting:
    """In the place of models."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def load(self) -> Waiting:
        return self

    def describe(self, error: Exception) -> str:
        return repr(error)

    def __call__(self, row: Mapping[str, Any], content: bytes, results: Any) -> dict[str, Any]:
        time.sleep(self.seconds)
        return {"state": "painted"}


def rows_of(photo: Path, count: int) -> list[dict[str, Any]]:
    known = {name: None for name in ("prompt", "recipe", "key", "sha256", "error")}
    return [
        {"photo": str(photo), "output": f"{number}.png", "claimed": True, **known}
        for number in range(count)
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "x.jpg"
        photo.write_bytes(bytes(200_000))
        with run.silenced():
            run.ray.init("local", num_cpus=CORES, include_dashboard=False, log_to_driver=False)
        for workers in (1, 2, 4, 8):
            rows = rows_of(photo, 120 * workers)
            cluster = run.Cluster(1, workers, 1, 0)
            told = list(run.paint_all(rows, Waiting(0.25), folder, False, cluster))
            print(f"workers: {workers}, {summed_up(told)['rate']:.2f} photos a second")
        table, count = Table(folder), 0
        started = spent = 0.0
        for row in run.paint_all(
            rows_of(photo, 16_000), Waiting(0), folder, False, run.Cluster(1, 2, 1, 0)
        ):
            if not count:
                started, spent = time.perf_counter(), time.process_time()
            table.add(row)
            count += 1
        seconds, spent = time.perf_counter() - started, time.process_time() - spent
        print(
            f"the driver: {count / seconds:,.0f} photos a second, {spent / count * 1e3:.2f} ms each"
        )


if __name__ == "__main__":
    main()
