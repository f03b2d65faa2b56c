"""Halftone: the dots of a printed comic or newspaper.

Source: amplitude-modulated screens (Ulichney, "Digital Halftoning", 1987, chapter 5): for every ink
a grid of its own angle, and in each of its cells a dot whose area is the ink's share. Black has
none: it darkens the inks, and what is nearly black is solid.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array
from .ground import Ground
from .paint import Amount, over
from .tones import smoothstep

PITCH, LEAST_PITCH = 5.0, 4.0  # of a screen, in pixels at scale 1 and at least
BLUR = 0.15  # of the picture before it is screened, in pitches
SCREENS = (
    (75.0, (0.0, 0.62, 0.90)),
    (15.0, (0.93, 0.10, 0.50)),
    (0.0, (1.0, 0.91, 0.05)),
)
"""Of cyan, magenta and yellow: the angle of its screen in degrees, and its colour."""
BLACK = np.float32(0.06)
PAPER = (0.99, 0.97, 0.91)  # newsprint is cream
NONE, SOLID = 0.1, 0.65
"""Shares of an ink up to which it is left out, and from which it has no gaps: comics are clean."""
SHADE = np.float32(0.6)  # exponent of the lightness that is left to darken the inks
KEY = (0.1, 0.3)  # lightness from where to where black gives way to dots
WAVE = np.cos(2 * np.pi * (np.arange(256) + 0.5) / 256)
LEVELS = np.sort(np.add.outer(WAVE, WAVE).ravel() / 2).astype(np.float32)
"""Of the mean of two cosines, in ascending order: at a share of them, what lies below is that share
of the area."""


def paint_halftone(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) in halftone dots on paper, in [0, 1]; see `brushwork`."""
    pitch = max(LEAST_PITCH, PITCH * ground.scale)
    colour = blurred(picture, BLUR * pitch)
    value = colour.max(0)
    key = smoothstep(*KEY, picture.max(0))
    sheet = np.ones_like(picture) * _column(PAPER) * (BLACK + (value**SHADE - BLACK) * key)
    for channel, (angle, ink) in zip(colour, SCREENS, strict=True):
        share = 1 - channel / np.maximum(value, np.float32(1e-3))
        share = ((share - NONE) / (SOLID - NONE)).clip(0, 1)
        sheet *= 1 - key * dots(share, pitch, np.deg2rad(angle), rng.random(2)) * (1 - _column(ink))
    return over(picture, sheet, amount)


def _column(colour: tuple[float, ...]) -> Array:
    return np.array(colour, dtype=np.float32)[:, None, None]


def dots(share: Array, pitch: float, angle: float, phase: Array) -> Array:
    """Dots (h, w) that cover a share of the paper, with soft edges of a pixel, 0 to 1.

    Args:
        share: (h, w) in [0, 1].
        pitch: Of the grid in pixels.
        angle: Of the grid in radians.
        phase: Of the grid along its two axes, in pitches.
    """
    height, width = share.shape
    share = share.clip(0, 1)
    y = np.arange(height, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)
    down, right = float(np.sin(angle) / pitch), float(np.cos(angle) / pitch)
    turn = np.float32(2 * np.pi)
    first = np.cos(turn * ((down * y + float(phase[0])) + right * x))
    second = np.cos(turn * ((right * y + float(phase[1])) - down * x))
    level = LEVELS[(share * np.float32(LEVELS.size - 1)).astype(np.int32)]
    # At both ends, levels go half a pixel's softness beyond: no ink is none, and solid is solid.
    slope = np.float32(pitch / 4)
    ends = 2 * share - 1
    level += ends * np.square(np.square(ends)) / (2 * slope)
    dots: Array = ((level - (first + second) / 2) * slope + 0.5).clip(0, 1)
    return dots
