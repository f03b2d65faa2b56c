"""What a painter in oil sees of a picture before the first stroke: its colours, with lit faces."""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, luma
from ..sampling import blocks
from .faces import features, mouths
from .ground import Ground
from .tones import contrasty, graded, smoothstep, stretched

FORM, FORM_EDGE = 2.5, 0.055  # radius in pixels and deviation of what strokes ignore
LIT, POWERS = 0.6, (0.55, 1.25)  # mean lightness of lit skin, and of the gamma curves to it
CALM, CALM_RADIUS = (0.07, 0.03), 8.0  # deviation of the photo within a radius where it is calm
CALM_AROUND, CALM_COLOUR = 9.0, 0.22
"""Deviation in pixels of the window for calm ground's colour, and how far a pixel may be off it."""
CALM_SPAN = 26.0  # deviation of the window that is calm for the most part
WHITE, WHITE_TINGE = (0.5, 0.72), 0.16  # lightness of white clothes, and how far they are tinged
WORN_FAR, WORN = 50.0, (0.012, 0.05)
"""Deviation in pixels of a window, and share of skin in it from where to where clothes are."""
FOLDS, FOLDED = (0.012, 0.035), 15.0
"""Deviation of the photo within a radius in pixels, from where to where there are folds: no sky."""
LINEN = np.array([1.0, 0.985, 0.96], dtype=np.float32)
SHADES = np.array([0.25, 0.1, -0.25], dtype=np.float32)[:, None, None]  # what it loses in shade
MODELLED = 24.0  # deviation in pixels of the window that lights are compared in
HIGHLIGHT = np.float32(0.94)  # lightness of skin at most
FLESH = 0.75  # share of the photo in the colour of skin
BLUSH, NATURAL = np.float32(1.0), np.array([0.085, -0.015, -0.085], dtype=np.float32)
"""Gain in its chroma, and what light skin has besides."""
TINGED, GREYS = (0.03, 0.12), np.float32(0.3)
"""Distance from grey from where to where ground has a colour, and what greys have of that share."""
VIVID_AROUND = 5.0  # deviation in pixels of the window that vivid colours are looked for in
VIVID, PERSON, PERSON_SOFT = (0.17, 0.33), (0.25, 0.75), 7.0
"""Distance from grey from where to where colours are vivid, likelihood of people likewise, and
deviation in pixels of their softness."""
PALE = 0.5  # share of that in skin that has none of its own
SHADES_OF_SKIN = 256
PLANES, PLANES_EDGE = 4.0, 0.06  # radius in pixels and deviation of what planes of skin ignore
FEATURES, QUIET = np.float32(0.9), np.float32(0.6)
"""How dark features are, and how much less so in mouths."""


def forms(ground: Ground) -> Array:
    """The lightness (h, w) of a photo's forms: in grey, without its finest texture."""
    grey = contrasty(ground.photo)
    return guided(grey, grey, FORM * ground.scale, FORM_EDGE)


def faces_lit(picture: Array, ground: Ground, face: Array, share: float = FLESH) -> Array:
    """A picture (3, h, w) whose skin has the photo's colour and modelling, in warm light.

    Args:
        picture: In [0, 1].
        ground: Of the photo.
        face: How much there is skin, 0 to 1, (h, w).
        share: Of the photo in the colour of skin.
    """
    light = HIGHLIGHT * lit_skin(luma(ground.photo), face)
    own = ground.photo - luma(ground.photo)
    lacking = np.exp(-np.square(own).sum(0) / np.float32(0.1**2))
    warm = NATURAL[:, None, None] * light
    flesh = light + BLUSH * own + (0.25 + np.float32(PALE) * lacking) * warm
    painted = light + (picture - luma(picture))
    mixed = painted + np.float32(share) * (flesh - painted)
    return picture + face * (mixed - picture)


def complexion(ground: Ground, face: Array, skin: tuple[tuple[float, ...], ...]) -> Array:
    """Skin (3, h, w) in a painter's own colours: few planes of light, and dark features.

    Args:
        ground: Of the photo.
        face: How much there is skin, 0 to 1, (h, w).
        skin: Colours from features to lights, in even steps.
    """
    light = lit_skin(luma(ground.photo), face)
    few = blocks(light, ground.pitch)
    planes = ground.spread(guided(few, few, PLANES * ground.scale / ground.pitch, PLANES_EDGE))
    dark = features(ground) * (1 - QUIET * mouths(ground))
    tone = planes * (1 - FEATURES * dark * (1 - planes))
    shades = graded(np.linspace(0, 1, SHADES_OF_SKIN), np.array(skin, dtype=np.float32))
    return np.take(shades, (tone * (SHADES_OF_SKIN - 1)).astype(np.intp), axis=1)


