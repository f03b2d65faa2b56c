"""Spray cans on a wall: soft gradients, overspray, bold outlines and drips that run down.

Fields of the photo are sprayed in the colours of few cans, each fading into the next, with edges as
soft as a can's cone; what is pale is the bare wall. A thick black outline keeps them apart, a white
one sets people off, lights are set in white, and where much paint is, it runs.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred
from ..geometry import Array, luma, steepness
from ..sampling import means
from .chance import clouds, tooth
from .faces import features, filled, lips, mouths, whites
from .ground import Ground
from .lines import bold
from .paint import Amount, lit, over
from .plates import fields, fleshy, key, local
from .study import lit_skin
from .tones import smoothstep, stretched

CANS = np.array(
    [[0.93, 0.16, 0.22], [0.98, 0.49, 0.10], [1.0, 0.83, 0.16], [0.47, 0.79, 0.22]]
    + [[0.05, 0.68, 0.66], [0.10, 0.53, 0.90], [0.50, 0.22, 0.76], [0.93, 0.17, 0.56]],
    dtype=np.float32,
)
"""Colours of cans in sRGB."""
GREYS = np.array(
    ((0.10, 0.11, 0.30), (0.33, 0.20, 0.62), (0.16, 0.58, 0.74), (0.60, 0.83, 0.82)),
    dtype=np.float32,
)
"""What greys are sprayed in, from dark to light."""
GREY, COLOURFUL = 0.012, 0.05  # chroma in Oklab of what is grey and of what is not
NEAREST = np.float32(14.0)  # how clearly the can that is nearest in hue is preferred
LIGHTER = np.float32(0.45)  # share of a field's own lightness in that of its can
BARE, PALE = (0.84, 0.93), (0.085, 0.05)
"""Lightness from where to where the wall is bare, and chroma up to which it is."""
FADE, TURN, STEEP, ACROSS = np.float32(0.05), np.float32(0.55), np.float32(0.04), 12.0
"""By how much cans fade at most, in lightness, and by what angle in hue; over which difference in
lightness they do, and deviation in pixels of the window that it is taken in."""
WORN = np.float32(0.8)  # by how much less hues turn in what people wear
DIM, GLARE = (0.5, 0.62), (1.25, 1.12)
"""Lightness of shaded and lit parts of faces to that of skin, from where to where they are skin."""
RED, LEAST_RED = (0.25, 0.55), 0.01
"""Redness to that of skin likewise, and the least of skin, in Oklab."""
FLESHY, MODELLED = (0.45, 0.65), (0.32, 0.58)
"""Share of skin from where to where it is sprayed, and its lightness from shade to light."""
NEAR, NEAR_GAIN = 1.5, np.float32(1.5)
"""Deviation in pixels of a window around features, and gain of them in it, where the key counts."""
QUIET = np.float32(0.3)  # how much fainter lines are in mouths
SHADE, SHADY = np.float32(0.12), (-0.05, -0.08)
"""By how much shades are darker, and lightness to that of their field from where to where they are.
"""
SKIN, SHADED = (1.0, 0.78, 0.58), (0.90, 0.45, 0.28)  # in light and in shade
LIP = np.array([0.86, 0.14, 0.22], dtype=np.float32)[:, None, None]
BRICK, JOINT = (13.0, 34.0), 1.0  # height and width of a brick, and of a joint, in pixels
CONCRETE = np.array([0.82, 0.80, 0.765], dtype=np.float32)[:, None, None]
BRICKS, MORTAR, THROUGH = np.float32(0.035), np.float32(0.16), np.float32(0.35)
"""Deviation of the bricks' tones, how much darker joints are, and how far that shows in paint."""
CONE = 1.5  # deviation in pixels over which colours run into each other
WEIGHT, BROAD, EASE = 1.1, 2.4, 0.9
"""Of the outline: weight of fine lines, half the width of broad ones, and how easily they come."""
SHARP_NEAR, SHARP = 4.0, (0.015, 0.035)
"""Deviation in pixels of a window, and mean change of luma in 2 pixels in it from where to where
there are broad lines: what is out of focus has none."""
STROKE, WRITTEN, PAPER = 6.0, (0.27, 0.42), (0.45, 0.58)
"""Deviation in pixels of the window around letters, share by which they are darker than it, and
luma of it, from where to where there are some."""
SOFT, OUTLINE = 0.5, 0.97  # deviation of its softness in pixels, and its darkness
HALO, AURA = (3.4, 0.92), (0.08, 0.3)
"""Deviation in pixels by which people are enlarged for a white outline, its opacity, and the share
of people from where to where it begins."""
SPECKLE, REACH = 0.35, 5.7  # of overspray beside outlines: how dense, and deviation in pixels
RUNS, RUN, RUN_WIDTH = 11, 0.3, 1.9
"""Drips: how many in a square picture, their length in its height, their width in pixels."""
RUN_SPACE = 0.8  # between the points that drips are made of, in pixels
WET = 3.7  # deviation in pixels of the window in which paint gathers
GRAIN = 5.0  # size of the wall's, in pixels
WALL, WALL_RELIEF = 0.02, 0.025  # deviation of the wall's tone, and its relief
INK = np.array([0.05, 0.04, 0.07], dtype=np.float32)[:, None, None]
SHINE = 0.6  # opacity of white highlights


