"""Pixel art: blocks of few, clean colours in clusters, dark outlines, faces of few tones.

Source: Gerstner et al., "Pixelated Image Abstraction" (2012): a coarse grid, and a palette made for
the picture in a perceptual space. What a block shows is found as by Weber et al., "Rapid,
Detail-Preserving Image Downscaling" (2016): pixels count the more, the more they differ from their
surroundings, so that eyes and wires outlast the grid. Lights are warm and shadows cool, and neither
is dithered: clusters of one colour read best (Yu, "Pixel Logic", 2020).
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..geometry import Array, box, unframed
from ..sampling import means
from .faces import features, filled, lips, whites
from .ground import Ground
from .paint import Amount, over
from .regions import voted
from .tones import smoothstep, stretched

SIDE = 3.5  # of a block in pixels, at scale 1: 129 blocks along the longer side
PHOTO = 0.7
"""Share of the photo in the colours: a game's sky is blue, whatever the networks paint."""
CARE = 0.7  # exponent of a pixel's difference from its surroundings, in its weight
LEAST = 0.01  # of that difference
SMOOTHINGS = 2  # of the blocks, each with its neighbours of about its own colour
ALIKE = 0.025  # difference between colours that smoothing evens out
COLOURS = 18
SETTLINGS = 5  # steps of Lloyd's algorithm
LIGHTNESS = 0.7  # weight of lightness in differences: hues keep colours of their own
EDGE = (0.1, 0.2)
"""Rise of lightness beside a block from which it is outline, partly and wholly."""
OUTLINE = 0.22  # by which outlines are darker, in lightness
CONTOUR = 0.45  # how much of an outline faces have
BOUNDS = (0.25, 0.6)  # shares of a face up to which it is of its darker tones
TONES = len(BOUNDS) + 1
EVEN = (0.24, 0.05, 0.06)  # differences in Oklab from their median up to which blocks are of them
SKIN = 0.35  # share of a block from which it may be a feature of a face
SKIN_CHROMA = 0.78  # of them, in what it would be
SKIN_LIGHT = 0.85  # power of their lightness
FEATURE, LIP, WHITES = 0.3, 0.45, 0.6
"""Shares of a block from which it is an eye or a brow, lips, or teeth."""
FEATURES = np.array(
    [[0.3, 0.05, 0.035], [0.6, 0.13, 0.06], [0.95, 0.005, 0.02]], dtype=np.float32
).T
"""Their colours in Oklab."""
MIDDLE, LIFTS, DARKEST = 0.6, (0.55, 1.0), np.float32(0.2)
"""What the mean of the tones is lifted to, bounds of the power that does it, and the lightness in
Oklab of the darkest: shadows have colours."""
WHITE, WHITE_CHROMA, BLEACH = (0.78, 0.9), np.float32(0.07), 0.85
"""Lightness from where to where whites are, their chroma, and the share of it that they lose."""
CHROMA, MOST = np.float32(1.8), np.float32(0.27)
"""Of the palette: factor, and what it hardly exceeds."""
WARMTH = np.array([0.0, 0.0, 0.11], dtype=np.float32)[:, None]
"""What lights get, and shadows lose, of red and of yellow, a unit of lightness."""


