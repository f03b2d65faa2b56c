"""Colours: without the texture of what the networks paint, rich, and of pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..geometry import Array, luma
from .filters import guided
from .sampling import blocks

if TYPE_CHECKING:
    from .ground import Ground

GUIDE, NOISE = 4, 0.03
"""Of colours guided by luma: radius in cells of the grid, deviation of luma that is smoothed."""
DARKEST = 0.02  # that is divided by

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def clean(picture: Array, ground: Ground, share: float) -> Array:
    """The colours (3, h', w') of a picture (3, h, w) without its texture.

    Args:
        picture: In [0, 1].
        ground: Its photo has the edges.
        share: Of the photo in the colours.
    """
    photo = blocks(ground.photo, ground.pitch)
    painted = guided(blocks(picture, ground.pitch), luma(photo), GUIDE, NOISE).clip(0, 1)
    return share * photo + (1 - share) * painted


def rich(colours: Array, dark: float, light: float, least: float, more: float) -> Array:
    """Colours (3, ...) of fuller hue, the more so the darker they are; none is clipped.

    Args:
        colours: In [0, 1].
        dark: The greatest channel of black, afterwards.
        light: What that of white is more.
        least: The power that ratios to the greatest channel are raised to, in white.
        more: What it is more in black.
    """
    colours = colours.clip(DARKEST, 1)
    most = colours.max(0)
    power = least + more * (1 - luma(colours))
    result: Array = (dark + light * most) * (colours / most) ** power
    return result


def means(maps: Array, number: Array, count: int) -> Array:
    """Means (c, count) of maps (c, ...) over the pieces that are numbered at every pixel."""
    pixels = np.bincount(number.ravel(), minlength=count).clip(1)
    sums = [np.bincount(number.ravel(), part.ravel(), count) for part in maps]
    return (np.stack(sums) / pixels).astype(np.float32)


def to_oklab(colours: Array) -> Array:
    """Oklab (Ottosson, 2020) of sRGB colours (3, ...) in [0, 1]: lightness, and two of hue."""
    linear = np.where(colours > 0.04045, ((colours + 0.055) / 1.055) ** 2.4, colours / 12.92)
    lab = np.tensordot(_TO_LAB, np.cbrt(np.tensordot(_TO_CONES, linear, 1)), 1)
    return lab.astype(np.float32)


def from_oklab(lab: Array) -> Array:
    """The sRGB colours (3, ...) of Oklab, clipped to [0, 1]."""
    cones = np.tensordot(np.linalg.inv(_TO_LAB), lab, 1) ** 3
    linear = np.tensordot(np.linalg.inv(_TO_CONES), cones, 1).clip(0, 1)
    rgb = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return rgb.astype(np.float32)
