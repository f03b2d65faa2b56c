"""Action painting: webs of poured and flung paint over the picture, as Pollock's.

A line's heading turns as the hand swings, in long arcs, and as the falling thread of liquid does,
in short ones; drops fly off. Dark paint is thick where the photo is dark and light paint where it
is light, so that from afar the web is the picture.

Source: Taylor, Micolich and Jonas, "Fractal Analysis of Pollock's Drip Paintings" (1999): motion of
the painter above a size, and of the liquid below.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, box, luma
from .filters import blurred, guided
from .ground import SIDE, Ground
from .paint import Amount, lit, over, varied
from .tones import smoothstep, stretched

SPACE = 0.8  # between the points that paint is made of, in pixels
LINES, LENGTH = 540, 340.0  # on a square of `SIDE` pixels, and how long they are in pixels
WIDTH, SPREAD, WIDEST = 1.9, 0.45, 4.2  # of lines in pixels, its logarithm's deviation, at most
HAND, LIQUID = 0.02, 0.045  # deviations of the turns in radians a pixel
HAND_WAVE, LIQUID_WAVE = 200.0, 45.0  # over which they change, in pixels
WAVES = 4  # of each in a line
DROPS = ((5.5, 56), (2.8, 280), (1.5, 1100), (0.8, 2800))
"""Radii in pixels, and how many drops of each there are on that square."""
BLACK, WHITE = 0.3, 0.24  # shares of the lines
DARK = np.array([0.07, 0.06, 0.065], dtype=np.float32)
LIGHT = np.array([0.94, 0.92, 0.87], dtype=np.float32)
THREAD = 0.7  # width in pixels of the finest lines, that cross tones unlike theirs
MATCH = 2.2  # how strongly thickness follows the photo's tone
SUBJECT, SPARED = 0.08, 0.5  # deviation of the photo from which lines are thinner, and by how much
THIN = 0.4  # how much of the photo's detail shines through
LOCAL = 0.45  # share of the place in the colour of coloured paint
CHROMA = 0.6  # logarithm by which coloured paint is livelier than the picture
RELIEF, GLOSS = 0.16, 0.5  # of light on the paint


def paint_drip(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) under flung paint, in [0, 1]; see `brushwork`."""
    light = stretched(luma(ground.photo))
    tone = guided(light, light, 4 * ground.scale, 0.05)
    count = _count(LINES, ground)
    kind = rng.random(count)
    fit = np.where(kind < BLACK, 1, np.where(kind > 1 - WHITE, -1, 0)).astype(np.float32)
    last = np.full(tone.size + 1, -1, dtype=np.int32)
    sides, owners, first = [], [], 0
    thrown = [_drops(*drops, fit, tone, ground, rng) for drops in DROPS]
    lines = _lines(fit, tone, ground, rng)
    for pixel, side, owner in (thrown[0], lines, *thrown[1:]):
        last[pixel.ravel()] = np.arange(first, first + pixel.size, dtype=np.int32)
        sides.append(side.ravel())
        owners.append(owner.ravel())
        first += pixel.size
    last = last[:-1].reshape(tone.shape)
    side, owner = np.concatenate(sides)[last], np.concatenate(owners)[last]

    covered = (last >= 0).astype(np.float32)
    paint = np.take(_paints(fit, picture, ground, rng), owner, axis=1)
    here = blurred(picture, 2.6 * ground.scale)
    here = here + np.float32(np.exp(CHROMA) - 1) * (here - luma(here))
    paint = paint + np.float32(LOCAL) * (fit[owner] == 0) * (here - paint)
    light = lit(2 * np.sqrt((1 - side * side).clip(0)) * covered)
    paint = paint + np.float32(RELIEF) * light + np.float32(GLOSS) * (light - 0.6).clip(0)
    cover = (covered + box(covered, 1)) / 2  # points are whole pixels: a little of their corners
    cover = covered * cover * (1 - np.float32(THIN) * ground.detail())
    painted = picture + cover * (paint - picture)
    return over(picture, painted, amount)