def paint_spray(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) sprayed on a wall, in [0, 1]; see `brushwork`."""
    scale, shape = ground.scale, ground.shape
    grain, rough = tooth(shape, GRAIN * scale, rng), clouds(shape, 9 * scale, rng)
    flesh = _flesh(ground)
    colour = _sprayed(picture, ground, flesh, rng)
    light = stretched(luma(ground.photo))
    shine = smoothstep(0.1, 0.2, light - blurred(light, 3.4 * scale)) * smoothstep(0.75, 0.9, light)
    halo = HALO[1] * _halo(ground)
    colour = colour + np.maximum(SHINE * shine, halo) * (1 - colour)
    colour += lips(ground) * (LIP - colour)
    colour += whites(ground) * (1 - colour)
    line = blurred(_outline(ground, flesh, rng), SOFT * scale)
    mist = smoothstep(0.4, 0.55, blurred(line, REACH * scale) + 0.1 * grain)
    ink = np.maximum(line, SPECKLE * mist * (1 - ground.spread(ground.persons)))
    sprayed = colour + OUTLINE * ink * (INK - colour)
    painted = _with_runs(sprayed, line, ground, rng)
    relief = np.float32(WALL_RELIEF) * lit(0.7 * grain + 3 * rough)
    painted = painted * (1 + WALL * rough) + relief
    return over(picture, painted, amount)


def _flesh(ground: Ground) -> Array:
    """How much there is skin (r, c), 0 to 1, on the ground's grid: faces with shaded parts."""
    if not ground.skin.any():
        return ground.skin
    lab = to_oklab(ground.masses)
    light, red, _ = (lab * ground.skin).sum((1, 2)) / ground.skin.sum()
    lighter = lab[0] / light
    # Hats and fair hair are less red than skin in any light, dark hair is darker.
    redder = lab[1] / (lighter * max(red, LEAST_RED))
    tone = smoothstep(*DIM, lighter) * smoothstep(*GLARE, lighter)
    shaded = ground.heads * ground.persons * smoothstep(*RED, redder) * tone
    soft = blurred(np.maximum(filled(ground), shaded), CONE * ground.scale / ground.pitch)
    return smoothstep(*FLESHY, soft)


def _outline(ground: Ground, flesh: Array, rng: np.random.Generator) -> Array:
    """Black lines (h, w), 0 to 1: bold ones, but in faces no more than their features."""
    edge = blurred(steepness(ground.moments[:1]), SHARP_NEAR * ground.scale / ground.pitch)
    broad = bold(ground, rng, BROAD, EASE) * ground.spread(smoothstep(*SHARP, edge))
    fine = key(ground, WEIGHT)
    line: Array = np.maximum.reduce([fine, broad, _writing(ground)])
    if not flesh.any():
        return line
    face = ground.spread(flesh * ground.heads)
    feature = features(ground) * (1 - QUIET * mouths(ground))
    # The key is broader than features, but has cheeks in it, too.
    near = (NEAR_GAIN * blurred(feature, NEAR * ground.scale)).clip(0, 1)
    line += face * (np.maximum(feature, near * fine) - line)
    return line


def _writing(ground: Ground) -> Array:
    """Strokes of letters (h, w), 0 to 1: what is much darker than light ground around it."""
    light = luma(ground.photo)
    around = blurred(light, STROKE * ground.scale)
    darker = smoothstep(*WRITTEN, (around - light) / (around + np.float32(0.05)))
    return darker * smoothstep(*PAPER, around)


