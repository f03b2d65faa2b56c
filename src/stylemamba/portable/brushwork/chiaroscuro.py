"""Chiaroscuro: one light on faces and on what is in front, out of a deep warm dark, as Rembrandt's.

Glazes of golden brown lie beneath the lights' own colour.

Sources: strokes of Hertzmann (1998), see `curves`; the light is a gain in the photo's tones, as in
dodging and burning (Reinhard et al., "Photographic Tone Reproduction for Digital Images", 2002).
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from .chance import clouds
from .curves import Hand, Layer, brushed, directions
from .drawing import flow
from .ground import Ground
from .paint import Amount, over
from .study import empty, forms, lit_skin
from .tones import graded, smoothstep, stretched

GLAZE = np.array(
    [
        [0.045, 0.028, 0.022],
        [0.20, 0.115, 0.06],
        [0.44, 0.28, 0.13],
        [0.70, 0.52, 0.29],
        [0.87, 0.73, 0.52],
        [0.97, 0.90, 0.76],
    ],
    dtype=np.float32,
)
"""From shadow to light, at equal steps of lightness."""
OWN, PAINTED = 1.15, 0.35  # share of own colour beside the glaze, and of the picture in that
COLD, LEFT = (-0.15, 0.1), 0.4  # red over blue from where to where colours are cold; what is left
SIZE = 38.0  # deviation of the light's window in pixels
FACE, BUSY, MIDDLE, EMPTY = 2.5, 1.0, 0.4, 0.3
"""How much light falls on skin, on bright things and on the middle, and its share on the empty."""
FALL = np.float32(1.2)  # of the light from the middle to the borders
BRIGHTEST = 0.88  # share of the picture that has less than the whole light
SUNK = 0.4  # how much darker calm ground is
SHADE, SHINE = 0.24, 1.12  # of the tones far from the light, and in it
DEEP = np.float32(1.3)  # power of the tones
MEAN, GAIN = 0.3, (1.0, 1.5)  # of the tones, at least, and by how much they are raised to it
HIGHEST = np.float32(1.1)  # tone that the lights approach
CLARITY, AROUND = 0.5, 12.0  # gain in modelling, and the deviation of its window in pixels
HAND = Hand(
    layers=(
        Layer(9.0, 34.0, 1.8, 0.0),
        Layer(5.0, 18.0, 1.2, 0.02),
        Layer(2.6, 10.0, 1.5, 0.035),
        Layer(1.6, 6.0, 1.5, 0.06),
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
FORM, PULL = 5.0, 0.03  # deviation in pixels of the window that turns strokes; pull to their rest
REST, SWAY, SWAYS = 0.7, 0.4, 80.0  # angle of strokes on flat ground, its deviation, its waves


def paint_chiaroscuro(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) lit out of the dark, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.face)
    tone = stretched(luma(ground.photo))
    tone = (tone + CLARITY * (tone - blurred(tone, AROUND * ground.scale))).clip(0, 1)
    tone = tone + face * (lit_skin(tone, face) - tone)
    light = ground.spread(_light(ground)) * (1 - SUNK * empty(ground) * (1 - face))
    tone = tone ** (DEEP - (DEEP - 1) * face) * (SHADE + (SHINE - SHADE) * light)
    tone = tone * np.clip(MEAN / (tone.mean() + 1e-6), *GAIN).astype(np.float32)
    tone = HIGHEST * np.tanh(tone / HIGHEST)
    study = graded(tone, GLAZE) + OWN * _own(picture, ground, face) * smoothstep(0.0, 0.35, tone)
    sway = clouds(ground.angle.shape, SWAYS * ground.scale / ground.pitch, rng)
    way = directions(flow(ground, FORM, REST + SWAY * sway, PULL))
    paint = brushed(study, study, forms(ground), way, HAND, ground, rng)
    return over(picture, paint, amount)


def _light(ground: Ground) -> Array:
    """How much of the one light falls on each place (r, c), 0 to about 1."""
    step = ground.scale / ground.pitch
    busy = smoothstep(0.02, 0.12, np.sqrt(ground.variance(8 * ground.scale)))
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in busy.shape)
    worth = (MIDDLE + BUSY * stretched(ground.moments[0])) * (EMPTY + (1 - EMPTY) * busy)
    worth = worth * np.exp(-FALL * (y[:, None] ** 2 + x**2)) + FACE * ground.face
    worth = blurred(worth, min(SIZE * step, max(busy.shape)))
    lit = (worth / (np.quantile(worth, BRIGHTEST) + np.float32(1e-6))).clip(0, 1.1)
    return lit.astype(np.float32) ** np.float32(0.8)


def _own(picture: Array, ground: Ground, face: Array) -> Array:
    """The chroma (3, h, w) of things, of which cold ones are subdued."""
    photo = ground.photo - luma(ground.photo)
    painted = picture - luma(picture)
    chroma = photo + PAINTED * (1 - face) * (painted - photo)
    warm = smoothstep(*COLD, chroma[0] - chroma[2])
    own: Array = chroma * (LEFT + (1 - LEFT) * warm) * (1 - 0.1 * face)
    return own