def local_hued(
    picture: Array, ground: Ground, share: float, worn: float, lights: float = 0.0
) -> Array:
    """A picture (3, h, w) that has a share of the photo's own colours.

    Hair and clothes are not of the colour of lilies or of leaves, and neither is what is vivid.

    Args:
        picture: In [0, 1].
        ground: Of the photo.
        share: Of the photo's chroma, where it is not vivid; greys have more of the picture's.
        worn: Of that of people, and of what is vivid.
        lights: Of its lightness, in people: hair is dark.
    """
    photo = ground.masses
    own = photo - luma(photo)
    size = np.sqrt(np.square(own).sum(0))
    vivid = blurred(size, VIVID_AROUND * ground.scale / ground.pitch)
    vivid = smoothstep(*VIVID, vivid)
    # Soft, as they are not always found whole.
    people = blurred(ground.persons, PERSON_SOFT * ground.scale / ground.pitch)
    people = smoothstep(*PERSON, people)
    much = share * (GREYS + (1 - GREYS) * smoothstep(*TINGED, size))
    much = much + (np.float32(worn) - much) * np.maximum(vivid, people)
    maps = ground.spread(np.concatenate([own, much[None], people[None]]))
    light = luma(picture)
    lacking = np.float32(lights) * maps[4] * (luma(ground.photo) - light)
    result: Array = picture + maps[3] * (maps[:3] + light - picture) + lacking
    return result


def whitened(study: Array, ground: Ground, share: float) -> Array:
    """A study (3, h, w) in which what people wear stays white where it is."""
    around = blurred(ground.skin, WORN_FAR * ground.scale / ground.pitch)
    folds = smoothstep(*FOLDS, np.sqrt(ground.variance(FOLDED * ground.scale)))
    near = ground.spread(smoothstep(*WORN, around) * folds)
    photo = ground.spread(ground.masses)
    light = luma(photo)
    tinge = np.square(photo - light).sum(0)
    white = near * smoothstep(*WHITE, light) * np.exp(tinge / np.float32(-(WHITE_TINGE**2)))
    white *= np.float32(share) * (1 - ground.spread(ground.face))
    result: Array = study + white * (LINEN[:, None, None] * light + SHADES * (light - 1) - study)
    return result


def empty(ground: Ground, narrow: bool = False) -> Array:
    """How much each pixel (h, w) is of calm ground, as sky, walls and water, 0 to 1; crisp.

    Calm windows say so, and their colours tell up to where they go on.

    Args:
        ground: Of the photo.
        narrow: Whether what is narrow counts, too, as between things.
    """
    step = ground.scale / ground.pitch
    calm = smoothstep(*CALM, np.sqrt(ground.variance(CALM_RADIUS * ground.scale)))
    around = blurred(np.concatenate([calm[None], calm * ground.masses]), CALM_AROUND * step)
    mean = around[1:] / (around[0] + np.float32(1e-3))
    other = np.square(ground.photo - ground.spread(mean)).sum(0)
    like = np.exp(other / np.float32(-(CALM_COLOUR**2)))
    if narrow:
        near = smoothstep(0.02, 0.1, around[0])
    else:
        broad = smoothstep(0.35, 0.6, blurred(calm, CALM_SPAN * step))
        near = smoothstep(0.1, 0.35, around[0]) * broad
    result: Array = ground.spread(near) * like
    return result


def modelled(study: Array, ground: Ground, share: float) -> Array:
    """A study (3, h, w) with more of the photo's lights and shades, broad ones left out."""
    light = stretched(luma(ground.photo))
    lacking = light - luma(study)
    shaped: Array = study + np.float32(share) * (
        lacking - blurred(lacking, MODELLED * ground.scale)
    )
    return shaped


def lit_skin(light: Array, face: Array) -> Array:
    """Lightness (h, w) under the curve that lights its skin (h, w) well."""
    mean = float((light * face).sum() / (face.sum() + 1e-6)) if face.max() > 0.1 else LIT
    power = np.log(LIT) / np.log(np.clip(mean, 0.05, 0.95))
    lit: Array = light ** np.float32(np.clip(power, *POWERS))
    return lit


def enlivened(colours: Array, grey: float, warm: float) -> Array:
    """Colours (3, ...) whose greys are livelier, with warm lights and cool shadows.

    Args:
        colours: In [0, 1].
        grey: How much more colourful greys are; full colours stay.
        warm: How far lights go towards orange, and shadows towards blue.
    """
    light = luma(colours)
    plane = colours - light
    size = np.sqrt(np.square(plane).sum(0))
    plane = plane * (1 + np.float32(grey) * np.exp(-size / np.float32(0.12)))
    axis = np.array([1.0, 0.1, -1.1], dtype=np.float32).reshape(3, *(1,) * light.ndim)
    turned: Array = light + plane + np.float32(warm) * axis * (light - np.float32(0.45))
    return turned
