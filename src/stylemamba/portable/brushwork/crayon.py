"""Wax crayons: fine vivid strokes side by side, in layers, that skip the valleys of the paper.

Source: Rudolf, Mould and Neufeld, "A Wax Crayon Simulation" (2005), whose wax sits on the peaks of
the paper and mixes as filters do; here with the pressure and the relief compared per pixel.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, luma
from ..sampling import blocks
from .chance import tooth
from .drawing import flow, hatch, tones
from .faces import mouths
from .ground import Ground
from .ink import lines
from .paint import Amount, over
from .tones import smoothstep

PAPER = (0.985, 0.975, 0.945)
PHOTO, FLESH = 0.8, 0.97
"""Share of the photo in the colours, and in those of skin: what the networks paint mixes them."""
BLUSH = np.array([0.035, -0.01, -0.03], dtype=np.float32)[:, None, None]  # of wax on skin, besides
MASS = 9.0  # radius of the windows that colours are evened out in, in pixels
CHROMA, HALF = 1.4, 0.42  # of the wax at most, and where half of that is reached
YELLOWER = np.float32(0.3)  # by how much yellow has less: ochre, not acid
LIPS = np.float32(0.8)  # how far colours are not evened out on skin, so that lips are red
PALER = np.float32(0.35)  # by how much skin has less
BLACKER, DARK = np.float32(0.3), (0.12, 0.4)  # what black has of it, and up to where it is dark
GRAIN, LEAST_GRAIN = 1.5, 0.9  # of the paper, in pixels at scale 1, and in pixels at least
REST, TURNED = 2.3, 1.6
"""Angle of strokes where no edges turn them, and by how much more they are turned from dark to
light surfaces, and from blue to red ones."""
TURNS, CROSSED = 6, 0.9  # angles that a hand chooses among, and between strokes of two layers
WIDTH, LENGTHS = 2.4, 16.0  # of a stroke in pixels, and its length in widths
STROKE, TOOTH = np.float32(0.55), np.float32(0.24)
"""How much of the pressure depends on the stroke, and on the tooth of the paper."""
SOFT = 0.2  # pressure either way over which wax comes to cover
FAIRER = np.float32(0.55)  # how much lighter mid-tones of skin are
FIRMER = np.float32(0.1)  # by how much more evenly wax lies on skin
WARMER = np.array([0.03, 0.0, -0.03], dtype=np.float32)[:, None, None]  # of the first layer
YELLOW = (0.1, 0.5)  # red and green over blue from where to where it is
HUE = np.float32(0.14)  # by how much colours of strokes differ
BLANK, TINGED = np.float32(0.8), (0.1, 0.35)
"""How much less wax is on white, and range of channels from where to where that has a colour."""
MARGIN, ENDED = 13.0, np.float32(0.7)  # in pixels, and the pressure that strokes lose in it
OUTLINE = 0.85  # how opaque it is
BLUNT, EASE = (1.0, 2.4), 0.75  # half the widths of fine and broad outlines in pixels; how easily
CLEAR, NEAR = (0.02, 0.045), 2.5
"""Deviation of luma from where to where there is an edge to outline, and not something blurred; and
the radius in pixels that it is taken in."""
QUIET = np.float32(0.6)  # how much fainter outlines are in mouths
COOL = np.array([-0.03, -0.02, 0.08], dtype=np.float32)[:, None, None]  # of shadows


def paint_crayon(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in crayons, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.face)
    grain = tooth(ground.shape, max(LEAST_GRAIN, GRAIN * ground.scale), rng)
    light, plane = tones(ground, 7.0, 0.65, 0.4), _chroma(picture, ground)
    tone: Array = light + FAIRER * face * light * (1 - light)
    strokes = [_strokes(ground, layer, rng) for layer in range(2)]
    ends, firm = _ends(ground), 1 - FIRMER * face
    paint: Array = np.array(PAPER, dtype=np.float32)[:, None, None]
    for number, (pressure, wax) in enumerate(_layers(tone, plane, *strokes)):
        stroke = strokes[number % 2]
        rough = firm * (TOOTH * grain + STROKE * (stroke - 0.5)) + ends * (ENDED + stroke)
        paint = paint + smoothstep(-SOFT, SOFT, pressure - rough) * (wax - paint)
    pencil = smoothstep(-0.1, 0.35, _outlines(ground, rng) - 0.35 - 0.16 * grain)
    paint = paint + OUTLINE * (1 - ends) * pencil * (0.12 + 0.35 * plane - paint)
    return over(picture, paint, amount)


def _layers(
    tone: Array, plane: Array, first: Array, second: Array
) -> Iterator[tuple[Array, Array]]:
    """Pressure (h, w) and colour (3, h, w) of three layers of wax: light, full and dark.

    Args:
        tone: Of the drawing, (h, w).
        plane: Its chroma, (3, h, w).
        first, second: Strokes that colours differ by, (h, w).
    """
    # White is paper; so is what is lit, but where it is of some colour.
    blank = BLANK * smoothstep(0.75, 0.97, tone) * (1 - smoothstep(*TINGED, np.ptp(plane, 0)))
    yield 0.42 - blank, _wax(0.56 + 0.4 * tone, plane + WARMER)
    hues = HUE * np.stack([first - 0.5, 0.5 - second, second - first])
    yield 0.5 - 0.62 * tone - blank, _wax(0.36 + 0.5 * tone, np.float32(1.15) * plane + hues)
    yield 0.38 - 1.2 * tone, _wax(0.1 + 0.45 * tone, plane + COOL)


def _strokes(ground: Ground, layer: int, rng: np.random.Generator) -> Array:
    """Pressure of a layer of strokes (h, w), 0 to 1: fine, side by side, in few directions."""
    angle = ground.of(_along) + CROSSED * layer
    angle = (np.floor(angle * (TURNS / np.pi)) + 0.5) * (np.pi / TURNS)
    angle = ground.repeated(angle.astype(np.float32))
    width = max(1.0, WIDTH * ground.scale)
    return hatch(ground.shape, angle, width, LENGTHS * width, rng)


def _outlines(ground: Ground, rng: np.random.Generator) -> Array:
    """What is drawn (h, w), 0 to 1, with a blunt crayon; mouths with a lighter hand."""
    clear = smoothstep(*CLEAR, ground.spread(np.sqrt(ground.variance(NEAR * ground.scale))))
    return lines(ground, rng, *BLUNT, EASE) * clear * (1 - QUIET * mouths(ground))


def _ends(ground: Ground) -> Array:
    """Where strokes end near the borders of the sheet (h, w), 0 to 1."""
    return smoothstep(MARGIN * ground.scale, 0.0, ground.inset)


def _along(ground: Ground) -> Array:
    """The angle (r, c) of strokes: along a form, and on surfaces by lightness and hue."""
    colour = blurred(ground.masses, 4)
    rest = REST + TURNED * (luma(colour) - 0.5 + colour[0] - colour[2])
    return flow(ground, 11.5, rest, 0.02)


def _chroma(picture: Array, ground: Ground) -> Array:
    """What the masses' colours (3, h, w) have beside their luma, as vivid as wax."""
    photo, painted = (blocks(maps, ground.pitch) for maps in (ground.photo, picture))
    photo = ground.masses + ground.face * (photo - ground.masses)
    skin = ground.face
    mixed = painted + (PHOTO + (FLESH - PHOTO) * skin) * (photo - painted) + BLUSH * skin
    colour = guided(mixed, luma(ground.masses), MASS * ground.scale / ground.pitch, 0.05)
    colour += LIPS * skin * (mixed - colour)
    plane = colour - luma(colour)
    plane *= CHROMA / (np.sqrt((plane * plane).sum(0)) + HALF)
    plane *= 1 - YELLOWER * smoothstep(*YELLOW, np.minimum(plane[0], plane[1]) - plane[2])
    dark = smoothstep(*DARK, luma(ground.masses))
    plane *= (1 - PALER * skin) * (BLACKER + (1 - BLACKER) * dark)
    return ground.spread(plane)


def _wax(level: Array, plane: Array) -> Array:
    """Colours (3, h, w) of a luma, but less where they could not be as vivid: no red is pink."""
    level = level - 0.55 * (level + plane.max(0) - 1).clip(0)
    result: Array = (level + plane).clip(0, 1)
    return result
