"""What paint does on a picture: it covers as much as its amount, is broken, and catches light."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..geometry import Array, gradient

Amount = float | Array
"""Of a mark: one number for a whole picture, or a map (h, w)."""


def over(picture: Array, paint: Array, amount: Amount) -> Array:
    """Paint laid over a picture (3, h, w) in [0, 1], as opaque as the amount says."""
    painted: Array = paint.clip(0, 1).astype(np.float32, copy=False) - picture
    painted *= opaque(amount)
    painted += picture
    return painted


def opaque(amount: Amount) -> Any:
    """An amount as opacity: at most 1, float32."""
    return np.minimum(1.0, amount).astype(np.float32)


def varied(
    colour: Array,
    rng: np.random.Generator,
    *,
    shade: float,
    hue: float,
    chroma: float,
    chroma_jitter: float,
    tint: float,
) -> Array:
    """Broken colour: of (3, ...) colours, each a little other.

    Args:
        colour: In [0, 1].
        rng: Of the differences.
        shade: Deviation of the lightness.
        hue: Deviation of the hue in radians.
        chroma: Logarithm by which all grow more colourful.
        chroma_jitter: Deviation of that.
        tint: Deviation of what is added to each channel: greys get colours, too.
    """
    lighter, gain, turn = rng.standard_normal((3, *colour.shape[1:]), dtype=np.float32)
    grey = colour.mean(0)
    # A hue lies in the plane across the grey axis, and turns in it.
    plane = colour - grey
    turned = np.roll(plane, 1, axis=0) - np.roll(plane, -1, axis=0)
    turn = hue * turn
    plane = np.cos(turn) * plane + np.sin(turn) / np.sqrt(np.float32(3)) * turned
    if tint:
        added = rng.standard_normal((3, *grey.shape), dtype=np.float32)
        plane = plane + tint * (added - added.mean(0))
    result: Array = grey + shade * lighter + np.exp(chroma + chroma_jitter * gain) * plane
    return result


def lit(heights: Array) -> Array:
    """How much a relief (h, w) is lit from above on the left, -1 to 1."""
    down, right = gradient(heights)
    return (-0.7 * (down + right)).clip(-1, 1)
