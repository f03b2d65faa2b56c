"""Lines and drops of enamel that is poured and flung on a canvas lying on the floor.

A line's heading turns as the hand swings, in long arcs, and as the falling thread of liquid does,
in short ones. Where the hand is quick, the thread is thin; where it is slow or turns, paint pools.
Every paint lies where the picture is like it, and runs out in a taper elsewhere.

Source: Taylor, Micolich and Jonas, "Fractal Analysis of Pollock's Drip Paintings" (1999): motion of
the painter above a size, and of the liquid below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array
from .ground import SIDE, Ground
from .tones import smoothstep

SPACE = 0.75  # between the points that paint is made of, in pixels
STRIDE = 3.0  # between the places in which the way of a line is followed, in pixels
WAVES = 4  # of each kind of turn in a line
THREAD = 0.55  # width in pixels below which lines tear
SLOW = 80.0  # over which the hand's speed changes, in pixels
POOL = np.float32(0.35)  # how much wider a line is for a turn of one deviation
TAPER, RUN_OUT = 46.0, 10.0  # pixels over which lines end, and over which a paint runs out
HEAD = 6.0  # pixels over which what is flung grows thick
ASIDE = 6.0  # mean distance in pixels of drops from the line that they flew off
CHOSEN = 0.16  # likeness over which a line comes to be whole


@dataclass(frozen=True)
class Pour:
    """Lines of one gesture.

    Attributes:
        count: On a square of `SIDE` pixels.
        length: In pixels.
        width: In pixels, and the deviation of its logarithm.
        widest: In pixels.
        hand: Deviation of the turns of the hand in radians a pixel, and over which they change.
        liquid: The same of the falling thread.
        swell: Deviation of the logarithm of the width along the line.
        tail: Whether it is flung: thick at first, then a tail.
    """

    count: float
    length: float
    width: tuple[float, float]
    widest: float
    hand: tuple[float, float]
    liquid: tuple[float, float]
    swell: float
    tail: bool = False


@dataclass(frozen=True)
class Canvas:
    """What poured paint follows, on the ground's grid.

    Attributes:
        like: How readily each paint lies there, (n, r, c), 0 to 1.
        fine: Where nothing but fine threads and specks fall, (r, c), 0 to 1.
        shares: Of the paints, among lines, (n,).
    """

    like: Array
    fine: Array
    shares: Array


Points = tuple[Array, Array, Array]
"""Numbers of pixels, how far across the paint they are, -1 to 1, and of which paint; (points,)."""


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


def poured(
    pour: Pour, canvas: Canvas, ground: Ground, rng: np.random.Generator
) -> tuple[Points, Array]:
    """Lines of a gesture, and where there is paint on them: (3, places), y, x and paint."""
    number = count(pour.count, ground)
    length = np.linspace(
        0, pour.length, max(3, int(np.ceil(pour.length / STRIDE))), dtype=np.float32
    )
    y, x, hand = _swung(pour, number, length, ground, rng)
    kind = rng.choice(len(canvas.shares), (number, 1), p=canvas.shares)
    place = tuple(part // ground.pitch for part in ground.inside(y, x))
    fine = canvas.fine[place]
    wanted = (1 - CHOSEN) * rng.random((number, 1), dtype=np.float32)
    match = smoothstep(0, CHOSEN, canvas.like[kind, place[0], place[1]] - wanted) * (1 - fine)
    match = _run_out(match, max(1, round(RUN_OUT / STRIDE)))
    thick = (_widths(pour, hand, length, rng) * match).clip(0, pour.widest)
    kept = np.where(fine < 0.5, thick, 0) > THREAD
    paint = np.broadcast_to(kind, kept.shape)
    where = np.stack([y[kept], x[kept], paint[kept].astype(np.float32)])
    return _strokes(y, x, ground.scale * thick, paint, kept, ground.shape), where


def _swung(
    pour: Pour, number: int, length: Array, ground: Ground, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Places y and x (number, steps) of a hand in pixels, and its turns in deviations."""
    hand = turns(number, length, *pour.hand, rng)
    turn = hand + turns(number, length, *pour.liquid, rng)
    heading: Array = rng.uniform(0, 2 * np.pi, (number, 1)).astype(np.float32)
    heading = heading + length[1] * turn.cumsum(1)
    y, x = (
        ground.scale * length[1] * (way.cumsum(1) - way.cumsum(1)[:, -1:] / 2)
        + (rng.uniform(-0.05, 1.05, (number, 1)) * side).astype(np.float32)
        for way, side in zip((np.sin(heading), np.cos(heading)), ground.shape, strict=True)
    )
    return y, x, hand / np.float32(pour.hand[0])


