"""Screen print: a few flat inks that clash, not quite in register, under a black key.

As Warhol printed. The fields are the photo's, and those that are alike share an ink; the black key
is drawn of the photo, and alone is in register, so that slivers of one ink show beside the next.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array
from .faces import lips, whites
from .flat import centres
from .ground import Ground
from .lines import bold
from .paint import Amount, over
from .plates import REST, fields, fleshy, key, local, shades

PALETTES = np.array(
    [
        ["5c1a8c", "e3175f", "ff7326", "12a3c9", "ffd91a", "ffc9b5", "ff8f8c", "d4144b"],
        ["1a339e", "e61f33", "0dad8c", "ff6ba8", "fce640", "ffd2b0", "ff9a7d", "d1122e"],
        ["7a1260", "ef4023", "2e74e6", "f78fb8", "ffe07a", "ffe3c2", "f7a987", "e0201b"],
    ]
)
"""Inks in hexadecimal sRGB, for dark fields first, then those of skin in light and in shade, and of
lips; chance chooses."""
OTHERS = 3  # of them that are skin and lips
WHITE = np.float32(0.98)
CHROMA = np.array([1.0, 2.2, 2.2], dtype=np.float32)[:, None]
"""Weights of lightness and colour, in Oklab, in what fields are told apart by."""
SAMPLES = 512  # that the share of a field in the photo is counted in
OFFSET = 2.4  # of an ink from its place, in pixels at scale 1
WEIGHT, LEVEL = 1.15, 1.05  # of the key's lines, and how much of it is black
BROAD, EASE = 1.7, 0.8  # half the width of broad lines, and how easily they are drawn
BLACK = np.float32(0.05)


def paint_screen(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a screen print, in [0, 1]; see `brushwork`."""
    inks = colours(PALETTES[rng.integers(len(PALETTES))])
    number = fields(ground, rng)
    lightest = len(inks) - OTHERS - 1
    flesh, shaded = lightest + 1, lightest + 2
    plate = _plates(*local(number, ground, picture), flesh)[number]
    plate[(plate == flesh) & (shades(number, ground) > 0.5)] = shaded
    # The lightest lies under all: paper is nowhere bare.
    sheet = np.ones_like(picture) * inks[lightest]
    for ink in (*range(lightest - 1, -1, -1), flesh, shaded):
        turn = 2 * np.pi * rng.random()
        far = OFFSET * ground.scale * np.array([np.sin(turn), np.cos(turn)])
        cover = blurred((plate == ink).astype(np.float32), REST * ground.scale)
        sheet += _moved(cover, *far.round().astype(int)) * (inks[ink] - sheet)
    sheet += lips(ground) * (inks[-1] - sheet)
    sheet += whites(ground) * (WHITE - sheet)
    drawn = bold(ground, rng, BROAD, EASE)
    sheet += np.maximum(key(ground, WEIGHT, LEVEL), drawn) * (BLACK - sheet)
    return over(picture, sheet, amount)


def _plates(lab: Array, share: Array, skin: Array, count: int) -> Array:
    """Number (fields,) of the ink of each field, dark ones first; skin's is the one after all."""
    flesh = fleshy(skin)
    colour = CHROMA * lab
    often = np.where(flesh, 0, np.ceil(SAMPLES * share)).astype(int)
    if not often.any():
        often[:] = 1
    centre = centres(colour.repeat(often, 1), count)
    nearest = np.square(colour[:, None] - centre.T[:, :, None]).sum(0).argmin(0)
    return np.where(flesh, count, nearest)


def colours(names: Array) -> Array:
    """Hexadecimal colours as (n, 3, 1, 1) in [0, 1]."""
    levels = np.array([list(bytes.fromhex(name)) for name in names], dtype=np.float32)
    return levels[..., None, None] / 255


def _moved(cover: Array, down: int, right: int) -> Array:
    """A map (h, w) moved by some pixels, its borders repeated."""
    far = max(abs(down), abs(right))
    padded = np.pad(cover, far, mode="edge")[far - down :, far - right :]
    return padded[: cover.shape[0], : cover.shape[1]]
