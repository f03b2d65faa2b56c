"""Ink wash: few graded greys on rice paper, most of it left blank, and decisive strokes.

Ink goes where the photo is darker than what is around it, and where there is something to see:
empty ground, bright or dark, is paper, as in Chinese literati painting and in sumi-e. Washes fade
into mist and towards the borders; a seal is set at the end.

Sources: density and its wet, darker edges as in Bousseau et al., "Interactive Watercolor Rendering"
(2006); strokes are those of `drawing`, loaded here and dry there.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, luma
from ..sampling import displaced
from .chance import clouds, tooth
from .faces import features, mouths
from .ground import Ground
from .lines import drawing
from .paint import Amount, over
from .tones import smoothstep, stretched

PAPER = np.array([0.95, 0.92, 0.855], dtype=np.float32)
INK = np.array([0.10, 0.095, 0.10], dtype=np.float32)
SEAL = np.array([0.72, 0.13, 0.09], dtype=np.float32)
TINT = 0.6  # of the picture's colour, in the washes
MASS, MASS_CONTRAST = 8.0, 0.14  # radius in pixels and deviation of what washes ignore
AROUND = 26.0  # deviation in pixels of the window that ink is darker than
SUBJECT, FAR = 0.05, 54.0  # deviation of the photo that is worth ink, and within what radius
DENSITIES = ((0.18, 0.17), (0.38, 0.26), (0.6, 0.4), (0.78, 0.6))
"""Of the washes that lie over each other: darkness from which each is laid, and its density."""
SOFT = 0.08  # half the range of darkness over which a wash comes to be whole
WET, FEATHER = 2.2, 18.0  # pixels that the washes' borders run, and the length of their waves
EDGE, RIM = np.float32(0.35), 2.2  # how much denser washes are at their borders, and how far in
POOL = np.float32(0.3)  # how much a wash's density differs from where the brush was full to dry
MIST = 70.0  # size in pixels of where it does
MARGIN, KEPT = 0.13, np.float32(0.2)  # over which shorter sides ink fades out; what people keep
FINE, BROAD, EASE = 0.8, 2.2, 0.88  # half the widths of strokes in pixels, and how easily drawn
STROKE, PALE = 0.9, np.float32(0.35)  # density of strokes, and how much less that is here and there
DRY = (-2.6, -0.4)  # height of the paper, in deviations, from where to where a dry brush leaves it
BLANK, QUIET = np.float32(0.7), np.float32(0.6)
"""Of the washes on skin, how much is left out, faces being paper; and of the lines in mouths."""
PEOPLE, PALER = 0.05, np.float32(0.22)
"""Share of the photo up to which people are, so that the ground around them is paler, and by which
share of its ink."""
BESIDE, PERSON = 9.0, (0.1, 0.4)
"""Deviation in pixels of a window, and share of people in it from where to where it is theirs."""
DRAWN, SHADED, CONTOUR = (0.72, 0.42), np.float32(0.2), np.float32(0.55)
"""Share of the light of faces from which to which lines on them are, as of eyes and mouths; and how
much is left of features and of other lines in a better light, as of noses and cheeks."""
GRAIN = 2.4  # size of the paper's, in pixels
FIBRE = 0.012  # deviation of the paper's lightness
BLANK_SEAL = 0.2  # density of ink up to which there is room for a seal
SEAL_SIDE = 20.0  # in pixels
SEAL_CELLS = 11


def paint_inkwash(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) in ink on rice paper, in [0, 1]; see `brushwork`."""
    scale, shape = ground.scale, ground.shape
    grain, mist = tooth(shape, GRAIN * scale, rng), clouds(shape, MIST * scale, rng)
    wash = _washes(ground, mist, rng) * _shown(ground, mist)
    ink = 1 - (1 - wash) * (1 - _strokes(ground, grain, mist, rng))
    chroma = blurred(picture - luma(picture), 3 * scale)
    sheet = PAPER[:, None, None] * (1 + FIBRE * (0.6 * grain + 0.4 * mist))
    tinted = INK[:, None, None] + TINT * chroma * (1 - ink)
    painted = sheet + ink.clip(0, 0.95) * (tinted - sheet)
    return over(picture, _sealed(painted, ink, scale, grain, rng), amount)


