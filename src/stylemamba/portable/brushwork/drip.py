"""Action painting: webs of poured and flung paint over the picture, as Pollock's.

A line's heading turns as the hand swings, in long arcs, and as the falling thread of liquid does,
in short ones; drops fly off. Dark paint is thick where the photo is dark and light paint where it
is light, so that from afar the web is the picture.

Source: Taylor, Micolich and Jonas, "Fractal Analysis of Pollock's Drip Paintings" (1999): motion of
the painter above a size, and of the liquid below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array, box, luma
from .chance import clouds
from .filters import blurred, guided
from .ground import SIDE, Ground
from .paint import Amount, lit, over, varied
from .study import faces_lit
from .tones import smoothstep, stretched

SPACE = 0.8  # between the points that paint is made of, in pixels
WAVES = 4  # of each kind of turn in a line


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
    """

    count: float
    length: float
    width: tuple[float, float]
    widest: float
    hand: tuple[float, float]
    liquid: tuple[float, float]
    swell: float


POURS = (
    Pour(34, 640.0, (5.2, 0.35), 11.0, (0.011, 260.0), (0.006, 90.0), 0.55),
    Pour(95, 330.0, (2.2, 0.4), 5.0, (0.02, 170.0), (0.02, 60.0), 0.5),
    Pour(170, 210.0, (1.0, 0.3), 2.0, (0.022, 150.0), (0.035, 40.0), 0.3),
)
"""Sweeps of the arm, of the hand, and threads."""
DROPS = ((7.0, 22), (3.2, 150), (1.6, 700), (0.8, 2200))
"""Radii in pixels, and how many drops of each there are on that square."""
BLACK, WHITE = 0.3, 0.24  # shares of the lines
DARK = np.array([0.07, 0.06, 0.065], dtype=np.float32)
LIGHT = np.array([0.94, 0.92, 0.87], dtype=np.float32)
THREAD = 0.35  # width in pixels below which lines tear
MATCH = 1.9  # how strongly thickness follows the photo's tone
SUBJECT, SPARED = 0.08, 0.45  # deviation of the photo from which lines are thinner, and by how much
FACE, FINE = 0.25, 1.5  # share of the lines that go over faces, of less where wider in pixels
OPEN, OPENS = 0.75, 85.0  # how much thinner the web is in its openings, and their size in pixels
CANVAS = np.array([0.90, 0.86, 0.77], dtype=np.float32)[:, None, None]
BARE = 0.4  # how far the picture below goes towards the canvas
LOCAL = 0.3  # share of the place in the colour of coloured paint
CHROMA = 0.45  # logarithm by which coloured paint is livelier than the picture
PAINTS, SAMPLES = 4, 400  # colours that are poured, and places that they are chosen from
VIVID = np.float32(0.1)  # weight of a colour's chroma, beside its difference from the others
RELIEF, GLOSS = 0.16, 0.5  # of light on the paint


