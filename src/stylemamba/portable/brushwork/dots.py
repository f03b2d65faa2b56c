"""Dots of pure colour, all of one size, that the eye mixes (pointillism).

Source: the "chromoluminarism" of Seurat and Signac after Chevreul, "The Law of Simultaneous
Contrast of Colours" (1839): the local colour is divided into its neighbours on the colour circle,
with some of the complementary colour, strongest in shadows, and of the light's and the sky's own.
No two hues are mixed on the palette. On skin they are rose, cream and pale blue.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred, guided
from ..geometry import Array, luma
from .ground import Ground
from .paint import Amount, over
from .pieces import clean
from .tones import smoothstep

SIDE = 3.7  # distance between dots in pixels, at scale 1
RADIUS = 0.66  # of a dot, in sides
JITTER = 0.55  # of its place, in sides
PHOTO = 0.5  # share of the photo in the hues
TONES = 0.7  # and in the lightness
SMOOTH, SMOOTHED = 1.5, 0.04  # radius in pixels and deviation of luma that is left out
LIGHT = (0.2, 0.79)  # lightness of black, and what that of white is more
CONTRAST = 1.1  # of lightness
CHROMA, LEAST = 1.35, 0.045  # factor; what is more than that of grey
KINDS = (0.52, 0.8, 0.91)
"""Bounds of the shares of dots of the local hue, its neighbours and the light; the rest are
complementary."""
NEIGHBOUR = 0.65  # how far neighbours are from the local hue, in radians
SUN, SKY = (0.045, 0.095), (-0.03, -0.11)  # hue of what lies in the light and in the shadow, Oklab
OPPOSITE = 0.75  # chroma of complementary dots, in those of the others
SHADE = 0.035  # deviation of lightness among dots
FLESH = np.array([[0.02, 0.055, 0.03], [0.06, 0.008, 0.045], [-0.01, -0.012, -0.03]])
"""Lightness that is added, and hue, of rose, cream and pale blue dots on skin."""
FLESH_SHARE = 0.8  # how far dots on skin take these
HAIR_FAR = 14.0  # deviation in pixels of the window around skin in which dark ground is hair
GROUND_FAR = 3.0  # deviation of the smoothing of what is seen between dots, in sides
CANVAS = np.array([0.93, 0.9, 0.82], dtype=np.float32)
SEEN = 0.25  # share of the canvas in that


def paint_dots(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in dots, in [0, 1]; see `brushwork`."""
    side = max(2, round(SIDE * ground.scale))
    grid = tuple(-(-length // side) + 2 for length in ground.shape)
    chance = rng.random((2, *grid), dtype=np.float32) - 0.5
    y, x = np.indices(grid, dtype=np.float32)
    # Every other row is shifted by half a side, as eggs lie in a box.
    x += 0.5 * (y % 2)
    y, x = (np.stack([y, x]) - 0.75 + JITTER * chance) * side
    here = ground.inside(y, x)
    shown = _local(picture, ground)
    colour = _divided(shown[:, here[0], here[1]], ground, here, rng)
    number = topmost(y, x, RADIUS * side, side, ground.shape, rng)
    between = ground.spread(
        blurred(shown[:, :: ground.pitch, :: ground.pitch], GROUND_FAR * SIDE / 2)
    )
    between += SEEN * (CANVAS[:, None, None] - between)
    dots = np.concatenate([colour.reshape(3, -1), np.zeros((3, 1), dtype=np.float32)], axis=1)
    painted = np.where(number >= 0, np.take(dots, number, axis=1), between)
    return over(picture, painted, amount)


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
    shown = ground.spread(clean(picture, ground, PHOTO))
    tone = luma(ground.photo)
    tone = guided(tone, tone, SMOOTH * ground.scale, SMOOTHED)
    shown += TONES * (tone - luma(shown))
    return shown.clip(0, 1)


def _divided(
    local: Array, ground: Ground, here: tuple[Array, Array], rng: np.random.Generator
) -> Array:
    """The dots' colours (3, r, c) for local ones."""
    lab = to_oklab(local)
    middle = np.float32(lab[0].mean())
    tone = middle + CONTRAST * (lab[0] - middle)
    chance, lighter, way = rng.random((3, *tone.shape), dtype=np.float32)
    light = LIGHT[0] + LIGHT[1] * tone + SHADE * np.float32(3.5) * (lighter - 0.5)
    skin = smoothstep(0.1, 0.5, ground.at(ground.skin, here))
    near = blurred(ground.skin, HAIR_FAR * ground.scale / ground.pitch)
    near = smoothstep(0.03, 0.12, ground.at(near, here))
    hair = near * smoothstep(0.5, 0.35, lab[0])
    hue = np.arctan2(lab[2], lab[1])
    # No green in hair.
    green = np.cos(hue - np.float32(np.radians(135)))
    hue = hue - hair * smoothstep(-0.1, 0.5, green) * (hue - np.float32(np.radians(60)))
    size = LEAST + CHROMA * np.hypot(lab[1], lab[2])
    own, neighbour, lit = (chance < bound for bound in KINDS)
    # Complementary dots stay out of faces.
    turn = np.where(own, 0.2, np.where(neighbour | (near > 0.3), NEIGHBOUR, np.pi))
    turn = np.where(way < 0.5, -turn, turn) * (1 - 0.6 * hair * ~lit)
    size = np.where(lit, size, OPPOSITE * size * smoothstep(0.9, 0.4, tone))
    plane = np.stack([size * np.cos(hue + turn), size * np.sin(hue + turn)])
    bright = smoothstep(0.4, 0.65, tone)
    glow = np.stack([sky + bright * (sun - sky) for sun, sky in zip(SUN, SKY, strict=True)])
    plane = np.where(lit & ~neighbour, (plane + glow) / 2, plane)
    flesh = FLESH.astype(np.float32)[(chance > 0.42).astype(int) + (chance > 0.86)]
    flesh = np.moveaxis(flesh, -1, 0)
    # Lips stay red.
    plane += (FLESH_SHARE * skin * smoothstep(0.16, 0.1, np.hypot(lab[1], lab[2]))) * (
        0.5 * lab[1:] + flesh[1:] - plane
    )
    return from_oklab(np.concatenate([(light + skin * flesh[0])[None], plane]))
