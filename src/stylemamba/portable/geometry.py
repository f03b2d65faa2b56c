"""What follows of a photo's edges and tones: luma, gradients, the structure tensor, means."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from .workers import each

Array = np.ndarray[Any, Any]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue: Rec. 601."""


STRIP = 1 << 19  # pixels of planes that are made at a time
LEAST = 1 << 17  # pixels of a plane that is worth a thread
BORDER = 2  # pixels of a photo's border that `unframed` leaves out


def unframed(photo: Array) -> Array:
    """A photo (..., h, w) whose outermost pixels are as those within: many have a dark border."""
    if min(photo.shape[-2:]) < 8 * BORDER:
        return photo
    around = [(0, 0)] * (photo.ndim - 2) + [(BORDER, BORDER)] * 2
    return np.pad(photo[..., BORDER:-BORDER, BORDER:-BORDER], around, mode="edge")


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


def steepness(maps: Array) -> Array:
    """Length (h, w) of the gradients of several maps (c, h, w) together, per pixel."""
    length: Array = np.sqrt(sum(np.square(gradient(plane)).sum(0) for plane in maps))
    return length


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
    """Bilinear interpolation of (..., r, c) to (..., h, w): outermost knots lie on the borders."""
    for axis, length in zip((-2, -1), shape, strict=True):
        last = knots.shape[axis] - 1
        place = np.linspace(0, last, length, dtype=np.float32)
        low = place.astype(int).clip(0, max(last - 1, 0))
        part = (place - low).astype(np.float32).reshape(-1, *(1,) * (-1 - axis))
        after = knots.take(np.minimum(low + 1, last), axis)
        knots = (1 - part) * knots.take(low, axis) + part * after
    return knots


def inset(shape: tuple[int, ...]) -> Array:
    """How far every pixel (h, w) is from the outermost ones, in pixels, float32."""
    y, x = (
        np.minimum(np.arange(length), np.arange(length)[::-1]).astype(np.float32)
        for length in shape
    )
    return np.minimum(y[:, None], x)


def strips(make: Callable[[int, slice], None], shape: tuple[int, ...]) -> None:
    """Makes planes strip by strip: temporaries as large as a photo do not fit into a cache.

    Args:
        make: Makes some rows of a plane, whose number comes first.
        shape: (n, h, w), of the planes.
    """
    count, height, width = shape
    step = max(1, STRIP // width)
    rows = [slice(start, min(start + step, height)) for start in range(0, height, step)]
    places = product(range(count), rows)
    if height * width >= LEAST:
        each(lambda place: make(*place), places)
    else:
        for place in places:
            make(*place)


def windowed(function: Callable[[Array], Array], maps: Array, radius: int) -> Array:
    """What a function makes of windows around every pixel of maps (..., h, w), float32.

    Args:
        function: Of rows of a plane, with `radius` more pixels on all sides, to those rows.
        maps: Their borders are repeated.
        radius: Of the windows.
    """
    given = maps.reshape(-1, *maps.shape[-2:])
    made = np.empty(given.shape, dtype=np.float32)

    def make(plane: int, rows: slice) -> None:
        some = given[plane, max(0, rows.start - radius) : rows.stop + radius]
        beyond = max(0, radius - rows.start), max(0, rows.stop + radius - given.shape[1])
        padded = np.pad(some.astype(np.float32, copy=False), [beyond, (radius, radius)], "edge")
        made[plane, rows] = function(padded)

    strips(make, given.shape)
    return made.reshape(maps.shape)


def box(maps: Array, radius: int) -> Array:
    """Means over windows of the last two axes, of 2 radius + 1 pixels, with borders repeated.

    By sums of 1, 2, 4, ... neighbours: faster than running sums, and exact in float32.
    """
    side = 2 * radius + 1

    def means(padded: Array) -> Array:
        return _sums(_sums(padded, side).T, side).T * np.float32(1 / side**2)

    return windowed(means, maps, radius)


def _sums(rows: Array, count: int) -> Array:
    """Sums of every row and those after it, `count` rows in all: an odd number."""
    length = len(rows) - count + 1
    total, first, width = rows[:length], 1, 2
    while width <= count:
        rows = rows[: -width // 2] + rows[width // 2 :]
        if count & width:
            total = total + rows[first : first + length]
            first += width
        width *= 2
    return total
