"""Chiaroscuro: one light on faces and on what is in front, out of a deep warm dark, as Rembrandt's.

Glazes of golden brown lie over the lights' own colour, in thick paint where it is light and thin
where it is dark.

Source: strokes of Hertzmann (1998), see `curves`; the light is a gain in the photo's tones, as in
dodging and burning (Reinhard et al., "Photographic Tone Reproduction for Digital Images", 2002).
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .chance import clouds
from .curves import Hand, Layer, brushed, directions
from .drawing import flow
from .filters import blurred
from .ground import Ground
from .paint import Amount, over
from .study import forms
from .tones import smoothstep, stretched

GLAZE = np.array(
    [
        [0.045, 0.028, 0.022],
        [0.20, 0.115, 0.06],
        [0.44, 0.28, 0.13],
        [0.70, 0.52, 0.29],
        [0.89, 0.76, 0.53],
        [0.99, 0.94, 0.80],
    ],
    dtype=np.float32,
)
"""From shadow to light, at equal steps of lightness."""
OWN, PAINTED = 0.85, 0.35  # share of own colour beside the glaze, and of the picture in that
SIZE = 38.0  # deviation of the light's window in pixels
FACE, BUSY, MIDDLE = 3.0, 1.0, 0.5  # how much light falls on skin, on detail and on the middle
SHADE, SHINE = 0.2, 1.12  # of the tones far from the light, and in it
DEEP = 1.25  # power of the tones
CLARITY, AROUND = 0.5, 12.0  # gain in modelling, and the deviation of its window in pixels
HAND = Hand(
    layers=(
        Layer(9.0, 34.0, 2.6, 0.0),
        Layer(5.0, 18.0, 1.6, 0.02),
        Layer(2.6, 10.0, 2.0, 0.035),
        Layer(1.6, 6.0, 1.8, 0.06),
    ),
    tone=0.08,
    hue=0.06,
    chroma=0.05,
    chroma_jitter=0.15,
    shade=0.012,
    tint=0.004,
    bristle=0.2,
    streak=0.02,
    layer=0.3,
    relief=0.04,
)


def paint_chiaroscuro(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) lit out of the dark, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.skin)
    tone = stretched(luma(ground.photo))
    tone = (tone + CLARITY * (tone - blurred(tone, AROUND * ground.scale))).clip(0, 1)
    light = ground.spread(_light(ground))
    tone = tone ** np.float32(DEEP)
    tone = tone ** (1 - 0.35 * face)
    tone = tone * (SHADE + (SHINE - SHADE) * light)
    tone = (0.97 * np.tanh(1.1 * tone) / np.tanh(np.float32(1.1))).clip(0, 1)
    study = _glazed(tone) + OWN * _own(picture, ground, face) * smoothstep(0.0, 0.45, tone)
    rest = 0.7 + 0.4 * clouds(ground.angle.shape, 80 * ground.scale / ground.pitch, rng)
    way = directions(flow(ground, 5.0, rest, 0.03))
    paint = brushed(blurred(study, 0.7 * ground.scale), study, forms(ground), way, HAND, ground, rng)
    return over(picture, paint, amount)


def _light(ground: Ground) -> Array:
    """How much of the one light falls on each place (r, c), 0 to 1."""
    step = ground.scale / ground.pitch
    busy = smoothstep(0.02, 0.12, np.sqrt(ground.variance(8 * ground.scale)))
    tone = stretched(ground.moments[0])
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in busy.shape)
    middle = np.exp(-1.2 * (y[:, None] ** 2 + x**2))
    worth = (MIDDLE + BUSY * busy * tone + 0.6 * tone) * middle + FACE * ground.skin
    worth = blurred(worth, min(SIZE * step, max(busy.shape)))
    lit: Array = (worth / (worth.max() + np.float32(1e-6))) ** np.float32(0.8)
    return lit


def _glazed(tone: Array) -> Array:
    place = (tone * (len(GLAZE) - 1)).clip(0, len(GLAZE) - 1.001)
    low = place.astype(np.int32)
    part = place - low
    colour: Array = (1 - part) * GLAZE.T[:, low] + part * GLAZE.T[:, low + 1]
    return colour.astype(np.float32)


def _own(picture: Array, ground: Ground, face: Array) -> Array:
    """The chroma (3, h, w) of things, of which cold ones are subdued."""
    photo = ground.photo - luma(ground.photo)
    painted = picture - luma(picture)
    chroma = photo + PAINTED * (1 - face) * (painted - photo)
    warm = chroma[0] - chroma[2]
    return chroma * (0.4 + 0.6 * smoothstep(-0.15, 0.1, warm)) * (1 - 0.35 * face)
