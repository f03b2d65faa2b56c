"""Oil paint: the hands of impressionists, of fauves and of Munch, that paint all of a picture.

Broad strokes lay the masses, smaller ones draw in them, and the smallest go where faces and fine
things are; colour is broken from stroke to stroke. Source: Hertzmann, "Painterly Rendering with
Curved Brush Strokes of Multiple Sizes" (1998), whose styles are such sets of numbers; see `curves`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array, luma
from .chance import clouds
from .curves import Hand, Layer, brushed, directions
from .drawing import flow
from .ground import Ground
from .paint import Amount, over
from .study import enlivened, faces_lit, forms, local_hued, whitened
from .tones import smoothstep


@dataclass(frozen=True)
class Manner:
    """What a painter makes of what is seen.

    Attributes:
        hand: That lays the strokes.
        flesh: Share of the photo in the colour of skin.
        grey: How much more colourful greys are; see `enlivened`.
        warm: How far lights are warm and shadows cool.
        vivid: How much more colourful all is.
        form: Deviation in pixels of the window that turns strokes.
        pull: How strongly they turn to their rest where there is no form.
        rest: Angle of strokes on flat ground.
        sway: Its deviation.
        sways: Pixels over which it changes.
        bare: How far bits of canvas between strokes are those of a toned ground.
        white: How white white clothes stay.
        lift: How much lighter shadows are.
        local: Share of the photo in colours, in those of people and of what is vivid, and in the
            lightness of people.
    """

    hand: Hand
    flesh: float
    grey: float
    warm: float
    vivid: float
    form: float
    pull: float
    rest: float
    sway: float
    sways: float
    bare: float
    white: float
    lift: float
    local: tuple[float, float, float] = (0.0, 0.0, 0.0)


STROKES = Manner(
    hand=Hand(
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
    ),
    flesh=0.75,
    grey=0.4,
    warm=0.11,
    vivid=1.0,
    form=6.0,
    pull=0.03,
    rest=0.6,
    sway=0.5,
    sways=90.0,
    bare=0.0,
    white=0.9,
    lift=0.1,
    local=(0.45, 0.85, 0.45),
)
BOLD = Manner(
    hand=Hand(
        layers=(
            Layer(15.0, 36.0, 2.9, 0.0),
            Layer(8.0, 24.0, 1.5, 0.025),
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
    ),
    flesh=0.55,
    grey=0.9,
    warm=0.22,
    vivid=1.35,
    form=6.0,
    pull=0.03,
    rest=0.9,
    sway=0.5,
    sways=90.0,
    bare=0.95,
    white=0.6,
    lift=0.12,
)
WAVES = Manner(
    hand=Hand(
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
    ),
    flesh=0.6,
    grey=0.6,
    warm=0.12,
    vivid=1.0,
    form=14.0,
    pull=0.02,
    rest=0.0,
    sway=0.7,
    sways=130.0,
    bare=0.0,
    white=0.0,
    lift=0.0,
)
CANVAS = np.array([0.93, 0.75, 0.52], dtype=np.float32)[:, None, None]
FLAT, FLAT_RADIUS = (0.05, 0.02), 5.0
"""Deviation of the photo within a radius in pixels, from where to where canvas is left bare."""


def paint_oil(
    manner: Manner, picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) painted in oil, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.face)
    hued = local_hued(picture, ground, *manner.local) if any(manner.local) else picture
    study = enlivened(faces_lit(hued, ground, face, manner.flesh), manner.grey, manner.warm)
    study = whitened(study, ground, manner.white)
    study = study + np.float32(manner.lift) * (1 - luma(study)).clip(0) ** 2
    light = luma(study)
    study = light + np.float32(manner.vivid) * (study - light)
    sway = clouds(ground.angle.shape, manner.sways * ground.scale / ground.pitch, rng)
    angle = flow(ground, manner.form, manner.rest + manner.sway * sway, manner.pull)
    flat = smoothstep(*FLAT, np.sqrt(ground.variance(FLAT_RADIUS * ground.scale)))
    bare = np.float32(manner.bare) * ground.spread(flat) * (1 - face)
    canvas = study + bare * (CANVAS - study)
    paint = brushed(study, canvas, forms(ground), directions(angle), manner.hand, ground, rng)
    return over(picture, paint, amount)
