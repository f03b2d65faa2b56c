"""Washes of watercolour: transparent pigment in few layers on white paper, over a pencil drawing.

Source: Bousseau, Kaplan, Thollot and Sillion, "Interactive Watercolor Rendering with Temporal
Coherence and Abstraction" (2006): wobbling borders, pigment density changed by turbulent flow, by
the paper's grain and by darkened edges. Density is absorbance here, so that dense pigment is also
more colourful, and paper is where there is none.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from ..sampling import displaced
from .chance import clouds, tooth
from .faces import whites
from .ground import Ground
from .lines import contours
from .paint import Amount, lit, over
from .study import faces_lit, local_hued
from .tones import smoothstep, stepped

PAPER = np.array([0.985, 0.975, 0.95], dtype=np.float32)
LAYERS = 5  # of pigment from paper to the darkest
FLATNESS = 0.6  # how far tones are those of layers
MODELLING, MODELLED = 0.4, 8.8
"""How much of the photo's shading is added, and the deviation of its window in pixels."""
PHOTO = 0.4  # share of the photo in lightness
HIGH_KEY = 0.68  # power of the lightness
WHITE = 0.9  # lightness from which the paper is left white
DARKEST = 0.05  # reflectance of the densest pigment
OWN_HUES = (0.7, 0.9)  # share of the photo's colours, and in people and what is vivid
CHROMA, RICHEST = np.float32(1.45), np.float32(0.58)
"""How much more colourful pigment is than the picture, and the distance from grey that it hardly
exceeds: watercolours are clear, not glaring."""
BLEED = 2.6  # deviation of colour over borders, in pixels
WOBBLE, WOBBLES = 1.6, 12.0  # of the borders, and how long its waves are, in pixels
EDGE, EDGE_WIDTH = 3.6, 2.2  # how much denser pigment is at borders, and how far, in pixels
TURBULENCE, POOL = 0.07, 40.0  # deviation of the density, and the size of pools, in pixels
GRAIN = 5.0  # size of the paper's, in pixels
GRANULATION = 0.065  # deviation of the density in the paper's grain
FLESH = 0.5  # of the photo in faces
PALE = np.float32(0.8)  # how pale teeth and whites of eyes are
RELIEF = 0.02  # of light on the paper
MARGIN, RAGGED = 11.0, 5.0  # of paper that is left at the sides, and its deviation, in pixels
PENCIL, LINE = 0.32, 0.014  # its darkness and its threshold
LINE_WIDTH, LENGTH = 2.0, 3.0  # of it in pixels


def paint_wash(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in watercolour, in [0, 1]; see `brushwork`."""
    scale, shape = ground.scale, ground.shape
    grain = tooth(shape, GRAIN * scale, rng)
    down, right, pool = (clouds(shape, size * scale, rng) for size in (WOBBLES, WOBBLES, POOL))
    guide = luma(ground.photo)
    hued = local_hued(picture, ground, *OWN_HUES)
    study = faces_lit(hued, ground, ground.spread(ground.face), FLESH)
    study = study + PALE * whites(ground) * (1 - study)
    colour = _tones(study, ground, guide)
    colour = displaced(colour, WOBBLE * scale * down, WOBBLE * scale * right)

    light = blurred(luma(colour), 1.1 * scale)
    density = 1 + TURBULENCE * pool + GRANULATION * grain
    density += EDGE * (blurred(light, EDGE_WIDTH * scale) - light).clip(-0.06, 0.12)
    covered = _covered(ground, 0.8 * pool + 0.4 * down + 0.12 * grain)
    absorbance = -np.log(colour.clip(DARKEST, 1)) * (density * covered).clip(0, 3)
    line = smoothstep(LINE, 4 * LINE, contours(guide, ground, LINE_WIDTH, LENGTH))
    line = line * smoothstep(-2.0, 0.5, grain)
    sheet = PAPER[:, None, None] * (1 - PENCIL * line * smoothstep(0, 0.2, covered))
    painted = sheet * np.exp(-absorbance) + np.float32(RELIEF) * lit(grain)
    return over(picture, painted, amount)


def _tones(picture: Array, ground: Ground, guide: Array) -> Array:
    """Its colours, lively and in layers of lightness, with the photo's shading: (3, h, w)."""
    light, scale = luma(picture), ground.scale
    chroma = blurred(CHROMA * (picture - light), BLEED * scale)
    size = np.sqrt(np.square(chroma).sum(0)) / RICHEST
    chroma *= np.tanh(size) / (size + np.float32(1e-3))
    masses = blurred(guide, 1.1 * scale)
    light = light + PHOTO * (masses**HIGH_KEY - light)
    light = light + MODELLING * (masses - blurred(guide, MODELLED * scale))
    light = light.clip(0, 1) ** np.float32(HIGH_KEY) / np.float32(WHITE)
    light = light + np.float32(FLATNESS) * (stepped(light, LAYERS, 0.4) - light)
    chroma = chroma * smoothstep(1.15, 0.8, light)
    colour: Array = light + chroma
    return colour


def _covered(ground: Ground, ragged: Array) -> Array:
    """Where there is paint, 0 to 1, (h, w): not at the sides; denser at its rim."""
    inside = ground.inset / np.float32(ground.scale) - MARGIN + RAGGED * ragged
    return smoothstep(-1.5, 1.5, inside) * (1 + 0.35 * smoothstep(6.0, 1.0, inside))
