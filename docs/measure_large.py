"""Measures pictures beyond what is painted whole, beside such that are: docs/files.md.

    python docs/measure_large.py photo.jpg "oil painting, impressionism" "ukiyo-e" "pencil sketch"

Each prompt is painted over the photo at its size as a whole, at half its size and enlarged, and at
half its size and then finer, as photos of more than 2048 px are. A line each: seconds, the peak of
memory, and sharpness, the mean |Laplacian| of the luma in levels.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

from stylemamba import StyleMambaPipeline
from stylemamba.evaluation.peak_memory import peak_bytes, reset_peak
from stylemamba.portable import pyramid
from stylemamba.portable.geometry import luma


def sharpness(picture: Image.Image) -> float:
    """The mean |Laplacian| of the luma, in levels."""
    grey = luma(np.asarray(picture, np.float32).transpose(2, 0, 1))
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float(np.abs(4 * grey[1:-1, 1:-1] - around).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("prompts", nargs="+")
    parser.add_argument("-o", "--output", type=Path, help="folder for the pictures")
    options = parser.parse_args()
    with Image.open(options.photo) as image:
        photo = image.convert("RGB")
    side = max(photo.size)
    ways = {"whole": (side, None), "enlarged": (side, side // 2), "finer": (side // 2, None)}
    pipe = StyleMambaPipeline.from_pretrained()
    for prompt in options.prompts:
        for name, (largest, size) in ways.items():
            pyramid.LARGEST = largest
            reset_peak()
            started = time.perf_counter()
            picture = pipe(photo, prompt, size=size).image
            seconds = time.perf_counter() - started
            print(
                f"{prompt}, {name}: {seconds:.1f} s, {peak_bytes() / 1e6:.0f} MB, "
                f"sharpness {sharpness(picture):.1f}",
                flush=True,
            )
            if options.output:
                options.output.mkdir(parents=True, exist_ok=True)
                picture.save(options.output / f"{prompt.replace(' ', '-')}-{name}.png")


if __name__ == "__main__":
    main()
