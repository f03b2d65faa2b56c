"""Gold leaf with ornament around a painted subject, as in Klimt's golden phase.

Where the photo is flat, and neither skin nor vivid, the ground is leaf: tones of gold, joints
between leaves and glints. What people wear is dense with ornament: spirals, rings, eyes and
tesserae; around them there are fine spirals of gold on gold, and few clusters of the others.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, box, luma
from .chance import clouds, evenly, tooth
from .faces import features
from .ground import Ground
from .lines import contours
from .paint import Amount, lit, over
from .study import faces_lit, local_hued
from .tones import graded, smoothstep, stretched

GOLD = np.array(
    [[0.20, 0.11, 0.03], [0.60, 0.39, 0.08], [0.86, 0.66, 0.20], [1.0, 0.90, 0.55]],
    dtype=np.float32,
)
"""From shadow to light, at equal steps of lightness."""
SHADES = 1024
_GILDED = graded(np.linspace(0, 1, SHADES + 1, dtype=np.float32), GOLD)
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
OWN_HUES = (0.4, 0.9)  # share of the photo's colours, and in people and what is vivid
VIVID, VIVID_AROUND = (0.22, 0.36), 4.0
"""Red over the other channels from where to where there is no leaf, and deviation in pixels of a
window."""
SMOOTH, SMOOTHED, PALE = 2.5, 0.06, np.float32(0.3)
"""Radius in pixels and deviation of luma that is left out of faces, and how much paler they are."""
LEAF_LIGHT, LEAF_DEPTH = 0.55, 0.5  # lightness of the leaf, and how far it is the photo's
WARM = 0.3  # how far the subject's colours go towards gold
ORNAMENTS = ((10.0, 0.4, 1.0), (18.0, 0.5, 0.55), (38.0, 0.42, 0.3))
"""Sides in pixels, the share of the ground that they cover where they are dense, and how many of
these there are elsewhere."""
CLUSTER, CLUSTERED = 75.0, (0.35, 1.0)
"""Size in pixels of fields where ornament is dense although nobody wears it, and the value of their
clouds from where to where it is."""
CALM = 0.6  # how plain ornament is elsewhere: gold on gold
KINDS = (0.42, 0.62, 0.78)  # bounds of the shares of spirals, rings and eyes; tesserae are the rest
TURNS = 2.4  # of a spiral
SHOWN = 0.85  # opacity of the ornaments
LINE, LINE_WIDTH, LENGTH = 0.7, 3.2, 3.0  # darkness of the outline, and its size in pixels
FEATURE = np.float32(0.5)  # how dark eyes, brows and mouths are drawn, to that


def paint_gold(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) on gold, in [0, 1]; see `brushwork`."""
    scale, guide = ground.scale, luma(ground.photo)
    bare = ground.spread(ground.face)
    study = _painted(faces_lit(local_hued(picture, ground, *OWN_HUES), ground, bare), ground, bare)
    light = luma(study)
    hair = smoothstep(0.05, 0.2, blurred(bare, HAIR * scale)) * smoothstep(
        0.35, 0.2, blurred(guide, 1.9 * scale)
    )
    gilt = _flat(ground) * (1 - bare) * (1 - hair) * (1 - ground.spread(_vivid(ground)))
    gilt *= smoothstep(0.12, 0.3, blurred(gilt, SPECK * scale))
    warm = WARM * (1 - bare) * smoothstep(0.1, 0.5, light)
    painted = study + warm * (gilded(0.15 + 0.8 * light) - study)
    painted = painted + HAIR_RED * hair * (AUBURN * (0.35 + 1.6 * guide) - painted)

    tone = LEAF_LIGHT + LEAF_DEPTH * (blurred(stretched(guide), 2.6 * scale) - 0.5)
    leaf = _leaf(tone, ground, rng)
    ornament, shown = _ornaments(ground, rng)
    leaf = leaf + SHOWN * shown * (ornament * (0.75 + 0.5 * tone) - leaf)
    painted = painted + gilt * (leaf - painted)
    line = smoothstep(0.02, 0.08, contours(guide, ground, LINE_WIDTH, LENGTH)) * (1 - bare)
    line = LINE * np.maximum(line, FEATURE * features(ground))
    painted = painted + line * (INKS[0][:, None, None] - painted)
    return over(picture, painted, amount)


