"""Straight cuts of a photo into convex polygons, each of which looks alike throughout.

Source: Radha, Vetterli and Leonardi, "Image Compression Using Binary Space Partitioning Trees"
(1996): every polygon is cut in two by the straight line that leaves the least variance on its two
sides, as long as that is worth it. So cuts lie along the longest and strongest contours first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array
from .facets import rasterised

ROUNDS = 10  # of cuts: 1024 polygons at most
ANGLES, FINER_ANGLES = 24, 10  # that lines are tried at, in the first rounds and afterwards
FIRST = 4  # of these rounds
OFFSETS, LEAST_OFFSETS = 2048, 20  # of lines that are tried at an angle, in all and per polygon
REACH = 1.9  # of the offsets either way, in deviations of places in a polygon
MIDDLE = 0.02  # difference that large ground counts for
THIN = 0.08  # variance of places in a polygon, at least
CHANCE = 0.25  # share by which the worth of a cut is a matter of chance


@dataclass(frozen=True)
class Cuts:
    """Which cuts are made.

    Attributes:
        worth: Least worth of one: the difference of its two sides, times the root of half the
            harmonic mean of their areas in pixels.
        least: Area in pixels of a side, at least.
        largest: Area above which a polygon is cut anyhow.
    """

    worth: float
    least: float
    largest: float


@dataclass(frozen=True)
class _Places:
    """Places that are in polygons which may be cut.

    Attributes:
        y, x: Of each, (n,).
        values: Weight, what should be alike times weight, and 1, (c + 2, n).
        number: Of its polygon, (n,).
        count: Of polygons.
    """

    y: Array
    x: Array
    values: Array
    number: Array
    count: int


def partitioned(
    maps: Array, weight: Array, side: float, cuts: Cuts, rng: np.random.Generator
) -> list[Array]:
    """Polygons (k, 2), y and x of their corners in places, that cover maps (c, r, s).

    Args:
        maps: What should be alike in a polygon.
        weight: How much each place counts: there are more polygons where it is more, (r, s).
        side: Of a place, in pixels that areas are counted in.
        cuts: Which are made.
        rng: Of cuts where nothing tells where to cut.
    """
    rows, columns = weight.shape
    y, x = (part.ravel().astype(np.float32) for part in np.indices(weight.shape))
    values = np.concatenate([weight[None], weight * maps, np.ones_like(weight)[None]])
    places = _Places(y, x, values.reshape(len(values), -1), np.zeros(y.size, dtype=np.int64), 1)
    whole = np.array([(0, 0), (0, columns), (rows, columns), (rows, 0)], dtype=np.float64)
    polygons, done = [whole - 0.5], []
    for level in range(ROUNDS):
        angles = ANGLES if level < FIRST else FINER_ANGLES
        lines, cut = _lines(places, side**2, cuts, angles, rng)
        done += [polygon for polygon, there in zip(polygons, cut, strict=True) if not there]
        polygons = [
            part
            for polygon, line, there in zip(polygons, lines.T, cut, strict=True)
            if there
            for part in _halves(polygon, line)
        ]
        if not polygons:
            break
        y, x, number = places.y, places.x, places.number
        beyond = lines[0, number] * y + lines[1, number] * x > lines[2, number]
        kept = cut[number]
        number = (2 * (np.cumsum(cut) - 1)[number] + beyond)[kept]
        places = _Places(y[kept], x[kept], places.values[:, kept], number, len(polygons))
    return done + polygons


def _lines(
    places: _Places, area: float, cuts: Cuts, angles: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The best lines (3, count), down * y + right * x = offset, and which polygons they cut.

    Args:
        places: Of the polygons.
        area: Of a place, in square pixels.
        cuts: Which are made.
        angles: That lines are tried at.
        rng: Of what lines are worth.
    """
    y, x, number, count = places.y, places.x, places.number, places.count
    sizes = np.bincount(number, minlength=count).clip(1)
    mean_y, mean_x, yy, xx, xy = (
        np.bincount(number, part, count) / sizes for part in (y, x, y * y, x * x, x * y)
    )
    yy, xx, xy = yy - mean_y**2, xx - mean_x**2, xy - mean_x * mean_y
    offsets = int(np.clip(OFFSETS / count, LEAST_OFFSETS, 4 * np.sqrt(sizes.max())))
    best, lines = np.full(count, -1.0), np.zeros((3, count))
    large = sizes * area > cuts.largest
    for angle in np.pi * np.arange(angles) / angles:
        down, right = np.sin(angle), np.cos(angle)
        deviation = np.sqrt((down**2 * yy + right**2 * xx + 2 * down * right * xy).clip(THIN))
        step = 2 * REACH / offsets * deviation
        start = down * mean_y + right * mean_x - step * offsets / 2
        place = np.float32(down) * y + np.float32(right) * x - start.astype(np.float32)[number]
        place = (place / step.astype(np.float32)[number]).clip(0, offsets - 1).astype(np.int64)
        key = number * offsets + place
        sums = np.stack([np.bincount(key, part, count * offsets) for part in places.values])
        between, smaller = _compared(sums.reshape(-1, count, offsets).cumsum(2))
        chance = (1 + CHANCE * rng.standard_normal((count, 1))).clip(0.2)
        # Of two that are as good, large ground is cut in the middle.
        middle = large[:, None] * MIDDLE * np.sqrt(smaller) * chance
        worth = np.sqrt(area) * (np.sqrt(between) + middle)
        worth[smaller * area < cuts.least] = -1
        cut = worth.argmax(1)
        found = worth[np.arange(count), cut]
        line = np.stack([np.full(count, down), np.full(count, right), start + step * (cut + 1)])
        lines = np.where(found > best, line, lines)
        best = np.maximum(found, best)
    return lines, best >= np.where(large, 0, cuts.worth)


def _compared(sums: Array) -> tuple[Array, Array]:
    """The variance between both sides of every line, times weight, and how small the smaller is.

    Args:
        sums: Of the values before each line, (c + 2, count, offsets).
    """
    rest = sums[..., -1:] - sums
    first, second = sums[0].clip(1e-6), rest[0].clip(1e-6)
    between = np.square(sums[1:-1] / first - rest[1:-1] / second).sum(0)
    return first * second / (first + second) * between, np.minimum(sums[-1], rest[-1])


def _halves(polygon: Array, line: Array) -> list[Array]:
    """The two parts of a convex polygon on either side of a line, near and beyond."""
    height = polygon @ line[:2] - line[2]
    after, other = np.roll(height, -1), np.roll(polygon, -1, axis=0)
    crossing = (height < 0) != (after < 0)
    share = np.where(crossing, height / np.where(crossing, height - after, 1), 0)[:, None]
    cut = polygon + share * (other - polygon)
    halves = []
    for inside in (height < 0, height >= 0):
        corners = np.stack([polygon, cut], axis=1).reshape(-1, 2)
        halves.append(corners[np.stack([inside, crossing], axis=1).ravel()])
    return halves


def filled(polygons: list[Array], shape: tuple[int, ...]) -> Array:
    """Number (h, w) of the polygon at every pixel."""
    fans = [[corners[[0, k, k + 1]] for k in range(1, len(corners) - 1)] for corners in polygons]
    owner = np.repeat(np.arange(len(fans), dtype=np.int32), [len(fan) for fan in fans])
    corners = np.array([triangle for fan in fans for triangle in fan])
    return owner[rasterised(corners.transpose(2, 0, 1), shape)]
