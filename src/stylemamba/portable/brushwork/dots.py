"""Dots of pure colour that the eye mixes (pointillism), smaller ones in what is fine, and in faces.

Source: the "chromoluminarism" of Seurat and Signac after Chevreul, "The Law of Simultaneous
Contrast of Colours" (1839): the local colour is divided into its neighbours on the colour circle,
with some of the complementary colour in shadows, and of the light's and the sky's own. All dots of
a place are of nearly one lightness: so they mix, and are no noise. On skin they are rose, cream
and pale blue.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred, guided
from ..geometry import Array, luma
from .ground import Ground
from .paint import Amount, over
from .pieces import clean
from .study import local_hued
from .tones import contrasty, smoothstep, stretched

SIDE, FINE_SIDE, FACE_SIDE = 3.6, 2.7, 2.1
"""Distance between dots in pixels at scale 1, in what is fine, and in faces."""
RADIUS = 0.68  # of a dot, in sides
JITTER = 0.5  # of its place, in sides
PHOTO, OWN_HUES = 0.4, (0.3, 0.85)
"""Share of the photo in the colours, and what `local_hued` has of it besides."""
TONES = 0.85  # share of the photo in the lightness
SMOOTH, SMOOTHED = 1.0, 0.03  # radius in pixels and deviation of luma that is left out
DEPTH = 0.5  # how far tones are stretched from the darkest to the lightest
LIGHT = (0.2, 0.78)  # lightness of black, and what that of white is more
CHROMA, LEAST, MOST = 1.5, 0.024, 0.2
"""Factor of chroma; what it is more than that of grey; and what it hardly exceeds."""
KINDS = (0.5, 0.84, 0.95)
"""Bounds of the shares of dots of the local hue, its neighbours and the light; the rest are
complementary."""
TURN, NEIGHBOUR = 0.15, 0.6  # how far dots are off the local hue, and neighbours, in radians
SUN, SKY = (0.035, 0.085), (-0.01, -0.09)  # hue of what lies in the light and in the shadow, Oklab
GLOW = np.float32(0.4)  # how far dots are of it
OPPOSITE = 0.4  # chroma of complementary dots, in those of the others
SHADE = 0.026  # deviation of lightness among dots
FLESH = np.array([[0.015, 0.055, 0.035], [0.04, 0.012, 0.05], [-0.01, 0.0, -0.02]])
"""Lightness that is added, and hue, of rose, cream and pale blue dots on skin."""
FLESH_SHARE = 0.6  # how far dots on skin take these
HAIR_FAR = 14.0  # deviation in pixels of the window around skin in which there are no complements
GROUND_FAR = 3.0  # deviation of the smoothing of what is seen between dots, in sides
CANVAS = np.array([0.93, 0.9, 0.82], dtype=np.float32)
SEEN = 0.2  # share of the canvas in that
FINE_AROUND, FINE, FULL_DETAIL = 3.0, 0.35, (0.06, 0.12)
"""Deviation in pixels of the window around faces and details, the share of these in it from which
dots are fine, and the photo's deviation from where to where there are details."""


