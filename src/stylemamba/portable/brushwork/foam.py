"""Foam as Hokusai cut it: fingers that claw at the air, and drops before them; and swells below.

Source: "Under the Wave off Kanagawa" (about 1831): crests of white paper end in small hooks, each
with a blue outline, which bend the way the wave breaks; water is bands of two blues that run along
the swells. Hooks are chains of discs, drawn by the distance to their union (Quilez, "2D Distance
Functions", 2018).

Maps are on the ground's grid, unless said otherwise.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, gradient
from .chance import clouds
from .ground import Ground

APART, MOST = 6.5, 400
"""Pixels from one finger to the next, at scale 1, and how many there are at most."""
BESIDE = 0.2  # share of water or air in a window from which a crest's border is beside it
LENGTH, BASE, TIP = 11.0, 2.7, 0.7  # of a finger, and its radii, in pixels at scale 1
DISCS = 6  # in a finger
SIZES, BENDS = (0.6, 1.25), (0.7, 1.7)  # of fingers, and by which angles they bend, in radians
DROPS, DROP, AWAY, ASIDE = 0.7, (0.45, 1.1), (1.2, 2.4), 0.6
"""Of drops: how many a finger has, radius in pixels, how far they are, in its length, and by which
angle at most they are not ahead of it, in radians."""
SMOOTH = 2.0  # deviation of the window in which a crest's direction is felt, in cells of the grid
FARTHEST = np.float32(9.0)  # distance in pixels that is not told from others
NEAREST_SWELL, PERSPECTIVE = 38.0, 0.3
"""Height of the nearest swell in pixels at scale 1, and the share of it that the farthest has."""
ROLL, ROLLS = np.float32(0.9), 90.0
"""How far swells roll, in their heights, and over which length, in pixels."""
CREST, BAND = 0.12, 0.5  # share of a swell that is foam, and that is light
FOAMING, FOAMS, NO_FOAM = 0.35, 54.0, 0.1
"""Deviation of chance above which a swell foams, over which length in pixels that changes, and
depth up to which none does."""


def fingers(
    crest: Array, other: Array, large: Array, ground: Ground, rng: np.random.Generator
) -> Array:
    """How far each pixel is from fingers of foam and their drops (h, w): negative within.

    Args:
        crest: What they grow from, (r, c), 0 or 1.
        other: Water, or air, that they reach into, likewise.
        large: Their size, likewise; 1 is natural.
        ground: Of the grid.
        rng: Of the fingers.

    Returns:
        In pixels, no more than `FARTHEST`.
    """
    far = np.full(ground.shape, FARTHEST, dtype=np.float32)
    y, x = np.nonzero(crest & (blurred(other, 1.0) > BESIDE))
    share = min(1.0, ground.pitch / (APART * ground.scale), MOST / max(y.size, 1))
    chosen = rng.random(y.size) < share
    y, x = y[chosen], x[chosen]
    if y.size:
        down, right = gradient(blurred(crest, SMOOTH))
        heading = np.arctan2(-down[y, x], -right[y, x])
        size = rng.uniform(*SIZES, y.size) * ground.scale * large[y, x]
        discs = _hooks(np.stack([y, x]) * float(ground.pitch), heading, size, rng)
        _draw(far, *discs.astype(np.float32))
    return far


def _hooks(place: Array, heading: Array, size: Array, rng: np.random.Generator) -> Array:
    """Discs (3, count) of fingers and drops: y, x and radius in pixels.

    Args:
        place: Of their roots, (2, n), y and x in pixels.
        heading: Into which they start, in radians, (n,).
        size: Of each, (n,).
        rng: Of how they bend, and of the drops.
    """
    # They bend downwards, as a wave breaks.
    bend = rng.uniform(*BENDS, size.size) * np.where(np.cos(heading) >= 0, 1, -1)
    root, discs = place, []
    for part in np.linspace(0, 1, DISCS):
        discs.append(np.stack([*place, size * (BASE + part * (TIP - BASE))]))
        place = place + size * LENGTH / DISCS * _towards(heading + bend * part)
    away = rng.uniform(*AWAY, size.size) * LENGTH * size
    drop = root + away * _towards(heading + rng.uniform(-ASIDE, ASIDE, size.size))
    drops = np.stack([*drop, rng.uniform(*DROP, size.size) * size])
    discs.append(drops[:, rng.random(size.size) < DROPS])
    return np.concatenate(discs, axis=1)


def _towards(angle: Array) -> Array:
    """Unit vectors (2, n), down and to the right."""
    return np.stack([np.sin(angle), np.cos(angle)])


def _draw(far: Array, y: Array, x: Array, radius: Array) -> None:
    """Lowers distances (h, w) to those from discs, near them."""
    reach = int(np.ceil(radius.max())) + 2
    steps = np.arange(-reach, reach + 1)
    rows = y.astype(int)[:, None, None] + steps[:, None]
    columns = x.astype(int)[:, None, None] + steps
    distance = np.hypot(rows - y[:, None, None], columns - x[:, None, None])
    distance = (distance - radius[:, None, None]).astype(np.float32)
    height, width = far.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    np.minimum.at(far.ravel(), (rows * width + columns)[inside], distance[inside])


def swells(wet: Array, ground: Ground, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Where water (r, c) is light, where it foams, and how near it is, 0 to 1.

    Args:
        wet: Where there is water, somewhere.
        ground: Of the grid.
        rng: Of how swells roll.
    """
    height, width = wet.shape
    top = np.where(wet.any(0), wet.argmax(0), height - 1).astype(np.float32)
    top = blurred(top[None], width / 40)[0]
    high = max(height - float(top.min()), 1.0)
    y = np.arange(height, dtype=np.float32)[:, None]
    near = (1 - (height - y) / high).clip(0, 1)
    scale = ground.scale / ground.pitch
    # They follow the border of the water, and grow evenly towards us.
    grown = (1 / PERSPECTIVE - 1) * ((y - top) / high).clip(0, 1)
    count = np.float32(high / (NEAREST_SWELL * scale * (1 - PERSPECTIVE)))
    phase = (count * np.log1p(grown) + ROLL * clouds(wet.shape, ROLLS * scale, rng)) % 1
    foaming = clouds(wet.shape, FOAMS * scale, rng) > FOAMING
    foam = (phase < CREST) & foaming & (near > NO_FOAM)
    return (phase < BAND) & wet, foam & wet, np.broadcast_to(near, wet.shape)