def _count(number: float, ground: Ground) -> int:
    """How many there are of what is so many times on a square of `SIDE` pixels at scale 1."""
    height, width = ground.shape
    return int(np.ceil(number * height * width / (SIDE * ground.scale) ** 2))


def _match(fit: Array, tone: Array) -> Array:
    """How thick paint is on a tone: 1 if coloured, more if both are dark, or both light."""
    matched: Array = 1 + MATCH * fit * (0.9 - 2 * tone)
    return matched


def _paints(fit: Array, picture: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """The colours (3, n) of the lines: black, white, and the picture's at places of its own."""
    y, x = ground.inside(*(rng.random((2, len(fit))) * np.array([ground.shape]).T))
    coloured = varied(
        box(picture, max(1, round(2 * ground.scale)))[:, y, x],
        rng,
        shade=0.05,
        hue=0.45,
        chroma=CHROMA,
        chroma_jitter=0.2,
        tint=0.03,
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
    fit: Array, tone: Array, ground: Ground, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Pixels (lines, steps, across) of the lines, how far across they are, -1 to 1, and whose."""
    scale, count, height = ground.scale, len(fit), 2 * ground.shape[0]
    length = np.arange(0, LENGTH, SPACE / scale, dtype=np.float32)
    turn = _turns(count, length, HAND, HAND_WAVE, rng) + _turns(
        count, length, LIQUID, LIQUID_WAVE, rng
    )
    space = np.float32(length[1] - length[0])
    heading = rng.uniform(0, 2 * np.pi, (count, 1)).astype(np.float32) + space * turn.cumsum(1)
    down, right = np.sin(heading), np.cos(heading)
    y, x = (
        scale * space * way.cumsum(1)
        + (rng.uniform(-0.1, 1.1, (count, 1)) * side).astype(np.float32)
        for way, side in zip((down, right), ground.shape, strict=True)
    )
    there = ground.inside(y, x)
    subject = smoothstep((SUBJECT / 2) ** 2, (2 * SUBJECT) ** 2, ground.variance(10 * scale))
    spared = ground.at(subject, there)
    match = _match(fit[:, None], tone[there]).clip(0, 2) * (1 - SPARED * spared)
    nominal = WIDTH * scale * np.exp(rng.normal(0, SPREAD, (count, 1)))
    swell = np.exp(_turns(count, length, 0.4, 70.0, rng))
    ends = np.sqrt(np.minimum(length, LENGTH - length).clip(0, 30) / 30)
    thick = (nominal * match * swell * ends).clip(THREAD * (1 - spared), WIDEST * scale)
    thick = thick.astype(np.float32)
    across = np.linspace(-1, 1, max(3, round(WIDEST * scale / SPACE)), dtype=np.float32)
    half = thick[..., None] / 2 * across
    y = np.where(thick < THREAD / 2, -height, y)  # torn
    pixel = _pixels(
        y[..., None] + half * right[..., None],
        x[..., None] - half * down[..., None],
        ground.shape,
    )
    owner = np.broadcast_to(np.arange(count, dtype=np.int32)[:, None, None], pixel.shape)
    return pixel, np.broadcast_to(across, pixel.shape), owner


def _drops(
    radius: float,
    number: int,
    fit: Array,
    tone: Array,
    ground: Ground,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """The same of round drops (drops, points); larger ones are longish."""
    radius = radius * ground.scale
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
    pixel = _pixels(*place, ground.shape)
    return pixel, np.broadcast_to(far, pixel.shape), np.broadcast_to(whose, pixel.shape)


def _pixels(y: Array, x: Array, shape: tuple[int, ...]) -> Array:
    """Numbers of the pixels at places, and one past the last for those beyond the borders."""
    height, width = shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    number = y.astype(np.int32) * np.int32(width) + x.astype(np.int32)
    return np.where(inside, number, np.int32(height * width))
