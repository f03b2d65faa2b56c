"""What follows of a photo's edges and tones: luma, gradients, the structure tensor, means."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue: Rec. 601."""


def luma(photo: Array) -> Array:
    """Rec. 601 luma (h, w) of a photo (3, h, w), float32."""
    return np.tensordot(np.array(LUMA, dtype=np.float32), photo, 1).astype(np.float32)


def gradient(maps: Array) -> tuple[Array, Array]:
    """Central differences (h, w), down and to the right, with borders repeated."""
    padded = np.pad(maps, 1, mode="edge")
    return (
        (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2,
        (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2,
    )


def squared_gradient(down: Array, right: Array) -> Array:
    """The gradient as a complex number, squared: its real and imaginary part, (2, h, w).

    Its angle is twice that of the gradient: so opposite gradients add up, and means of it say
    where edges run. It is the structure tensor without its trace.
    """
    return np.stack([right**2 - down**2, 2 * right * down])


def along_edges(real: Array, imaginary: Array) -> Array:
    """The angle along the edges, 0 to pi, of means of squared gradients."""
    return (np.arctan2(imaginary, real) + np.float32(np.pi)) / 2


def spread(knots: Array, shape: tuple[int, ...]) -> Array:
    """Bilinear interpolation of (r, c), r and c at least 2, to a shape."""
    for axis, length in enumerate(shape):
        place = np.linspace(0, knots.shape[axis] - 1, length, dtype=np.float32)
        low = place.astype(int).clip(0, knots.shape[axis] - 2)
        part = (place - low).astype(np.float32).reshape(-1, *(1,) * (1 - axis))
        knots = (1 - part) * knots.take(low, axis) + part * knots.take(low + 1, axis)
    return knots


def box(maps: Array, radius: int) -> Array:
    """Means over windows of the last two axes, of 2 radius + 1 pixels, with borders repeated."""
    for axis in (-2, -1):
        around = [(0, 0)] * maps.ndim
        around[axis] = (radius + 1, radius)
        sums = np.pad(maps, around, mode="edge").cumsum(axis, dtype=np.float64)
        sums = np.moveaxis(sums, axis, -1)
        window = sums[..., 2 * radius + 1 :] - sums[..., : -2 * radius - 1]
        maps = np.moveaxis(window / (2 * radius + 1), -1, axis).astype(np.float32)
    return maps
