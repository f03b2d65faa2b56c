"""Ink wash: few graded greys on rice paper, most of it left blank, and decisive strokes.

Ink goes where the photo is darker than what is around it, and where there is something to see:
empty ground, bright or dark, is paper, as in Chinese literati painting and in sumi-e. Washes fade
into mist; a seal is set at the end.

Sources: density and its wet, darker edges as in Bousseau et al., "Interactive Watercolor Rendering"
(2006); strokes as differences of Gaussians with a broken width, after Winnemöller, Kyprianidis and
Olsen, "XDoG" (2012).
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, luma
from ..sampling import displaced
from .chance import clouds, tooth
from .faces import features
from .ground import Ground
from .lines import contours
from .paint import Amount, over
from .tones import smoothstep, stepped, stretched

PAPER = np.array([0.95, 0.92, 0.855], dtype=np.float32)
INK = np.array([0.10, 0.095, 0.10], dtype=np.float32)
SEAL = np.array([0.72, 0.13, 0.09], dtype=np.float32)
TINT = 0.5  # of the picture's colour, in the washes
MASS, MASS_CONTRAST = 6.0, 0.1  # radius in pixels and deviation of what washes ignore
AROUND = 18.7  # deviation in pixels of the window that ink is darker than
SUBJECT, FAR = 0.05, 75.0  # deviation of the photo that is worth ink, and within what radius
LEVELS = 4  # of the washes
WET, FEATHER = 1.2, 14.0  # pixels that the washes' borders run, and the length of their waves
EDGE = 2.5  # how much denser washes are at their borders
MIST = 70.0  # size in pixels of where washes fade
STROKE, STROKE_WIDTH = 0.85, 4.0  # density of the contours, and their width in pixels
LENGTH = 10.0  # over which contours are smooth, in pixels
THRESHOLD = 0.008  # of the difference of Gaussians that is a contour
BLANK, FEWER = np.float32(0.9), np.float32(0.6)
"""Of the washes and broad contours on skin, how much is left out: faces are paper."""
GRAIN = 5.0  # size of the paper's, in pixels
FIBRE = 0.012  # deviation of the paper's lightness
SEAL_SIDE = 24.0  # in pixels
SEAL_CELLS = 11


def paint_inkwash(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) in ink on rice paper, in [0, 1]; see `brushwork`."""
    scale, shape = ground.scale, ground.shape
    grain, mist = tooth(shape, GRAIN * scale, rng), clouds(shape, MIST * scale, rng)
    down, right = (clouds(shape, FEATHER * scale, rng) for _ in range(2))
    light = stretched(luma(ground.photo))
    mass = guided(light, light, MASS * scale, MASS_CONTRAST)

    wash = _washes(mass, ground, mist, scale)
    wash *= 1 - BLANK * ground.spread(ground.face)
    wash = displaced(wash, WET * scale * down, WET * scale * right)
    rim = (wash - blurred(wash, 1.9 * scale)).clip(-0.1, 0.3)
    wash = wash * (1 + EDGE * rim) * (1 + 0.06 * grain)
    ink = np.maximum(wash, _strokes(light, mass, grain, mist, ground))
    chroma = blurred(picture - luma(picture), 2.6 * scale)
    sheet = PAPER[:, None, None] * (1 + FIBRE * (0.6 * grain + 0.4 * mist))
    tinted = INK[:, None, None] + TINT * chroma * (1 - ink)
    painted = sheet + ink.clip(0, 0.97) * (tinted - sheet)
    painted = _sealed(painted, ink, scale, grain, rng)
    return over(picture, painted, amount)


def _washes(mass: Array, ground: Ground, mist: Array, scale: float) -> Array:
    """Density of the washes, 0 to 1, (h, w), in few levels."""
    around = blurred(mass, AROUND * scale)
    worth = blurred(np.sqrt(ground.variance(FAR * scale)), FAR / 5 * scale / ground.pitch)
    worth = ground.spread(smoothstep(SUBJECT / 2, 2.5 * SUBJECT, worth))
    density = 1.5 * (around - mass).clip(0) + 0.75 * (1 - mass) ** 2 * worth
    density = (density * (1 + 0.4 * mist).clip(0.35, 1.3) - 0.04).clip(0, 0.95)
    return 0.5 * density + 0.5 * stepped(density, LEVELS, 0.6)


def _strokes(light: Array, mass: Array, grain: Array, mist: Array, ground: Ground) -> Array:
    """Density of brush contours, (h, w): broad and narrow, and dry here and there."""
    broad = contours(mass, ground, STROKE_WIDTH, LENGTH)
    fine = contours(light, ground, STROKE_WIDTH / 2, LENGTH)
    broad *= 1 - FEWER * ground.spread(ground.face)
    broad = smoothstep(THRESHOLD, 4 * THRESHOLD, broad * (1 + 0.35 * mist))
    fine = smoothstep(1.2 * THRESHOLD, 5 * THRESHOLD, fine)
    dry = smoothstep(0.0, 2.5, grain + 5 * np.maximum(broad, fine))
    stroke: Array = STROKE * dry * np.maximum(broad * (1 - mass) ** 0.7, 0.75 * fine)
    return np.maximum(stroke, STROKE * features(ground))


def _sealed(
    painted: Array, ink: Array, scale: float, grain: Array, rng: np.random.Generator
) -> Array:
    """With a seal in the emptier of the lower corners, where there is room for one."""
    side = round(SEAL_SIDE * scale)
    height, width = ink.shape
    if not side or min(height, width) < 5 * side:
        return painted
    lefts = side, width - 2 * side
    rows = slice(height - 2 * side, height - side)
    left = min(lefts, key=lambda left: float(ink[rows, left : left + side].mean()))
    place = rows, slice(left, left + side)
    marks = rng.random((SEAL_CELLS, SEAL_CELLS)) < 0.5
    marks[1::5], marks[:, 1::5] = True, True
    marks[[0, 5, -1]], marks[:, [0, 5, -1]] = False, False
    cells = np.arange(side) * SEAL_CELLS // side
    shown = smoothstep(-2.0, -0.8, grain[place] - 4 * marks[cells][:, cells])
    painted = painted.copy()
    part = painted[:, place[0], place[1]]
    part += 0.92 * shown * (SEAL[:, None, None] - part)
    return painted