def _painted(study: Array, ground: Ground, bare: Array) -> Array:
    """A study (3, h, w) whose faces are of few strokes: without the texture of skin, pale."""
    light = luma(study)
    smooth = guided(light, light, SMOOTH * ground.scale, SMOOTHED)
    return study + bare * (smooth - light + PALE * smooth * (1 - smooth))


def _vivid(ground: Ground) -> Array:
    """How red ground is that nobody wears, 0 to 1, (r, c): it keeps its colour."""
    red, green, blue = blurred(ground.masses, VIVID_AROUND * ground.scale / ground.pitch)
    return smoothstep(*VIVID, red - np.maximum(green, blue)) * (1 - ground.persons)


def gilded(tone: Array) -> Array:
    """Gold (3, h, w) of that lightness (h, w)."""
    place = (tone * SHADES + np.float32(0.5)).clip(0, SHADES).astype(np.int32)
    gold: Array = np.take(_GILDED, place, axis=1)
    return gold


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
    dense, calm = _dense(ground, rng), []
    for side, share, least in ORNAMENTS:
        pixel, v, u, much = _stamps(side * ground.scale, share, least, dense, ground, rng)
        calm.append(much < 0.5)
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
    return _drawn(v, u, owner[last], last >= 0, np.concatenate(calm), rng)


def _dense(ground: Ground, rng: np.random.Generator) -> Array:
    """How dense ornament is at each place (r, c) of the grid, 0 to 1."""
    step = ground.scale / ground.pitch
    cluster = smoothstep(*CLUSTERED, clouds(ground.angle.shape, CLUSTER * step, rng))
    return np.maximum(ground.persons, cluster * (1 - blurred(ground.persons, 10 * step)))


def _stamps(
    side: float,
    share: float,
    least: float,
    dense: Array,
    ground: Ground,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array, Array]:
    """Pixels (n, points) of n places, the points' own coordinates, and how dense these are, (n,).

    Args:
        side: Of the places, in pixels.
        share: Of the ground that they cover where they are dense.
        least: How many of these there are elsewhere.
        dense: As of `_dense`.
        ground: Of the photo.
        rng: Of the places.
    """
    height, width = ground.shape
    count = max(1, round(share * height * width / side**2))
    steps = evenly(count, rng)
    y, x = (steps * (height, width) + rng.normal(0, side / 6, (count, 2))).T[..., None]
    size = side * rng.uniform(0.7, 1.15, (count, 1))
    much = ground.at(dense, ground.inside(y.ravel(), x.ravel()))
    kept = rng.random(count) < np.maximum(least, much)
    y, x, size, much = y[kept], x[kept], size[kept], much[kept]
    reach = np.linspace(-1, 1, int(1.15 * side) + 3, dtype=np.float32)
    v, u = (part.ravel() for part in np.meshgrid(reach, reach, indexing="ij"))
    down, right = (y + size / 2 * v).astype(np.int32), (x + size / 2 * u).astype(np.int32)
    outside = (down < 0) | (down >= height) | (right < 0) | (right >= width)
    # Disks only: what is seen between them is gold, or smaller ones.
    outside |= np.hypot(v, u) > 1
    pixel = np.where(outside, height * width, down * width + right).astype(np.int32)
    return pixel, np.broadcast_to(v, pixel.shape), np.broadcast_to(u, pixel.shape), much


def _drawn(
    v: Array, u: Array, owner: Array, there: Array, calm: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Ornaments' colours and opacity, from every pixel's own coordinates.

    Calm ones are spirals of gold on gold.
    """
    count = calm.size
    kind = np.where(calm, 0, rng.random(count)).astype(np.float32)
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
    shown *= np.where(calm, np.float32(CALM), np.float32(1))[owner]
    umber = INKS[5][:, None, None]
    colour = np.where(is_spiral, umber, first + pupil * (second - first))
    rim = smoothstep(0.72, 0.85, field) * ~is_spiral
    return colour + rim * (INKS[0][:, None, None] - colour), shown
