"""Seamless tiles: pictures whose left border goes on at their right one, and the top at the bottom.

The photo is made periodic, painted with a margin that goes on around it, and cut out of that
painting along the paths where the marks of one end meet those of the other best.

Sources: Moisan, "Periodic plus Smooth Image Decomposition" (2011), for the photo; Efros and
Freeman, "Image Quilting for Texture Synthesis and Transfer" (2001), for the paths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from .geometry import Array, unframed
from .recipe import LARGEST_SIZE, LEAST_STROKE, Recipe

MARGIN = 1 / 8
"""Of the photo's longer side, on every side of it. Paths lie in the inner half; the outer one keeps
them away from what painters do at the border of a canvas."""

Paint = Callable[[Array, Recipe], Array]
"""(photo (..., h, w), recipe) to the picture, of the same shape."""


def painted_tile(photo: Array, recipe: Recipe, paint: Paint) -> Array:
    """A seamless tile of a photo.

    Args:
        photo: (..., h, w) in [0, 1].
        recipe: Of the tile; marks are as large as in the photo's own picture.
        paint: Paints a larger photo, by a recipe without `tile`.

    Returns:
        (..., h, w).
    """
    side = max(photo.shape[-2:])
    margin = max(2, round(MARGIN * side))
    larger = 1 + 2 * margin / side
    inner = replace(
        recipe,
        tile=False,
        size=recipe.size and min(round(recipe.size * larger), LARGEST_SIZE),
        stroke=max(recipe.stroke / larger, LEAST_STROKE),
    )
    picture = paint(wrapped(periodic(unframed(photo)), margin), inner)
    for axis in (-1, -2):
        picture = closed(picture, margin, axis)
    return picture


def periodic(photo: Array) -> Array:
    """A photo (..., h, w) in [0, 1] without the jump from each border to the opposite one.

    What is taken away, s, is as smooth as can be: its differences are 0, and across the borders
    the jump, by least squares. They solve Poisson's equation, laplacian(s) = v with v the jumps.
    """
    jump = np.zeros_like(photo, dtype=np.float64)
    for axis in (-1, -2):
        rows, jumps = (np.moveaxis(maps, axis, 0) for maps in (photo, jump))
        step = rows[-1].astype(np.float64) - rows[0]
        jumps[0] += step
        jumps[-1] -= step
    down, right = (2 * np.cos(2 * np.pi * np.fft.fftfreq(n)) for n in photo.shape[-2:])
    laplacian = down[:, None] + right - 4
    laplacian[0, 0] = 1.0  # of the mean, which is left alone
    smooth = np.fft.ifft2(np.fft.fft2(jump) / laplacian).real
    smooth -= smooth.mean((-2, -1), keepdims=True)
    return (photo - smooth).clip(0, 1).astype(np.float32)


def wrapped(maps: Array, margin: int) -> Array:
    """Maps (..., h, w) with a margin all around, in which they begin anew."""
    for axis in (-1, -2):
        length = maps.shape[axis]
        maps = maps.take(np.arange(-margin, length + margin) % length, axis)
    return maps


def closed(pictures: Array, margin: int, axis: int) -> Array:
    """Pictures without their margin on one axis, -1 or -2, and without a seam there.

    Half a margin on both sides of the border, each of them has been painted twice, at either end.
    From one to the other, they change over on the path where both differ least.

    Args:
        pictures: (..., 3, h, w), with the margin.
        margin: In pixels, at least 2.
        axis: To be closed.
    """
    along = np.moveaxis(pictures, axis, -1)
    length = along.shape[-1] - 2 * margin
    half = min(margin, length) // 2
    if not half:
        return np.moveaxis(along[..., margin : margin + length], -1, axis)
    start = along[..., margin - half : margin + half]
    end = along[..., margin + length - half : margin + length + half]
    cost = np.square(start - end).sum(-3)
    paths = np.stack([best_path(plane) for plane in cost.reshape(-1, *cost.shape[-2:])])
    before = np.arange(2 * half) < paths.reshape(*cost.shape[:-1], 1)
    seam = np.where(before[..., None, :, :], end, start)
    tile = np.concatenate([seam, along[..., margin + half : margin + length - half]], -1)
    return np.moveaxis(np.roll(tile, -half, -1), -1, axis)


def best_path(cost: Array) -> Array:
    """The path through a map of costs (h, w) of the least sum, one column (h,) a row.

    Rows that follow each other, the last and the first among them, are one column apart at most.
    It goes through the cheapest place of the first row.
    """
    rows, columns = cost.shape
    first = int(cost[0].argmin())
    far = np.abs(np.arange(columns) - first)
    total = np.full(cost.shape, np.inf)
    total[0, first] = 0.0
    for row in range(1, rows):
        total[row] = cost[row] + _neighbours(total[row - 1]).min(0)
    path = np.empty(rows, int)
    path[-1] = np.where(far <= 1, total[-1], np.inf).argmin()
    for row in range(rows - 2, -1, -1):
        path[row] = path[row + 1] - 1 + _neighbours(total[row])[:, path[row + 1]].argmin()
    return path


def _neighbours(total: Array) -> Array:
    """The values (3, w) to the left of each of a row, there, and to the right."""
    around = np.pad(total, 1, constant_values=np.inf)
    return np.stack([around[:-2], total, around[2:]])
