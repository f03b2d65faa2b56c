"""`stylemamba bench stylize`: how long one pass over a photo takes, from a cold start and warm."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from stylemamba.evaluation.benchmarks.fresh_process import measure_fresh, median_seconds, peak_mb
from stylemamba.runtime.precision import DTYPE_VARIABLE
from stylemamba.runtime.shipped import SAMPLE

PROMPT = "impressionism"


@dataclass(frozen=True)
class StylizeRow:
    """One size.

    Attributes:
        size: side of the square photo, in pixels.
        load_seconds: from the start of the process to all models loaded.
        median_seconds: of one pass, after a warm-up.
        peak_mb: peak memory of the whole process, in MB of 10^6 bytes.
        dtype: what convolutions and matrix products ran in.
        repeats: passes that were timed.
        threads: of torch.
        scan: backend of the selective scan.
        device: that the models ran on.
    """

    size: int
    load_seconds: float
    median_seconds: float
    peak_mb: float
    dtype: str
    repeats: int
    threads: int
    scan: str
    device: str


def benchmark_stylize(
    size: int, *, repeats: int = 5, dtype: str = "auto", device: str = "auto"
) -> StylizeRow:
    """Loads the embedded models in a fresh process and stylises the bundled photo in one pass.

    Args:
        size: Side of the photo, which is cropped to a square.
        repeats: Passes to time.
        dtype: `auto` or `float32`; see `precision.working_dtype`.
        device: See `runtime.device.resolve_device`.

    Raises:
        StoppedError: The process failed.
    """
    found = measure_fresh(
        "stylemamba.evaluation.benchmarks.stylize:measure",
        {"size": size, "repeats": repeats, "device": device},
        environment={DTYPE_VARIABLE: dtype},
    )
    return StylizeRow(size=size, repeats=repeats, **found)


def growth_exponent(rows: Sequence[StylizeRow]) -> float:
    """p of seconds ~ pixels^p by least squares of the logarithms; NaN for fewer than two sizes."""
    pixels = [2 * math.log(row.size) for row in rows]
    seconds = [math.log(row.median_seconds) for row in rows]
    mean_x, mean_y = sum(pixels) / len(rows), sum(seconds) / len(rows)
    spread = sum((x - mean_x) ** 2 for x in pixels)
    if not spread:
        return math.nan
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(pixels, seconds, strict=True)) / spread


def measure(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    """In a fresh process: everything in `StylizeRow` but the argument."""
    import torch

    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.runtime.allocator import keep_freed_memory
    from stylemamba.runtime.precision import working_dtype
    from stylemamba.scan import default_backend

    keep_freed_memory()  # as `stylemamba stylize` does
    pipe = StyleMambaPipeline.from_pretrained(device=argument["device"])
    yield {"load_seconds": time.perf_counter() - started}
    side = argument["size"]
    with Image.open(SAMPLE) as image:
        photo = ImageOps.fit(image.convert("RGB"), (side, side), Image.Resampling.LANCZOS)
    seconds = median_seconds(lambda: pipe(photo, PROMPT, steps=0), argument["repeats"])
    yield {
        "median_seconds": seconds,
        "peak_mb": peak_mb(),
        "dtype": str(working_dtype(pipe.device)).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "scan": default_backend(torch.empty(0, device=pipe.device)),
        "device": str(pipe.device),
    }
