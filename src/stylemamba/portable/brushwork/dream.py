"""Dream: smooth glazed paint under a clear far sky, long shadows, and forms that melt, as Dali's.

Calm ground takes the colours of a desert's evening, from turquoise above to gold below; what is no
face bends and flows down, more the lower it is.

Sources: masses of Papari, Petkov and Campisi (2007), see `Ground.masses`; forms are bent by a field
of smooth chance, as in Perlin, "An Image Synthesizer" (1985).
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
OWN = np.float32(0.5)  # share of the photo in the colour of things
SHOWN, AIR = 0.8, 0.5  # share of the evening in the colour of calm ground, and in its lightness
CLARITY = 0.45  # gain in modelling
BEND, BENDS = 7.0, 75.0  # how far forms bend and over which length, in pixels
MELT, DROPS = 17.0, 50.0  # how far they flow down at most, and how wide the flows are, in pixels
SHADOW, LONG, SLANT = 0.5, 90.0, 0.3  # how dark cast shadows are, their length, their slope down
GLAZE = np.float32(1.3)  # how much more colourful glazes are


def paint_dream(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a dream in clear light, in [0, 1]; see `brushwork`."""
    scale = ground.scale
    face = ground.spread(ground.face)
    study = faces_lit(picture, ground, face, 0.8)
    tone = stretched(luma(ground.photo))
    smooth = guided(tone, tone, 2.5 * scale, 0.05)
    light = 0.65 * smooth + 0.35 * luma(study)
    light = light + CLARITY * (smooth - blurred(smooth, 12 * scale)) * (1 - 0.6 * face)
    own = ground.photo - luma(ground.photo)
    painted = study - luma(study)
    chroma = blurred(painted + OWN * (own - painted), 1.6 * scale)
    evening = _evening(ground)
    step = scale / ground.pitch
    whole = empty(ground) * (1 - ground.spread(people(ground.face, step / 2)))
    chroma = GLAZE * chroma * (1 - 0.25 * face)
    sky = luma(evening)
    chroma = chroma + SHOWN * whole * (evening - sky - chroma)
    light = light + AIR * whole * (sky - light)
    light = light * (1 - SHADOW * _shadows(smooth, whole, scale))
    # Light is warm, shade is cool.
    axis = np.array([1.0, 0.2, -1.0], dtype=np.float32)[:, None, None]
    paint = light + chroma + 0.06 * axis * (light - 0.4) * (1 - whole)
    paint = paint.clip(0, 1).astype(np.float32)
    return over(picture, _melted(paint, whole, ground, rng), amount)


def _evening(ground: Ground) -> Array:
    height = ground.shape[0]
    steps = np.linspace(0, 1, len(EVENING))
    rows = np.linspace(0, 1, height)
    colour = np.stack([np.interp(rows, steps, EVENING[:, i]) for i in range(3)])
    return np.broadcast_to(colour[:, :, None].astype(np.float32), (3, *ground.shape))


def _shadows(light: Array, calm: Array, scale: float) -> Array:
    """Where long shadows (h, w) of dark things lie on calm ground, 0 to 1."""
    dark = smoothstep(0.35, 0.12, light) * (1 - calm)
    length = LONG * scale
    cast = np.zeros_like(dark)
    for part in (0.5, 1.0):
        far = swept(dark, part * length * SLANT, part * length)
        down, right = round(part * length * SLANT / 2), round(part * length / 2)
        moved = np.zeros_like(far)
        h, w = far.shape
        if down < h and right < w:
            moved[down:, right:] = far[: h - down, : w - right]
        cast = np.maximum(cast, moved)
    rows = np.linspace(0, 1, light.shape[0], dtype=np.float32)[:, None]
    shadow: Array = smoothstep(0.1, 0.4, cast) * calm * smoothstep(0.35, 0.6, rows)
    return shadow


def _melted(paint: Array, calm: Array, ground: Ground, rng: np.random.Generator) -> Array:
    scale, shape = ground.scale, ground.shape
    near = ground.spread(smoothstep(0.0, 0.25, blurred(ground.face, 8 * scale / ground.pitch)))
    free = 1 - near
    bend = BEND * scale * clouds(shape, BENDS * scale, rng) * free * (1 - 0.6 * calm)
    columns = clouds((2, shape[1]), DROPS * scale, rng)
    columns = blurred(columns, DROPS / 5 * scale)[:1]
    rows = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    flow = (columns - 0.2).clip(0, 2) * smoothstep(0.3, 1.0, rows)
    # Waves and horizons stay level.
    flow = flow * free * blurred(1 - calm, 6 * scale)
    return displaced(paint, 0.5 * bend - MELT * scale * flow, bend)