def _washes(ground: Ground, mist: Array, rng: np.random.Generator) -> Array:
    """Density of the washes, 0 to 1, (h, w): pale ones first, each with a wet border."""
    scale, shape = ground.scale, ground.shape
    light = stretched(luma(ground.photo))
    mass = guided(light, light, MASS * scale, MASS_CONTRAST)
    around = blurred(mass, AROUND * scale)
    worth = blurred(np.sqrt(ground.variance(FAR * scale)), FAR / 5 * scale / ground.pitch)
    worth = np.maximum(smoothstep(SUBJECT / 2, 2.5 * SUBJECT, worth), ground.of(_people))
    worth = ground.spread(worth)
    dark = 1.25 * (around - mass).clip(0) + 0.85 * (1 - mass) ** 1.5 * worth
    dark = dark * (1 - BLANK * ground.spread(ground.face)) * ground.of(_apart)
    clear = np.ones(shape, dtype=np.float32)
    down, right = (WET * scale * clouds(shape, FEATHER * scale, rng) for _ in range(2))
    for least, density in DENSITIES:
        down, right = right, -down  # each runs its own way
        cover = smoothstep(least - SOFT, least + SOFT, displaced(dark, down, right))
        rim = (cover - blurred(cover, RIM * scale)).clip(0)
        clear *= 1 - np.float32(density) * (cover * (1 + POOL * mist).clip(0.3, 1.4) + EDGE * rim)
    return 1 - clear


def _people(ground: Ground) -> Array:
    """People (r, c), and what is close to them, 0 to 1."""
    around = blurred(ground.persons, BESIDE * ground.scale / ground.pitch)
    return smoothstep(*PERSON, around)


def _apart(ground: Ground) -> Array:
    """How much of the ink is laid (h, w): where there are people, the ground around is paper."""
    persons = ground.of(_people)
    return 1 - PALER * smoothstep(0.0, PEOPLE, persons.mean()) * (1 - ground.spread(persons))


def _shown(ground: Ground, mist: Array) -> Array:
    """How far ink has not faded out (h, w): towards the borders, where there are no people."""
    far = ground.inset / np.float32(MARGIN * min(ground.shape))
    shown = smoothstep(-0.2, 1.1, far + np.float32(0.35) * mist)
    people = KEPT + (1 - KEPT) * ground.spread(ground.persons)
    return np.maximum(shown, people)


def _strokes(ground: Ground, grain: Array, mist: Array, rng: np.random.Generator) -> Array:
    """Density of the brush's lines, (h, w): loaded here, pale and dry there; fine on faces."""
    fine, broad = drawing(ground, rng, FINE, BROAD, EASE)
    loaded = smoothstep(-1.2, 0.8, mist)
    broad = broad * smoothstep(*DRY, grain + 2 * loaded)
    line = np.maximum(broad, np.float32(0.75) * fine)
    line = line * (1 - PALE * (1 - loaded)) * ground.of(_apart)
    face, light = ground.spread(ground.face), luma(ground.photo)
    usual = (light * face).sum() / (face.sum() + np.float32(1e-3)) + np.float32(0.05)
    dark = smoothstep(*DRAWN, light / usual)
    line = line * (1 - face * (1 - np.maximum(dark, CONTOUR)))
    line = np.maximum(line, features(ground) * (SHADED + (1 - SHADED) * dark))
    return STROKE * line * (1 - QUIET * mouths(ground))


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
    if ink[rows, left : left + side].mean() > BLANK_SEAL:
        return painted
    marks = rng.random((SEAL_CELLS, SEAL_CELLS)) < 0.5
    marks[1::5], marks[:, 1::5] = True, True
    marks[[0, 5, -1]], marks[:, [0, 5, -1]] = False, False
    cells = np.arange(side) * SEAL_CELLS // side
    shown = smoothstep(-2.0, -0.8, grain[place] - 4 * marks[cells][:, cells])
    painted = painted.copy()
    part = painted[:, place[0], place[1]]
    part += 0.92 * shown * (SEAL[:, None, None] - part)
    return painted
