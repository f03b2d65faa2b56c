"""Comic: flat bright inks of a cheap press, its dots in the half-tones alone, and a black line.

As comic books were printed: every field is paper, an ink, or Ben Day's dots of the one on the
other, of one size for the whole field; what is darker than its ink has dots of a dark one on it.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..geometry import Array
from .cartoon import bright
from .ground import Ground
from .halftone import dots
from .lines import bold
from .paint import Amount, over
from .plates import coloured, fields, fleshy, key, local, shades
from .tones import smoothstep

PAPER, BLACK, RED, ORANGE, YELLOW, GREEN, TEAL, BLUE, VIOLET, PINK = (
    (0.99, 0.97, 0.90),
    (0.06, 0.05, 0.08),
    (0.90, 0.14, 0.14),
    (0.96, 0.52, 0.13),
    (1.0, 0.84, 0.12),
    (0.25, 0.64, 0.30),
    (0.10, 0.62, 0.66),
    (0.12, 0.50, 0.84),
    (0.46, 0.34, 0.70),
    (0.92, 0.30, 0.50),
)
INKS = np.array((RED, ORANGE, YELLOW, GREEN, TEAL, BLUE, VIOLET, PINK), dtype=np.float32)
GREYS = np.array(((0.40, 0.66, 0.92), (1.0, 0.86, 0.56)), dtype=np.float32)
"""What greys are printed in, cool and warm ones."""
DEEP = np.array(
    (
        *((0.62, 0.05, 0.18), (0.84, 0.16, 0.12), (0.95, 0.50, 0.10), (0.05, 0.40, 0.34)),
        *((0.06, 0.36, 0.56), (0.09, 0.22, 0.56), (0.27, 0.15, 0.50), (0.66, 0.08, 0.34)),
    ),
    dtype=np.float32,
)
DEEP_GREYS = np.array(((0.14, 0.30, 0.62), (0.44, 0.36, 0.70)), dtype=np.float32)
"""What is printed on these in their shades, each in its own: no ink turns brown."""
LIFT, FULL = np.float32(0.8), np.float32(1.1)
"""Power of lightness: comics are bright; and gain in chroma."""
GREY, COLOURFUL, WARMTH = 0.028, 0.042, (0.0, 0.025)
"""Chroma in Oklab of what is grey and of what is not, and yellowness of a warm grey."""
NEAREST = np.float32(14.0)  # how clearly the ink that is nearest in hue is preferred
STEPS = np.array((0.0, 0.25, 0.42, 1.0), dtype=np.float32)  # shares that a screen has
SKIN, FLUSH = (1.0, 0.84, 0.71), (0.91, 0.30, 0.22)  # skin, and the dots of its shade
TONES = ((0.0, 0.0), (0.13, 0.22))
"""In light and in shade: by how much fields are darker, and the share of dots on skin."""
LIP, TEETH = (0.86, 0.16, 0.18), (1.0, 0.99, 0.96)
PITCH, LEAST_PITCH, ANGLE = 4.4, 3.6, 0.6  # of the dots, in pixels at scale 1 and at least
WEIGHT = 1.15  # of the line
BROAD, EASE = 1.7, 0.9  # half the width of broad lines, and how easily they are drawn


def paint_comic(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a page of a comic book, in [0, 1]; see `brushwork`."""
    number = fields(ground, rng)
    lab, cover, skin = local(number, ground, picture)
    light = bright(lab[0], cover) ** LIFT
    tints = np.stack([_tints(lab, light - step, skin, flushed) for step, flushed in TONES])
    shade = shades(number, ground)
    tint = tints.transpose(1, 0, 2)[:, (shade > 0.5).astype(np.int8), number]
    base, ink, share = np.split(tint, (3, 6))
    screen = dots(share[0], max(LEAST_PITCH, PITCH * ground.scale), ANGLE, rng.random(2))
    page = coloured(base + screen * (ink - base), ground, LIP, TEETH)
    line = np.maximum(key(ground, WEIGHT), bold(ground, rng, BROAD, EASE))
    page += line * (np.array(BLACK, dtype=np.float32)[:, None, None] - page)
    return over(picture, page, amount)


def _tints(lab: Array, light: Array, skin: Array, flushed: float) -> Array:
    """Ground, dots and share (7, count) of fields, of which so much is skin, in a light.

    From light to dark they are paper, an ink, and its deep ink, each in dots on the last; black is
    for the key.
    """
    ink, deep = _inked(lab)
    paper = to_oklab(np.array(PAPER, dtype=np.float32)[:, None])
    darker = light < ink[0]
    base, dot = np.where(darker, ink, paper), np.where(darker, deep, ink)
    part = (base[0] - light) / (base[0] - dot[0]).clip(1e-2)
    # What has a colour is printed in it, however light.
    full = np.hypot(*lab[1:]) / np.hypot(*ink[1:])
    part = np.where(darker, part, np.maximum(part, FULL * full))
    share = STEPS[np.abs(part - STEPS[:, None]).argmin(0)]
    tint = np.concatenate([from_oklab(base), from_oklab(dot), share[None]])
    flesh = np.array((*SKIN, *FLUSH, flushed), dtype=np.float32)[:, None]
    return np.where(fleshy(skin), flesh, tint).astype(np.float32)


def _inked(lab: Array) -> tuple[Array, Array]:
    """The ink (3, count) in Oklab of each colour, and its deep one: nearest in hue, or a grey's."""
    inks = to_oklab(INKS.T)
    chroma = np.hypot(*lab[1:])
    hue = inks[1:] / np.hypot(*inks[1:])
    near = np.exp(NEAREST * (hue.T @ (lab[1:] / (chroma + np.float32(0.01)))))
    near /= near.sum(0)
    warm, colourful = smoothstep(*WARMTH, lab[2]), smoothstep(GREY, COLOURFUL, chroma)
    mixed = []
    for colours, greys in ((inks, GREYS), (to_oklab(DEEP.T), DEEP_GREYS)):
        cool, sunny = np.split(to_oklab(greys.T), 2, axis=1)
        grey = cool + warm * (sunny - cool)
        mixed.append(grey + colourful * (colours @ near - grey))
    return mixed[0], mixed[1]
