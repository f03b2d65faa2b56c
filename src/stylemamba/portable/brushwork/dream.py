"""Dream: smooth glazed paint under a clear far sky, long shadows, and forms that melt, as Dali's.

Calm ground takes the colours of a desert's evening, from turquoise above to gold below; what is
no head bends as if of wax, and droops where it hangs over the desert.

Sources: smooth modelling by the guided filter (He, Sun and Tang 2010); forms are bent by a field of
smooth chance, as in Perlin, "An Image Synthesizer" (1985).
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided, swept
from ..geometry import Array, gradient, luma
from ..sampling import blocks, displaced
from .chance import clouds, noise, normal
from .ground import Ground
from .paint import Amount, over
from .study import empty, faces_lit
from .tones import smoothstep, stretched

HORIZON = 0.72  # of calm ground, in heights of the picture
SKY = np.array(
    [
        [0.07, 0.33, 0.52],
        [0.19, 0.55, 0.66],
        [0.50, 0.77, 0.76],
        [0.93, 0.89, 0.68],
        [1.0, 0.80, 0.46],
    ],
    dtype=np.float32,
)
DESERT = np.array([[0.93, 0.74, 0.40], [0.86, 0.60, 0.26], [0.58, 0.33, 0.13]], dtype=np.float32)
"""From the zenith to the horizon, and from there to the ground in front, in equal steps."""
SOFT = 0.8  # half the width of their outlines, and of the horizon, in pixels
ROCK, ROCKS = 17.0, (60.0, 11.0)  # height of far rocks, and widths of hills and crags, in pixels
LIT_ROCK = np.array([0.86, 0.62, 0.40], dtype=np.float32)[:, None, None]
SHADED_ROCK = np.array([0.40, 0.33, 0.38], dtype=np.float32)[:, None, None]
SHOWN, AIR = 0.92, 0.72  # share of the evening in the colour of calm ground, and in its lightness
DARK = (0.14, 0.3)  # lightness from where to where calm ground takes it: no black clothes do
WORN = 6.0  # deviation in pixels of the window around people in which that is so
WIDENS = 2  # rows of the grid in which bodies grow a cell wider on each side, below faces
LOST = (0.3, 0.55)  # the same lightness where calm ground does not go on to the borders
UP_TO, SURE = 10.0, (0.22, 0.55)
"""Radius in pixels in which calm ground goes on up to edges, and what is surely calm."""
SMOOTH, EDGE = 3.0, 0.065  # radius in pixels and deviation of what is glazed over
PAINTED = 0.35  # share of the picture in the lightness of things
OWN, GLAZE = np.float32(0.6), np.float32(1.3)
"""Share of the photo in the colour of things, and how much more colourful glazes are."""
FLESH = 0.8  # of the photo in faces
CLARITY = 0.3  # share of fine modelling that is left
GLAZED, GLAZED_EDGE = 6.0, 0.09  # radius in pixels and deviation of what is glazed over broadly
AROUND_SHARE = np.float32(0.3)  # of the evening in the colour of what is neither calm nor vivid
VIVID = (0.3, 0.55)  # difference of channels from where to where things keep their colour
RED, GOLDEN = (0.34, 0.48), (0.7, 0.84)
"""Red over green, and over blue, from where to where nothing is calm ground."""
DEEP_RED = (0.45, 0.62)  # the same of red over green, as a share
WARMTH = np.array([0.11, 0.015, -0.11], dtype=np.float32)[:, None, None]  # of light, over shade
WAX = np.float32(0.5)  # how far what is lighter than the ground below droops, too
BEND, BENDS = 15.0, 120.0  # how far forms bend and over which length, in pixels
DROOP, TONGUES, SOFTENED = 38.0, 30.0, 24.0
"""How far down lower edges of things droop, how wide tongues are, and the deviation of the window
above and below in which things grow soft, in pixels."""
SIDES = 0.95  # share of the height in which calm ground goes on from the sides
WIDE, SIMILAR = 45.0, 0.22
"""Deviation in pixels of the window of calm ground's colour, and how far narrow ground may be off
it: hair is not."""
HEAD = 40.0  # deviation in pixels of the window around faces in which things keep their colour
FIRM = 11.0  # deviation in pixels of the window around heads that stays as it is
BORDER = 40.0  # pixels over which forms come to bend, from the borders on
SHADOW, LONG, SLANT = 0.42, 150.0, 0.2  # how dark cast shadows are, their length, their slope down
PLAIN = (0.6, 0.76)  # heights of the picture from where to where they lie


def paint_dream(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a dream in clear light, in [0, 1]; see `brushwork`."""
    scale = ground.scale
    face = ground.spread(ground.face)
    study = faces_lit(picture, ground, face, FLESH)
    tone = stretched(luma(ground.photo))
    fine = guided(tone, tone, SMOOTH * scale, EDGE)
    broad = guided(fine, fine, GLAZED * scale, GLAZED_EDGE)
    smooth = broad + face * (fine - broad)
    # Up to the edges of what is dark, where windows are not calm.
    calm = _calm(ground)
    few = blocks(calm, ground.pitch)
    free = 1 - ground.spread(_worn(ground)) * (1 - smoothstep(*DARK, smooth))
    free = free * (1 - ground.spread(1 - _connected(few)) * (1 - smoothstep(*LOST, smooth)))
    calm = guided(calm * free, broad, UP_TO * scale, GLAZED_EDGE)
    calm = smoothstep(*SURE, calm) * free
    # Of what lies around, the light is that of the evening, too.
    around = (
        AROUND_SHARE
        * (1 - ground.spread(_near_people(ground)))
        * (1 - ground.spread(ground.of(_vivid)))
    )

    evening = _evening(ground.shape, SOFT * scale)
    sky = luma(evening)
    light = smooth + PAINTED * (luma(study) - smooth)
    light = light + CLARITY * (fine - broad) * (1 - 0.6 * face)
    chroma = _glazes(study, ground) * (1 - 0.25 * face)
    tint = (evening - sky) * (1.6 * light * (1.4 - light) + 0.2)
    chroma = chroma + around * (1 - calm) * (tint - chroma)
    chroma = chroma + SHOWN * calm * (evening - sky - chroma)
    light = light + AIR * calm * (sky - light)
    light = light * (1 - SHADOW * _shadows(calm, ground))
    paint = light + chroma + WARMTH * (light - 0.4) * (1 - calm)
    paint = _with_rocks(paint, calm, ground, rng)
    return over(picture, _melted(paint.clip(0, 1), calm, ground, rng), amount)


