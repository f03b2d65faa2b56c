"""What the bank has to know of a picture besides its style: its colours, parts and mount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer
from stylemamba.portable.parts import NUMBERS, PARTS, parts_of
from stylemamba.training.artlip.statistics_cache import Item
from stylemamba.training.workers import process_map

SIDE = 160
NEVER_PALE = 255.0
GREY, VIVID = 15.0, 95.0  # colourfulness that is as good as none, and as good as any
CORNER = 0.06  # of the shorter side
MOUNT_DISTANCE = 25.0  # of 255: nearer than that to the corners' colour is the mount
IN_CORNERS, OUTSIDE, IN_CENTRE = 0.65, 0.7, 0.1


@dataclass(frozen=True)
class BankLook:
    """Of one picture.

    Attributes:
        colourfulness: How far the colours differ from each other: the sum of the deviations along
            the two principal axes of the opponents R - G and (R + G) / 2 - B. 0 for grey and for a
            picture in one colour, about 50 for a painting, 100 and more for vivid ones. Hasler and
            Süsstrunk, "Measuring colorfulness in natural images" (2003), from whom the opponents
            are, add the distance of their mean from grey, which favours pictures in one colour.
        parts: (`PARTS`, `NUMBERS`), see portable/parts.py.
        mounted: It lies on a plain ground that is no part of it, as an oval portrait in a square
            does. Its statistics are partly those of the ground.
    """

    colourfulness: float
    parts: NDArray[np.float32]
    mounted: bool


def bank_looks(items: Sequence[Item], path: Path) -> list[BankLook]:
    """Looks of the training pictures, measured once and kept at `path`.

    Drawings and the like are never pale or mounted: they are meant to be without colour and on
    plain paper. Only paintings can be mounted.

    Raises:
        StyleMambaError: `path` is of another number of pictures.
    """
    if not path.exists():
        looks = process_map(_look, items, chunksize=64)
        lines = [
            " ".join(f"{value:.1f}" for value in (look.colourfulness, *look.parts.flat))
            + f" {look.mounted:d}"
            for look in looks
        ]
        with atomic_writer(path) as file:
            file.write("\n".join(lines).encode())
    rows = [line.split() for line in path.read_text(encoding="utf-8").split("\n")]
    if len(rows) != len(items) or len(rows[0]) != PARTS * NUMBERS + 2:
        raise StyleMambaError(f"{path}: is of other pictures; delete it to start anew")
    return [
        BankLook(
            float(colourfulness),
            np.array(parts, dtype=np.float32).reshape(PARTS, NUMBERS),
            mounted == "1",
        )
        for colourfulness, *parts, mounted in rows
    ]


def _look(item: Item) -> BankLook:
    look = look_at(item.picture())
    if item.record.folder == "media":
        return BankLook(NEVER_PALE, look.parts, mounted=False)
    colourfulness = min(max(GREY, look.colourfulness), VIVID)
    return BankLook(colourfulness, look.parts, look.mounted and item.record.folder == "paintings")


def look_at(picture: Image.Image) -> BankLook:
    """Measures an RGB picture, at no more than `SIDE` px."""
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    pixels = np.asarray(small, np.float32)
    parts = parts_of(pixels.transpose(2, 0, 1) / 255)
    return BankLook(_colourfulness(pixels), parts, _is_mounted(pixels))


def _colourfulness(pixels: NDArray[np.float32]) -> float:
    red, green, blue = np.moveaxis(pixels, -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue]).reshape(2, -1)
    variances = np.linalg.eigvalsh(np.cov(opponents, bias=True)).clip(0)
    return float(np.sqrt(variances).sum())


def _is_mounted(pixels: NDArray[np.float32]) -> bool:
    """All corners have one colour, which fills what lies outside of an oval and is rare inside."""
    height, width = pixels.shape[:2]
    side = max(2, round(CORNER * min(height, width)))
    ends = (slice(side), slice(-side, None))
    corners = np.stack([pixels[rows, columns].reshape(-1, 3) for rows in ends for columns in ends])
    ground = np.median(corners.reshape(-1, 3), axis=0)
    like = np.abs(pixels - ground).max(-1) < MOUNT_DISTANCE
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    centre = like[height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    in_corners = (np.abs(corners - ground).max(-1) < MOUNT_DISTANCE).mean(1).min()
    outside = like[x**2 + y**2 > 1.25].mean()
    return bool(in_corners > IN_CORNERS and outside > OUTSIDE and centre.mean() < IN_CENTRE)
