"""Oil paint: the hands of impressionism, fauvism and of Munch, that paint all of a picture.

Broad strokes lay the masses, smaller ones draw in them, and the smallest go where faces and fine
things are; colour is broken from stroke to stroke, as in Hertzmann, "Painterly Rendering with
Curved Brush Strokes of Multiple Sizes" (1998).
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .chance import clouds
from .curves import Hand, Layer, brushed, directions
from .drawing import flow
from .ground import Ground
from .paint import Amount, over
from .study import enlivened, faces_lit, forms
from .tones import smoothstep

STROKES = Hand(
    layers=(
        Layer(11.0, 38.0, 2.3, 0.0),
        Layer(6.0, 22.0, 1.5, 0.025),
        Layer(3.2, 12.0, 1.6, 0.05),
        Layer(1.9, 7.0, 1.4, 0.085),
    ),
    tone=0.11,
    hue=0.15,
    chroma=0.15,
    chroma_jitter=0.25,
    shade=0.03,
    tint=0.018,
    bristle=0.16,
    streak=0.06,
    layer=0.4,
    relief=0.07,
)
BOLD = Hand(
    layers=(
        Layer(18.0, 40.0, 2.3, 0.0),
        Layer(9.0, 26.0, 1.2, 0.03),
        Layer(4.5, 14.0, 1.4, 0.06),
        Layer(2.2, 8.0, 1.5, 0.09),
    ),
    tone=0.13,
    hue=0.2,
    chroma=0.2,
    chroma_jitter=0.25,
    shade=0.05,
    tint=0.02,
    bristle=0.2,
    streak=0.07,
    layer=0.4,
    relief=0.07,
    blunt=5,
)
WAVES = Hand(
    layers=(
        Layer(9.0, 130.0, 2.0, 0.0),
        Layer(5.0, 60.0, 1.3, 0.03),
        Layer(2.8, 16.0, 1.8, 0.06),
        Layer(1.8, 8.0, 1.6, 0.09),
    ),
    tone=0.14,
    hue=0.3,
    chroma=0.25,
    chroma_jitter=0.3,
    shade=0.07,
    tint=0.02,
    bristle=0.12,
    streak=0.05,
    layer=0.3,
    relief=0.05,
)
FORM, PULL = 6.0, 0.03  # deviation in pixels of the window that turns strokes; pull to their rest
REST, SWAY, SWAYS = 0.6, 0.5, 90.0  # angle of strokes on flat ground, its deviation, and its waves


def paint_strokes(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) in broken strokes, as of impressionists, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.face)
    study = faces_lit(picture, ground, face)
    study = enlivened(study, 0.4, 0.05)
    rest = REST + SWAY * clouds(ground.angle.shape, SWAYS * ground.scale / ground.pitch, rng)
    way = directions(flow(ground, FORM, rest, PULL))
    paint = brushed(study, study, forms(ground), way, STROKES, ground, rng)
    return over(picture, paint, amount)


def paint_bold(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in blocks of pure colour, as of fauves, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.face)
    study = faces_lit(picture, ground, face, 0.55)
    study = enlivened(study, 0.9, 0.22)
    light = luma(study)
    study = light + 1.35 * (study - light)
    rest = 0.9 + SWAY * clouds(ground.angle.shape, SWAYS * ground.scale / ground.pitch, rng)
    way = directions(flow(ground, FORM, rest, PULL))
    flat = np.sqrt(ground.variance(5 * ground.scale))
    bare = ground.spread(smoothstep(0.05, 0.02, flat)) * (1 - face)
    canvas = study + np.float32(BARE) * bare * (CANVAS - study)
    paint = brushed(study, canvas, forms(ground), way, BOLD, ground, rng)
    return over(picture, paint, amount)


BARE = 0.75
CANVAS = np.array([0.95, 0.93, 0.87], dtype=np.float32)[:, None, None]


def paint_waves(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in long flowing lines, as of Munch, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.face)
    study = faces_lit(picture, ground, face, 0.6)
    study = enlivened(study, 0.6, 0.12)
    rest = 0.7 * clouds(ground.angle.shape, 130 * ground.scale / ground.pitch, rng)
    way = directions(flow(ground, 14.0, rest, 0.02))
    paint = brushed(study, study, forms(ground), way, WAVES, ground, rng)
    return over(picture, paint, amount)
