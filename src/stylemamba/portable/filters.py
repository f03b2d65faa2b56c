"""Smoothing: Gaussians, means along segments, and filters that keep edges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .geometry import Array, box, windowed
from .sampling import blocks, enlarged

COARSE = 4.0  # deviation in pixels from which a blur works on blocks of pixels
SECTORS = 8
SECTOR = 1.5  # how far the middle of a sector is from its pixel, in deviations
QUIET = np.float32(1e-4)  # variance of colour below which all ground is alike


def blurred(maps: Array, deviation: float) -> Array:
    """Maps (..., h, w) after a Gaussian of a deviation in pixels, with borders repeated."""
    if deviation >= COARSE:
        side = int(deviation / 2)
        return enlarged(blurred(blocks(maps, side), deviation / side), side, maps.shape[-2:])
    radius = int(np.ceil(2.5 * deviation))
    taps = np.exp(-0.5 * (np.arange(radius + 1) / max(deviation, 1e-3)) ** 2)
    taps = (taps / (2 * taps.sum() - taps[0])).astype(np.float32)

    def means(padded: Array) -> Array:
        height, width = (length - 2 * radius for length in padded.shape)
        down = taps[0] * padded[radius : radius + height]
        for k in range(1, radius + 1):
            down += taps[k] * (padded[radius - k :][:height] + padded[radius + k :][:height])
        total: Array = taps[0] * down[:, radius : radius + width]
        for k in range(1, radius + 1):
            total += taps[k] * (down[:, radius - k :][:, :width] + down[:, radius + k :][:, :width])
        return total

    return windowed(means, maps, radius)


def swept(maps: Array, down: float, right: float) -> Array:
    """Means along a segment of (down, right) pixels around every pixel, with borders repeated.

    By doubling: the cost is that of the logarithm of its length.
    """
    count = int(np.ceil(np.log2(max(abs(down), abs(right), 1.0) + 1)))
    steps = [(round(down / 2**j), round(right / 2**j)) for j in range(1, count + 1)]
    ends = [sum(abs(step[axis]) for step in steps) for axis in (0, 1)]
    # A segment of an even number of pixels lies half a pixel ahead, or, where negative, behind.
    halves = [(end // 2, end - end // 2) for end in ends]
    ways = zip(halves, (down, right), strict=True)
    around = [half if way >= 0 else half[::-1] for half, way in ways]
    maps = np.pad(maps, [(0, 0)] * (maps.ndim - 2) + around, mode="edge")
    for i, j in steps:
        height, width = maps.shape[-2:]
        one = maps[..., max(i, 0) : height + min(i, 0), max(j, 0) : width + min(j, 0)]
        other = maps[..., max(-i, 0) : height + min(-i, 0), max(-j, 0) : width + min(-j, 0)]
        maps = (one + other) * np.float32(0.5)
    return maps


def guided(maps: Array, guide: Array, radius: float, edge: float) -> Array:
    """Maps (..., h, w) smoothed up to the edges of a guide (h, w), which may be the map itself.

    Source: He, Sun and Tang, "Guided Image Filtering" (2010).

    Args:
        maps: In [0, 1].
        guide: Likewise.
        radius: Of the windows, in pixels.
        edge: Deviation of the guide within a window below which it is smoothed.
    """
    whole = max(1, round(radius))
    mean = box(guide, whole)
    inverse = 1 / ((box(guide * guide, whole) - mean * mean).clip(0) + np.float32(edge**2))

    def smoothed(plane: Array) -> Array:
        level = box(plane, whole)
        slope = (box(plane * guide, whole) - level * mean) * inverse
        result: Array = box(slope, whole) * guide + box(level - slope * mean, whole)
        return result

    return smoothed(maps) if maps.ndim == 2 else np.stack([smoothed(plane) for plane in maps])


def guided_model(
    maps: Array, guide: Array, square: Array, smoothed: Callable[[Array], Array], edge: float
) -> tuple[Array, Array]:
    """The linear model of a guided filter: slope * guide + offset is the smoothed map.

    Slopes and offsets are smooth, and may be found on a coarse grid, and enlarged before the fine
    guide is put in: so the cost is that of the grid, and edges are those of the guide.

    Source: He and Sun, "Fast Guided Filter" (2015).

    Args:
        maps: (..., h, w).
        guide: (h, w).
        square: Of the guide, (h, w), or its means over the cells of the grid.
        smoothed: Means over windows, of maps (..., h, w).
        edge: Deviation of the guide within a window below which it is smoothed.

    Returns:
        Slopes and offsets (..., h, w).
    """
    mean, means = smoothed(guide), smoothed(maps)
    variance = smoothed(square) - mean * mean  # rounding may leave it below 0, not as far as edge^2
    slope = (smoothed(maps * guide) - means * mean) / (variance + np.float32(edge**2))
    return smoothed(slope), smoothed(means - slope * mean)


def evened(photo: Array, deviation: float, passes: int) -> Array:
    """A photo (3, h, w) without texture, its edges kept.

    Source: the generalised Kuwahara filter (Papari, Petkov and Campisi 2007): every pixel is the
    mean of windows around it, of the quiet ones almost alone.

    Args:
        photo: In [0, 1].
        deviation: Of a window, in pixels.
        passes: How often that is done.
    """
    height, width = photo.shape[1:]
    far = round(SECTOR * deviation)
    turns = 2 * np.pi * np.arange(SECTORS) / SECTORS
    for _ in range(passes):
        maps = blurred(np.concatenate([photo, np.square(photo).sum(0, keepdims=True)]), deviation)
        variance = (maps[3] - np.square(maps[:3]).sum(0)).clip(0) + QUIET
        maps[3] = np.square(np.square(QUIET / variance))
        maps[:3] *= maps[3]
        padded = np.pad(maps, ((0, 0), (far, far), (far, far)), mode="edge")
        total = np.full_like(maps, 1e-20)
        for turn in turns:
            y, x = round(far * (1 + np.sin(turn))), round(far * (1 + np.cos(turn)))
            total += padded[:, y : y + height, x : x + width]
        photo = total[:3] / total[3]
    return photo