def paint_dots(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in dots, in [0, 1]; see `brushwork`."""
    shown = _local(picture, ground)
    between = ground.spread(
        blurred(shown[:, :: ground.pitch, :: ground.pitch], GROUND_FAR * SIDE / 2)
    )
    between += SEEN * (CANVAS[:, None, None] - between)
    painted = _laid(shown, between, SIDE, ground, rng)
    detail = smoothstep(*FULL_DETAIL, np.sqrt(ground.variance(2 * ground.scale)))
    for size, where in ((FINE_SIDE, detail), (FACE_SIDE, ground.face)):
        around = blurred(where, FINE_AROUND * ground.scale / ground.pitch)
        fine = ground.spread(around) > FINE
        if fine.any():
            painted = np.where(fine, _laid(shown, between, size, ground, rng), painted)
    return over(picture, painted, amount)


def _laid(
    shown: Array, between: Array, size: float, ground: Ground, rng: np.random.Generator
) -> Array:
    """Dots (3, h, w) of local colours, so many pixels apart at scale 1, over what is between."""
    side = max(2, round(size * ground.scale))
    grid = tuple(-(-length // side) + 2 for length in ground.shape)
    chance = rng.random((2, *grid), dtype=np.float32) - 0.5
    y, x = np.indices(grid, dtype=np.float32)
    # Every other row is shifted by half a side, as eggs lie in a box.
    x += 0.5 * (y % 2)
    y, x = (np.stack([y, x]) - 0.75 + JITTER * chance) * side
    here = ground.inside(y, x)
    colour = _divided(shown[:, here[0], here[1]], ground, here, rng)
    number = topmost(y, x, RADIUS * side, side, ground.shape, rng)
    dots = np.concatenate([colour.reshape(3, -1), np.zeros((3, 1), dtype=np.float32)], axis=1)
    return np.where(number >= 0, np.take(dots, number, axis=1), between)


def topmost(
    y: Array, x: Array, radius: float, side: int, shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    """Number (h, w) of the disk that is seen at every pixel, -1 where there is none.

    Args:
        y: Of the disks' middles in pixels, (r + 2, c + 2), in about the middles of cells.
        x: Likewise.
        radius: Of the disks in pixels, less than a side.
        side: Of the cells in pixels; the first row and column of them lie outside.
        shape: (h, w).
        rng: Of the order in which they lie over each other.
    """
    rows, columns = (length - 2 for length in y.shape)
    order = (rng.permutation(y.size) + 1).reshape(y.shape)
    numbers = np.full(y.size + 1, -1, dtype=np.int32)
    numbers[order.ravel()] = np.arange(y.size)
    width = columns * side
    # Columns are of pixels, not of cells: NumPy is slow on short rows.
    pixels = np.stack([y, x, order]).astype(np.float32).repeat(side, axis=2)
    down = np.arange(rows * side, dtype=np.float32).reshape(rows, side, 1)
    right = np.arange(width, dtype=np.float32)
    top = np.zeros((rows, side, width), dtype=np.float32)
    for i, j in np.ndindex(3, 3):
        cy, cx, rank = pixels[:, i : i + rows, None, j * side : j * side + width]
        far = np.square(down - cy)
        far += np.square(right - cx)
        np.maximum(top, (far < np.float32(radius**2)) * rank, out=top)
    seen = top.reshape(-1, width)[: shape[0], : shape[1]]
    return numbers[seen.astype(np.int32)]


def _local(picture: Array, ground: Ground) -> Array:
    """Local colours (3, h, w): hues without texture, and the lightness of the photo."""
    shown = local_hued(ground.spread(clean(picture, ground, PHOTO)), ground, *OWN_HUES)
    tone = contrasty(ground.photo)
    tone = guided(tone, tone, SMOOTH * ground.scale, SMOOTHED)
    tone += DEPTH * (stretched(tone) - tone)
    shown += TONES * (tone - luma(shown))
    return shown.clip(0, 1)


def _divided(
    local: Array, ground: Ground, here: tuple[Array, Array], rng: np.random.Generator
) -> Array:
    """The dots' colours (3, r, c) for local ones."""
    lab = to_oklab(local)
    chance, lighter, way = rng.random((3, *lab.shape[1:]), dtype=np.float32)
    light = LIGHT[0] + LIGHT[1] * lab[0] + SHADE * np.float32(3.5) * (lighter - 0.5)
    skin = smoothstep(0.1, 0.5, ground.at(ground.skin, here))
    near = blurred(ground.skin, HAIR_FAR * ground.scale / ground.pitch)
    near = smoothstep(0.03, 0.12, ground.at(near, here))
    hue, size = np.arctan2(lab[2], lab[1]), np.hypot(lab[1], lab[2])
    size = LEAST + MOST * np.tanh(CHROMA / MOST * size)
    own, neighbour, lit = (chance < bound for bound in KINDS)
    # Complementary dots are of shadows, and stay out of faces.
    shadow = smoothstep(0.75, 0.45, lab[0]) * (near < 0.3)
    size = np.where(lit, size, (1 - (1 - OPPOSITE) * shadow) * size)
    opposite = np.where(shadow > 0.3, np.float32(np.pi), NEIGHBOUR)
    turn = np.where(own, TURN, np.where(neighbour, NEIGHBOUR, np.where(lit, TURN, opposite)))
    turn = np.where(way < 0.5, -turn, turn) * (1 - 0.5 * near)
    plane = np.stack([size * np.cos(hue + turn), size * np.sin(hue + turn)])
    bright = smoothstep(0.45, 0.7, lab[0])
    glow = np.stack([sky + bright * (sun - sky) for sun, sky in zip(SUN, SKY, strict=True)])
    plane = np.where(lit & ~neighbour, plane + GLOW * (glow - plane), plane)
    flesh = FLESH.astype(np.float32)[(chance > 0.42).astype(int) + (chance > 0.86)]
    flesh = np.moveaxis(flesh, -1, 0)
    # Lips stay red.
    plane += (FLESH_SHARE * skin * smoothstep(0.16, 0.1, np.hypot(lab[1], lab[2]))) * (
        0.6 * lab[1:] + flesh[1:] - plane
    )
    return from_oklab(np.concatenate([(light + skin * flesh[0])[None], plane]))
