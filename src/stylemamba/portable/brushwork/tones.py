"""Curves of lightness, and the lightness of photos in grey."""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma

CHROMA = 0.6  # share of chroma in grey that keeps it
NARROWEST = 0.35  # range of tones that is stretched over all: noise on flat ground stays faint


def smoothstep(low: float, high: float, values: Array) -> Array:
    """Smooth step from 0 at `low` to 1 at `high`, which may be the lower one, float32."""
    part = ((values - low) / (high - low)).clip(0, 1)
    smooth: Array = (part * part * (3 - 2 * part)).astype(np.float32, copy=False)
    return smooth


def stepped(tone: Array, levels: int, width: float) -> Array:
    """Tones in so many flat steps, whose borders are smooth over a share `width` of a step."""
    level = np.floor(levels * tone)
    border = smoothstep(0.5 - width / 2, 0.5 + width / 2, levels * tone - level)
    flat: Array = (level + border) / levels
    return flat


def stretched(light: Array) -> Array:
    """Luma (h, w) from its darkest to its lightest hundredth, 0 to 1; flat ground as it is."""
    low, high = np.quantile(light[::4, ::4], (0.01, 0.99))
    reach = max(float(high - low), NARROWEST)
    if high - low < reach:
        low = max(0.0, (low + high) / 2 * (1 - reach))
    normed: Array = ((light - np.float32(low)) / np.float32(reach)).clip(0, 1)
    return normed


def contrasty(photo: Array) -> Array:
    """A photo (3, h, w) in grey (h, w), in which colours of one lightness differ, too.

    The chroma along its principal axis is added, such that it grows with the lightness (a linear
    form of Gooch et al., "Color2Gray", 2005).
    """
    light = luma(photo)
    chroma = photo[[0, 2]] - light
    few = np.stack([light, *chroma])[:, ::4, ::4].reshape(3, -1)
    few = few - few.mean(1, keepdims=True)
    _, axes = np.linalg.eigh(few[1:] @ few[1:].T)
    axis = axes[:, 1]
    sign = 1.0 if axis @ (few[1:] @ few[0]) >= 0 else -1.0
    result: Array = light + np.tensordot((CHROMA * sign * axis).astype(np.float32), chroma, 1)
    return result


def graded(tone: Array, colours: Array) -> Array:
    """The colours (3, h, w) that tones (h, w) have on a scale (n, 3) from 0 to 1, in even steps."""
    place = (tone * (len(colours) - 1)).clip(0, len(colours) - 1.001)
    low = place.astype(np.int32)
    part = place - low
    colour: Array = (1 - part) * colours.T[:, low] + part * colours.T[:, low + 1]
    return colour.astype(np.float32)
