"""Impasto: long curved strokes of thick paint, in rows along a flow that swirls.

The flow follows the photo's edges, and turns around vortices where there are none, as van Gogh's
skies do. Strokes are traced along it as in Hertzmann, "Painterly Rendering with Curved Brush
Strokes of Multiple Sizes" (1998), broad ones first, and end where the photo is of another tone;
relief is lit as in Hertzmann, "Fast Paint Texture" (2002).
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .chance import clouds, evenly
from .curves import Hand, Layer, brushed
from .ground import Ground
from .paint import Amount, over
from .study import enlivened, faces_lit, forms, modelled
from .tones import smoothstep

VORTEX, SPACING = 34.0, 115.0  # radius of a vortex and distance between two, in pixels
STREAM, BETWEEN = 0.7, 0.12  # deviation of the angle between vortices, and how strong flow is there
STAR = np.array([1.0, 0.86, 0.35], dtype=np.float32)[:, None, None]
LOWEST = 0.6  # of the height, from above, to which there are stars
EDGES = 0.035  # deviation of the photo from which its edges decide on the flow
FLESH, SHAPED, GREY, WARM = 0.6, 0.6, 0.5, 0.05  # of the study; see there
IMPASTO = Hand(
    layers=(
        Layer(7.5, 46.0, 2.2, 0.0),
        Layer(4.5, 26.0, 1.4, 0.025),
        Layer(2.5, 13.0, 1.4, 0.05),
        Layer(1.6, 8.0, 1.5, 0.09),
    ),
    tone=0.13,
    hue=0.16,
    chroma=0.3,
    chroma_jitter=0.25,
    shade=0.055,
    tint=0.012,
    bristle=0.22,
    streak=0.08,
    layer=0.5,
    relief=0.13,
)


def paint_impasto(
    picture: Array,
    ground: Ground,
    amount: Amount,
    rng: np.random.Generator,
    stars: float = 0.0,
) -> Array:
    """The picture (3, h, w) in thick curved strokes, in [0, 1]; see `brushwork`.

    With `stars`, 0 to 1, vortices in dark ground that is flat and high up shine.
    """
    vortices = _vortices(ground, rng)
    flow = _flow(vortices, ground, rng)
    face = ground.spread(ground.face)
    study = modelled(picture, ground, SHAPED)
    study = enlivened(faces_lit(study, ground, face, FLESH), GREY, WARM)
    if stars:
        shining = _shining(vortices, study, ground) * (1 - face)
        study = study + stars * shining * (STAR - study)
    paint = brushed(study, study, forms(ground), flow, IMPASTO, ground, rng)
    return over(picture, paint, amount)


def _vortices(ground: Ground, rng: np.random.Generator) -> Array:
    """Rows, columns and radii (3, n) of the vortices, on the grid."""
    rows, columns = ground.angle.shape
    unit = ground.scale / ground.pitch
    count = max(1, round(rows * columns / (SPACING * unit) ** 2))
    y, x = evenly(count, rng).T
    radius = VORTEX * unit * np.exp(rng.uniform(-0.8, 0.5, count))
    return np.stack([y * rows, x * columns, radius]).astype(np.float32)


def _flow(vortices: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """Unit vectors (2, rows, columns), down and right, along which strokes run, on the grid."""
    shape = ground.angle.shape
    stream = STREAM * clouds(shape, 2 * SPACING * ground.scale / ground.pitch, rng)
    turns = (BETWEEN * np.exp(2j * stream)).astype(np.complex64)
    for down, right, radius in vortices.T:
        away = _away(shape, down, right)
        square = np.square(away.real) + np.square(away.imag) + 1
        turns -= np.square(away) / square * np.exp(-square / (2 * radius**2))
    turns /= np.abs(turns) + np.float32(1e-6)
    variance = ground.variance(6 * ground.scale)
    strength = variance / (variance + np.float32(EDGES**2))
    turns += strength / (1.02 - strength) * np.exp(2j * ground.angle).astype(np.complex64)
    angle = np.angle(turns) / 2
    return np.stack([np.sin(angle), np.cos(angle)]).astype(np.float32)


def _away(shape: tuple[int, ...], down: float, right: float) -> Array:
    """How far every cell is from a place: to the right, and down in the imaginary part."""
    y, x = np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)
    away: Array = (x - right) + 1j * (y - down)
    return away.astype(np.complex64)


def _shining(vortices: Array, picture: Array, ground: Ground) -> Array:
    """How much of a star's light there is, 0 to 1, (h, w)."""
    shape = ground.angle.shape
    glow = np.zeros(shape, dtype=np.float32)
    for down, right, radius in vortices.T:
        if down < LOWEST * shape[0]:
            square = np.square(np.abs(_away(shape, down, right))) / radius**2
            ring = np.exp(-np.square(np.sqrt(square) - 0.9) / 0.05)
            glow = np.maximum(glow, np.maximum(np.exp(-square / 0.35), 0.6 * ring))
    flat = smoothstep(EDGES**2, (EDGES / 3) ** 2, ground.variance(16 * ground.scale))
    return ground.spread(glow * flat) * smoothstep(0.6, 0.35, luma(picture))