def _widths(pour: Pour, hand: Array, length: Array, rng: np.random.Generator) -> Array:
    """Widths (number, steps) of lines whose hand turns that much, in pixels at scale 1."""
    number, left = len(hand), pour.length - length
    swell = np.exp(turns(number, length, pour.swell, SLOW, rng)) * (1 + POOL * np.abs(hand))
    ends = np.sqrt(np.minimum(length, left).clip(0, TAPER) / TAPER)
    if pour.tail:
        ends = np.sqrt((length / HEAD).clip(0, 1)) * np.square(left / pour.length)
    nominal = pour.width[0] * np.exp(rng.normal(0, pour.width[1], (number, 1)))
    widths: Array = nominal.astype(np.float32) * swell * ends
    return widths


def _run_out(match: Array, reach: int) -> Array:
    """Means along lines (lines, steps) over so many steps before and after: paint runs out."""
    padded = np.pad(match, ((0, 0), (reach + 1, reach)), mode="edge")
    sums = padded.cumsum(1, dtype=np.float32)
    means: Array = (sums[:, 2 * reach + 1 :] - sums[:, : -2 * reach - 1]) / (2 * reach + 1)
    return means


def _strokes(
    y: Array, x: Array, thick: Array, kind: Array, kept: Array, shape: tuple[int, ...]
) -> Points:
    """The points of ways (lines, steps) of a width in pixels, where paint is kept."""
    first = kept[:, :-1] & kept[:, 1:]
    ends = [np.stack([part[:, :-1][first], part[:, 1:][first]]) for part in (y, x, thick)]
    paint = kind[:, :-1][first]
    down, right = (part[1] - part[0] for part in ends[:2])
    far = np.hypot(down, right) + np.float32(1e-6)
    parts = []
    # Few points across are enough for threads.
    widths = np.maximum(ends[2][0], ends[2][1])
    limits = (0.0, 2.2, 4.5, 9.0, np.inf)
    for low, high in zip(limits, limits[1:], strict=False):
        own = np.flatnonzero((widths > low) & (widths <= high))
        if not own.size:
            continue
        wide = max(2, int(np.ceil(widths[own].max() / SPACE)) + 1)
        across = np.linspace(-1, 1, wide, dtype=np.float32)
        along = np.arange(0, 1, SPACE / max(far[own].max(), SPACE), dtype=np.float32)[:, None]
        middle = [
            part[0, own, None, None] + along * (part[1] - part[0])[own, None, None] for part in ends
        ]
        half = middle[2] * across / 2
        pixel = _pixels(
            middle[0] + half * (right / far)[own, None, None],
            middle[1] - half * (down / far)[own, None, None],
            shape,
        )
        side = np.broadcast_to(across, pixel.shape)
        owner = np.broadcast_to(paint[own, None, None], pixel.shape)
        parts.append((pixel.ravel(), side.ravel(), owner.ravel()))
    return joined(parts)


def joined(parts: list[Points]) -> Points:
    """All points of several, in their order."""
    if not parts:
        return np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.int64)
    pixel, side, owner = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return pixel, side, owner


def drops(
    radius: float,
    number: int,
    where: Array,
    canvas: Canvas,
    ground: Ground,
    rng: np.random.Generator,
) -> Points:
    """Drops that flew off lines, none but fine ones where only such fall; larger ones are longish.

    Args:
        radius: In pixels at scale 1.
        number: Of them, on a square of `SIDE` pixels.
        where: Places of the lines; see `poured`.
        canvas: What they follow.
        ground: Of the photo.
        rng: Of their places.
    """
    if not where.size:
        return joined([])
    number = count(number, ground)
    y, x, kind = where[:, rng.integers(where.shape[1], size=number)]
    turn, off = rng.uniform(0, 2 * np.pi, number), rng.exponential(ASIDE * ground.scale, number)
    y, x = y + off * np.sin(turn), x + off * np.cos(turn)
    size = radius * ground.scale * rng.uniform(0.6, 1.25, number)
    row, column = (part // ground.pitch for part in ground.inside(y, x))
    kept = (canvas.fine[row, column] < 0.3) | (radius < 1)
    y, x, size, kind = (part[kept, None].astype(np.float32) for part in (y, x, size, kind))
    reach = np.arange(-1, 1.01, SPACE / (1.25 * radius * ground.scale), dtype=np.float32)
    down, right = (part.ravel() for part in np.meshgrid(reach, reach, indexing="ij"))
    far = np.hypot(down, right)
    down, right, far = (part[far <= 1] for part in (down, right, far))
    slant = rng.normal(0, 0.25, (len(y), 1)).astype(np.float32)
    pixel = _pixels(y + size * (down + slant * right), x + size * right, ground.shape)
    owner = np.broadcast_to(kind.astype(np.int64), pixel.shape)
    return pixel.ravel(), np.broadcast_to(far, pixel.shape).ravel(), owner.ravel()


def _pixels(y: Array, x: Array, shape: tuple[int, ...]) -> Array:
    """Numbers of the pixels at places, and one past the last for those beyond the borders."""
    height, width = shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    number = y.astype(np.int32) * np.int32(width) + x.astype(np.int32)
    return np.where(inside, number, np.int32(height * width))
