"""Gold leaf with ornament around a painted subject, as in Klimt's golden phase.

Where the photo is flat and no skin, the ground is leaf: tones of gold, joints between leaves and
glints. Ornaments lie scattered over it, large over small ones: spirals, rings, eyes and tesserae.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, box, luma
from .chance import clouds, evenly, tooth
from .ground import Ground
from .lines import contours
from .paint import Amount, lit, over
from .study import faces_lit
from .tones import graded, smoothstep

GOLD = np.array(
    [[0.20, 0.11, 0.03], [0.60, 0.39, 0.08], [0.86, 0.66, 0.20], [1.0, 0.90, 0.55]],
    dtype=np.float32,
)
"""From shadow to light, at equal steps of lightness."""
INKS = np.array(
    [
        [0.10, 0.07, 0.05],
        [0.96, 0.92, 0.80],
        [0.55, 0.13, 0.08],
        [0.12, 0.30, 0.33],
        [0.30, 0.38, 0.14],
        [0.42, 0.25, 0.07],
        [0.99, 0.85, 0.42],
    ],
    dtype=np.float32,
)
"""Of the ornaments: black, cream, red, teal, green, umber, light gold."""
FLAT = 0.06  # deviation of the photo, above which there is no leaf
FLAT_RADIUS = 7.0  # within that, in pixels
LEAF, LEAF_TONE = 38.0, 0.035  # side of a leaf in pixels, and how much leaves differ
GRAIN = 5.0  # size of the leaf's, in pixels
GLINT, SHEEN = 0.05, 0.05  # of the leaf's tooth and of its bends
HAIR = 20.0  # deviation of the window around skin, in pixels, in which dark ground is hair
HAIR_RED = 0.8  # how far dark hair goes towards auburn
AUBURN = np.array([0.42, 0.17, 0.07], dtype=np.float32)[:, None, None]
SPECK = 10.3  # deviation in pixels of the window around ground that is too small for leaf
WARM = 0.4  # how far the subject's colours go towards gold
ORNAMENTS = ((9.0, 0.5), (17.0, 0.45), (36.0, 0.36))
"""Sides in pixels, and the share of the ground that they cover."""
KINDS = (0.42, 0.62, 0.78)  # bounds of the shares of spirals, rings and eyes; tesserae are the rest
TURNS = 2.4  # of a spiral
SHOWN = 0.85  # opacity of the ornaments
LINE, LINE_WIDTH, LENGTH, FACE_WIDTH = (
    0.7,
    3.2,
    3.0,
    1.4,
)  # darkness of the outline, and its size in pixels


def paint_gold(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) on gold, in [0, 1]; see `brushwork`."""
    scale, guide = ground.scale, luma(ground.photo)
    bare = ground.spread(ground.face)
    study = faces_lit(picture, ground, bare)
    light = luma(study)
    hair = smoothstep(0.05, 0.2, blurred(bare, HAIR * scale)) * smoothstep(
        0.35, 0.2, blurred(guide, 1.9 * scale)
    )
    gilt = _flat(ground) * (1 - bare) * (1 - hair)
    gilt *= smoothstep(0.12, 0.3, blurred(gilt, SPECK * scale))
    warm = WARM * (1 - bare) * smoothstep(0.1, 0.5, light)
    painted = study + warm * (gilded(0.15 + 0.8 * light) - study)
    painted = painted + HAIR_RED * hair * (AUBURN * (0.35 + 1.6 * guide) - painted)

    tone = 0.58 + 0.35 * (blurred(light, 2.6 * scale) - 0.5)
    leaf = _leaf(tone, ground, rng)
    ornament, shown = _ornaments(ground, rng)
    leaf = leaf + SHOWN * shown * (ornament * (0.75 + 0.5 * tone) - leaf)
    painted = painted + gilt * (leaf - painted)
    broad, thin = (contours(guide, ground, size, LENGTH) for size in (LINE_WIDTH, FACE_WIDTH))
    line = LINE * smoothstep(0.02, 0.08, broad + bare * (0.5 * thin - broad))
    painted = painted + line * (INKS[0][:, None, None] - painted)
    return over(picture, painted, amount)


def gilded(tone: Array) -> Array:
    """Gold (3, h, w) of that lightness (h, w)."""
    return graded(tone, GOLD)


def _flat(ground: Ground) -> Array:
    """Where the photo is flat, 0 to 1, (h, w), up to its edges."""
    deviation = np.sqrt(ground.variance(FLAT_RADIUS * ground.scale))
    flat = smoothstep(FLAT, FLAT / 2, deviation)
    near = smoothstep(1.6 * FLAT, 0.8 * FLAT, np.sqrt(ground.variance(2 * ground.scale)))
    around = round(FLAT_RADIUS * ground.scale / ground.pitch)
    flat = smoothstep(0.04, 0.2, box(flat, around)) * near
    return ground.spread(box(flat, 1))


