"""Charcoal: deep soft blacks, dust that a thumb has smeared, and edges that break on the paper.

Source: Majumder and Gopi, "Hardware Accelerated Real Time Charcoal Rendering" (2002): contrast is
enhanced, grain decides where the stick leaves something, and closure is left to the eye where
edges break.
"""

from __future__ import annotations

import numpy as np

from ..filters import swept
from ..geometry import Array, luma
from .chance import tooth
from .drawing import drawn, hatch, paper, tones
from .ground import Ground
from .lines import contours
from .paint import Amount
from .tones import smoothstep

PAPER, TINT = (0.93, 0.915, 0.885), 0.2  # its colour, and how far it is that of the picture
BLACK = (0.055, 0.052, 0.055)
GRAIN = 3.3  # of the paper, in pixels
ANGLE = 2.25  # of most strokes
BROAD, BROAD_LENGTH = 6.0, 70.0  # strokes of the stick's side, in pixels
FINE, FINE_LENGTH, FINE_TURN = 2.0, 40.0, 0.25  # and of its tip
UNEVEN = (0.35, 0.3, 0.12)  # how much broad and fine strokes and the grain change mid-tones
SMEAR = 14.0  # in pixels, along the strokes
GAMMA = 1.2  # of the darkness: faces stay light
DUST = 0.35  # how dark it is, at most
LINE, LIFTED = 0.9, 0.45  # of contours, and of highlights beside them that a rubber has lifted


def paint_charcoal(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) as a charcoal drawing, in [0, 1]; see `brushwork`."""
    scale, shape, photo = ground.scale, ground.shape, luma(ground.photo)
    dark = (1 - tones(ground, 4, 0.5, 0.6)) ** np.float32(GAMMA)
    grain = tooth(shape, max(1.0, GRAIN * scale), rng)
    broad = hatch(shape, ANGLE, max(1.0, BROAD * scale), BROAD_LENGTH * scale, rng) - 0.5
    fine = hatch(shape, ANGLE + FINE_TURN, max(1.0, FINE * scale), FINE_LENGTH * scale, rng) - 0.5
    smeared = swept(swept(dark, SMEAR * scale, -SMEAR * scale), SMEAR / 2 * scale, 0)
    dark = smoothstep(0.02, 0.98, dark)
    uneven = sum(part * marks for part, marks in zip(UNEVEN, (broad, fine, grain), strict=True))
    stick = smoothstep(-0.1, 1.0, dark + 4 * dark * (1 - dark) * uneven)
    stick = stick * smoothstep(0, 0.12, dark)
    dust = DUST * smeared * (1 + 0.3 * broad) * (0.4 + 0.6 * smoothstep(0, 0.3, dark))
    pressure = 0.55 + 0.9 * hatch(shape, ANGLE, max(1.0, 12 * scale), 50 * scale, rng)
    edge = contours(photo, ground, 1.6, 8) * pressure * (1 + 0.35 * grain)
    light = (1 - np.maximum(stick, dust)) * (1 - LINE * smoothstep(0.012, 0.07, edge))
    lifted = smoothstep(0.02, 0.07, -contours(photo, ground, 2.5, 8))
    light = light + LIFTED * lifted * (1 - light) + 0.013 * grain
    return drawn(picture, light, BLACK, paper(picture, PAPER, TINT), amount)
