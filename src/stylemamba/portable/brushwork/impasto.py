"""Impasto: long curved strokes of thick paint, in rows along a flow that swirls.

The flow follows the photo's edges, and turns around vortices where there are none, as van Gogh's
skies do. Strokes are traced along it as in Hertzmann, "Painterly Rendering with Curved Brush
Strokes of Multiple Sizes" (1998), broad ones first, and end where the photo is of another tone;
relief is lit as in Hertzmann, "Fast Paint Texture" (2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array, box, luma
from .chance import clouds
from .filters import blurred, guided
from .ground import Ground
from .paint import Amount, lit, opaque, over, varied
from .tones import smoothstep

VORTEX, SPACING = 34.0, 115.0  # radius of a vortex and distance between two, in pixels
STREAM, BETWEEN = 0.7, 0.12  # deviation of the angle between vortices, and how strong flow is there
STAR = np.array([1.0, 0.86, 0.35], dtype=np.float32)[:, None, None]
LOWEST = 0.6  # of the height, from above, to which there are stars
EDGES = 0.035  # deviation of the photo from which its edges decide on the flow
TONE = 0.13  # difference in luma at which a stroke ends
SPACE = 0.8  # between the points that a stroke is made of, in pixels
BRISTLES, BRISTLE = 7, 0.22  # of a brush, and the deviation of their heights in radii
STREAK = 0.08  # how much lighter its higher hairs paint
LAYER = 0.5  # deviation of the heights of whole strokes
RELIEF = 0.13  # of light on the paint
HUE, CHROMA, CHROMA_JITTER, SHADE, TINT = 0.16, 0.3, 0.25, 0.055, 0.012
DETAIL = 0.6  # how much of the picture shows through where the photo has detail


@dataclass(frozen=True)
class Layer:
    """Strokes of one size.

    Attributes:
        width: In pixels.
        length: In pixels.
        coverage: How often, in the mean, they lie over a place.
        least: Deviation of the photo around a stroke from which it is there.
    """

    width: float
    length: float
    coverage: float
    least: float


LAYERS = (
    Layer(7.5, 46.0, 3.0, 0.0),
    Layer(4.5, 26.0, 1.6, 0.025),
    Layer(2.5, 13.0, 1.6, 0.05),
    Layer(1.6, 8.0, 1.5, 0.09),
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
    scale = ground.scale
    vortices = _vortices(ground, rng)
    flow = _flow(vortices, ground, rng)
    light = luma(ground.photo)
    tone = guided(light, light, 3 * scale, 0.03)
    dipped = blurred(picture, 1.1 * scale)
    if stars:
        dipped = dipped + stars * _shining(vortices, dipped, ground) * (STAR - dipped)
    paint, height = blurred(picture, 1.9 * scale), np.zeros(ground.shape, dtype=np.float32)
    for layer in LAYERS:
        paint, height = _painted(paint, height, layer, dipped, tone, flow, ground, rng)
    paint = paint + np.float32(RELIEF) * lit(height)
    paint = (paint + box(paint, 1)) / 2  # points are whole pixels: a little of their corners
    opacity = opaque(amount) * (1 - DETAIL * ground.detail())
    return over(picture, paint, opacity)


def _vortices(ground: Ground, rng: np.random.Generator) -> Array:
    """Rows, columns and radii (3, n) of the vortices, on the grid."""
    rows, columns = ground.angle.shape
    unit = ground.scale / ground.pitch
    count = max(1, round(rows * columns / (SPACING * unit) ** 2))
    # Of low discrepancy (Roberts, 2018): none too near to another.
    y, x = ((np.arange(count)[:, None] * np.array([0.7549, 0.5698]) + rng.random(2)) % 1).T
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


def _traced(places: Array, flow: Array, ground: Ground, steps: int) -> tuple[Array, Array]:
    """Points and directions (steps, 2, n) of lines along the flow, whose middles are (2, n)."""
    first = flow[:, places[0].astype(int) // ground.pitch, places[1].astype(int) // ground.pitch]
    halves = []
    for sign in (-1, 1):
        point, direction = places, np.float32(sign) * first
        half = []
        for _ in range(steps // 2):
            half.append((point, np.float32(sign) * direction))
            point = point + np.float32(SPACE) * direction
            y, x = ground.inside(*point)
            ahead = flow[:, y // ground.pitch, x // ground.pitch]
            direction = ahead * np.where((ahead * direction).sum(0) < 0, -1, 1).astype(np.float32)
        halves.append(half)
    both = halves[0][::-1] + halves[1][1:]
    return np.stack([point for point, _ in both]), np.stack([way for _, way in both])


def _painted(
    paint: Array,
    height: Array,
    layer: Layer,
    dipped: Array,
    tone: Array,
    flow: Array,
    ground: Ground,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """The paint (3, h, w) and its height (h, w) under one more layer of strokes."""
    width, length = layer.width * ground.scale, layer.length * ground.scale
    count = int(layer.coverage * tone.size / (width * length)) + 1
    places = (rng.random((2, count)) * np.array([ground.shape]).T).astype(np.float32)
    seen = ground.at(ground.variance(2 * layer.width * ground.scale), ground.inside(*places))
    places = places[:, seen >= layer.least**2]
    if not places.size:
        return paint, height
    points, ways = _traced(places, flow, ground, 2 * max(2, round(length / SPACE / 2)))
    long = np.linspace(-1, 1, len(points), dtype=np.float32)
    across = np.linspace(-1, 1, max(3, round(width / SPACE)), dtype=np.float32)
    half = width / 2 * np.sqrt(1 - long**4)[:, None] * across  # (steps, across)
    points, ways = np.moveaxis(points, 2, 0)[..., None], np.moveaxis(ways, 2, 0)[..., None]
    y = (points[:, :, 0] + half * ways[:, :, 1]).astype(np.int32).clip(0, tone.shape[0] - 1)
    x = (points[:, :, 1] - half * ways[:, :, 0]).astype(np.int32).clip(0, tone.shape[1] - 1)
    # Over the same pixel, the last point stays: strokes come one after the other.
    pixel = y * np.int32(tone.shape[1]) + x  # (strokes, steps, across)
    middle = pixel[:, len(long) // 2, len(across) // 2]
    alike = np.abs(np.take(tone, pixel) - np.take(tone, middle)[:, None, None]) < TONE
    last = np.full(tone.size + 1, -1, dtype=np.int32)
    last[np.where(alike, pixel, np.int32(tone.size)).ravel()] = np.arange(
        pixel.size, dtype=np.int32
    )
    last = last[:-1].reshape(tone.shape)
    stroke, place = np.divmod(last, np.int32(pixel[0].size))

    colour = varied(
        dipped.reshape(3, -1)[:, middle],
        rng,
        shade=SHADE,
        hue=HUE,
        chroma=CHROMA,
        chroma_jitter=CHROMA_JITTER,
        tint=TINT,
    )
    thick = rng.normal(0, LAYER, len(middle)).astype(np.float32)
    hairs = rng.normal(0, BRISTLE, (len(middle), BRISTLES)).astype(np.float32)
    side = across[place % len(across)]
    hair = hairs[stroke, ((side + 1) / 2 * (BRISTLES - 1)).round().astype(int)]
    relief = width / 4 * (np.sqrt((1 - side**2).clip(0)) + hair + thick[stroke])
    covered = last >= 0
    paint = np.where(covered, np.take(colour, stroke, axis=1) + STREAK * hair, paint)
    return paint, np.where(covered, relief, height)