def _leaf(tone: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """Gold leaf (3, h, w), of a lightness."""
    scale, shape = ground.scale, ground.shape
    bend = clouds(shape, 10 * scale, rng)
    side = LEAF * scale
    y = np.arange(shape[0], dtype=np.float32)[:, None] + 0.8 * scale * bend
    x = np.arange(shape[1], dtype=np.float32) + 0.8 * scale * bend
    row, part = np.divmod(y / np.float32(side) + np.float32(rng.random()), 1)
    rows, columns = (int(length / side) + 3 for length in shape)
    shift = rng.random(rows, dtype=np.float32)[row.astype(np.int32)]
    column, across = np.divmod(x / np.float32(side) + shift, 1)
    leaves = rng.normal(0, LEAF_TONE, (rows, columns)).astype(np.float32)
    edge = np.minimum(np.minimum(part, 1 - part), np.minimum(across, 1 - across))
    joint = smoothstep(0.035, 0.0, edge)
    tone = tone + leaves[row.astype(np.int32), column.astype(np.int32)] + 0.05 * joint
    grain = tooth(shape, GRAIN * scale, rng)
    tone = tone + SHEEN * lit(3 * bend) + GLINT * grain + 0.25 * smoothstep(2.2, 3.2, grain)
    return gilded(tone)


def _ornaments(ground: Ground, rng: np.random.Generator) -> tuple[Array, Array]:
    """Their colours (3, h, w), and where they are, 0 to 1, (h, w)."""
    height, width = ground.shape
    last = np.full(height * width + 1, -1, dtype=np.int32)
    down, right, first = [], [], [0]
    for side, share in ORNAMENTS:
        pixel, v, u = _stamps(side * ground.scale, share, ground, rng)
        last[pixel.ravel()] = np.arange(sum(first), sum(first) + pixel.size, dtype=np.int32)
        down.append(v)
        right.append(u)
        first.append(pixel.size)
    counts = [len(part) for part in down]
    owner = np.repeat(
        np.arange(sum(counts), dtype=np.int32),
        np.repeat([part.shape[1] for part in down], counts),
    )
    last = last[:-1].reshape(height, width)
    v, u = (np.concatenate([part.ravel() for part in parts])[last] for parts in (down, right))
    return _drawn(v, u, owner[last], last >= 0, sum(counts), rng)


def _stamps(
    side: float, share: float, ground: Ground, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Pixels (n, points) of n square places, and the points' own coordinates down and right."""
    height, width = ground.shape
    count = max(1, round(share * height * width / side**2))
    steps = evenly(count, rng)
    y, x = (steps * (height, width) + rng.normal(0, side / 6, (count, 2))).T[..., None]
    size = side * rng.uniform(0.7, 1.15, (count, 1))
    reach = np.linspace(-1, 1, int(1.15 * side) + 3, dtype=np.float32)
    v, u = (part.ravel() for part in np.meshgrid(reach, reach, indexing="ij"))
    down, right = (y + size / 2 * v).astype(np.int32), (x + size / 2 * u).astype(np.int32)
    outside = (down < 0) | (down >= height) | (right < 0) | (right >= width)
    # Disks only: what is seen between them is gold, or smaller ones.
    outside |= np.hypot(v, u) > 1
    pixel = np.where(outside, height * width, down * width + right).astype(np.int32)
    return pixel, np.broadcast_to(v, pixel.shape), np.broadcast_to(u, pixel.shape)


def _drawn(
    v: Array, u: Array, owner: Array, there: Array, count: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Ornaments' colours and opacity, from every pixel's own coordinates."""
    kind = rng.random(count).astype(np.float32)
    turn = rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    inks = rng.integers(len(INKS), size=(2, count))
    kind, turn = kind[owner], turn[owner]
    radius, angle = np.hypot(v, u), np.arctan2(v, u) + turn
    spiral = np.abs((TURNS * radius + angle / np.float32(2 * np.pi)) % 1 - 0.5)
    is_spiral, is_ring, is_eye = kind < KINDS[0], kind < KINDS[1], kind < KINDS[2]
    y, x = np.sin(angle) * radius, np.cos(angle) * radius
    lens = np.abs(y) / (0.6 * (1 - x * x).clip(0.01)) + 0 * radius
    slab = np.maximum(np.abs(y) / 0.85, np.abs(x) / 0.5)
    field = np.where(is_ring, radius, np.where(is_eye, np.maximum(lens, np.abs(x)), slab))
    pupil = np.where(is_eye, smoothstep(0.34, 0.26, radius), smoothstep(0.55, 0.45, field))
    shown = np.where(is_spiral, smoothstep(0.26, 0.16, spiral), smoothstep(1.0, 0.9, field)) * there
    first, second = (INKS.T[:, ink][:, owner] for ink in inks)
    umber = INKS[5][:, None, None]
    colour = np.where(is_spiral, umber, first + pupil * (second - first))
    rim = smoothstep(0.72, 0.85, field) * ~is_spiral
    return colour + rim * (INKS[0][:, None, None] - colour), shown
