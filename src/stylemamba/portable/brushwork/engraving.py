"""Lines that are cut or bitten: woodcuts, and linocuts alike, and etchings.

Sources: Mizuno, Okada and Toriwaki, "Virtual Sculpting and Virtual Woodcut Printing" (1998);
Ostromoukhov, "Digital Facial Engraving" (1999), for lines that follow a form and are as wide as it
is dark; Praun et al., "Real-Time Hatching" (2001), for layers that only add to each other.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .chance import clouds
from .drawing import detailed, drawn, flow, hatch, paper, tones
from .ground import Ground
from .lines import contours
from .paint import Amount
from .stripes import covered, stripes
from .tones import smoothstep

PAPER, TINT = (0.957, 0.935, 0.88), 0.2  # its colour, and how far it is that of the picture
WOODCUT_INK, ETCHING_INK = (0.07, 0.065, 0.07), (0.11, 0.09, 0.08)

CUT, LEAST_CUT = 7.0, 3.0  # period of a woodcut's lines, in pixels
FINER = 0.42  # by how much it is less where the photo has detail
CUT_ANGLE, CUT_WANDER = 0.4, 0.2  # of its lines where there is no form, and the deviation of that
BALANCE = (0.38, 0.78)  # shares of the darkness between which there are lines, half the decision
TONES = (0.3, 0.74)  # darkness between which there are lines, the other half
ROUGH = 0.04  # how uneven the cuts' width is
WOOD = 0.06  # contrast of its grain in the ink

BITTEN, LEAST_BITTEN = 4.0, 2.6  # period of an etching's lines, in pixels
BITTEN_ANGLE, BITTEN_WANDER = 0.75, 0.06
LAYERS = ((0.0, 0.1, 0.7), (1.0, 0.45, 0.95), (-0.7, 0.7, 1.1))
"""Of an etching: turned by; the darkness that they begin at and are full at."""
FULL = 0.6  # share of the ground that a full layer covers
UNEVEN = 0.6  # how uneven the needle's pressure is
OPAQUE = 0.9  # share of the light that ink takes


def paint_woodcut(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) as a print from wood, in [0, 1]; see `brushwork`."""
    scale, shape, photo = ground.scale, ground.shape, luma(ground.photo)
    wander = clouds(ground.angle.shape, 60 * scale / ground.pitch, rng)
    angle = flow(ground, 6.6, CUT_ANGLE + CUT_WANDER * wander, 0.03)
    period = max(LEAST_CUT, CUT * scale) * (1 - FINER * detailed(ground))
    line = stripes(angle, ground.pitch, period, shape, rng)
    edge = np.maximum(contours(photo, ground, 1.4, 9), 0.85 * contours(photo, ground, 0.8, 6))
    dark = 1 - tones(ground, 5.6, 0.5, 0.9) + 2 * edge
    # Black from some darkness on, and white below another: lines taper out between.
    quantiles = np.quantile(dark[::2, ::2], BALANCE)
    low, high = ((float(part) + tone) / 2 for part, tone in zip(quantiles, TONES, strict=True))
    share = 1.24 * ((dark - low) / (high - low)).clip(0, 1) - 0.12
    share = (share + ROUGH * clouds(shape, 7 * scale, rng)).clip(0, 1)
    ink = covered(line, share, max(LEAST_CUT, CUT * (1 - FINER / 2) * scale))
    ink = np.maximum(ink, smoothstep(0.018, 0.036, edge))
    ink = np.minimum(ink, 1 - smoothstep(0.03, 0.05, -edge))
    wood = hatch(shape, 0.05, max(1.0, 1.5 * scale), 90 * scale, rng)
    light = 1 - ink * (1 - WOOD * wood)
    return drawn(picture, light, WOODCUT_INK, paper(picture, PAPER, TINT), amount)


def paint_etching(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) in layers of fine ink lines, in [0, 1]; see `brushwork`."""
    scale, shape, photo = ground.scale, ground.shape, luma(ground.photo)
    dark = 1 - tones(ground, 3.5, 0.5, 0.6)
    wander = clouds(ground.angle.shape, 40 * scale / ground.pitch, rng)
    angle = flow(ground, 7.4, BITTEN_ANGLE, 0.04) + BITTEN_WANDER * wander
    period = (BITTEN * scale * (1 - 0.3 * detailed(ground))).clip(LEAST_BITTEN)
    edge = contours(photo, ground, 0.8, 6)
    dark = dark + 3 * edge
    light = 1 - OPAQUE * smoothstep(0.014, 0.045, edge)
    light *= 1 - OPAQUE * smoothstep(0.86, 0.97, dark)
    for turn, low, high in LAYERS:
        line = stripes(angle + turn, ground.pitch, period, shape, rng)
        pressure = hatch(shape, BITTEN_ANGLE + turn, max(1.0, 3 * scale), 30 * scale, rng) - 0.5
        share = FULL * ((dark - low) / (high - low)).clip(0, 1)
        share = share * (1 + UNEVEN * pressure) + 0.1 * pressure * (share > 0)
        light *= 1 - OPAQUE * covered(
            line, share.clip(0, 1), max(LEAST_BITTEN, BITTEN * 0.85 * scale)
        )
    return drawn(picture, light, ETCHING_INK, paper(picture, PAPER, TINT), amount)
