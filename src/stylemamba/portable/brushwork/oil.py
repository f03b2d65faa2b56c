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
from .lines import contours
from .paint import Amount, over
from .study import complexion, enlivened, faces_lit, forms, local_hued, whitened
from .tones import contrasty, smoothstep


@dataclass(frozen=True)
class Manner:
    """What a painter makes of what is seen.

    Attributes:
        hand: That lays the strokes.
        skin: Colours of skin, from its features to its lights, in even steps; none: its own.
        contour: Of outlines, and how opaque they are; none if 0.
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
    skin: tuple[tuple[float, float, float], ...]
    contour: tuple[tuple[float, float, float], float]
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
    skin=(),
    contour=((0.0, 0.0, 0.0), 0.0),
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
            Layer(13.0, 34.0, 2.6, 0.0),
            Layer(8.0, 24.0, 1.1, 0.025),
            Layer(4.5, 14.0, 1.1, 0.06),
            Layer(2.3, 8.0, 1.2, 0.1),
        ),
        tone=0.13,
        hue=0.16,
        chroma=0.2,
        chroma_jitter=0.25,
        shade=0.035,
        tint=0.02,
        bristle=0.2,
        streak=0.07,
        layer=0.4,
        relief=0.07,
        blunt=5,
    ),
    skin=(
        (0.13, 0.1, 0.3),
        (0.42, 0.14, 0.34),
        (0.83, 0.33, 0.26),
        (0.97, 0.6, 0.38),
        (1.0, 0.8, 0.52),
        (1.0, 0.92, 0.74),
    ),
    contour=((0.07, 0.09, 0.36), 0.75),
    grey=0.9,
    warm=0.16,
    vivid=1.35,
    form=6.0,
    pull=0.03,
    rest=0.9,
    sway=0.5,
    sways=90.0,
    bare=0.35,
    white=0.6,
    lift=0.12,
)
WAVES = Manner(
    hand=Hand(
        layers=(
            Layer(9.0, 130.0, 1.9, 0.0),
            Layer(4.5, 60.0, 1.0, 0.03),
            Layer(2.9, 20.0, 1.3, 0.065),
            Layer(2.1, 9.0, 1.2, 0.1),
        ),
        tone=0.14,
        hue=0.16,
        chroma=0.15,
        chroma_jitter=0.2,
        shade=0.045,
        tint=0.02,
        bristle=0.12,
        streak=0.05,
        layer=0.3,
        relief=0.05,
    ),
    skin=(
        (0.09, 0.09, 0.17),
        (0.27, 0.2, 0.25),
        (0.6, 0.37, 0.24),
        (0.88, 0.6, 0.32),
        (0.97, 0.8, 0.47),
        (1.0, 0.92, 0.66),
    ),
    contour=((0.1, 0.08, 0.16), 0.7),
    grey=0.6,
    warm=0.2,
    vivid=1.2,
    form=10.0,
    pull=0.02,
    rest=0.0,
    sway=0.7,
    sways=130.0,
    bare=0.0,
    white=0.0,
    lift=0.14,
)
CANVAS = np.array([0.93, 0.75, 0.52], dtype=np.float32)[:, None, None]
CONTOUR, CONTOURS, LENGTH = (0.018, 0.045), 3.0, 9.0
"""How much darker than around, from where to where there is an outline; its width, and over what it
is smooth, in pixels."""
ON_FACES = 0.75  # how much fainter outlines are there
FLAT, FLAT_RADIUS = (0.05, 0.02), 5.0
"""Deviation of the photo within a radius in pixels, from where to where canvas is left bare."""


def paint_oil(
    manner: Manner, picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) painted in oil, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.face)
    hued = local_hued(picture, ground, *manner.local) if any(manner.local) else picture
    seen = hued if manner.skin else faces_lit(hued, ground, face)
    study = enlivened(seen, manner.grey, manner.warm)
    study = whitened(study, ground, manner.white)
    study = study + np.float32(manner.lift) * (1 - luma(study)).clip(0) ** 2
    light = luma(study)
    study = light + np.float32(manner.vivid) * (study - light)
    if manner.skin:
        study = study + face * (complexion(ground, face, manner.skin) - study)
    sway = clouds(ground.angle.shape, manner.sways * ground.scale / ground.pitch, rng)
    angle = flow(ground, manner.form, manner.rest + manner.sway * sway, manner.pull)
    flat = smoothstep(*FLAT, np.sqrt(ground.variance(FLAT_RADIUS * ground.scale)))
    bare = np.float32(manner.bare) * ground.spread(flat) * (1 - face)
    canvas = study + bare * (CANVAS - study)
    paint = brushed(study, canvas, forms(ground), directions(angle), manner.hand, ground, rng)
    colour, opacity = manner.contour
    if opacity:
        line = np.float32(opacity) * _outlines(ground, face)
        paint = paint + line * (np.array(colour, dtype=np.float32)[:, None, None] - paint)
    return over(picture, paint, amount)


def _outlines(ground: Ground, face: Array) -> Array:
    """Where a fine brush goes around things (h, w), 0 to 1."""
    line = contours(contrasty(ground.photo), ground, CONTOURS, LENGTH)
    return smoothstep(*CONTOUR, line) * (1 - np.float32(ON_FACES) * face)
