"""Wax crayons: vivid strokes that skip the valleys of the paper, darker ones over them, an outline.

Source: Rudolf, Mould and Neufeld, "A Wax Crayon Simulation" (2005), whose wax sits on the peaks of
the paper and mixes as filters do; here with the pressure and the relief compared per pixel.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, luma
from ..sampling import blocks
from .chance import clouds, tooth
from .drawing import detailed, flow, hatch, tones
from .ground import Ground
from .lines import contours
from .paint import Amount, over
from .stripes import stripes
from .tones import smoothstep

PAPER = (0.985, 0.975, 0.945)
PHOTO, FLESH = 0.6, 0.95
"""Share of the photo in the colours, and in those of skin: what the networks paint mixes them."""
BLUSH = np.array([0.035, -0.01, -0.03], dtype=np.float32)[:, None, None]  # of wax on skin, besides
MASS = 8.0  # radius of the windows that colours are evened out in, in pixels
CHROMA, HALF = 1.3, 0.3  # of the wax at most, and where half of that is reached
PALER = np.float32(0.33)  # by how much skin has less
BLACKER, DARK = np.float32(0.3), (0.12, 0.4)  # what black has of it, and up to where it is dark
SHADE, HUE = 0.3, 0.035  # how strokes differ in chroma and in hue
GRAIN, CLUMPS = 2.3, 8.2  # of the paper, and of what wax leaves out, in pixels
ANGLE, CROSSED = 2.3, 0.5  # of the strokes, and by which those of the shadows are turned
UNEVEN, CLOUD = np.float32(0.6), 45.0  # how unevenly wax leaves paper out, over how many pixels
CLOSED = np.float32(0.7)  # by how much wax leaves out less on skin
TURNED = 1.2  # by how much strokes turn from dark to light surfaces, and from blue to red ones
WIDTH, LENGTH = 5.0, 55.0  # of a stroke, in pixels
PERIOD, LEAST_PERIOD = 8.0, 2.6  # of strokes along a form, in pixels
FINER = 0.45  # by how much it is less where the photo has detail
BLANK, TINGED = np.float32(0.8), (0.1, 0.35)
"""How much less wax is on white, and range of channels from where to where that has a colour."""
SHADOW, OUTLINE = 0.8, 0.85  # how opaque they are


def paint_crayon(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in crayons, in [0, 1]; see `brushwork`."""
    scale, shape, photo = ground.scale, ground.shape, luma(ground.photo)
    width, length = max(1.0, WIDTH * scale), LENGTH * scale
    tone = tones(ground, 3.5, 0.5, 0.6)
    grain = 0.7 * tooth(shape, max(1.0, GRAIN * scale), rng)
    uneven = (1 + UNEVEN * clouds(shape, CLOUD * scale, rng)).clip(0.1, 2)
    gaps = uneven * (1 - CLOSED * ground.spread(ground.skin))
    grain += 0.8 * gaps * tooth(shape, max(1.0, CLUMPS * scale), rng)
    plane = _chroma(picture, ground)
    red, blue = (hatch(shape, ANGLE, width, length, rng) - 0.5 for _ in range(2))
    varied = np.stack([red, -red - blue, blue])
    plane = plane * (1 + SHADE * red) + HUE * (varied - luma(varied))

    period = max(LEAST_PERIOD, PERIOD * scale) * (1 - FINER * detailed(ground))
    form = stripes(flow(ground, 11.5, _rest(ground), 0.02), ground.pitch, period, shape, rng)
    strokes = hatch(shape, ANGLE, width, length, rng)
    form, strokes = (0.5 + gaps * (part - 0.5) for part in (form, strokes))
    pressure = 0.56 + 0.35 * (1 - tone) - 0.3 * form - 0.3 * strokes
    # White is paper; so is what is lit, but where it is of some colour.
    pressure -= BLANK * smoothstep(0.75, 0.97, tone) * (1 - smoothstep(*TINGED, np.ptp(plane, 0)))
    wax = _wax(0.62 + 0.33 * tone, plane)
    sheet = np.array(PAPER, dtype=np.float32)[:, None, None]
    paint = sheet * (1 - smoothstep(-0.45, 0.35, pressure - 0.2 * grain) * (1 - wax))

    strokes = hatch(shape, ANGLE + CROSSED, width, length, rng)
    pressure = 0.86 - 1.3 * tone - 0.35 * form - 0.45 * strokes
    shadow = smoothstep(-0.25, 0.3, pressure - 0.15 * grain)
    paint += SHADOW * shadow * (_wax(0.24 + 0.3 * tone, plane) - paint)

    pressure = 0.5 + hatch(shape, ANGLE, max(1.0, 12 * scale), 50 * scale, rng)
    edge = np.maximum(
        contours(photo, ground, 1.9, 10) * pressure, 2 * contours(photo, ground, 0.8, 6)
    )
    edge *= 1 + 0.45 * grain
    paint += OUTLINE * smoothstep(0.014, 0.05, edge) * (0.14 + 0.3 * plane - paint)
    return over(picture, paint, amount)


def _rest(ground: Ground) -> Array:
    """The angle (r, c) of strokes on a surface: of each lightness and colour its own."""
    colour = blurred(ground.masses, 4)
    return ANGLE + TURNED * (luma(colour) - 0.5) + TURNED * (colour[0] - colour[2])


def _chroma(picture: Array, ground: Ground) -> Array:
    """What the masses' colours (3, h, w) have beside their luma, as vivid as wax."""
    photo, painted = (blocks(maps, ground.pitch) for maps in (ground.photo, picture))
    skin = ground.face
    mixed = painted + (PHOTO + (FLESH - PHOTO) * skin) * (photo - painted) + BLUSH * skin
    colour = guided(mixed, luma(photo), MASS * ground.scale / ground.pitch, 0.05)
    plane = colour - luma(colour)
    plane *= CHROMA / (np.sqrt((plane * plane).sum(0)) + HALF)
    dark = smoothstep(*DARK, luma(ground.masses))
    plane *= (1 - PALER * skin) * (BLACKER + (1 - BLACKER) * dark)
    return ground.spread(plane)


def _wax(level: Array, plane: Array) -> Array:
    """Colours (3, h, w) of a luma, but less where they could not be as vivid: no red is pink."""
    level = level - 0.55 * (level + plane.max(0) - 1).clip(0)
    result: Array = (level + plane).clip(0, 1)
    return result
