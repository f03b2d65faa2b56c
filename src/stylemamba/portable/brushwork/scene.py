"""What weather, fire and night find in a photo: its masses and its sky; and specks over it.

Maps are on the ground's grid, unless said otherwise.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ..filters import blurred, guided, guided_model
from ..geometry import Array, gradient, luma
from .ground import Ground
from .tones import smoothstep

CALM = 0.02  # deviation of a sky's luma within few pixels
SKY_COLOUR = 0.16  # and of its colours from their trend
OPEN = 0.35  # sum of changes of luma on the way down from the border at which a sky ends
STIFF = 0.01  # how little the trend of its colours follows them, beyond their mean
LEAST_SKY = 0.04  # share of the photo
LEAST_PITCH = 4.0  # of the square of 20 by 20 pixels that specks are counted in, in pixels
AT_ONCE = 2**19  # pixels of specks, worked on at once


def masses(ground: Ground, colour: Array, size: float, edge: float) -> Array:
    """Colours (3, r, c) smoothed up to the edges of the photo's luma, (3, h, w).

    Args:
        ground: Of the photo.
        colour: On its grid.
        size: Of what is smoothed, in pixels at scale 1.
        edge: Change of luma from which there is an edge.
    """
    size = max(1.0, size * ground.scale / ground.pitch)
    guide, square = ground.moments
    window = partial(blurred, deviation=0.4 * size)
    slope, offset = guided_model(colour, guide, square, window, edge)
    light = luma(ground.photo)
    smooth: Array = ground.spread(slope) * light + ground.spread(offset)
    return smooth


def sky(ground: Ground, colour: Array) -> Array:
    """How likely there is sky, 0 to 1 (r, c): calm ground that goes on from the upper border.

    Source: Shen and Wang, "Sky Region Detection in a Single Image for Autonomous Ground Robot
    Navigation" (2013): the sky is above the first border in each column. Here it also goes on
    below, as between branches, wherever its colours do.

    Args:
        ground: Of the photo.
        colour: Of the photo, on the grid.
    """
    down, right = gradient(ground.moments[0])
    border = np.hypot(down, right)
    above = np.exp(-((np.cumsum(border.clip(CALM / 4) - CALM / 4, axis=0) / OPEN) ** 2))
    calm = np.exp(-ground.variance(4 * ground.scale) / CALM**2)
    seed = above * calm
    if seed.mean() < LEAST_SKY:
        return np.zeros_like(seed)
    # Its colours change evenly, from top to bottom and towards the corners.
    y, x = (
        np.linspace(-1, 1, length, dtype=np.float32).reshape(-1, *(1,) * (1 - axis))
        for axis, length in enumerate(seed.shape)
    )
    basis = np.stack([part + 0 * seed for part in (np.float32(1), y, y * y, x, x * x)])
    basis = basis.reshape(5, -1)
    weighted = basis * seed.ravel()
    stiff = seed.sum() * np.diag([1e-6, *[STIFF] * 4]).astype(np.float32)
    system = weighted @ basis.T + stiff
    trend = np.linalg.solve(system, weighted @ colour.reshape(3, -1).T)
    other = colour - (trend.T @ basis).reshape(colour.shape)
    like = np.exp(-(other**2).sum(0) / SKY_COLOUR**2) * calm
    found = smoothstep(0.25, 0.65, blurred(np.maximum(seed, like), 1.2))
    refined: Array = guided(found, ground.moments[0], 8 * ground.scale, 0.04).clip(0, 1)
    return refined


def scattered(
    shape: tuple[int, ...], count: float, scale: float, rng: np.random.Generator
) -> Array:
    """Chance places (2, n), y and x in pixels, `count` of them in 20 by 20 pixels at scale 1."""
    number = rng.poisson(count * shape[0] * shape[1] / max(20 * scale, LEAST_PITCH) ** 2)
    sides = np.array(shape, dtype=np.float32)[:, None]
    place: Array = rng.random((2, number), dtype=np.float32) * sides
    return place


def specks(
    shape: tuple[int, ...], place: Array, size: Array, stretch: Array, strength: Array
) -> Array:
    """Soft specks, one over the other, (c, h, w): 0 without one, towards 1 in their middles.

    Args:
        shape: (h, w).
        place: (2, n), y and x of their middles in pixels.
        size: (n,), their deviation in pixels.
        stretch: (2, n), down and to the right: by which vector they are drawn out, in pixels.
        strength: (c, n), of each channel in their middles.
    """
    thickness = np.zeros((len(strength), shape[0] * shape[1]), dtype=np.float32)
    if size.size:
        reach = np.ceil(2.5 * size.max() + np.abs(stretch).max(1) / 2).astype(int) + 1
        at_once = max(1, AT_ONCE // int(np.prod(2 * reach + 1)))
        for first in range(0, size.size, at_once):
            here = slice(first, first + at_once)
            number, light = _lights(shape, place[:, here], size[here], stretch[:, here], reach)
            for sums, part in zip(thickness, strength[:, here], strict=True):
                depth = -np.log1p(-(part[:, None, None] * light).clip(0, 0.995))
                sums += np.bincount(number.ravel(), depth.ravel(), sums.size + 1)[:-1]
    covered: Array = 1 - np.exp(-thickness.reshape(-1, *shape))
    return covered


def _lights(
    shape: tuple[int, ...], place: Array, size: Array, stretch: Array, reach: Array
) -> tuple[Array, Array]:
    """Of specks, (n, r, c): numbers of pixels around, the last plus 1 outside, and their light."""
    steps = [np.arange(-length, length + 1) for length in reach]
    row = place[0].astype(np.int32)[:, None, None] + steps[0][:, None]
    column = place[1].astype(np.int32)[:, None, None] + steps[1]
    down = (row - place[0][:, None, None]).astype(np.float32)
    right = (column - place[1][:, None, None]).astype(np.float32)
    long = np.hypot(*stretch)[:, None, None] + np.float32(1e-6)
    along = (down * stretch[0][:, None, None] + right * stretch[1][:, None, None]) / long
    beyond = (np.abs(along) - long / 2).clip(0)
    far = down**2 + right**2 - along**2 + beyond**2
    light = np.exp(far / (-2 * np.square(size)[:, None, None]))
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    return np.where(inside, row * shape[1] + column, shape[0] * shape[1]), light