def _calm(ground: Ground) -> Array:
    """Calm ground (h, w), up to things before it, 0 to 1; hair and clothes are none."""
    step = ground.scale / ground.pitch
    calm, narrow = empty(ground), empty(ground, narrow=True)
    red, green, blue = ground.masses
    warm = np.maximum(smoothstep(*RED, red - green), smoothstep(*GOLDEN, red - blue))
    deep = smoothstep(*DEEP_RED, (red - green) / (red + np.float32(0.05)))
    warm = np.maximum(warm, deep * smoothstep(0.1, 0.2, red))
    calm = calm * (1 - ground.spread(np.maximum(ground.persons, warm)))
    broad = blocks(calm, ground.pitch)
    far = blurred(np.concatenate([broad[None], broad * ground.masses]), WIDE * step)
    other = np.square(ground.masses - far[1:] / (far[0] + np.float32(1e-3))).sum(0)
    like = np.exp(other / np.float32(-(SIMILAR**2))) * smoothstep(0.05, 0.2, far[0])
    # Only people have hair.
    like = np.maximum(like, 1 - _near_people(ground))
    free = _connected(blocks(narrow, ground.pitch) * (1 - np.maximum(ground.skin, warm)) * like)
    result: Array = np.maximum(calm, narrow * ground.spread(free))
    return result


def _worn(ground: Ground) -> Array:
    """Where dark ground may be hair or clothes (r, c), 0 to 1: in people, and below faces."""
    step = ground.scale / ground.pitch
    below = ground.face.copy()
    for i in range(1, len(below)):
        np.maximum(below[i], below[i - 1], out=below[i])
        if i % WIDENS == 0:
            below[i, 1:-1] = np.maximum(below[i, 1:-1], np.maximum(below[i, 2:], below[i, :-2]))
    near = np.maximum(blurred(ground.persons, WORN * step), below)
    return smoothstep(0.02, 0.3, near)


def _near_people(ground: Ground) -> Array:
    """Whether there are faces around (r, c), 0 to 1."""
    return smoothstep(0.004, 0.06, blurred(ground.face, HEAD * ground.scale / ground.pitch))


def _connected(calm: Array) -> Array:
    """Calm ground (r, c) that goes on from the upper border or from the sides, 0 to 1."""
    calm = smoothstep(0.3, 0.6, calm)
    reached = np.zeros_like(calm)
    reached[0] = calm[0]
    side = slice(0, round(SIDES * len(calm)))
    reached[side, 0], reached[side, -1] = calm[side, 0], calm[side, -1]
    for _ in range(2):
        for rows, free in (
            (reached, calm),
            (reached.T, calm.T),
            (reached[::-1], calm[::-1]),
            (reached.T[::-1], calm.T[::-1]),
        ):
            for i in range(1, len(rows)):
                np.maximum(rows[i], np.minimum(rows[i - 1], free[i]), out=rows[i])
    return blurred(reached, 0.7)


def _vivid(ground: Ground) -> Array:
    """How colourful the photo's masses are (r, c), 0 to 1."""
    return smoothstep(*VIVID, np.ptp(ground.masses, axis=0))


