"""Where the colours of a picture are: a coarse grid of means, for the metrics of place."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.colour import srgb_to_lab
from stylemamba.portable.geometry import Array

GRID = 8
"""Cells along each side, and the fewest pixels of a side that has them."""


def colour_grid(picture: Array) -> Array:
    """Mean CIELAB (3, 8, 8), float64, of the cells of a picture (3, h, w) in [0, 1].

    Cell i of a side of n pixels begins at pixel floor(i n / 8).

    Raises:
        ValueError: A side is shorter than 8 pixels.
    """
    height, width = picture.shape[1:]
    if min(height, width) < GRID:
        raise ValueError(f"both sides must be at least {GRID} pixels, got {height} x {width}")
    means = srgb_to_lab(picture).astype(np.float64)
    for axis, length in ((1, height), (2, width)):
        edges = np.arange(GRID + 1) * length // GRID
        sums = np.add.reduceat(means, edges[:-1], axis)
        means = sums / np.diff(edges).reshape(-1, *(1,) * (2 - axis))
    return means


def grid_distance(one: Array, other: Array) -> float:
    """Mean over the 64 cells of dE = |Lab - Lab'| (CIE 1976) of two pictures (3, h, w)."""
    difference = colour_grid(one) - colour_grid(other)
    return float(np.sqrt((difference**2).sum(0)).mean())
