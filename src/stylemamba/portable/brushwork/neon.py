"""Neon: glowing tubes along the main contours, which light a dark ground.

Bloom is light that scatters in eye and lens: a sum of Gaussians of its source (Spencer, Shirley,
Zimmerman and Greenberg, "Physically-Based Glare Effects", 1995), screened over the picture.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .filters import blurred
from .ground import Ground
from .lines import drawing
from .paint import Amount, over

FINE, BROAD, EASE = 0.8, 1.6, 1.3
"""Half the widths of tubes in pixels at scale 1, and how easily there is one."""
DIM = np.float32(0.6)  # light of fine tubes, to that of broad ones
NIGHT = np.float32(0.9)  # light of the ground without tubes
MASS = 3.0  # deviation of its colours' blur, in pixels at scale 1
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
    fine, broad = drawing(ground, rng, FINE, BROAD, EASE)
    tube = np.maximum(broad, DIM * fine)
    light = tube * _pure(picture, ground)
    bloom = sum(np.float32(gain) * blurred(light, far * ground.scale) for far, gain in BLOOM)
    photo = luma(ground.photo)
    night = NIGHT * photo * blurred(picture, MASS * ground.scale)
    night += bloom * (AIR + (1 - AIR) * photo)
    glow = 1 - (1 - night.clip(0, 1)) * (1 - light)
    glow += CORE * np.square(blurred(tube, CORE_BLUR * ground.scale)) * (1 - glow)
    return over(picture, glow, amount)


def _pure(picture: Array, ground: Ground) -> Array:
    """The picture's hues (3, h, w) around every place, as pure as light of one colour."""
    weight = picture.max(0) - picture.min(0) + np.float32(0.02)
    colour = blurred(np.stack([*(picture * weight), weight]), AROUND * ground.scale)
    colour = colour[:3] / colour[3]
    low, high = colour.min(0), colour.max(0)
    return (colour - low) / (high - low + GREYEST)
