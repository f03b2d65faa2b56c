"""VGG19's features of the training pictures and of parts of them, kept on disk in 8 bits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.lib.format import open_memmap
from PIL import Image
from torch import Tensor

from stylemamba.portable.geometry import Array
from stylemamba.portable.segments import SIDE
from stylemamba.segmentation.network import LAYERS
from stylemamba.segmentation.segmenter import Segmenter
from stylemamba.training.data import Record, read_rgb, to_batch
from stylemamba.training.loop import log
from stylemamba.training.workers import process_map

Box: TypeAlias = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
SMALLEST_PART = 0.55  # of a picture's sides
PITCHES = (4, 8, 16)  # pixels of the network's square to a cell of each of its layers
CHUNK = 8  # views a call of a worker


@dataclass(frozen=True)
class View:
    """What is shown of a picture.

    Attributes:
        record: The picture's row.
        box: Left, top, right and bottom of the part, in shares of the sides.
        mirrored: Whether left and right are exchanged.
    """

    record: Record
    box: Box = WHOLE
    mirrored: bool = False

    def picture(self) -> Image.Image:
        """The part, stretched to the network's square."""
        image = read_rgb(self.record.path)
        width, height = image.size
        place = (
            self.box[0] * width,
            self.box[1] * height,
            self.box[2] * width,
            self.box[3] * height,
        )
        part = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=place)
        return part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if self.mirrored else part


def views_of(record: Record, count: int, rng: np.random.Generator) -> list[View]:
    """The whole picture, the same mirrored in part, and other parts by chance: `count` in all."""
    views = [View(record)]
    while len(views) < count:
        width, height = rng.uniform(SMALLEST_PART, 1, 2)
        left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
        views.append(View(record, (left, top, left + width, top + height), len(views) % 2 == 1))
    return views


class FeatureCache:
    """Features of views, in files that are mapped into memory: 1.6 MB a view.

    Args:
        folder: To keep them in; if it has those of the same views already, nothing is computed.
        views: Whose features they are.
    """

    def __init__(self, folder: Path, views: Sequence[View]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{layer}.npy" for layer in LAYERS]
        done = folder / "views.sha256"
        digest = hashlib.sha256(repr(views).encode()).hexdigest()
        if not done.exists() or done.read_text() != digest:
            done.unlink(missing_ok=True)
            _compute(paths, views)
            done.write_text(digest)
        self._layers = [np.load(path, mmap_mode="r") for path in paths]

    def __getitem__(self, numbers: Array) -> list[Tensor]:
        """What the head sees of the views with these numbers (b,), as `network.compressed`."""
        return [torch.from_numpy(layer[numbers]).float() / 255 for layer in self._layers]


def _compute(paths: Sequence[Path], views: Sequence[View]) -> None:
    for path, (channels, _), pitch in zip(paths, LAYERS.values(), PITCHES, strict=True):
        side = SIDE // pitch
        open_memmap(path, "w+", np.uint8, shape=(len(views), channels, side, side)).flush()
    starts = range(0, len(views), CHUNK)
    chunks = [views[start : start + CHUNK] for start in starts]
    for done in process_map(_fill, starts, chunks, initializer=_start, initargs=(paths,)):
        if done // CHUNK % 50 == 0:
            log(f"features: {done} of {len(views)} views")


_segmenter: Segmenter
_maps: list[Array]


def _start(paths: Sequence[Path]) -> None:
    global _segmenter, _maps
    _segmenter = Segmenter().eval()
    _maps = [open_memmap(path, "r+") for path in paths]


def _fill(start: int, views: Sequence[View]) -> int:
    images = to_batch([view.picture() for view in views])
    for layer, found in zip(_maps, _segmenter.features(images), strict=True):
        layer[start : start + len(views)] = (found * 255).round().to(torch.uint8).numpy()
    return start + len(views)
