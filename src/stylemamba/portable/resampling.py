"""Bicubic resampling of pictures, of which any window can be had by itself.

Every value depends on its place in the whole alone: windows that are put together are, bit by bit,
the whole resampled at once.

Source: Keys, "Cubic Convolution Interpolation for Digital Image Processing" (1981), a = -1/2;
widened where pictures shrink, against aliasing, as Pillow does it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .geometry import Array

REACH = 2.0  # of the kernel, in pixels of the coarser picture

Read = Callable[[slice, slice], Array]


@dataclass(frozen=True)
class Axis:
    """How the pixels of one axis come from those of another length.

    Attributes:
        first: Where the first tap of each new pixel is, (n,); it may lie beyond the border, which
            is repeated.
        weights: Of its taps, (n, t) with a sum of one, float32.
        length: Of the axis as it was.
    """

    first: Array
    weights: Array
    length: int

    @classmethod
    def of(cls, length: int, wanted: int) -> Axis:
        """From a length to another, in pixels, both at least 1."""
        step = length / wanted
        wide = max(1.0, step)
        middle = (np.arange(wanted) + 0.5) * step - 0.5
        first = np.ceil(middle - REACH * wide - 1e-9).astype(np.int64)
        taps = np.arange(math.floor(2 * REACH * wide) + 1)
        weights = _kernel((first[:, None] + taps - middle[:, None]) / wide)
        used = np.flatnonzero(np.abs(weights).max(0))  # those at either end may be 0 throughout
        weights = weights[:, used[0] : used[-1] + 1]
        first = first + used[0]
        return cls(first, (weights / weights.sum(1, keepdims=True)).astype(np.float32), length)

    def applied(self, maps: Array, axis: int) -> Array:
        """The new pixels of an axis, -1 or -2, of maps (..., h, w), float32."""
        shape = (-1,) + (1,) * (-1 - axis)
        total: Array = np.zeros(1, np.float32)
        for k in range(self.weights.shape[1]):
            pixels = maps.take((self.first + k).clip(0, self.length - 1), axis)
            total = total + self.weights[:, k].reshape(shape) * pixels
        return total

    def within(self, window: slice, part: slice) -> Axis:
        """A window of this axis, of a part of the axis as it was that has all it needs."""
        return Axis(self.first[window] - part.start, self.weights[window], part.stop - part.start)

    def needed(self, window: slice) -> slice:
        """The pixels of the axis as it was that a window of the new one depends on."""
        first = self.first[window]
        last = int(first.max()) + self.weights.shape[1]
        return slice(max(0, int(first.min())), max(1, min(self.length, last)))


@dataclass(frozen=True)
class Resampling:
    """From pictures of one size to those of another.

    Attributes:
        down: Of the rows.
        right: Of the columns.
    """

    down: Axis
    right: Axis

    @classmethod
    def of(cls, size: tuple[int, ...], wanted: tuple[int, ...]) -> Resampling:
        """From (h, w) to (h, w), in pixels."""
        return cls(Axis.of(size[0], wanted[0]), Axis.of(size[1], wanted[1]))

    def window(self, read: Read, rows: slice, columns: slice) -> Array:
        """A window of pictures as they are at the other size, (..., h, w), float32.

        Args:
            read: Hands out a window of them as they were, (..., h, w), of rows and columns.
            rows: Of the window.
            columns: Likewise.
        """
        tall, wide = self.down.needed(rows), self.right.needed(columns)
        high = self.down.within(rows, tall).applied(read(tall, wide), -2)
        return self.right.within(columns, wide).applied(high, -1)


def _kernel(far: Array) -> Array:
    """Keys' cubic at distances in pixels."""
    far = np.abs(far)
    near = (1.5 * far - 2.5) * far * far + 1
    wide = ((-0.5 * far + 2.5) * far - 4) * far + 2
    return np.where(far < 1, near, np.where(far < REACH, wide, 0.0))