def paint_drip(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) under flung paint, in [0, 1]; see `brushwork`."""
    light = stretched(luma(ground.photo))
    tone = guided(light, light, 4 * ground.scale, 0.05)
    face = ground.spread(ground.face)
    study = faces_lit(picture, ground, face)
    web = clouds(ground.angle.shape, OPENS * ground.scale / ground.pitch, rng)
    density = 1 - OPEN * smoothstep(0.1, 1.1, web)
    counts = [_count(pour.count, ground) for pour in POURS]
    fit = _kinds(sum(counts), rng)
    last = np.full(tone.size + 1, -1, dtype=np.int32)
    sides, owners, first, owned = [], [], 0, 0
    parts = []
    for pour, count in zip(POURS, counts, strict=True):
        own = slice(owned, owned + count)
        parts.append(_lines(pour, fit[own], owned, tone, density, ground, rng))
        owned += count
    thrown = [_drops(*drops, fit, tone, ground, rng) for drops in DROPS]
    for pixel, side, owner in (parts[0], thrown[0], *parts[1:], *thrown[1:]):
        last[pixel.ravel()] = np.arange(first, first + pixel.size, dtype=np.int32)
        sides.append(side.ravel())
        owners.append(owner.ravel())
        first += pixel.size
    last = last[:-1].reshape(tone.shape)
    side, owner = np.concatenate(sides)[last], np.concatenate(owners)[last]

    covered = (last >= 0).astype(np.float32)
    paint = np.take(_paints(fit, study, ground, rng), owner, axis=1)
    here = blurred(study, 2.6 * ground.scale)
    base = study + np.float32(BARE) * (1 - face) * (CANVAS * (0.35 + 0.65 * light) - study)
    paint = paint + np.float32(LOCAL) * (fit[owner] == 0) * (here - paint)
    shine = lit(2 * np.sqrt((1 - side * side).clip(0)) * covered)
    paint = paint + np.float32(RELIEF) * shine + np.float32(GLOSS) * (shine - 0.6).clip(0)
    cover = (covered + box(covered, 1)) / 2  # points are whole pixels: a little of their corners
    painted = base + covered * cover * (paint - base)
    return over(picture, painted, amount)


def _kinds(count: int, rng: np.random.Generator) -> Array:
    """Of lines, 1 for black, -1 for white, 0 for colours, (count,)."""
    kind = rng.random(count)
    fit = np.where(kind < BLACK, 1, np.where(kind > 1 - WHITE, -1, 0))
    return fit.astype(np.float32)


def _count(number: float, ground: Ground) -> int:
    """How many there are of what is so many times on a square of `SIDE` pixels at scale 1."""
    height, width = ground.shape
    return int(np.ceil(number * height * width / (SIDE * ground.scale) ** 2))


def _match(fit: Array, tone: Array) -> Array:
    """How thick paint is on a tone: 1 if coloured, more if both are dark, or both light."""
    matched: Array = 1 + MATCH * fit * (0.9 - 2 * tone)
    return matched


def _paints(fit: Array, picture: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """The colours (3, n) of the lines: black, white, and few of the picture's, lively ones."""
    y, x = ground.inside(*(rng.random((2, SAMPLES)) * np.array([ground.shape]).T))
    # Chosen by the photo: what differs by rounding is painted alike.
    side = max(1, round(2 * ground.scale))
    seen, poured = (box(maps, side)[:, y, x] for maps in (ground.photo, picture))
    plane = seen - seen.mean(0)
    vivid = np.square(plane).sum(0)
    chosen = [int(vivid.argmax())]
    for _ in range(PAINTS - 1):
        far = np.square(plane[:, :, None] - plane[:, None, chosen]).sum(0).min(1)
        chosen.append(int((far + VIVID * vivid).argmax()))
    coloured = varied(
        poured[:, chosen][:, rng.integers(PAINTS, size=len(fit))],
        rng,
        shade=0.03,
        hue=0.08,
        chroma=CHROMA,
        chroma_jitter=0.1,
        tint=0.01,
    )
    paints: Array = np.where(fit > 0, DARK[:, None], np.where(fit < 0, LIGHT[:, None], coloured))
    return paints.astype(np.float32)


def _turns(count: int, length: Array, size: float, wave: float, rng: np.random.Generator) -> Array:
    """Smooth chance (count, steps) of that deviation, with waves about that long."""
    total = np.zeros((count, len(length)), dtype=np.float32)
    for _ in range(WAVES):
        rate, phase = rng.uniform(0.5, 1.5, (count, 1)), rng.uniform(0, 2 * np.pi, (count, 1))
        part = (2 * np.pi / wave * rate * length + phase).astype(np.float32)
        total += np.sin(part)
    return total * np.float32(size * np.sqrt(2 / WAVES))


