"""Spray cans on a wall: soft gradients, overspray, bold outlines and drips that run down.

Areas are sprayed in few flat tones with edges as soft as a can's cone, over a rough wall; a thick
black outline keeps them apart, lights are set in white, and where much paint is, it runs.

Sources: flat tones by soft quantisation of luminance, Winnemöller, Olsen and Gooch, "Real-Time
Video Abstraction" (2006); outlines as in Winnemöller, Kyprianidis and Olsen, "XDoG" (2012).
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .field import along, clouds, grain, masses, means, skin, soft, step, tones
from .ground import Amount, Ground, lit, opaque

LEVELS = 4  # of tones
MASS, MASS_CONTRAST = 5.0, 0.09  # radius in pixels and deviation of what is not painted
PHOTO = 0.6  # share of the photo in lightness
CHROMA, VIVID = 1.7, 0.12  # of the picture's chroma, and about what faint chroma becomes
CONE = 5.0  # radius in pixels over which colours run into each other
OUTLINE, OUTLINE_WIDTH, LENGTH = 0.92, 4.0, 5.0  # darkness, width, half length of smoothing
THRESHOLD = 0.012
SPECKLE, REACH = 0.5, 14.0  # of overspray beside outlines: how dense, and how far in pixels
RUNS, RUN, RUN_WIDTH = 34, 0.32, 2.4
"""Drips: how many in a square picture, their length in its height, their width in pixels."""
RUN_SPACE = 0.8  # between the points that drips are made of, in pixels
WET = 6.0  # radius in pixels within which paint gathers
DUST = 0.02  # deviation of the tone where it changes
WALL, WALL_RELIEF = 0.02, 0.035  # deviation of the wall's tone, and its relief
INK = np.array([0.05, 0.04, 0.07], dtype=np.float32)[:, None, None]
SHINE = 0.8  # opacity of white highlights


def paint_spray(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) sprayed on a wall, in [0, 1]; see `brushwork`."""
    scale, shape = ground.scale, ground.shape
    tooth, rough = grain(shape, scale, rng), clouds(shape, 9 * scale, rng)
    light = tones(luma(ground.photo))
    mass = masses(light, MASS * scale, MASS_CONTRAST)
    outline = _outline(light, mass, ground)
    mist = step(soft(outline, REACH * scale) + 0.1 * tooth, 0.42, 0.55)
    ink = np.maximum(outline, SPECKLE * mist)
    colour = _sprayed(picture, mass, tooth, scale)
    shine = step(light - soft(light, 7 * scale), 0.1, 0.2) * step(light, 0.75, 0.9)
    colour = colour + SHINE * shine * (1 - colour)
    sprayed = colour + OUTLINE * ink * (INK - colour)
    painted = _with_runs(sprayed, outline, ground, rng)
    relief = np.float32(WALL_RELIEF) * lit(0.7 * tooth + 3 * rough)
    painted = painted * (1 + WALL * rough) + relief
    result: Array = (picture + opaque(amount) * (painted - picture)).clip(0, 1)
    return result


def _sprayed(picture: Array, mass: Array, tooth: Array, scale: float) -> Array:
    """Its colours, vivid and in few soft tones, (3, h, w)."""
    light = luma(picture)
    tone = light + np.float32(PHOTO) * (mass - light) + np.float32(DUST) * tooth
    level = np.floor(LEVELS * tone)
    tone = (level + step(LEVELS * tone - level, 0.25, 0.75)) / LEVELS
    chroma = soft(picture - light, CONE * scale)
    size = np.sqrt(np.square(chroma).sum(0))
    chroma = chroma * (CHROMA + VIVID / (size + VIVID / 2))
    room = np.minimum(1, 5 * tone) * np.minimum(1, 5 * (1.08 - tone))
    colour: Array = (0.1 + 0.9 * tone + chroma * room).clip(0, 1)
    return colour


def _outline(light: Array, mass: Array, ground: Ground) -> Array:
    """How much of the thick and thin black lines there is, 0 to 1, (h, w)."""
    near = max(1, round(OUTLINE_WIDTH * ground.scale / 3))
    thick, thin = (
        along(means(plane, 3 * radius) - plane, ground, LENGTH * ground.scale)
        for plane, radius in ((means(mass, near), near), (means(light, 1), max(1, near // 2)))
    )
    thick = step(thick, THRESHOLD, 3 * THRESHOLD)
    return np.maximum(thick, 0.9 * step(thin, 1.5 * THRESHOLD, 4 * THRESHOLD))


def _with_runs(sprayed: Array, outline: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """With drips (3, h, w) from where there is most paint."""
    height, width = ground.shape
    count = max(1, round(RUNS * width / max(height, width)))
    y, x = (rng.random((2, 6 * count)) * np.array([[height], [width]])).astype(np.int32)
    paint = means(outline, max(2, round(WET * ground.scale))) * (
        1 - skin(ground.photo, ground.scale)
    )
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
