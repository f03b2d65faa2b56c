"""Marks that a picture has along its border and the photo has not."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.geometry import Array, gradient, luma

RING = 4
FRAME_SIDE = 2 * RING + 1
"""The shortest side of a picture with something inside the ring."""
FAINT = 1 / 255


def frame(picture: Array, photo: Array) -> float:
    """How much more contrast the border has, next to the rest, in the picture than in the photo.

        q(Y) / q(X),        q(I) = (mean |grad| in the ring + e) / (mean |grad| inside it + e)

    of central differences of the luma; the ring is the outermost 4 pixels. e = 1/255, one grey
    level a pixel, so that plain borders, whose gradient is 0 in the photo, can be compared.

    Args:
        picture: Y, (3, h, w) in [0, 1].
        photo: X, of the same shape.

    Returns:
        1 for the photo itself; above 1.1 a frame is seen.

    Raises:
        ValueError: Shapes differ, or a side is shorter than 9 pixels.
    """
    if picture.shape != photo.shape:
        raise ValueError(f"shapes differ: {picture.shape} and {photo.shape}")
    if min(photo.shape[1:]) < FRAME_SIDE:
        height, width = photo.shape[1:]
        raise ValueError(f"both sides must be at least {FRAME_SIDE} pixels, got {height} x {width}")
    return _border_contrast(picture) / _border_contrast(photo)


def _border_contrast(picture: Array) -> float:
    steepness = np.hypot(*gradient(luma(picture).astype(np.float64)))
    inside = np.zeros(steepness.shape, dtype=bool)
    inside[RING:-RING, RING:-RING] = True
    return float((steepness[~inside].mean() + FAINT) / (steepness[inside].mean() + FAINT))