def _lines(
    pour: Pour,
    fit: Array,
    first: int,
    tone: Array,
    density: Array,
    ground: Ground,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """Pixels (lines, steps, across) of lines, how far across they are, -1 to 1, and whose.

    Args:
        pour: Their gesture.
        fit: As of `_kinds`, of each.
        first: Number of the first of them.
        tone: Of the photo, (h, w).
        density: Of the web, 0 to 1, on the ground's grid.
        ground: Of the photo.
        rng: Of their ways.
    """
    scale, count, height = ground.scale, len(fit), 2 * ground.shape[0]
    length = np.arange(0, pour.length, SPACE / scale, dtype=np.float32)
    turn = _turns(count, length, *pour.hand, rng) + _turns(count, length, *pour.liquid, rng)
    space = np.float32(length[1] - length[0])
    heading = rng.uniform(0, 2 * np.pi, (count, 1)).astype(np.float32) + space * turn.cumsum(1)
    down, right = np.sin(heading), np.cos(heading)
    y, x = (
        scale * space * (way.cumsum(1) - way.cumsum(1)[:, -1:] / 2)
        + (rng.uniform(-0.05, 1.05, (count, 1)) * side).astype(np.float32)
        for way, side in zip((down, right), ground.shape, strict=True)
    )
    there = ground.inside(y, x)
    subject = smoothstep((SUBJECT / 2) ** 2, (2 * SUBJECT) ** 2, ground.variance(10 * scale))
    subject = np.maximum(subject, ground.face)
    spared = ground.at(subject, there)
    match = _match(fit[:, None], tone[there]).clip(0, 2) * (1 - SPARED * spared)
    nominal = pour.width[0] * scale * np.exp(rng.normal(0, pour.width[1], (count, 1)))
    swell = np.exp(_turns(count, length, pour.swell, 70.0, rng))
    ends = np.sqrt(np.minimum(length, pour.length - length).clip(0, 30) / 30)
    open_web = ground.at(density, there)
    thick = (nominal * match * swell * ends).clip(0, pour.widest * scale)
    thick = thick.astype(np.float32)
    spares = FACE * min(1.0, FINE / pour.width[0])
    # Torn in openings of the web and, mostly, on faces.
    chance = rng.random((count, 1))
    torn = (chance > open_web) | ((ground.at(ground.face, there) > 0.3) & (chance > spares))
    across = np.linspace(-1, 1, max(3, round(pour.widest * scale / SPACE)), dtype=np.float32)
    half = thick[..., None] / 2 * across
    y = np.where(torn | (thick < THREAD), -height, y)
    pixel = _pixels(
        y[..., None] + half * right[..., None],
        x[..., None] - half * down[..., None],
        ground.shape,
    )
    owner = np.arange(first, first + count, dtype=np.int32)[:, None, None]
    shape = pixel.shape
    return pixel, np.broadcast_to(across, shape), np.broadcast_to(owner, shape)


def _drops(
    radius: float,
    number: int,
    fit: Array,
    tone: Array,
    ground: Ground,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """The same of round drops (drops, points); larger ones are longish."""
    radius, height = radius * ground.scale, ground.shape[0]
    number = _count(number, ground)
    y, x = rng.random((2, number, 1), dtype=np.float32) * np.array(ground.shape)[:, None, None]
    reach = np.arange(-radius, radius + SPACE, SPACE, dtype=np.float32)
    down, right = (part.ravel() for part in np.meshgrid(reach, reach, indexing="ij"))
    far = np.hypot(down, right) / np.float32(radius)
    within = far <= 1
    down, right, far = down[within], right[within], far[within]
    size = rng.uniform(0.6, 1.2, (2, number, 1)).astype(np.float32)
    slant = rng.normal(0, 0.3, (number, 1)).astype(np.float32)
    whose = rng.integers(len(fit), size=(number, 1))
    size *= _match(fit[whose], tone[ground.inside(y, x)]).clip(0.4, 1.2)
    place = y + size[0] * (down + slant * right), x + size[1] * right
    bare = (ground.at(ground.face, ground.inside(y, x)) > 0.3) & (rng.random((number, 1)) > FACE)
    pixel = _pixels(np.where(bare, -9 * height, place[0]), place[1], ground.shape)
    return pixel, np.broadcast_to(far, pixel.shape), np.broadcast_to(whose, pixel.shape)


def _pixels(y: Array, x: Array, shape: tuple[int, ...]) -> Array:
    """Numbers of the pixels at places, and one past the last for those beyond the borders."""
    height, width = shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    number = y.astype(np.int32) * np.int32(width) + x.astype(np.int32)
    return np.where(inside, number, np.int32(height * width))
