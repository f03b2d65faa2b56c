"""Brushwork: a picture painted once more with the marks of its style, along the edges of its photo.

Networks of this size decide on colours and contours well, and leave a fine crumple where a painter
would lay one stroke, or a mosaicist one stone. So a picture whose style has such marks is made of
them in the end: strokes of a brush, dots or tiles. Where and how they lie depends on the photo and
the seed alone; their colours are the picture's, tiles' the photo's too.

NumPy only, imported relatively: the script that `stylemamba export` writes brings this folder
along.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from .brush import DOTS, STROKES, paint_strokes
from .ground import SIDE, Array, Ground
from .tiles import paint_tiles

_PAINTERS: Mapping[str, Callable[[Array, Ground, float, np.random.Generator], Array]] = {
    "strokes": partial(paint_strokes, STROKES),
    "dots": partial(paint_strokes, DOTS),
    "tiles": paint_tiles,
}
MARKS = tuple(_PAINTERS)
"""In the order in which they lie over each other."""


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
    present = [mark for mark in MARKS if amounts.get(mark)]
    if not present:
        return picture
    rng = np.random.default_rng(seed)
    ground = Ground(photo, stroke * max(photo.shape[1:]) / SIDE, rng)
    for mark in present:
        picture = _PAINTERS[mark](picture, ground, amounts[mark], copy.deepcopy(rng))
    return picture
