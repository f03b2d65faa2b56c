"""Dream: smooth glazed paint under a clear far sky, long shadows, and forms that melt, as Dali's.

Calm ground takes the colours of a desert's evening, from turquoise above to gold below; what is no
face bends, and flows down the more the lower it is.

Sources: smooth modelling by the guided filter (He, Sun and Tang 2010); forms are bent by a field of
smooth chance, as in Perlin, "An Image Synthesizer" (1985).
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .chance import clouds
from .filters import blurred, guided, swept
from .ground import Ground
from .paint import Amount, over
from .sampling import displaced
from .scene import people
from .study import empty, faces_lit
from .tones import smoothstep, stretched

EVENING = np.array(
    [
        [0.13, 0.42, 0.60],
        [0.36, 0.68, 0.74],
        [0.86, 0.88, 0.74],
        [0.99, 0.83, 0.52],
        [0.89, 0.62, 0.28],
        [0.62, 0.36, 0.16],
    ],
    dtype=np.float32,
)
"""From the zenith over the horizon to the ground in front, at equal steps of height."""
SHOWN, AIR = 0.8, 0.5  # share of the evening in the colour of calm ground, and in its lightness
DARK = (0.12, 0.3)  # lightness from where to where low ground takes it: black clothes do not
SMOOTH, EDGE = 2.5, 0.05  # radius in pixels and deviation of what is glazed over
PAINTED = 0.35  # share of the picture in the lightness of things
OWN, GLAZE = np.float32(0.6), np.float32(1.3)
"""Share of the photo in the colour of things, and how much more colourful glazes are."""
FLESH = 0.8  # of the photo in faces
CLARITY, AROUND = 0.45, 12.0  # gain in modelling, and the deviation of its window in pixels
WARMTH = np.array([0.06, 0.012, -0.06], dtype=np.float32)[:, None, None]  # of light, over shade
BEND, BENDS = 10.0, 85.0  # how far forms bend and over which length, in pixels
MELT, DROPS = 34.0, 50.0  # how far they flow down at most, and how wide the flows are, in pixels
FIRM = 8.0  # deviation in pixels of the window around faces that stays as it is
BORDER = 40.0  # pixels over which forms come to bend, from the borders on
SHADOW, LONG, SLANT = 0.5, 90.0, 0.3  # how dark cast shadows are, their length, their slope down


def paint_dream(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a dream in clear light, in [0, 1]; see `brushwork`."""
    scale = ground.scale
    face = ground.spread(ground.face)
    study = faces_lit(picture, ground, face, FLESH)
    tone = stretched(luma(ground.photo))
    smooth = guided(tone, tone, SMOOTH * scale, EDGE)
    low = np.linspace(0, 1, ground.shape[0], dtype=np.float32)[:, None]
    calm = empty(ground) * (1 - ground.spread(people(ground.face, scale / ground.pitch / 2)))
    calm = calm * (1 - smoothstep(0.4, 0.6, low) * (1 - smoothstep(*DARK, smooth)))

    light = smooth + PAINTED * (luma(study) - smooth)
    light = light + CLARITY * (smooth - blurred(smooth, AROUND * scale)) * (1 - 0.6 * face)
    chroma = _glazes(study, ground) * (1 - 0.25 * face)
    evening = _evening(ground.shape)
    sky = luma(evening)
    chroma = chroma + SHOWN * calm * (evening - sky - chroma)
    light = light + AIR * calm * (sky - light)
    light = light * (1 - SHADOW * _shadows(smooth, calm, low, scale))
    paint = light + chroma + WARMTH * (light - 0.4) * (1 - calm)
    return over(picture, _melted(paint.clip(0, 1), calm, low, ground, rng), amount)


def _glazes(study: Array, ground: Ground) -> Array:
    """The chroma (3, h, w) of things."""
    own = ground.photo - luma(ground.photo)
    painted = study - luma(study)
    return GLAZE * blurred(painted + OWN * (own - painted), 1.6 * ground.scale)


def _evening(shape: tuple[int, ...]) -> Array:
    """The colours (3, h, w) of an evening, by height."""
    steps, rows = np.linspace(0, 1, len(EVENING)), np.linspace(0, 1, shape[0])
    colour = np.stack([np.interp(rows, steps, channel) for channel in EVENING.T])
    return np.broadcast_to(colour[:, :, None].astype(np.float32), (3, *shape))


def _shadows(light: Array, calm: Array, low: Array, scale: float) -> Array:
    """Where long shadows (h, w) of dark things lie on calm ground, 0 to 1."""
    dark = smoothstep(0.35, 0.12, light) * (1 - calm)
    cast = np.zeros_like(dark)
    for part in (0.5, 1.0):
        length = part * LONG * scale
        far = swept(dark, length * SLANT, length)
        # The segment ahead of every thing, not that around it.
        down, right = round(length * SLANT / 2), round(length / 2)
        if down < far.shape[0] and right < far.shape[1]:
            here = cast[down:, right:]
            np.maximum(here, far[: here.shape[0], : here.shape[1]], out=here)
    shadow: Array = smoothstep(0.1, 0.4, cast) * calm * smoothstep(0.35, 0.6, low)
    return shadow


def _melted(
    paint: Array, calm: Array, low: Array, ground: Ground, rng: np.random.Generator
) -> Array:
    """Paint (3, h, w) whose forms bend and flow down; faces and the borders stay."""
    scale, shape = ground.scale, ground.shape
    near = blurred(ground.face, FIRM * scale / ground.pitch)
    free = 1 - ground.spread(smoothstep(0.0, 0.25, near))
    y, x = (
        np.minimum(np.arange(length), np.arange(length)[::-1]).astype(np.float32)
        for length in shape
    )
    free = free * smoothstep(0, BORDER * scale, np.minimum(y[:, None], x))
    bend = BEND * scale * clouds(shape, BENDS * scale, rng) * free * (1 - 0.6 * calm)
    columns = clouds((2, shape[1]), DROPS * scale, rng)
    columns = blurred(columns, DROPS / 5 * scale)[:1]
    flow = (columns - 0.2).clip(0, 2) * smoothstep(0.3, 1.0, low)
    # Waves and horizons stay level.
    flow = flow * free * blurred(1 - calm, 6 * scale)
    return displaced(paint, 0.5 * bend - MELT * scale * flow, bend)
