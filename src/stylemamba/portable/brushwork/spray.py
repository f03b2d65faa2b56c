"""Spray cans on a wall: soft gradients, overspray, bold outlines and drips that run down.

Areas are sprayed in few flat tones with edges as soft as a can's cone, over a rough wall; a thick
black outline keeps them apart, lights are set in white, and where much paint is, it runs.

Sources: flat tones by soft quantisation of luminance, Winnemöller, Olsen and Gooch, "Real-Time
Video Abstraction" (2006); outlines as in Winnemöller, Kyprianidis and Olsen, "XDoG" (2012).
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from .chance import clouds, tooth
from .faces import features, whole
from .flat import CRISP, areas, covers, opponent
from .ground import Ground
from .lines import contours
from .paint import Amount, lit, over
from .screen import colours, even, rounded, with_face
from .tones import smoothstep, stretched

PALETTES = np.array(
    [
        ["2b1d66", "c2187a", "f26a1b", "1fb5c9", "ffd23a", "d8d4cb"],
        ["14305e", "7a2aa8", "ef2f6c", "22b38a", "ffc02e", "d8d4cb"],
        ["3a1450", "0f6fb8", "e8432e", "f79a1e", "8fd14f", "d8d4cb"],
    ]
)
"""Colours of cans in hexadecimal sRGB, for dark areas first; the last is the wall."""
FACE, SKIN = (1, 4), np.array(["e0713f", "ffc795"])
"""The cans of skin in shade and in light, and the colours that they then have."""
BRICK, JOINT = (13.0, 34.0), 1.0  # height and width of a brick, and of a joint, in pixels
CONCRETE = np.array([0.80, 0.78, 0.745], dtype=np.float32)[:, None, None]
BRICKS, MORTAR = np.float32(0.035), np.float32(0.16)
"""Deviation of the bricks' tones, and how much darker joints are."""
CONE = 1.3  # deviation in pixels over which colours run into each other
OUTLINE, OUTLINE_WIDTH, LENGTH = 0.95, 3.6, 10.0  # darkness, width, length of smoothing
THRESHOLD = 0.008  # of the difference of Gaussians that is an outline
SPECKLE, REACH = 0.5, 5.7  # of overspray beside outlines: how dense, and deviation in pixels
RUNS, RUN, RUN_WIDTH = 24, 0.42, 2.4
"""Drips: how many in a square picture, their length in its height, their width in pixels."""
RUN_SPACE = 0.8  # between the points that drips are made of, in pixels
WET = 3.7  # deviation in pixels of the window in which paint gathers
DUST = 0.25  # how uneven paint is where one colour meets the next
GRAIN = 5.0  # size of the wall's, in pixels
WALL, WALL_RELIEF = 0.02, 0.035  # deviation of the wall's tone, and its relief
INK = np.array([0.05, 0.04, 0.07], dtype=np.float32)[:, None, None]
SHINE = 0.8  # opacity of white highlights


def paint_spray(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) sprayed on a wall, in [0, 1]; see `brushwork`."""
    scale, shape = ground.scale, ground.shape
    grain, rough = tooth(shape, GRAIN * scale, rng), clouds(shape, 9 * scale, rng)
    light = stretched(luma(ground.photo))
    mass = luma(ground.spread(ground.masses))
    outline = _outline(light, mass, ground)
    mist = smoothstep(0.42, 0.55, blurred(outline, REACH * scale) + 0.1 * grain)
    ink = np.maximum(np.maximum(outline, features(ground)), SPECKLE * mist)
    colour = _sprayed(ground, grain, rng)
    shine = smoothstep(0.1, 0.2, light - blurred(light, 3.4 * scale)) * smoothstep(0.75, 0.9, light)
    colour = colour + SHINE * shine * (1 - colour)
    sprayed = colour + OUTLINE * ink * (INK - colour)
    painted = _with_runs(sprayed, outline, ground, rng)
    relief = np.float32(WALL_RELIEF) * lit(0.7 * grain + 3 * rough)
    painted = painted * (1 + WALL * rough) + relief
    return over(picture, painted, amount)


def _sprayed(ground: Ground, grain: Array, rng: np.random.Generator) -> Array:
    """Areas (3, h, w) of few colours, soft at their borders, on the bare wall."""
    palette = rng.integers(len(PALETTES))
    cans = colours(PALETTES[palette])[..., 0, 0]
    area = rounded(areas(ground, even(opponent(ground.masses)), len(cans), CRISP))
    area = with_face(area, ground, FACE)
    skin = colours(SKIN)[..., 0, 0]
    face = ground.spread(ground.of(whole))
    cover = covers(area, ground)
    cover = np.stack([blurred(part, CONE * ground.scale) for part in cover])
    dusty = (cover * (1 + DUST * grain)) ** 2
    dusty /= dusty.sum(0) + np.float32(1e-6)
    colour = np.tensordot(cans, dusty, ((0,), (0,)))
    tone = dusty[FACE[0]] / (dusty[FACE[0]] + dusty[FACE[1]] + np.float32(1e-6))
    flesh = skin[1][:, None, None] + tone * (skin[0] - skin[1])[:, None, None]
    colour += face * (flesh - colour)
    bare = dusty[-1] * (1 - face)
    result: Array = colour + bare * (_wall(ground, rng) - colour)
    return result


def _wall(ground: Ground, rng: np.random.Generator) -> Array:
    """Bricks (3, h, w), painted over in pale grey, with joints between them."""
    high, wide = (max(4.0, length * ground.scale) for length in BRICK)
    y, x = np.indices(ground.shape, dtype=np.float32, sparse=True)
    row = np.floor(y / high)
    along = x / wide + 0.5 * (row % 2)
    joint = np.minimum((y / high - row) * high, (along - np.floor(along)) * wide)
    mortar = smoothstep(JOINT * ground.scale + 1, JOINT * ground.scale, joint)
    number = (row * 131 + np.floor(along)).astype(int) % 509
    shade = (rng.standard_normal(509, dtype=np.float32) * BRICKS)[number]
    return CONCRETE * (1 + shade - MORTAR * mortar)


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
    paint = blurred(outline, WET * ground.scale) * (1 - ground.spread(ground.skin))
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
