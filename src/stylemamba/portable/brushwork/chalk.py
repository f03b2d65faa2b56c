"""Chalk: light lines on a dark ground of the picture's colour, as of a blueprint or a blackboard.

The lines are those of `lines`, of nearly one width, on squared paper that is hardly seen.
"""

from __future__ import annotations

import numpy as np

from ..geometry import LUMA, Array, luma
from .filters import blurred
from .ground import Ground
from .lines import drawing
from .paint import Amount, over

FINE, BROAD, EASE = 0.7, 1.25, 1.6
"""Half the widths of lines in pixels at scale 1, and how easily they are drawn."""
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
    line = np.maximum(*drawing(ground, rng, FINE, BROAD, EASE))
    line *= 1 - GRAIN * np.abs(rng.standard_normal(ground.shape, dtype=np.float32))
    chalk = LIGHTNESS + TINT * (colour - colour.mean())
    sheet += line * (chalk - sheet)
    return over(picture, sheet, amount)


def _board(picture: Array) -> Array:
    """The ground's colour (3,): the picture's mean, dark."""
    mean = picture.mean((1, 2))
    light = mean @ np.array(LUMA, dtype=np.float32)
    board: Array = (DEPTH + RICH * (mean - light)).clip(0.02, 1)
    return board


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
