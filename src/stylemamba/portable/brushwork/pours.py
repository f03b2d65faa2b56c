"""Skeins and drops of enamel that is poured and flung on a canvas lying on the floor.

A skein's heading turns as the arm swings, in long arcs, and as the falling thread of liquid does,
in short ones. Where the hand is quick, the thread is thin; where it is slow or turns, paint pools.

Source: Taylor, Micolich and Jonas, "Fractal Analysis of Pollock's Drip Paintings" (1999): motion of
the painter above a size, and of the liquid below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array
from .ground import SIDE, Ground

SPACE = 0.8  # between the points that paint is made of, in pixels
STRIDE = 4.0  # between the places in which the way of a skein is followed, in pixels
WAVES = 4  # of each kind of turn in a skein
THREAD = 0.5  # width in pixels below which skeins tear
SLOW = 90.0  # over which the hand's speed changes, in pixels
POOL = np.float32(0.4)  # how much wider a skein is for a turn of one deviation
TAPER, RUN_OUT = 26.0, 9.0  # pixels over which skeins end, and over which they grow thin
ASIDE = 7.0  # mean distance in pixels of drops from the skein that they flew off
CLASSES = (0.0, 2.2, 4.5, 8.0, np.inf)  # of widths in pixels: few points across do for threads


@dataclass(frozen=True)
class Pour:
    """Skeins of one gesture.

    Attributes:
        count: On a square of `SIDE` pixels.
        length: In pixels.
        width: In pixels, and the deviation of its logarithm.
        widest: In pixels.
        hand: Deviation of the turns of the hand in radians a pixel, and over which they change.
        liquid: The same of the falling thread.
        swell: Deviation of the logarithm of the width along the skein.
        free: Share of these that are black or white, wherever they go.
        lag: Pixels by which an enamel runs on over a border.
    """

    count: float
    length: float
    width: tuple[float, float]
    widest: float
    hand: tuple[float, float]
    liquid: tuple[float, float]
    swell: float
    free: float = 0.0
    lag: float = 0.0


@dataclass(frozen=True)
class Way:
    """Where skeins of one gesture go; each (skeins, steps).

    Attributes:
        y: In pixels.
        x: In pixels.
        width: In pixels at scale 1, as the hand moves.
    """

    y: Array
    x: Array
    width: Array


def count(number: float, ground: Ground) -> int:
    """How many there are of what is so many times on a square of `SIDE` pixels at scale 1."""
    height, width = ground.shape
    return int(np.ceil(number * height * width / (SIDE * ground.scale) ** 2))


def turns(number: int, length: Array, size: float, wave: float, rng: np.random.Generator) -> Array:
    """Smooth chance (number, steps) of that deviation, with waves about that long."""
    total = np.zeros((number, len(length)), dtype=np.float32)
    for _ in range(WAVES):
        rate, phase = rng.uniform((0.5, 0), (1.5, 2 * np.pi), (number, 2)).T[..., None]
        total += np.sin((2 * np.pi / wave * rate * length + phase).astype(np.float32))
    return total * np.float32(size * np.sqrt(2 / WAVES))


def swung(pour: Pour, middle: Array, ground: Ground, rng: np.random.Generator) -> Way:
    """Ways of an arm over places (2, skeins) in pixels, in arcs of all sizes."""
    number = middle.shape[1]
    steps = max(3, int(np.ceil(pour.length / STRIDE)))
    length = np.linspace(0, pour.length, steps, dtype=np.float32)
    hand = turns(number, length, *pour.hand, rng)
    turn = hand + turns(number, length, *pour.liquid, rng)
    heading: Array = rng.uniform(0, 2 * np.pi, (number, 1)).astype(np.float32)
    heading = heading + length[1] * turn.cumsum(1)
    y, x = (
        ground.scale * length[1] * (way.cumsum(1) - way.cumsum(1)[:, -1:] / 2) + start[:, None]
        for way, start in zip((np.sin(heading), np.cos(heading)), middle, strict=True)
    )
    return Way(y, x, widths(pour, hand / np.float32(pour.hand[0]), length, rng))


def followed(pour: Pour, middle: Array, ground: Ground, rng: np.random.Generator) -> Way:
    """Ways along the photo's edges, from places (2, skeins) in pixels both ways."""
    number = middle.shape[1]
    steps = max(3, int(np.ceil(pour.length / STRIDE)))
    length = np.linspace(0, pour.length, steps, dtype=np.float32)
    stray = turns(number, length, *pour.hand, rng)
    step = STRIDE * ground.scale
    halves = []
    for way, strays in ((-1, stray[:, steps // 2 - 1 :: -1]), (1, stray[:, steps // 2 :])):
        y, x = middle
        heading = ground.at(ground.angle, ground.inside(y, x)) + np.pi * (way < 0)
        path = []
        for turn in strays.T:
            edge = ground.at(ground.angle, ground.inside(y, x))
            # Edges have no direction: the way goes on with them.
            heading = heading + 0.5 * ((edge - heading + np.pi / 2) % np.pi - np.pi / 2)
            y = y + step * np.sin(heading + turn)
            x = x + step * np.cos(heading + turn)
            path.append((y, x))
        halves.append(np.array(path[::way]))
    y, x = np.concatenate(halves).transpose(1, 2, 0).astype(np.float32)
    return Way(y, x, widths(pour, 0 * stray, length, rng))


def widths(pour: Pour, hand: Array, length: Array, rng: np.random.Generator) -> Array:
    """Widths (skeins, steps) in pixels, at turns of the hand in deviations."""
    number = len(hand)
    speed = turns(number, length, pour.swell, SLOW, rng)
    thick = pour.width[0] * np.exp(pour.width[1] * rng.standard_normal((number, 1)) + speed)
    thick = thick * (1 + POOL * np.abs(hand)) / (1 + POOL)
    end = np.minimum(length, length[-1] - length) / min(TAPER, pour.length / 3)
    tapered: Array = (thick * np.sqrt(end.clip(0, 1))).clip(0, pour.widest)
    return tapered.astype(np.float32)


def run_out(match: Array) -> Array:
    """Means of (skeins, steps) along skeins: they do not end at once, but run thin."""
    reach = max(1, round(RUN_OUT / STRIDE))
    padded = np.pad(match, ((0, 0), (reach + 1, reach)), mode="edge")
    sums = padded.cumsum(1, dtype=np.float32)
    means: Array = (sums[:, 2 * reach + 1 :] - sums[:, : -2 * reach - 1]) / (2 * reach + 1)
    return means


def poured(layer: Array, way: Way, thick: Array, paint: Array, ground: Ground) -> None:
    """Pours skeins on a layer (h * w + 1,) of the numbers of paints.

    Args:
        layer: Painted over; the last place is for all beyond the borders.
        way: Of the skeins.
        thick: Their widths in pixels at scale 1, (skeins, steps).
        paint: Numbers of the paints on them, (skeins, steps).
        ground: Of the photo.
    """
    kept = thick > THREAD
    part = np.nonzero(kept[:, :-1] & kept[:, 1:])
    after = part[0], part[1] + 1
    width = ground.scale * thick
    first, last = (np.stack([m[at] for m in (way.y, way.x, width)]) for at in (part, after))
    paint = paint[part]
    change = last - first
    far = np.hypot(change[0], change[1]) + np.float32(1e-6)
    across = np.stack([change[1], -change[0]]) / (2 * far)
    wide = np.maximum(first[2], last[2])
    for low, high in zip(CLASSES, CLASSES[1:], strict=False):
        own = np.flatnonzero((wide > low) & (wide <= high))
        if not own.size:
            continue
        points = max(2, int(np.ceil(wide[own].max() / SPACE)) + 1)
        side = np.linspace(-1, 1, points, dtype=np.float32)
        along = np.arange(0, 1, SPACE / max(far[own].max(), SPACE), dtype=np.float32)[:, None]
        y, x, half = (
            first[k, own, None, None] + along * change[k, own, None, None] for k in range(3)
        )
        half = half * side
        pixel = _pixels(
            y + half * across[0, own, None, None],
            x + half * across[1, own, None, None],
            ground.shape,
        )
        layer[pixel] = paint[own, None, None]


def dropped(
    layer: Array,
    radius: float,
    place: Array,
    paint: Array,
    ground: Ground,
    rng: np.random.Generator,
) -> None:
    """Drops at places (2, n), on a layer (see `poured`); their radius in pixels at scale 1."""
    y, x = (part[:, None].astype(np.float32) for part in place)
    size = (radius * ground.scale * rng.uniform(0.5, 1.3, y.shape)).astype(np.float32)
    reach = np.arange(-1, 1.01, SPACE / (1.3 * radius * ground.scale), dtype=np.float32)
    down, right = (part.ravel() for part in np.meshgrid(reach, reach, indexing="ij"))
    inside = np.hypot(down, right) <= 1
    down, right = down[inside], right[inside]
    slant = rng.normal(0, 0.3, y.shape).astype(np.float32)
    pixel = _pixels(y + size * (down + slant * right), x + size * right, ground.shape)
    layer[pixel] = paint[:, None]


def _pixels(y: Array, x: Array, shape: tuple[int, ...]) -> Array:
    """Numbers of the pixels at places, and one past the last for those beyond the borders."""
    height, width = shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    number = y.astype(np.int32) * np.int32(width) + x.astype(np.int32)
    return np.where(inside, number, np.int32(height * width))
