"""Chalk: light lines on a dark ground of the picture's colour, as of a blueprint or a blackboard.

Closed lines run around the fields of the photo, those of `lines` lie within, all of nearly one
width, on squared paper that is hardly seen. Fields keep a little of their tone.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from ..sampling import means
from .faces import features, filled
from .ground import Ground
from .lines import outlines, relative
from .paint import Amount, over
from .plates import fields
from .tones import smoothstep, stretched

WIDTH, LENGTH, DRAWN = 0.9, 6.9, (0.028, 0.075)
"""Of lines within fields: width and least length in pixels at scale 1, and how much darker than its
surroundings, in deviations of these, is drawn partly and wholly."""
THIN = np.float32(0.95)  # how plain they are
SHAPE, SHAPED = 0.5, (0.1, 0.22)
"""Half the width of the closed lines around fields, in pixels, and the change of colour that has
them partly and wholly."""
NEAR = 1.6  # deviation in pixels of the window around a closed line in which there is no other
CROWD, CROWDED = 7.0, (0.4, 0.75)
"""Deviation in pixels of a window, and the share of lines in it from where to where they are too
many: leaves are hinted at."""
FEATURE, WITHIN, INSIDE = np.float32(0.5), 4.0, (0.75, 0.95)
"""How plain eyes, brows and mouths are, and the share of face in a window of that deviation in
pixels from where to where what is dark is not hair."""
HATCH_PITCH, HATCH, SHADE = 6.0, np.float32(0.2), 0.3
"""Pixels between fine lines of shade, how plain they are, and the tone below which they are."""
MARGIN, TICK, MEASURE = 0.035, 7.0, np.float32(0.5)
"""Of the frame in shares of the shorter side; pixels of a tick; and how plain they are."""
DEPTH = np.float32(0.24)  # lightness of the ground
RICH = np.float32(1.25)  # gain in its chroma
TONE = np.float32(0.6)  # how much of the tones of the photo's fields the ground keeps
LIGHTNESS, TINT = (
    np.float32(0.95),
    np.float32(0.15),
)  # of the lines, and share of the ground in them
COST = 2.6  # up to which fields are joined
GRAIN = np.float32(0.08)  # deviation of the lines' lightness
SQUARE, RULE, FAINT = 24.0, 0.8, np.float32(0.05)
"""Side of the paper's squares and half the width of its lines, in pixels at scale 1, and how much
lighter these are."""


def paint_chalk(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in light lines on a dark ground, in [0, 1]; see `brushwork`."""
    colour = _board(picture)[:, None, None]
    number = fields(ground, rng, COST)
    tone = means(stretched(luma(ground.photo))[None], number, int(number.max()) + 1)[0][number]
    tint = blurred(tone - tone.mean(), 0.7 * ground.scale)
    sheet = colour * (1 + TONE * tint) + FAINT * _squares(ground, rng)
    line = _lines(number, ground)
    line = np.maximum(line, np.maximum(_hatching(tone, ground), _measures(ground, rng)))
    line *= 1 - GRAIN * np.abs(rng.standard_normal(ground.shape, dtype=np.float32))
    chalk = LIGHTNESS + TINT * (colour - colour.mean())
    sheet += line * (chalk - sheet)
    return over(picture, sheet, amount)


def _board(picture: Array) -> Array:
    """The ground's colour (3,): the picture's mean, dark."""
    mean = picture.mean((1, 2))
    board: Array = (DEPTH + RICH * (mean - luma(mean))).clip(0.02, 1)
    return board


def _lines(number: Array, ground: Ground) -> Array:
    """All that is drawn (h, w), 0 to 1: lines around fields, what lies in them, and faces."""
    fine = THIN * smoothstep(*DRAWN, relative(ground, WIDTH, LENGTH))
    flat = means(ground.photo, number, int(number.max()) + 1)[:, number]
    shape = outlines(flat, SHAPE * ground.scale, SHAPED)
    # One line is enough: the closed one, where there is one.
    near = smoothstep(0.05, 0.25, blurred(shape, NEAR * ground.scale))
    line = np.maximum(shape, fine * (1 - near))
    face = ground.spread(ground.face)
    crowd = blurred(line, CROWD * ground.scale)
    line *= 1 - np.float32(0.4) * smoothstep(*CROWDED, crowd) * (1 - face)
    inside = blurred(filled(ground), WITHIN * ground.scale / ground.pitch)
    inside = ground.spread(smoothstep(*INSIDE, inside))
    return np.maximum(line, FEATURE * inside * features(ground))


def _hatching(tone: Array, ground: Ground) -> Array:
    """Fine slanting lines (h, w) where fields are dark, 0 to 1."""
    pitch = max(4.0, HATCH_PITCH * ground.scale)
    y, x = np.indices(ground.shape, dtype=np.float32, sparse=True)
    far = np.abs((y + x) % pitch - pitch / 2)
    strokes = (0.5 + 0.1 * pitch - far).clip(0, 1)
    shade = smoothstep(SHADE + 0.02, SHADE - 0.02, tone) * (1 - ground.spread(ground.face))
    return HATCH * strokes * blurred(shade, ground.scale)


def _measures(ground: Ground, rng: np.random.Generator) -> Array:
    """A frame (h, w) with the ticks of a dimension line, 0 to 1."""
    lines = np.zeros(ground.shape, dtype=np.float32)
    margin = round(MARGIN * min(ground.shape))
    wide, tick = max(1, round(0.8 * ground.scale)), max(1, round(TICK * ground.scale))
    if margin <= tick:
        return lines
    for side in (lines, lines.T):
        for edge in (slice(margin, margin + wide), slice(-margin - wide, -margin)):
            side[edge, margin:-margin] = MEASURE
        length = side.shape[1] - 2 * margin
        for place in (0.0, 1.0, *np.sort(rng.uniform(0.15, 0.85, 3))):
            at = margin + int(place * (length - wide))
            side[-margin - tick : -margin + tick // 2, at : at + wide] = MEASURE
    return lines


def _squares(ground: Ground, rng: np.random.Generator) -> Array:
    """The lines (h, w) of squared paper, 0 to 1."""
    side, half = SQUARE * ground.scale, max(0.5, RULE * ground.scale)
    down, right = (
        (half + 0.5 - np.abs((np.arange(length) + rng.random() * side) % side - side / 2))
        .clip(0, 1)
        .astype(np.float32)
        for length in ground.shape
    )
    return np.maximum(down[:, None], right)
