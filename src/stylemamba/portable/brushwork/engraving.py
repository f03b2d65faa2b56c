"""Lines that are cut or bitten: woodcuts, and linocuts alike, and etchings.

Sources: Mizuno, Okada and Toriwaki, "Virtual Sculpting and Virtual Woodcut Printing" (1998);
Ostromoukhov, "Digital Facial Engraving" (1999), for lines that follow a form and are as wide as it
is dark; Praun et al., "Real-Time Hatching" (2001), for layers that only add to each other.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, luma
from .chance import clouds
from .drawing import detailed, drawn, flow, hatch, paper, tones
from .faces import whites
from .ground import Ground
from .lines import contours
from .paint import Amount
from .plates import key
from .stripes import covered, stripes
from .tones import smoothstep

PAPER, TINT = (0.957, 0.935, 0.88), 0.2  # its colour, and how far it is that of the picture
WOODCUT_INK, ETCHING_INK = (0.07, 0.065, 0.07), (0.11, 0.09, 0.08)

CUT, LEAST_CUT = 7.0, 3.0  # period of a woodcut's lines, in pixels
FINER = 0.42  # by how much it is less where the photo has detail
CUT_ANGLE, CUT_WANDER = 0.4, 0.2  # of its lines where there is no form, and the deviation of that
BALANCE = (0.38, 0.78)  # shares of the darkness between which there are lines, half the decision
TONES = (0.3, 0.74)  # darkness between which there are lines, the other half
EDGE = (0.02, 0.04)  # how much darker than its surroundings what is drawn is
SIMPLE = np.float32(0.5)  # how far texture gives way to masses
FACE_SHADE, FACE_CONTRAST = np.float32(0.26), np.float32(2.2)
"""Share of ink on skin of mean lightness, and how much less that is on lighter skin."""
KEY_WEIGHT, KEY_LEVEL = 1.1, 0.92  # of the lines and blacks, to those of a comic
WHITE_LINE = (0.022, 0.045)  # how much lighter than its surroundings what is cut away is
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
    fine = np.maximum(detailed(ground), ground.face)
    period = max(LEAST_CUT, CUT * scale) * (1 - FINER * fine)
    line = stripes(angle, ground.pitch, period, shape, rng)
    broad, narrow = contours(photo, ground, 1.4, 9), contours(photo, ground, 0.8, 6)
    edge = np.maximum(broad, 0.85 * narrow) * (1 - ground.spread(ground.face))
    share = _cut(ground, edge)
    share = (share + ROUGH * clouds(shape, 7 * scale, rng)).clip(0, 1)
    ink = covered(line, share, max(LEAST_CUT, CUT * (1 - FINER / 2) * scale))
    ink = np.maximum(ink, key(ground, KEY_WEIGHT, KEY_LEVEL))
    ink = np.maximum(ink, smoothstep(*EDGE, edge))
    # Of two dark things, one has a white line around it.
    ink = np.minimum(ink, 1 - smoothstep(*WHITE_LINE, -broad))
    ink *= 1 - whites(ground)
    wood = hatch(shape, 0.05, max(1.0, 1.5 * scale), 90 * scale, rng)
    light = 1 - ink * (1 - WOOD * wood)
    return drawn(picture, light, WOODCUT_INK, paper(picture, PAPER, TINT), amount)


def _cut(ground: Ground, edge: Array) -> Array:
    """Share of the ground (h, w) that ink covers between the key's blacks: masses, not texture."""
    dark = 1 - tones(ground, 5.6, 0.5, 0.6)
    busy = detailed(ground) * (1 - ground.face)
    simple = guided(dark, luma(ground.spread(ground.masses)), 5 * ground.scale, 0.05)
    dark = dark + SIMPLE * ground.spread(busy) * (simple - dark)
    dark = dark + 2 * edge
    # Black from some darkness on, and white below another: lines taper out between.
    quantiles = np.quantile(dark[::2, ::2], BALANCE)
    low, high = ((float(part) + tone) / 2 for part, tone in zip(quantiles, TONES, strict=True))
    share = (dark - low) / (high - low)
    share = share + ground.spread(ground.skin) * (_modelled(ground) - share)
    return 1.24 * share.clip(0, 1) - 0.12


def _modelled(ground: Ground) -> Array:
    """The same (h, w) of faces: lights are paper, shades are lines, against their mean."""
    skin, light = ground.spread(ground.skin), luma(ground.photo)
    mean = float((light * skin).sum() / (skin.sum() + 1e-6))
    return FACE_SHADE - FACE_CONTRAST * (blurred(light, ground.scale) - mean)


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
