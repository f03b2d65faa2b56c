"""Filters that painters share: blurs, blocks, and a photo evened out with its edges kept."""

from __future__ import annotations

import numpy as np

from ..geometry import Array

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
    result: Array = maps.astype(np.float32, copy=False)
    for axis in (-2, -1):
        length = result.shape[axis]
        around = [(0, 0)] * result.ndim
        around[axis] = (radius, radius)
        padded = np.moveaxis(np.pad(result, around, mode="edge"), axis, 0)
        total = taps[0] * padded[radius : radius + length]
        for k in range(1, radius + 1):
            both = padded[radius - k :][:length] + padded[radius + k :][:length]
            total += taps[k] * both
        result = np.moveaxis(total, 0, axis)
    return result


def blocks(maps: Array, side: int) -> Array:
    """Means (..., h', w') of maps (..., h, w) over squares of a side in pixels, float32."""
    result: Array = maps.astype(np.float32, copy=False)
    for axis in (-2, -1) if side > 1 else ():
        around = [(0, 0)] * result.ndim
        around[axis] = (0, -result.shape[axis] % side)
        padded = np.moveaxis(np.pad(result, around, mode="edge"), axis, 0)
        # Slices are much faster in NumPy than means over a short axis.
        total = padded[::side].copy()
        for k in range(1, side):
            total += padded[k::side]
        result = np.moveaxis(total / np.float32(side), 0, axis)
    return result


def enlarged(cells: Array, side: int, shape: tuple[int, ...]) -> Array:
    """Bilinear interpolation of `blocks` (..., h', w') to maps (..., h, w), float32."""
    for axis, length in zip((-2, -1), shape, strict=True) if side > 1 else ():
        around, size = [(0, 0)] * cells.ndim, list(cells.shape)
        around[axis], size[axis] = (1, 1), length
        padded = np.moveaxis(np.pad(cells, around, mode="edge"), axis, 0)
        full = np.empty(size, dtype=np.float32)
        for k in range(min(side, length)):
            low, part = divmod((k + 0.5) / side + 0.5, 1.0)
            every = np.moveaxis(full, axis, 0)[k::side]
            before, after = (padded[int(low) + i :][: len(every)] for i in (0, 1))
            every[:] = before + np.float32(part) * (after - before)
        cells = full
    return cells


def smoothstep(low: float, high: float, values: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between, float32."""
    t = ((values - low) / (high - low)).clip(0, 1)
    result: Array = (t * t * (3 - 2 * t)).astype(np.float32)
    return result


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
