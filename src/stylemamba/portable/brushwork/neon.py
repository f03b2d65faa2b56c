"""Neon: glowing tubes along the main contours, which light a dark ground.

Bloom is light that scatters in eye and lens: a sum of Gaussians of its source (Spencer, Shirley,
Zimmerman and Greenberg, "Physically-Based Glare Effects", 1995), screened over the picture.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, gradient, luma
from .faces import whole
from .ground import Ground
from .lines import drawing
from .paint import Amount, over
from .tones import smoothstep, stretched

FINE, BROAD, EASE = 0.8, 1.6, 1.3
"""Half the widths of tubes in pixels at scale 1, and how easily there is one."""
DIM = np.float32(0.6)  # light of fine tubes, to that of broad ones
NIGHT = np.float32(0.9)  # light of the ground without tubes
MASS = 36.0  # deviation of its colours' blur, in pixels at scale 1
GAMMA, FAIR, BRIGHT = (
    np.float32(1.8),
    np.float32(0.7),
    np.float32(0.75),
)  # of tones by night, less on skin; their light
GREY = np.float32(0.75)  # how much of their grey is taken from hues
WASH = np.float32(0.35)  # how far hues are drawn to their mean: no clouds of colour
DEEP, NIGHTFALL = (0.05, 0.03, 0.15), np.float32(0.7)  # colour of shadows, and how much there is
FLESH, SKIN = (1.0, 0.62, 0.68), np.float32(0.65)  # hue of skin by night, and its share
FACE, AROUND_EYES = (0.4, 0.65), 7.0
"""Share of skin from where to where there are no tubes, and deviation in pixels of the window."""
RIM, RIM_LIGHT = 7.0, np.float32(1.6)  # width in pixels, and strength, of light on faces' sides
LAMPS = ((1.0, 0.15, 0.65), (0.1, 0.85, 1.0))
BLOOM = ((2.0, 0.8), (6.0, 0.8), (20.0, 1.0))  # deviations in pixels at scale 1, and gains
AIR = np.float32(0.35)  # share of the bloom that does not fall on the photo's light ground
CORE, CORE_BLUR = (
    np.float32(0.7),
    0.5,
)  # white in a tube's middle, and its blur in pixels at scale 1
AROUND = 14.0  # pixels around a tube whose colours are its own
GREYEST = np.float32(0.03)  # chroma from which a colour is as pure as it can be


def paint_neon(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) at night under tubes of neon, in [0, 1]; see `brushwork`."""
    face = ground.spread(blurred(ground.of(whole), AROUND_EYES * ground.scale / ground.pitch))
    fine, broad = drawing(ground, rng, FINE, BROAD, EASE)
    # Eyes are no lamps: within faces there are none.
    tube = np.maximum(broad, DIM * fine) * (1 - smoothstep(*FACE, face))
    light = tube * _pure(picture, ground)
    bloom = sum(np.float32(gain) * blurred(light, far * ground.scale) for far, gain in BLOOM)
    photo = luma(ground.photo)
    night = NIGHT * _night(picture, ground) + _rim(ground)
    night += bloom * (AIR + (1 - AIR) * photo)
    glow = 1 - (1 - night.clip(0, 1)) * (1 - light)
    glow += CORE * np.square(blurred(tube, CORE_BLUR * ground.scale)) * (1 - glow)
    return over(picture, glow, amount)


def _night(picture: Array, ground: Ground) -> Array:
    """The scene (3, h, w) by night: the photo's tones, from deep blue to the picture's hues."""
    tone = stretched(luma(ground.photo))
    face = ground.spread(ground.of(whole))
    light = tone ** (GAMMA - FAIR * face)
    colour = blurred(picture, MASS * ground.scale)
    hue = colour - GREY * colour.min(0)
    hue = hue / (hue.max(0) + np.float32(0.05))
    hue = hue + WASH * (hue.mean((1, 2), keepdims=True) - hue)
    deep = np.array(DEEP, dtype=np.float32)[:, None, None]
    warm = np.array(FLESH, dtype=np.float32)[:, None, None]
    hue += face * SKIN * (warm - hue)
    return deep * (1 - tone) * NIGHTFALL + light * hue * BRIGHT


def _rim(ground: Ground) -> Array:
    """Light (3, h, w) of two lamps on the sides of faces, one from the left, one from the right."""
    skin = blurred(ground.skin, RIM * ground.scale / ground.pitch)
    side = ground.spread(
        (gradient(skin)[1] * ground.skin) * np.float32(RIM * ground.scale / ground.pitch)
    )
    pink, cyan = (np.array(lamp, dtype=np.float32)[:, None, None] for lamp in LAMPS)
    tone = np.float32(0.3) + luma(ground.photo)
    return RIM_LIGHT * tone * (pink * side.clip(0) + cyan * (-side).clip(0))


def _pure(picture: Array, ground: Ground) -> Array:
    """The picture's hues (3, h, w) around every place, as pure as light of one colour."""
    weight = picture.max(0) - picture.min(0) + np.float32(0.02)
    colour = blurred(np.stack([*(picture * weight), weight]), AROUND * ground.scale)
    colour = colour[:3] / colour[3]
    low, high = colour.min(0), colour.max(0)
    return (colour - low) / (high - low + GREYEST)
