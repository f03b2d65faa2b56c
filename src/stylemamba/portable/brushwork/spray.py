"""Spray cans on a wall: soft gradients, overspray, bold outlines and drips that run down.

Areas are sprayed in few flat tones with edges as soft as a can's cone, over a rough wall; a thick
black outline keeps them apart, lights are set in white, and where much paint is, it runs.

Sources: flat tones by soft quantisation of luminance, Winnemöller, Olsen and Gooch, "Real-Time
Video Abstraction" (2006); outlines as in Winnemöller, Kyprianidis and Olsen, "XDoG" (2012).
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .chance import clouds, tooth
from .filters import blurred, guided
from .ground import Ground
from .lines import contours
from .paint import Amount, lit, over
from .scene import bodies
from .tones import smoothstep, stepped, stretched

LEVELS = 4  # of tones
MASS, MASS_CONTRAST = 5.0, 0.09  # radius in pixels and deviation of what is not painted
PHOTO = 0.6  # share of the photo in lightness
CHROMA, VIVID = 1.7, 0.12  # of the picture's chroma, and about what faint chroma becomes
CONE = 2.6  # deviation in pixels over which colours run into each other
OUTLINE, OUTLINE_WIDTH, LENGTH = 0.92, 4.0, 10.0  # darkness, width, length of smoothing
THRESHOLD = 0.008  # of the difference of Gaussians that is an outline
SPECKLE, REACH = 0.5, 5.7  # of overspray beside outlines: how dense, and deviation in pixels
RUNS, RUN, RUN_WIDTH = 34, 0.32, 2.4
"""Drips: how many in a square picture, their length in its height, their width in pixels."""
RUN_SPACE = 0.8  # between the points that drips are made of, in pixels
WET = 3.7  # deviation in pixels of the window in which paint gathers
DUST = 0.02  # deviation of the tone where it changes
GRAIN = 5.0  # size of the wall's, in pixels
WALL, WALL_RELIEF = 0.02, 0.035  # deviation of the wall's tone, and its relief
INK = np.array([0.05, 0.04, 0.07], dtype=np.float32)[:, None, None]
SHINE = 0.8  # opacity of white highlights


def paint_spray(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) sprayed on a wall, in [0, 1]; see `brushwork`."""
    scale, shape = ground.scale, ground.shape
    grain, rough = tooth(shape, GRAIN * scale, rng), clouds(shape, 9 * scale, rng)
    light = stretched(luma(ground.photo))
    mass = guided(light, light, MASS * scale, MASS_CONTRAST)
    outline = _outline(light, mass, ground)
    mist = smoothstep(0.42, 0.55, blurred(outline, REACH * scale) + 0.1 * grain)
    ink = np.maximum(outline, SPECKLE * mist)
    colour = _sprayed(picture, mass, grain, scale)
    shine = smoothstep(0.1, 0.2, light - blurred(light, 3.4 * scale)) * smoothstep(0.75, 0.9, light)
    colour = colour + SHINE * shine * (1 - colour)
    sprayed = colour + OUTLINE * ink * (INK - colour)
    painted = _with_runs(sprayed, outline, ground, rng)
    relief = np.float32(WALL_RELIEF) * lit(0.7 * grain + 3 * rough)
    painted = painted * (1 + WALL * rough) + relief
    return over(picture, painted, amount)


def _sprayed(picture: Array, mass: Array, grain: Array, scale: float) -> Array:
    """Its colours, vivid and in few soft tones, (3, h, w)."""
    light = luma(picture)
    tone = light + np.float32(PHOTO) * (mass - light) + np.float32(DUST) * grain
    tone = stepped(tone, LEVELS, 0.5)
    chroma = blurred(picture - light, CONE * scale)
    size = np.sqrt(np.square(chroma).sum(0))
    chroma = chroma * (CHROMA + VIVID / (size + VIVID / 2))
    room = np.minimum(1, 5 * tone) * np.minimum(1, 5 * (1.08 - tone))
    colour: Array = (0.1 + 0.9 * tone + chroma * room).clip(0, 1)
    return colour


def _outline(light: Array, mass: Array, ground: Ground) -> Array:
    """How much of the thick and thin black lines there is, 0 to 1, (h, w)."""
    thick = contours(mass, ground, OUTLINE_WIDTH, LENGTH)
    thin = contours(light, ground, OUTLINE_WIDTH, LENGTH)
    thick = smoothstep(THRESHOLD, 3 * THRESHOLD, thick)
    return np.maximum(thick, 0.9 * smoothstep(1.5 * THRESHOLD, 4 * THRESHOLD, thin))


def _with_runs(sprayed: Array, outline: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """With drips (3, h, w) from where there is most paint."""
    height, width = ground.shape
    count = max(1, round(RUNS * width / max(height, width)))
    y, x = (rng.random((2, 6 * count)) * np.array([[height], [width]])).astype(np.int32)
    paint = blurred(outline, WET * ground.scale) * (1 - bodies(ground))
    wet = np.argsort(-paint[y, x], kind="stable")[:count]
    y, x = y[wet, None, None], x[wet, None, None]
    thick = RUN_WIDTH * ground.scale * rng.uniform(0.6, 1.3, (count, 1, 1))
    length = (RUN * height * rng.beta(1.2, 3, (count, 1, 1))).clip(3 * thick)
    down = np.arange(0, float(length.max()) + 1, RUN_SPACE, dtype=np.float32)[:, None]
    part = down / length
    bulb = np.exp(-np.square((down - length + thick) / thick))
    half = thick * (0.4 + 0.5 * (1 - part).clip(0) ** 2 + 0.35 * bulb)
    half = half * np.sqrt(((length - down) / thick).clip(0, 1))
    across = np.linspace(-1, 1, max(3, round(2.5 * float(thick.max()) / RUN_SPACE)))
    row, column = (y + down + 0 * across).astype(np.int32), (x + half * across).astype(np.int32)
    there = (part < 1) & (row < height) & (column >= 0) & (column < width)
    place = (row * width + column)[there]
    source = np.broadcast_to(y * width + x, there.shape)[there]
    painted = sprayed.reshape(3, -1).copy()
    painted[:, place] = np.take(sprayed.reshape(3, -1), source, axis=1)
    return painted.reshape(sprayed.shape)
