"""Brushwork: a picture painted once more with the marks of its style, along the edges of its photo.

Networks of this size decide on colours and contours well, and leave a fine crumple where a painter
would lay one stroke, or a mosaicist one stone. So a picture whose style has such marks is made of
them in the end: strokes of a brush, dots or tiles. Where and how they lie depends on the photo and
the seed alone; their colours are the picture's, tiles' the photo's too.

NumPy only, imported relatively: the script that `stylemamba export` writes brings this folder
along.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .ground import LUMA, SIDE, Array, Ground
from .strokes import DOTS, STROKES, paint_strokes
from .tiles import paint_tiles

MARKS = ("strokes", "dots", "tiles")


def brushwork(
    picture: Array, photo: Array, amounts: Mapping[str, float], seed: int = 0, stroke: float = 1.0
) -> Array:
    """Repaints a picture.

    Args:
        picture: (3, h, w) in [0, 1].
        photo: That it was made from, (3, h, w) in [0, 1].
        amounts: How much of each of `MARKS`; 1 is natural, 0 none, as for those that are missing.
        seed: Of their places.
        stroke: Their size; 1 is natural, 2 twice as large. They are never wider than the photo.

    Returns:
        (3, h, w) in [0, 1], float32.
    """
    luma = np.tensordot(LUMA, photo, 1).astype(np.float32)
    scale = stroke * max(luma.shape) / SIDE
    for mark in MARKS:
        amount = amounts.get(mark, 0.0)
        if not amount:
            continue
        rng = np.random.default_rng(seed)
        ground = Ground(luma, scale, rng)
        if mark == "tiles":
            picture = paint_tiles(picture, photo, ground, amount, rng)
        else:
            brush = STROKES if mark == "strokes" else DOTS
            picture = paint_strokes(picture, ground, brush, amount, rng)
    return picture
