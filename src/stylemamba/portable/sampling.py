"""Maps at other sizes and places: means of blocks and pieces, enlarged and moved maps."""

from __future__ import annotations

import numpy as np

from .geometry import Array, strips


def blocks(maps: Array, side: int) -> Array:
    """Means (..., h', w') of maps (..., h, w) over squares of a side in pixels, float32.

    Borders are repeated where squares go beyond them.
    """
    maps = maps.astype(np.float32, copy=False)
    if side == 1:
        return maps
    around = [(0, -length % side) for length in maps.shape[-2:]]
    if np.any(around):
        maps = np.pad(maps, [(0, 0)] * (maps.ndim - 2) + around, mode="edge")
    # Slices are much faster in NumPy than means over a short axis.
    rows = maps[..., ::side, :].copy()
    for k in range(1, side):
        rows += maps[..., k::side, :]
    total = rows[..., ::side].copy()
    for k in range(1, side):
        total += rows[..., k::side]
    return total * np.float32(1 / side**2)


def enlarged(cells: Array, side: int, shape: tuple[int, ...]) -> Array:
    """Bilinear interpolation of `blocks` (..., h', w') to maps (..., h, w), float32."""
    if side == 1:
        return cells.astype(np.float32, copy=False)
    planes = cells.reshape(-1, *cells.shape[-2:]).astype(np.float32, copy=False)
    padded = np.pad(planes, [(0, 0), (1, 1), (1, 1)], mode="edge")
    rows = np.empty((len(planes), shape[0], padded.shape[2]), dtype=np.float32)
    full = np.empty((len(planes), *shape), dtype=np.float32)
    for plane, around in zip(rows, padded, strict=True):
        _fill(plane, around, side)
    strips(lambda plane, some: _fill(full[plane, some].T, rows[plane, some].T, side), full.shape)
    return full.reshape(*cells.shape[:-2], *shape)


def _fill(rows: Array, cells: Array, side: int) -> None:
    """Rows of pixels between those of cells, of which there is one more at either end."""
    for k in range(min(side, len(rows))):
        first, part = divmod((k + 0.5) / side + 0.5, 1.0)
        every = rows[k::side]
        before, after = (cells[int(first) + i :][: len(every)] for i in (0, 1))
        every[:] = before + np.float32(part) * (after - before)


def means(maps: Array, number: Array, count: int) -> Array:
    """Means (c, count) of maps (c, ...) over the pieces that are numbered at every pixel."""
    pixels = np.bincount(number.ravel(), minlength=count).clip(1)
    sums = [np.bincount(number.ravel(), part.ravel(), count) for part in maps]
    return (np.stack(sums) / pixels).astype(np.float32)


def displaced(maps: Array, down: Array, right: Array) -> Array:
    """Of maps (..., h, w), what lies that many pixels down and to the right of each pixel."""
    height, width = maps.shape[-2:]
    y, x = np.arange(height, dtype=np.int32)[:, None], np.arange(width, dtype=np.int32)
    y = (y + np.rint(down).astype(np.int32)).clip(0, height - 1)
    x = (x + np.rint(right).astype(np.int32)).clip(0, width - 1)
    place = y * np.int32(width) + x
    return np.take(maps.reshape(*maps.shape[:-2], -1), place, axis=-1)
