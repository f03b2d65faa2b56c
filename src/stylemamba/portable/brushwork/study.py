"""What a painter in oil sees of a picture before the first stroke: its colours, with lit faces."""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .filters import blurred, guided
from .ground import Ground
from .tones import contrasty, stretched

FORM, FORM_EDGE = 2.0, 0.04  # radius in pixels and deviation of what strokes ignore
LIT, POWERS = 0.6, (0.55, 1.25)  # mean lightness of lit skin, and of the gamma curves to it
HIGHLIGHT = np.float32(0.94)  # lightness of skin at most
FLESH = 0.7  # share of the photo in the colour of skin
BLUSH = np.float32(1.15)  # how much more colourful it is
GLOW = np.array([0.035, 0.012, -0.03], dtype=np.float32)[:, None, None]  # of warm light on skin


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
    light = stretched(luma(ground.photo))
    mean = float((light * face).sum() / (face.sum() + 1e-6)) if face.max() > 0.1 else LIT
    power = np.log(LIT) / np.log(np.clip(mean, 0.05, 0.95))
    light = light ** np.float32(np.clip(power, *POWERS)) * HIGHLIGHT
    own = ground.photo - luma(ground.photo)
    flesh = light + BLUSH * own + GLOW * light
    painted = light + (picture - luma(picture))
    mixed = painted + np.float32(share) * (flesh - painted)
    return picture + face * (mixed - picture)


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


def softened(picture: Array, scale: float, size: float = 1.1) -> Array:
    """What a brush is dipped in, (3, h, w): means over some pixels at scale 1."""
    return blurred(picture, size * scale)