def paint_pixels(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as pixel art, in [0, 1]; see `brushwork`.

    Which blocks are of one colour depends on the photo alone.
    """
    side = max(1, round(SIDE * ground.scale))
    start = rng.integers(side, size=2)
    colours = to_oklab(_kept(_blocks(unframed(ground.photo), side, start)))
    colours[0] = _lifted(colours[0])
    skin = _blocks(ground.spread(filled(ground))[None], side, start).mean(-1)[0]
    colours[1:] *= 1 - _whitish(colours)
    outline = np.maximum(_outlines(colours[0]), _contour(skin > 0.5))
    for _ in range(SMOOTHINGS):
        colours = _evened(colours)
    painted = to_oklab(_blocks(picture, side, start).mean(-1))
    painted[0] = colours[0]
    mixed = PHOTO * colours + (1 - PHOTO) * painted
    colours[0] -= OUTLINE * outline
    mixed[0] -= OUTLINE * outline
    number = _palette(colours, rng)
    calm = (outline == 0) & (skin < 0.2)
    number = np.where(calm, voted(number), number)
    face = _even(colours, skin > 0.5) & (outline == 0)
    number = np.where(face, COLOURS + _toned(colours[0], face), number)
    vivid = _vivid(means(mixed, number, COLOURS + TONES))
    vivid[1:, COLOURS:] *= SKIN_CHROMA
    vivid[0, COLOURS:] **= np.float32(SKIN_LIGHT)
    number = np.where(skin > SKIN, _featured(number, ground, side, start), number)
    shades = from_oklab(np.concatenate([vivid, FEATURES], axis=1))
    whole = shades[:, number].repeat(side, axis=1).repeat(side, axis=2)
    height, width = ground.shape
    whole = whole[:, start[0] : start[0] + height, start[1] : start[1] + width]
    return over(picture, whole, amount)


def _lifted(light: Array) -> Array:
    """Lightness (r, c) as games have it: bright, from nearly black to nearly white."""
    light = stretched(light)
    power = np.log(MIDDLE) / np.log(np.clip(light.mean(), 0.05, 0.95))
    lifted: Array = DARKEST + (1 - DARKEST) * light ** np.float32(np.clip(power, *LIFTS))
    return lifted


def _featured(number: Array, ground: Ground, side: int, start: Array) -> Array:
    """Numbers (r, c) of colours, in which faces have eyes, brows, lips and teeth of their own."""
    if not ground.skin.any():
        return number
    for place, (found, least) in enumerate(
        ((features(ground), FEATURE), (lips(ground), LIP), (whites(ground), WHITES))
    ):
        there = _blocks(found[None], side, start).mean(-1)[0] > least
        number = np.where(there, COLOURS + TONES + place, number)
    return number


def _blocks(maps: Array, side: int, start: Array) -> Array:
    """Pixels (c, rows, columns, side^2) of blocks, the first of which begin `start` outside."""
    padding = [(0, 0)] + [
        (int(first), -(length + int(first)) % side)
        for length, first in zip(maps.shape[1:], start, strict=True)
    ]
    padded = np.pad(maps, padding, mode="edge")
    rows, columns = padded.shape[1] // side, padded.shape[2] // side
    blocks = padded.reshape(len(maps), rows, side, columns, side).transpose(0, 1, 3, 2, 4)
    return blocks.reshape(len(maps), rows, columns, side * side)


def _kept(blocks: Array) -> Array:
    """Colours (3, rows, columns) of blocks, in which what differs from the surroundings counts."""
    around = box(blocks.mean(-1), 1)[..., None]
    weight = (np.square(blocks - around).sum(0) + LEAST**2) ** np.float32(CARE / 2)
    kept: Array = (blocks * weight).sum(-1) / weight.sum(-1)
    return kept


def _whitish(lab: Array) -> Array:
    """How far blocks (3, rows, columns) are of a white that is only tinged, 0 to 1."""
    light = smoothstep(*WHITE, lab[0])
    return np.float32(BLEACH) * light * np.exp(-np.square(lab[1:] / WHITE_CHROMA).sum(0))


def _even(lab: Array, mask: Array) -> Array:
    """Which blocks of a mask are of about its median colour: neither lips nor eyes."""
    if not mask.any():
        return mask
    middle = np.median(lab[:, mask], axis=1)[:, None, None]
    far = np.square((lab - middle) / np.array(EVEN, dtype=np.float32)[:, None, None]).sum(0)
    even: Array = mask & (far < 1)
    return even


def _toned(lightness: Array, face: Array) -> Array:
    """Which of the tones of skin each block of a face is of: each has a fair share of it."""
    if not face.any():
        return np.zeros(face.shape, dtype=int)
    bounds = np.quantile(lightness[face], BOUNDS)
    tone: Array = np.searchsorted(bounds, lightness)
    return tone


def _contour(mask: Array) -> Array:
    """Outline of the blocks around a mask, 0 to 1."""
    padded = np.pad(mask, 1)
    near = padded[2:, 1:-1] | padded[:-2, 1:-1] | padded[1:-1, 2:] | padded[1:-1, :-2]
    return np.float32(CONTOUR) * (near & ~mask)


def _outlines(lightness: Array) -> Array:
    """How much of an outline each block is, 0 to 1: the dark ones that lie beside light ones."""
    padded = np.pad(box(lightness, 1), 1, mode="edge")
    lighter = np.maximum.reduce(
        [padded[2:, 1:-1], padded[:-2, 1:-1], padded[1:-1, 2:], padded[1:-1, :-2]]
    )
    low, high = EDGE
    outline: Array = ((lighter - lightness - low) / (high - low)).clip(0, 1)
    return outline


def _evened(lab: Array) -> Array:
    """Means of blocks and those of their neighbours that are alike (a bilateral filter)."""
    rows, columns = lab.shape[1:]
    padded = np.pad(lab, ((0, 0), (1, 1), (1, 1)), mode="edge")
    total, weights = np.zeros_like(lab), np.zeros_like(lab[0])
    for i, j in np.ndindex(3, 3):
        there = padded[:, i : i + rows, j : j + columns]
        weight = np.exp(np.square(there - lab).sum(0) * np.float32(-0.5 / ALIKE**2))
        total += weight * there
        weights += weight
    result: Array = total / weights
    return result


def _palette(lab: Array, rng: np.random.Generator) -> Array:
    """Which of `COLOURS` of a palette for a picture every block is of, (r, c).

    k-means, begun as by Arthur and Vassilvitskii, "k-means++" (2007).
    """
    points = lab.reshape(3, -1)
    palette = points[:, rng.integers(points.shape[1], size=1)]
    far = _squared(points, palette)[0]
    for _ in range(COLOURS - 1):
        sums = np.cumsum(far)
        chosen = min(np.searchsorted(sums, rng.random() * sums[-1]), far.size - 1)
        palette = np.append(palette, points[:, chosen, None], axis=1)
        far = np.minimum(far, _squared(points, palette[:, -1:])[0])
    for _ in range(SETTLINGS):
        number, seen = _nearest(lab, palette)
        palette = np.where(seen, means(lab, number, COLOURS), palette)
    return _nearest(lab, palette)[0]


def _squared(points: Array, palette: Array) -> Array:
    """Squared differences (colours, points) between (3, points) and (3, colours)."""
    weights = np.array([LIGHTNESS, 1, 1], dtype=np.float32)[:, None]
    points, palette = points * weights, palette * weights
    products = palette.T @ points
    squared: Array = np.square(palette).sum(0)[:, None] + np.square(points).sum(0) - 2 * products
    return squared.clip(0)


def _nearest(lab: Array, palette: Array) -> tuple[Array, Array]:
    """Number (rows, columns) of the nearest colour, and which colours are the nearest of any."""
    number = _squared(lab.reshape(3, -1), palette).argmin(0)
    return number.reshape(lab.shape[1:]), np.bincount(number, minlength=palette.shape[1]) > 0


def _vivid(palette: Array) -> Array:
    """A palette (3, count) with more chroma, warm lights and cool shadows."""
    size = np.hypot(*palette[1:]) / MOST
    plane = palette[1:] * np.tanh(CHROMA * size) / (size + np.float32(1e-4))
    vivid: Array = np.concatenate([palette[:1], plane]) + WARMTH * (palette[0] - 0.6)
    return vivid
