"""Curved strokes of a loaded brush, in layers from broad ones to fine ones.

Strokes are traced along a flow and end where the photo is of another tone, as in Hertzmann,
"Painterly Rendering with Curved Brush Strokes of Multiple Sizes" (1998); so forms stay clear under
broad strokes, and all of a picture can be painted. Their relief is that of his "Fast Paint Texture"
(2002). They are laid as points, the last of which stays on each pixel: cost depends on the paint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..filters import blurred
from ..geometry import Array, box, luma
from ..workers import each
from .ground import Ground
from .paint import lit, varied
from .tones import smoothstep

SPACE = 0.7  # between the points that a stroke is made of, in pixels: each pixel has one
AT_A_TIME = 1 << 17  # points of strokes: temporaries of all of them do not fit into a cache
BRISTLES = 7  # of a brush
DIPPED, BROAD = (1.4, 0.5), 5.0
"""Deviation in pixels of what broad and fine brushes are dipped into; width of broad ones."""
SHADE, DARK = np.float32(0.3), (0.08, 0.4)
"""Share of the differences between strokes that is left in the dark, and up to where it is."""


@dataclass(frozen=True)
class Layer:
    """Strokes of one size.

    Attributes:
        width: In pixels.
        length: In pixels.
        coverage: How often, in the mean, they lie over a place.
        least: Deviation of the photo around a stroke, or half the likeness to skin, from which it
            is there.
    """

    width: float
    length: float
    coverage: float
    least: float


@dataclass(frozen=True)
class Hand:
    """How a painter lays strokes.

    Attributes:
        layers: Broad ones first.
        tone: Difference in the guide's lightness at which a stroke ends.
        hue: How much strokes differ in hue, in radians.
        chroma: Logarithm by which they are more colourful than what they are dipped in.
        chroma_jitter: Deviation of that.
        shade: How much they differ in lightness.
        tint: How much they differ in each channel.
        bristle: Deviation of the bristles' heights, in radii.
        streak: How much lighter higher bristles paint.
        layer: Deviation of the heights of whole strokes, in radii.
        relief: Of light on the paint.
        blunt: Strokes end as |l|^(2 blunt) + c^2 = 1 does, l along one and c across.
        calm: Share of the differences between strokes that is left on skin.
    """

    layers: tuple[Layer, ...]
    tone: float
    hue: float
    chroma: float
    chroma_jitter: float
    shade: float
    tint: float
    bristle: float
    streak: float
    layer: float
    relief: float
    blunt: int = 2
    calm: float = 0.4


def brushed(
    study: Array,
    canvas: Array,
    guide: Array,
    flow: Array,
    hand: Hand,
    ground: Ground,
    rng: np.random.Generator,
) -> Array:
    """A canvas under strokes, (3, h, w).

    Args:
        study: Of whose colours strokes are, (3, h, w).
        canvas: What they are laid on, (3, h, w).
        guide: Lightness of the forms that they keep to, (h, w).
        flow: Unit vectors (2, r, c), down and right, along which they run, on the ground's grid.
        hand: That lays them.
        ground: Of the photo.
        rng: Of their places and differences.
    """
    paint: Array = canvas.astype(np.float32).reshape(3, -1)
    height: Array = np.zeros(guide.size, dtype=np.float32)
    broad, fine = (blurred(study, size * ground.scale) for size in DIPPED)
    for layer in hand.layers:
        dipped = broad if layer.width >= BROAD else fine
        _lay(paint, height, layer, dipped, guide, flow, hand, ground, rng)
    paint, height = paint.reshape(canvas.shape), height.reshape(guide.shape)
    paint = paint + np.float32(hand.relief) * lit(height)
    # Points are whole pixels: a little of their corners.
    paint = (paint + box(paint, 1)) / 2
    return paint.astype(np.float32, copy=False)


def directions(angle: Array) -> Array:
    """Unit vectors (2, ...), down and right, of angles."""
    return np.stack([np.sin(angle), np.cos(angle)]).astype(np.float32)


def _traced(places: Array, flow: Array, ground: Ground, steps: int) -> tuple[Array, Array]:
    """Points and directions (steps, 2, n) of lines along the flow, whose middles are (2, n)."""
    y, x = ground.inside(*places)  # chance is below 1, and rounds to it in float32
    first = flow[:, y // ground.pitch, x // ground.pitch]

    def half(sign: int) -> list[tuple[Array, Array]]:
        point, direction = places, np.float32(sign) * first
        line = []
        for _ in range(steps // 2):
            line.append((point, np.float32(sign) * direction))
            point = point + np.float32(SPACE) * direction
            y, x = ground.inside(*point)
            ahead = flow[:, y // ground.pitch, x // ground.pitch]
            direction = ahead * np.where((ahead * direction).sum(0) < 0, -1, 1).astype(np.float32)
        return line

    halves = each(half, (-1, 1))
    both = halves[0][::-1] + halves[1][1:]
    return np.stack([point for point, _ in both]), np.stack([way for _, way in both])


def _lay(
    paint: Array,
    height: Array,
    layer: Layer,
    dipped: Array,
    guide: Array,
    flow: Array,
    hand: Hand,
    ground: Ground,
    rng: np.random.Generator,
) -> None:
    """Lays one more layer of strokes: over paint (3, pixels), and its height (pixels,)."""
    width, length = layer.width * ground.scale, layer.length * ground.scale
    count = int(layer.coverage * guide.size / (width * length)) + 1
    places = (rng.random((2, count)) * np.array([ground.shape]).T).astype(np.float32)
    inside = ground.inside(*places)
    seen = np.sqrt(ground.at(ground.variance(2 * width), inside))
    places = places[:, np.maximum(seen, ground.at(ground.face, inside) / 2) >= layer.least]
    if not places.size:
        return
    face = ground.at(ground.face, ground.inside(*places))
    steps = 2 * max(2, round(length / SPACE / 2))
    long = np.linspace(-1, 1, steps - 1, dtype=np.float32)
    across = np.linspace(-1, 1, max(3, int(width / SPACE) + 2), dtype=np.float32)
    half = width / 2 * np.sqrt(1 - long ** (2 * hand.blunt))[:, None] * across  # (steps, across)

    all_points, all_ways = _traced(places, flow, ground, steps)

    def pixels(some: slice) -> tuple[Array, Array]:
        """The pixels under some of the strokes, and those under their middles."""
        points, ways = (
            np.moveaxis(of[:, :, some], 2, 0)[..., None] for of in (all_points, all_ways)
        )
        y = (points[:, :, 0] + half * ways[:, :, 1]).astype(np.int32).clip(0, guide.shape[0] - 1)
        x = (points[:, :, 1] - half * ways[:, :, 0]).astype(np.int32).clip(0, guide.shape[1] - 1)
        pixel = y * np.int32(guide.shape[1]) + x  # (strokes, steps, across)
        middle = pixel[:, len(long) // 2, len(across) // 2]
        alike = np.abs(np.take(guide, pixel) - np.take(guide, middle)[:, None, None]) < hand.tone
        return np.where(alike, pixel, np.int32(guide.size)).ravel(), middle

    step = AT_A_TIME // half.size + 1
    shares = [slice(start, start + step) for start in range(0, places.shape[1], step)]
    reached, middle = map(np.concatenate, zip(*each(pixels, shares), strict=True))
    # Over the same pixel, the last point stays: strokes come one after the other.
    last = np.full(guide.size + 1, -1, dtype=np.int32)
    last[reached] = np.arange(reached.size, dtype=np.int32)
    covered = np.flatnonzero(last[:-1] >= 0)
    stroke, place = np.divmod(last[covered], np.int32(half.size))

    colour = dipped.reshape(3, -1)[:, middle]
    # Fine strokes draw: they are less broken; and so are those of shadows.
    part = np.float32(np.sqrt(layer.width / hand.layers[0].width))
    shade = SHADE + (1 - SHADE) * smoothstep(*DARK, luma(colour))
    calm = part * shade * (1 - (1 - hand.calm) * face)
    colour = _colours(colour, hand, calm, rng)
    thick = calm * rng.normal(0, hand.layer, len(middle)).astype(np.float32)
    hairs = rng.normal(0, hand.bristle, (len(middle), BRISTLES)).astype(np.float32)
    hairs *= calm[:, None]
    side = across[place % len(across)]
    hair = hairs[stroke, ((side + 1) / 2 * (BRISTLES - 1)).round().astype(np.int32)]
    streaks = hand.streak * hair

    def colour_plane(number: int) -> None:
        paint[number, covered] = colour[number][stroke] + streaks

    each(colour_plane, range(3))
    height[covered] = width / 4 * (np.sqrt((1 - side**2).clip(0)) + hair + thick[stroke])


def _colours(dipped: Array, hand: Hand, calm: Array, rng: np.random.Generator) -> Array:
    """Of strokes (3, n) that are dipped into colours, each as broken as `calm` (n,) says."""
    broken = varied(
        dipped,
        rng,
        shade=hand.shade,
        hue=hand.hue,
        chroma=hand.chroma,
        chroma_jitter=hand.chroma_jitter,
        tint=hand.tint,
    )
    colour: Array = dipped + calm * (broken - dipped)
    return colour
