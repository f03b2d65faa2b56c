"""A photograph: the photo's own detail in the tones and colours of the picture, on grainy film.

The tone curve takes the photo's distribution of luma to the picture's, as histogram matching does
(Gonzalez and Woods, "Digital Image Processing"), no steeper and no flatter than film is. Grain is
strongest in the mid-tones (Newson, Delon and Galerne, "A Stochastic Film Grain Model", 2017); the
vignette falls with the fourth power of the cosine.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .chance import grain
from .filters import blurred
from .ground import Ground
from .paint import Amount, over

KNOTS = 17  # of the tone curve
FLATTEST, STEEPEST = 0.4, 2.2  # slopes that it may have
LOCAL, LOCAL_WINDOW = 0.5, 16.4  # share of the picture's broad lights, deviation in pixels
CHROMA_WINDOW = 1.9  # deviation of what colour is the mean of, in pixels
GRAIN, GRAIN_SIZE = 0.018, 0.45  # deviation in the mid-tones, and of the clumps in pixels
VIGNETTE = 0.42  # tangent of the angle at which the corners are seen


def paint_photograph(
    picture: Array,
    ground: Ground,
    amount: Amount,
    rng: np.random.Generator,
    *,
    toned: bool = False,
) -> Array:
    """The picture (3, h, w) as a photograph, in [0, 1]; see `brushwork`.

    `toned`, as sepia is, it has one colour for each lightness.
    """
    scale, guide = ground.scale, luma(ground.photo)
    light = luma(picture)
    tone = curve(guide, light)
    tone = tone + np.float32(LOCAL) * blurred(light - tone, LOCAL_WINDOW * scale)
    chroma = picture - light
    chroma = _of_tone(chroma, tone) if toned else blurred(chroma, CHROMA_WINDOW * scale)
    lit = tone.clip(0, 1) * _vignette(ground.shape)
    film = np.float32(4 * GRAIN) * lit * (1 - lit) * grain(ground.shape, GRAIN_SIZE * scale, rng)
    painted = lit + film + chroma * np.minimum(1, 4 * lit) * np.minimum(1, 4 * (1 - lit))
    return over(picture, painted, amount)


def curve(guide: Array, light: Array) -> Array:
    """The photo's luma (h, w) under the tone curve that leads to the picture's luma."""
    part = np.linspace(0, 1, KNOTS)
    before, after = (np.quantile(plane[::2, ::2], part) for plane in (guide, light))
    before = before + 1e-4 * np.arange(KNOTS)
    slopes = (np.diff(after) / np.diff(before)).clip(FLATTEST, STEEPEST)
    rise = np.append(0, np.cumsum(slopes * np.diff(before)))
    rise += after[KNOTS // 2] - rise[KNOTS // 2]
    return np.interp(guide, before, rise).astype(np.float32)


def _of_tone(chroma: Array, tone: Array) -> Array:
    """The mean colour (3, h, w) of each tone: a parabola through the chroma, by least squares."""
    basis = np.stack([np.ones_like(tone), tone, tone * tone]).reshape(3, -1)
    normal_matrix = basis @ basis.T + 1e-3 * tone.size * np.eye(3, dtype=np.float32)
    weights = np.linalg.solve(normal_matrix, basis @ chroma.reshape(3, -1).T)
    fitted: Array = (weights.T.astype(np.float32) @ basis).reshape(chroma.shape)
    return fitted


def _vignette(shape: tuple[int, ...]) -> Array:
    """Light (h, w) that a lens lets through, 1 in the middle."""
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in shape)
    diagonal = np.hypot(shape[0], shape[1])
    square = (y[:, None] * shape[0] / diagonal) ** 2 + (x * shape[1] / diagonal) ** 2
    fall: Array = 1 / np.square(1 + np.float32(VIGNETTE**2) * square)
    return fall.astype(np.float32)
