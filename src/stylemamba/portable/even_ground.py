"""Even ground: what is one plain thing in the photo gets one colour in the picture.

The statistics of a style have to be met by a logo on white, too, so the networks spread a palette
over paper, walls and skies, in an order that means nothing.

Source: Gastal and Oliveira, "Domain Transform for Edge-Aware Image and Video Processing" (2011):
its recursive filter, guided by the photo, over distances as long as the picture.
"""

from __future__ import annotations

import numpy as np

from .geometry import Array

REACH = 2.0  # of the filter, its sigma_s, in longer sides of the grid
EDGE = 24.0  # its sigma_r: a change of colour, in dE, that is as far as the reach
ROUNDS = 4
LARGEST_GAIN = 1.6
"""Of chroma: the mean of colours all around the wheel is grey, and such ground was not."""


def even_ground(lab: Array, photo_lab: Array) -> Array:
    """A picture's colours, evened along all ways on which the photo's hardly change.

    Differences of lightness that the photo has itself are kept, and so is the mean chroma.

    Args:
        lab: CIELAB of the picture on a coarse grid, (3, r, c).
        photo_lab: Of its photo, on the same grid.

    Returns:
        (3, r, c), float32.
    """
    own = photo_lab * np.array([1, 0, 0], dtype=np.float32)[:, None, None]
    chroma = np.hypot(lab[1], lab[2])[None]
    even = _filtered(np.concatenate([lab - own, chroma]), photo_lab)
    result: Array = even[:3] + own
    gain = even[3] / np.hypot(result[1], result[2]).clip(1e-3)
    result[1:] *= gain.clip(1, LARGEST_GAIN)
    return result


def _filtered(maps: Array, guide: Array) -> Array:
    """Maps (n, r, c), filtered along rows and columns by a guide (3, r, c)."""
    reach = REACH * max(guide.shape[1:])
    down, right = (1 + reach / EDGE * np.abs(np.diff(guide, axis=axis)).sum(0) for axis in (1, 2))
    for step in range(ROUNDS):
        sigma = reach * np.sqrt(3) * 2 ** (ROUNDS - 1 - step) / np.sqrt(4**ROUNDS - 1)
        feedback = np.float32(np.exp(-np.sqrt(2) / sigma))
        maps = _means(maps.swapaxes(1, 2), feedback**right.T).swapaxes(1, 2)
        maps = _means(maps, feedback**down)
    return maps


def _means(maps: Array, feedback: Array) -> Array:
    """Means along columns of maps (n, r, c), with weights that are products of the feedback.

    The authors' sweep down and then up again leans towards the first row where feedback is near
    one; the sum of a sweep down and one up, over the same of ones, does not.

    Args:
        maps: Of any number.
        feedback: From each row to the next, (r - 1, c).
    """
    maps = np.concatenate([maps, np.ones_like(maps[:1])])
    sums = _sweep(maps, feedback) + _sweep(maps[:, ::-1], feedback[::-1])[:, ::-1] - maps
    means: Array = sums[:-1] / sums[-1]
    return means


def _sweep(maps: Array, feedback: Array) -> Array:
    rows = [maps[:, 0]]
    for row, along in zip(maps[:, 1:].swapaxes(0, 1), feedback, strict=True):
        rows.append(row + along * rows[-1])
    return np.stack(rows, axis=1)
