"""Swatches: the few colours of a poster or print, of which every area gets the nearest."""

from __future__ import annotations

import numpy as np

from ..geometry import Array

LIGHTNESS = 0.6  # weight of lightness in differences: hues keep swatches of their own


def nearest(colours: Array, swatches: Array, lightness: float = LIGHTNESS) -> Array:
    """Number (n,) of the swatch (m, 3) that each colour (n, 3) is nearest to, in Oklab."""
    weight = np.array([lightness, 1, 1], dtype=np.float32)
    other = (colours[:, None] - swatches[None]) * weight
    number: Array = np.square(other).sum(-1).argmin(1)
    return number