def _sprayed(picture: Array, ground: Ground, flesh: Array, rng: np.random.Generator) -> Array:
    """Fields (3, h, w) in the colours of cans, soft at their borders, on the bare wall."""
    number = fields(ground, rng)
    lab, _, skin = local(number, ground, picture)
    cans = _cans(lab)
    bare = smoothstep(*BARE, lab[0]) * smoothstep(*PALE, np.hypot(*lab[1:])) * ~fleshy(skin)
    cells = number[:: ground.pitch, :: ground.pitch]
    soft = blurred(cans[:, cells], CONE * ground.scale / ground.pitch)
    paint = ground.spread(_faded(soft, cells, ground))
    empty = blurred(bare.astype(np.float32)[cells], CONE * ground.scale / ground.pitch)
    tone = smoothstep(*MODELLED, lit_skin(luma(ground.masses), flesh))
    tone, face, empty = ground.spread(np.stack([tone, flesh, empty * (1 - flesh)]))
    light, dark = (np.array(part, dtype=np.float32)[:, None, None] for part in (SKIN, SHADED))
    paint += face * (dark + tone * (light - dark) - paint)
    wall = _wall(ground, rng)
    paint *= 1 + THROUGH * (wall - 1)
    result: Array = paint + empty * (CONCRETE * wall - paint)
    return result


def _cans(lab: Array) -> Array:
    """Colours (3, count) of cans in Oklab for those of fields."""
    cans, greys = to_oklab(CANS.T), to_oklab(GREYS.T)
    chroma = np.hypot(*lab[1:])
    hue = cans[1:] / np.hypot(*cans[1:])
    near = np.exp(NEAREST * (hue.T @ (lab[1:] / (chroma + np.float32(0.005)))))
    can = cans @ (near / near.sum(0))
    grey = np.stack([np.interp(lab[0], greys[0], part) for part in greys])
    can = grey + smoothstep(GREY, COLOURFUL, chroma) * (can - grey)
    can[0] += LIGHTER * (lab[0] - can[0])
    return can.astype(np.float32)


def _faded(lab: Array, cells: Array, ground: Ground) -> Array:
    """Colours (3, r, c) that turn into the next can's as the light in a field changes.

    Args:
        lab: Of its cans, in Oklab.
        cells: Number of the field at every place.
        ground: Of the photo.
    """
    light = luma(ground.masses)
    other = light - means(light[None], cells, int(cells.max()) + 1)[0][cells]
    fade = np.tanh(blurred(other, ACROSS * ground.scale / ground.pitch) / STEEP)
    turn = TURN * fade * (1 - WORN * ground.persons)
    cosine, sine = np.cos(turn), np.sin(turn)
    light, red, yellow = lab
    turned = [light + FADE * fade, cosine * red - sine * yellow, sine * red + cosine * yellow]
    shade = blurred(smoothstep(*SHADY, other), CONE * ground.scale / ground.pitch)
    return from_oklab(np.stack(turned)) * (1 - SHADE * shade)


def _halo(ground: Ground) -> Array:
    """A white outline (h, w) around people, 0 to 1."""
    people = ground.persons
    if not people.any():
        return np.zeros(ground.shape, dtype=np.float32)
    around = blurred(people, HALO[0] * ground.scale / ground.pitch)
    inside = smoothstep(0.35, 0.65, ground.spread(people))
    return smoothstep(*AURA, ground.spread(around)) * (1 - inside)


def _wall(ground: Ground, rng: np.random.Generator) -> Array:
    """How light bricks with joints between them are (h, w), about 1."""
    high, wide = (max(4.0, length * ground.scale) for length in BRICK)
    y, x = np.indices(ground.shape, dtype=np.float32, sparse=True)
    row = np.floor(y / high)
    along = x / wide + 0.5 * (row % 2)
    joint = np.minimum((y / high - row) * high, (along - np.floor(along)) * wide)
    mortar = smoothstep(JOINT * ground.scale + 1, JOINT * ground.scale, joint)
    number = (row * 131 + np.floor(along)).astype(int) % 509
    shade = (rng.standard_normal(509, dtype=np.float32) * BRICKS)[number]
    wall: Array = 1 + shade - MORTAR * mortar
    return wall


def _with_runs(sprayed: Array, outline: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """With drips (3, h, w) from where there is most paint."""
    height, width = ground.shape
    count = max(1, round(RUNS * width / max(height, width)))
    y, x = (rng.random((2, 6 * count)) * np.array([[height], [width]])).astype(np.int32)
    paint = blurred(outline, WET * ground.scale)
    paint *= 1 - ground.spread(ground.persons)
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
    there &= ~_covered(row, column, ground)
    place = (row * width + column)[there]
    source = np.broadcast_to(y * width + x, there.shape)[there]
    painted = sprayed.reshape(3, -1).copy()
    painted[:, place] = np.take(sprayed.reshape(3, -1), source, axis=1)
    return painted.reshape(sprayed.shape)


def _covered(row: Array, column: Array, ground: Ground) -> Array:
    """Whether people are at places."""
    people: Array = ground.at(ground.persons, ground.inside(row, column)) > 0.4
    return people
