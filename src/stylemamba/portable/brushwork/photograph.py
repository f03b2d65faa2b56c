"""A photograph: the photo's own detail in the tones and colours of the picture, on grainy film.

The tone curve takes the photo's distribution of luma to the picture's, as histogram matching does
(Gonzalez and Woods, "Digital Image Processing"), no steeper and no flatter than film is. Grain is
strongest in the mid-tones (Newson, Delon and Galerne, "A Stochastic Film Grain Model", 2017); the
vignette falls with the fourth power of the cosine.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from .chance import clouds, grain
from .ground import Ground
from .paint import Amount, over
from .study import lit_skin
from .tones import graded, smoothstep, stretched

KNOTS = 17  # of the tone curve
FLATTEST, STEEPEST = 0.4, 2.2  # slopes that it may have
LOCAL, LOCAL_WINDOW = 0.5, 16.4  # share of the picture's broad lights, deviation in pixels
CHROMA_WINDOW = 1.9  # deviation of what colour is the mean of, in pixels
GRAIN, GRAIN_SIZE = 0.018, 0.45  # deviation in the mid-tones, and of the clumps in pixels
ALBUMEN = np.array(
    [
        [0.115, 0.065, 0.05],
        [0.275, 0.165, 0.115],
        [0.475, 0.325, 0.225],
        [0.685, 0.535, 0.385],
        [0.865, 0.755, 0.58],
        [0.965, 0.905, 0.765],
    ],
    dtype=np.float32,
)
"""From the purple brown of its shadows to the cream of its lights, at equal steps of lightness."""
PAPER = np.array([0.93, 0.875, 0.755], dtype=np.float32)
PRINT_CLARITY, PRINT_AROUND = 0.45, 14.0  # gain in modelling, deviation of its window in pixels
FADE, FADES, FADED = 0.32, 26.0, 0.74  # at the borders, how far in pixels, and to which tone
STAIN, FOXING = 0.012, 0.1  # deviation of the paper's tone, and how dark its spots are
DECKLE = 9.0  # width of the bare border in pixels
TINT = np.float32(0.3)  # share of the picture's mean colour
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
    if toned:
        return over(picture, _printed(guide, chroma, ground, rng), amount)
    chroma = blurred(chroma, CHROMA_WINDOW * scale)
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


def _printed(guide: Array, chroma: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """An albumen print (3, h, w) of that lightness (h, w), in a hue that suits the picture's.

    Its paper is faded towards the borders, foxed and scratched, with a deckle of bare paper.
    """
    scale, shape = ground.scale, ground.shape
    face = ground.spread(ground.face)
    tone = stretched(guide)
    tone = tone + PRINT_CLARITY * (tone - blurred(tone, PRINT_AROUND * scale))
    tone = smoothstep(-0.06, 1.0, tone.clip(0, 1))
    tone = tone + 0.5 * face * (lit_skin(tone, face) - tone)
    stain, scratch, foxed = (clouds(shape, size * scale, rng) for size in (60.0, 25.0, 7.0))
    border = ground.inset / np.float32(scale)
    fade = FADE * np.exp(-border / FADES) * (1 + 0.4 * stain)
    tone = tone + fade.clip(0, 1) * (FADED - tone)
    tone = tone + np.float32(4 * GRAIN) * tone * (1 - tone) * grain(shape, GRAIN_SIZE * scale, rng)
    tone = tone + STAIN * stain * smoothstep(0.2, 0.8, tone)
    tone = tone - FOXING * smoothstep(2.2, 2.9, foxed) * tone
    mean = chroma.mean((1, 2))
    tint = TINT * (mean - mean.mean()).clip(-0.08, 0.08)[:, None, None]
    printed = graded(tone, ALBUMEN) + tint * 4 * tone * (1 - tone)
    edge = smoothstep(DECKLE - 0.8, DECKLE + 0.8, border + 0.35 * scratch)
    sheet = PAPER[:, None, None] * (1 - 0.03 * stain.clip(0) - 0.02 * scratch.clip(0))
    result: Array = (sheet + edge * (printed - sheet)).astype(np.float32)
    return result


def _vignette(shape: tuple[int, ...]) -> Array:
    """Light (h, w) that a lens lets through, 1 in the middle."""
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in shape)
    diagonal = np.hypot(shape[0], shape[1])
    square = (y[:, None] * shape[0] / diagonal) ** 2 + (x * shape[1] / diagonal) ** 2
    fall: Array = 1 / np.square(1 + np.float32(VIGNETTE**2) * square)
    return fall.astype(np.float32)
