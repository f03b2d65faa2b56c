"""Graphite on paper: contours of varying pressure, and hatching as dense as the photo is dark.

Source: Lu, Xu and Jia, "Combining Sketch and Tone for Pencil Drawing Production" (2012): strokes of
contours and strokes of tone are drawn apart, and multiplied.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, luma
from .chance import clouds, noise, tooth
from .drawing import detailed, drawn, flow, hatch, paper, tones
from .ground import Ground
from .lines import contours
from .paint import Amount
from .stripes import stripes
from .tones import smoothstep

PAPER, TINT = (0.975, 0.968, 0.945), 0.15  # its colour, and how far it is that of the picture
GRAPHITE = (0.13, 0.13, 0.15)
GRAIN = 1.6  # of the paper, in pixels
ANGLE = 2.3  # of most strokes: those of a right hand
HATCHES = ((True, 0.0, 0.05, 0.85, 0.35), (True, 0.45, 0.35, 1.0, 0.6), (False, -0.6, 0.6, 1.1, 0))
"""Layers: whether they lie as the planes do; turned by; the darkness that they begin at and are
full at; how far they follow forms."""
PLANE, TURNS, TURNED = 16.0, 5, 0.05
"""Deviation in pixels of the window that decides how strokes lie on a plane, how many angles there
are, and how strongly they are those of the hand where there is no form."""
STUMPED = 0.45  # share of the light that smudged graphite takes where it is dark
FACE_HATCH = 0.55  # how plain strokes are in faces, where graphite is smudged
WIDTH, LENGTH = 1.1, 34.0  # of a stroke, in pixels
PERIOD, LEAST_PERIOD = 2.8, 2.2  # of strokes along a form, in pixels
SIMPLE, CONTRAST = 0.7, (0.08, 0.9)
"""How far texture gives way, and the darkness that is white, and black."""
FACE_TONE, FACE_CONTRAST = 0.36, 1.5  # darkness of skin on average, and against its lightness
MARGIN, FADED, CLOUD = 0.025, 0.115, 0.02
"""From the sides to where a drawing begins, and to where it is whole, in shares of the shorter
side, and the deviation of that."""
DENSE = 0.54  # share of the light that a full layer takes
CONTOUR, SOFT_CONTOUR = 0.85, 0.4  # likewise
PRESSURE, SWELL = (
    np.float32(0.25),
    22.0,
)  # deviation of the hand's, and pixels over which it changes


def _finished(ground: Ground, rng: np.random.Generator) -> Array:
    """How far a drawing (h, w) is worked out, 0 to 1: less and less towards the sides."""
    side = min(ground.shape)
    inside = ground.inset / np.float32(side)
    ragged = inside + CLOUD * clouds(ground.shape, 0.25 * side, rng)
    return smoothstep(MARGIN, FADED, ragged) * smoothstep(0, MARGIN, inside)


def _planes(ground: Ground) -> Array:
    """Angles (h, w) of strokes: of a few, that which lies best on each plane."""
    step = np.float32(np.pi / TURNS)
    turns = np.rint((flow(ground, PLANE, ANGLE, TURNED) - ANGLE) / step)
    return ground.repeated(np.float32(ANGLE) + step * turns)


def _dark(ground: Ground) -> Array:
    """How dark each place (h, w) is drawn: texture gives way to masses, faces keep mid-tones."""
    dark = 1 - tones(ground, 2.8, 0.6, 0.6)
    skin = ground.skin
    busy = detailed(ground) * (1 - smoothstep(0.02, 0.2, blurred(skin, 8)))
    simple = guided(dark, luma(ground.spread(ground.masses)), 5 * ground.scale, 0.05)
    dark += SIMPLE * ground.spread(busy) * (simple - dark)
    dark = smoothstep(*CONTRAST, dark)
    face, light = ground.spread(skin), luma(ground.photo)
    mean = float((light * face).sum() / (face.sum() + 1e-6))
    tone = (FACE_TONE - FACE_CONTRAST * (light - mean)).clip(0.03, 1)
    return dark + 0.85 * face * (tone - dark)


def paint_pencil(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a pencil sketch, in [0, 1]; see `brushwork`."""
    scale, shape, photo = ground.scale, ground.shape, luma(ground.photo)
    finished = _finished(ground, rng)
    dark = _dark(ground) * finished
    face = ground.spread(ground.face)
    grain = tooth(shape, GRAIN * scale, rng)
    period = max(LEAST_PERIOD, PERIOD * scale)
    form = stripes(flow(ground, 10, ANGLE, 0.06), ground.pitch, period, shape, rng)
    smudged = blurred(dark, scale) * (0.35 + 0.65 * face)
    light = (1 + 0.012 * grain) * (1 - STUMPED * smudged * (1 + 0.12 * grain))
    plane = _planes(ground)
    for lying, turn, low, high, along in HATCHES:
        angle = (plane if lying else ANGLE) + turn
        strokes = hatch(shape, angle, max(1.0, WIDTH * scale), LENGTH * scale, rng)
        if along:
            strokes += along * (form - strokes)
        share = ((dark - low) / (high - low)).clip(0, 1)
        pressed = smoothstep(-0.45, 0.65, share - strokes + 0.06 * grain)
        light *= 1 - DENSE * (1 - (1 - FACE_HATCH) * face) * pressed * smoothstep(0, 0.15, share)
    pressure = (1 + PRESSURE * noise(shape, SWELL * scale, rng)).clip(0.4) * finished
    line = smoothstep(0.006, 0.05, contours(photo, ground, 0.8, 5) * pressure)
    soft = smoothstep(0.05, 0.16, contours(photo, ground, 2, 8) * finished)
    light *= 1 - CONTOUR * line * (0.85 + 0.15 * grain).clip(0, 1)
    light *= 1 - SOFT_CONTOUR * soft
    return drawn(picture, light, GRAPHITE, paper(picture, PAPER, TINT), amount)
