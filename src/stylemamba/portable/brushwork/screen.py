"""Screen print: a few flat inks that clash, not quite in register, under a black key.

As Warhol printed. The areas are the photo's, by its tones; the black key is drawn of it, and alone
is in register, so that slivers of one ink show beside the next (printers trap inks to avoid them).
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from .faces import features, whole
from .flat import CRISP, areas, covers, opponent
from .ground import Ground
from .lines import drawing
from .paint import Amount, over
from .tones import smoothstep

PALETTES = np.array(
    [
        ["5c1a8c", "ed1a73", "009ec7", "ff7326", "ffde1a"],
        ["1a339e", "e61f33", "0dad8c", "ff6ba8", "fce640"],
        ["8c0f5e", "f2420d", "2e6be6", "5cd1b8", "ffe08a"],
    ]
)
"""Inks in hexadecimal sRGB, for dark areas first; chance chooses."""
FACES = ((3, 4), (1, 3), (1, 4))
"""Of each palette: the inks of skin in shade and in light."""
SHADE = (-0.03, 0.0)  # lightness, against the mean of skin, from where to where its shade ends
ROUND = 1.2  # deviation by which areas are rounded further, in cells of the ground's grid
SHARP = 4  # power that makes their borders crisp again
EVEN = 0.25  # how far tones are spread, so that every ink has its area
STEEPEST = 4.0  # gain in tone at most
CHROMA = 0.7  # weight of colour beside tone, to that of `flat`
OFFSET = 3.0  # of an ink from its place, in pixels at scale 1
KEY, KEY_SHARE, KEY_EDGE = (0.1, 0.18), 0.2, 0.015
"""Lightness below which the key is black: that of this share of the photo, within limits."""
BLACK = np.float32(0.05)


def paint_screen(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a screen print, in [0, 1]; see `brushwork`."""
    palette = rng.integers(len(PALETTES))
    inks = colours(PALETTES[palette])
    area = areas(ground, even(opponent(ground.masses)), len(inks), CRISP / 3)
    area = with_face(rounded(area), ground, FACES[palette])
    layers = zip(covers(area, ground)[:-1], inks[:-1], strict=True)
    # The lightest lies under all: paper is nowhere bare.
    sheet = np.ones_like(picture) * inks[-1]
    for cover, ink in reversed(list(layers)):
        turn = 2 * np.pi * rng.random()
        far = OFFSET * ground.scale * np.array([np.sin(turn), np.cos(turn)])
        sheet += _moved(cover, *far.round().astype(int)) * (ink - sheet)
    sheet += _key(ground, rng) * (BLACK - sheet)
    return over(picture, sheet, amount)


def rounded(area: Array) -> Array:
    """Areas (count, r, c) without ragged borders, crisp as before."""
    cover: Array = blurred(area, ROUND) ** SHARP
    return cover / (cover.sum(0) + np.float32(1e-12))


def with_face(area: Array, ground: Ground, inks: tuple[int, int]) -> Array:
    """Areas (count, r, c) in which skin is of two inks alone, by the numbers of shade and light."""
    skin, light = ground.of(whole), luma(ground.masses)
    mean = (light * skin).sum() / (skin.sum() + np.float32(1e-6))
    lit = smoothstep(*SHADE, blurred(light, 1.0) - mean)
    area = area * (1 - skin)
    for number, part in zip(inks, (1 - lit, lit), strict=True):
        area[number] += skin * part
    return area


def colours(names: Array) -> Array:
    """Hexadecimal colours as (n, 3, 1, 1) in [0, 1]."""
    levels = np.array([list(bytes.fromhex(name)) for name in names], dtype=np.float32)
    return levels[..., None, None] / 255


def even(colour: Array) -> Array:
    """Lightness and chroma (3, h, w), in which tones that are frequent are farther apart."""
    light = colour[0]
    levels = np.linspace(0, 1, 33)
    steps = np.maximum(np.diff(np.quantile(light, levels)), 1 / (32 * STEEPEST))
    ranks = np.interp(light, light.min() + np.cumsum([0, *steps]), levels)
    light = light + EVEN * (ranks - light)
    return np.concatenate([light[None], CHROMA * colour[1:]]).astype(np.float32)


def _moved(cover: Array, down: int, right: int) -> Array:
    """A map (h, w) moved by some pixels, its borders repeated."""
    far = max(abs(down), abs(right))
    padded = np.pad(cover, far, mode="edge")[far - down :, far - right :]
    return padded[: cover.shape[0], : cover.shape[1]]


def _key(ground: Ground, rng: np.random.Generator) -> Array:
    """Lines and shadows (h, w) of the photo, 0 to 1."""
    dark = luma(ground.masses)
    least = float(np.clip(np.quantile(dark, KEY_SHARE), *KEY))
    light = smoothstep(least, least + KEY_EDGE, ground.spread(dark))
    drawn = np.maximum(np.maximum(*drawing(ground, rng)), features(ground))
    return np.maximum(drawn, 1 - light)
