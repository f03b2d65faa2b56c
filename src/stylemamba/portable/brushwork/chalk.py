"""Chalk: light lines on a dark ground of the picture's colour, as of a blueprint or a blackboard.

The lines are those of `lines`, of nearly one width, on squared paper that is hardly seen.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from .ground import Ground
from .lines import drawing
from .paint import Amount, over
from .tones import smoothstep, stretched

FINE, BROAD, EASE = 0.5, 0.85, 1.9
"""Half the widths of lines in pixels at scale 1, and how easily they are drawn."""
THIN = np.float32(0.75)  # how plain fine lines are
SLOPE, SHADE = 1.0, 0.36  # of fine lines of shade, and the tone below which they are
HATCH_PITCH, HATCH = 4.5, np.float32(0.32)  # pixels between them, and how plain they are
MARGIN, TICK, MEASURE = 0.035, 7.0, np.float32(0.5)
"""Of the frame in shares of the shorter side; pixels of a tick; and how plain they are."""
DEPTH = np.float32(0.24)  # lightness of the ground
RICH = np.float32(1.25)  # gain in its chroma
TONE = np.float32(0.25)  # how much of the photo's tones the ground keeps
LIGHTNESS, TINT = (
    np.float32(0.95),
    np.float32(0.15),
)  # of the lines, and share of the ground in them
GRAIN = np.float32(0.1)  # deviation of the lines' lightness
SQUARE, RULE, FAINT = 24.0, 0.8, np.float32(0.05)
"""Side of the paper's squares and half the width of its lines, in pixels at scale 1, and how much
lighter these are."""


def paint_chalk(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in light lines on a dark ground, in [0, 1]; see `brushwork`."""
    colour = _board(picture)[:, None, None]
    tone = ground.spread(luma(ground.masses))
    tone = blurred(tone - tone.mean(), ground.scale)
    sheet = colour * (1 + TONE * tone) + FAINT * _squares(ground, rng)
    fine, broad = drawing(ground, rng, FINE, BROAD, EASE)
    line = np.maximum(THIN * fine, broad)
    line = np.maximum(line, np.maximum(_hatching(ground), _measures(ground, rng)))
    line *= 1 - GRAIN * np.abs(rng.standard_normal(ground.shape, dtype=np.float32))
    chalk = LIGHTNESS + TINT * (colour - colour.mean())
    sheet += line * (chalk - sheet)
    return over(picture, sheet, amount)


def _board(picture: Array) -> Array:
    """The ground's colour (3,): the picture's mean, dark."""
    mean = picture.mean((1, 2))
    board: Array = (DEPTH + RICH * (mean - luma(mean))).clip(0.02, 1)
    return board


def _hatching(ground: Ground) -> Array:
    """Fine slanting lines (h, w) where the photo is dark, 0 to 1."""
    tone = blurred(stretched(ground.spread(luma(ground.masses))), ground.scale)
    pitch = max(3.0, HATCH_PITCH * ground.scale)
    y, x = np.indices(ground.shape, dtype=np.float32, sparse=True)
    far = np.abs((y + SLOPE * x) % pitch - pitch / 2)
    strokes = (0.5 + 0.12 * pitch - far).clip(0, 1)
    return HATCH * strokes * smoothstep(SHADE + 0.05, SHADE - 0.05, tone)


def _measures(ground: Ground, rng: np.random.Generator) -> Array:
    """A frame (h, w) with the ticks of a dimension line, 0 to 1."""
    lines = np.zeros(ground.shape, dtype=np.float32)
    margin = round(MARGIN * min(ground.shape))
    wide, tick = max(1, round(0.8 * ground.scale)), max(1, round(TICK * ground.scale))
    if margin <= tick:
        return lines
    for side in (lines, lines.T):
        for edge in (slice(margin, margin + wide), slice(-margin - wide, -margin)):
            side[edge, margin:-margin] = MEASURE
        length = side.shape[1] - 2 * margin
        for place in (0.0, 1.0, *np.sort(rng.uniform(0.15, 0.85, 3))):
            at = margin + int(place * (length - wide))
            side[-margin - tick : -margin + tick // 2, at : at + wide] = MEASURE
    return lines


def _squares(ground: Ground, rng: np.random.Generator) -> Array:
    """The lines (h, w) of squared paper, 0 to 1."""
    side, half = SQUARE * ground.scale, max(0.5, RULE * ground.scale)
    down, right = (
        (half + 0.5 - np.abs((np.arange(length) + rng.random() * side) % side - side / 2))
        .clip(0, 1)
        .astype(np.float32)
        for length in ground.shape
    )
    return np.maximum(down[:, None], right)