def _with_rocks(paint: Array, calm: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """Paint (3, h, w) with a far range of rocks where the horizon of calm ground is."""
    height, width = ground.shape
    y = np.arange(height, dtype=np.float32)[:, None]
    columns = (2, width)
    peaks = clouds(columns, ROCKS[0] * ground.scale, rng)[:1]
    crags = clouds(columns, ROCKS[1] * ground.scale, rng)[:1]
    size = np.float32(ROCK * ground.scale)
    top = size * ((peaks + 0.1).clip(0, 2) * (1 + 0.35 * crags)).clip(0)
    above = HORIZON * height - y
    soft = SOFT * ground.scale
    rock = smoothstep(-soft, soft, top - above) * smoothstep(-soft, soft, above)
    # They are lit from the left.
    side = smoothstep(
        -0.6, 0.6, gradient(blurred(top, ROCKS[1] / 2 * ground.scale))[1] * np.float32(1.6)
    )
    colour = SHADED_ROCK + side * (LIT_ROCK - SHADED_ROCK)
    shadow = smoothstep(1, 0, -above / (0.35 * size)) * smoothstep(-soft, soft, -above)
    shadow = shadow * smoothstep(0.1, 0.5, np.roll(top, round(ROCK * ground.scale), 1) / size)
    paint = paint * (1 - 0.4 * calm * shadow)
    return paint + smoothstep(0.5, 0.9, calm) * rock * (colour - paint)


def _glazes(study: Array, ground: Ground) -> Array:
    """The chroma (3, h, w) of things."""
    seen, paint = blocks(ground.photo, ground.pitch), blocks(study, ground.pitch)
    own, painted = seen - luma(seen), paint - luma(paint)
    mixed = painted + OWN * (own - painted)
    return ground.spread(GLAZE * blurred(mixed, 1.4 * ground.scale / ground.pitch))


def _evening(shape: tuple[int, ...], soft: float) -> Array:
    """The colours (3, h, w) of an evening over a desert, by height."""
    steps = np.concatenate(
        [
            np.linspace(0, HORIZON, len(SKY)),
            np.linspace(HORIZON + min(2 * soft / shape[0], 0.1), 1, len(DESERT)),
        ]
    )
    evening, rows = np.concatenate([SKY, DESERT]), np.linspace(0, 1, shape[0])
    colour = np.stack([np.interp(rows, steps, channel) for channel in evening.T])
    return np.broadcast_to(colour[:, :, None].astype(np.float32), (3, *shape))


def _shadows(calm: Array, ground: Ground) -> Array:
    """Where long soft shadows (h, w) of things lie on calm ground below the horizon, 0 to 1."""
    step = ground.scale / ground.pitch
    ground_calm = blocks(calm, ground.pitch)
    thing = 1 - ground_calm
    low = smoothstep(*PLAIN, np.linspace(0, 1, len(thing), dtype=np.float32))[:, None]
    cast = np.zeros_like(thing)
    for part, dark in ((0.3, 1.0), (0.6, 0.8), (1.0, 0.6)):
        length = part * LONG * step
        far = np.float32(dark) * swept(thing, length * SLANT, length)
        # The segment ahead of every thing, not that around it.
        down, right = round(length * SLANT / 2), round(length / 2)
        if down < far.shape[0] and right < far.shape[1]:
            here = cast[down:, right:]
            np.maximum(here, far[: here.shape[0], : here.shape[1]], out=here)
    return ground.spread(smoothstep(0.1, 0.8, blurred(cast, 3 * step)) * low) * calm


def _melted(paint: Array, calm: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """Paint (3, h, w) whose forms bend, and droop onto calm ground; heads and the borders stay."""
    scale, shape = ground.scale, ground.shape
    heads = np.maximum(ground.face, ground.heads * ground.persons)
    head = blurred(heads, FIRM * scale / ground.pitch)
    free = 1 - ground.spread(smoothstep(0.0, 0.25, head))
    free = free * smoothstep(0, BORDER * scale, ground.inset)
    droop = free * _droop(calm, ground, rng)
    soft = displaced(paint, -droop, np.zeros(1, dtype=np.float32))
    bend = BEND * scale * clouds(shape, BENDS * scale, rng) * free * (1 - 0.6 * calm)
    return displaced(soft, 0.5 * bend, bend)


def _droop(calm: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """How far down each place (h, w) has sunk, in pixels: like wax, at lower edges of things."""
    soft = SOFTENED * ground.scale / ground.pitch
    lower = gradient(blocks(calm, ground.pitch))[0].clip(0)
    lower += WAX * (-gradient(luma(ground.masses))[0]).clip(0) * (1 - ground.persons)
    # Along a level edge, the Gaussian of its gradient is this high.
    near = (blurred(lower, soft) * np.float32(soft * np.sqrt(2 * np.pi))).clip(0, 1)
    size = TONGUES * ground.scale
    tongues = normal(blurred(noise((1, ground.shape[1]), size, rng), size / 3)).clip(0, 1.4)
    result: Array = np.float32(DROOP * ground.scale) * ground.spread(near) * tongues
    return result
