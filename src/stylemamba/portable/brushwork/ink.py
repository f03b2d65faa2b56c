"""The ink line: contours of a weight that varies with the edge, fine lines on faces, solid blacks.

Source: Winnemöller, Kyprianidis and Olsen, "XDoG" (2012): lines and blacks by soft thresholds.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from .faces import features
from .ground import Ground
from .lines import BROAD, FINE, drawing
from .paint import Amount, opaque, over
from .tones import smoothstep

BLACK, PALE = (0.09, 0.13), (0.45, 0.65)
"""Lightness of the photo, and of the picture, from where to where black gives way to lines only."""
AROUND = 4.0  # deviation in pixels at scale 1 of the window in which the picture's is taken
SOFTER, SOFT = np.float32(0.55), (0.15, 0.4)
"""By how much lines on skin are fainter, and in what light of the photo: eyes stay dark."""
WRITTEN_AROUND, WRITTEN = 9.0, (0.45, 0.6)
"""Deviation in pixels of the window around what is written, and the share by which it is darker."""
LIGHTNESS = np.float32(0.07)  # of the ink
TINT = np.float32(0.3)  # share of the picture's mean colour in it


def paint_ink(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) under ink lines, in [0, 1]; see `brushwork`."""
    mean = picture.mean((1, 2))
    ink = (LIGHTNESS + TINT * (mean - mean.mean())).clip(0, 1)[:, None, None]
    pale = smoothstep(*PALE, blurred(luma(picture), AROUND * ground.scale))
    drawn = np.maximum(lines(ground, rng), blacks(ground) * (1 - pale))
    return over(picture, ink, opaque(amount) * drawn)


def lines(
    ground: Ground,
    rng: np.random.Generator,
    fine: float = FINE,
    broad: float = BROAD,
    ease: float = 1.0,
) -> Array:
    """Contours, features and writing (h, w), 0 to 1, fainter on skin; see `drawing`."""
    line = np.maximum(np.maximum(*drawing(ground, rng, fine, broad, ease)), features(ground))
    soft = ground.spread(ground.skin) * smoothstep(*SOFT, luma(ground.photo))
    written: Array = np.maximum(line * (1 - SOFTER * soft), _written(ground))
    return written


def blacks(ground: Ground) -> Array:
    """Where a printer lays solid black (h, w), 0 to 1."""
    dark = np.maximum(1 - smoothstep(*BLACK, luma(ground.masses)), ground.hair)
    return smoothstep(0.3, 0.7, ground.spread(dark))


def _written(ground: Ground) -> Array:
    """What is small and much darker than the ground around it (h, w), as writing: 0 to 1."""
    light = luma(ground.photo)
    around = blurred(light, WRITTEN_AROUND * ground.scale)
    return smoothstep(*WRITTEN, (around - light) / (around + np.float32(0.1)))
