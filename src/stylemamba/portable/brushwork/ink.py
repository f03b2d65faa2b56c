"""The ink line: contours of a weight that varies with the edge, fine lines on faces, solid blacks.

Source: Winnemöller, Kyprianidis and Olsen, "XDoG" (2012): lines and blacks by soft thresholds.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .faces import features
from .filters import blurred
from .ground import Ground
from .lines import drawing
from .paint import Amount, opaque, over
from .tones import smoothstep

BLACK, PALE = (0.09, 0.13), (0.45, 0.65)
"""Lightness of the photo, and of the picture, from where to where black gives way to lines only."""
AROUND = 4.0  # deviation in pixels at scale 1 of the window in which the picture's is taken
LIGHTNESS = np.float32(0.07)  # of the ink
TINT = np.float32(0.3)  # share of the picture's mean colour in it


def paint_ink(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) under ink lines, in [0, 1]; see `brushwork`."""
    mean = picture.mean((1, 2))
    ink = (LIGHTNESS + TINT * (mean - mean.mean())).clip(0, 1)[:, None, None]
    dark = 1 - smoothstep(*BLACK, ground.spread(luma(ground.masses)))
    black = dark * (1 - smoothstep(*PALE, blurred(luma(picture), AROUND * ground.scale)))
    drawn = np.maximum(np.maximum(*drawing(ground, rng)), np.maximum(black, features(ground)))
    return over(picture, ink, opaque(amount) * drawn)
