"""Tiles of a mosaic, set along the edges of a photo.

Source: Hausner, "Simulating Decorative Mosaics" (2001): every tile is a cell of a Voronoi diagram
in the maximum norm, turned as the edges run, and settles into the middle of its cell (Lloyd).
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, box
from .ground import Amount, Ground, lit, opaque, varied

TILES = ((7.0, 5), (3.2, 3))
"""Sides of broad and of fine tiles in pixels, at scale 1 and at least."""
FINE = 0.09
"""Deviation of the photo around a broad tile from which there are fine ones instead."""
SETTLINGS = 3  # steps of Lloyd's algorithm
JITTER = 0.6  # of the first places, in sides
REACH = 1  # cells of the grid that a tile is away from its pixels, at most
CANDIDATES = range(-REACH, REACH + 1)
PHOTO = 0.5
"""Share of the photo in the tiles' colours: what the networks paint is cut up already, and its
means over tiles are grey."""
CONTRAST, GAMMA = 1.4, 0.8  # of the stones: means over tiles are duller than the picture
SHADE, HUE, CHROMA, CHROMA_JITTER, TINT = 0.045, 0.2, 0.7, 0.2, 0.02
GROUT = np.array([0.25, 0.23, 0.21], dtype=np.float32)
JOINT = 0.12  # width of the grout in sides of broad tiles
GROUT_SHOWN = np.float32(0.7)  # in the middle of a joint, even of one finer than a pixel
FINE_JOINT = np.float32(0.5)  # how much of it is seen between fine tiles
OPACITY = 0.95
RELIEF = 0.15  # of light on the stones' slopes
LEVELS = 2**16  # to which distances are rounded, in sides


def paint_tiles(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a mosaic, in [0, 1]; see `brushwork`."""
    sides = [max(least, round(side * ground.scale)) for side, least in TILES]
    (number, distance, places), fine = (_settled(ground, side, rng) for side in sides)
    detailed = ground.at(ground.variance(sides[0]), ground.inside(*places)) > FINE**2
    is_fine = detailed.ravel()[number]
    number = np.where(is_fine, fine[0] + detailed.size, number)
    distance = np.where(is_fine, fine[1], distance)
    count = detailed.size + fine[2][0].size

    _, colour = _means((1 - PHOTO) * picture + PHOTO * ground.photo, number, count)
    grey = colour.mean()
    colour = (grey + CONTRAST * (colour - grey)).clip(0, 1) ** np.float32(GAMMA)
    colour = varied(
        colour, rng, shade=SHADE, hue=HUE, chroma=CHROMA, chroma_jitter=CHROMA_JITTER, tint=TINT
    )
    stone = np.take(colour, number, axis=1) + RELIEF * lit(1 - distance**4)
    joint = _joints(number, JOINT * sides[0]) * np.where(is_fine, FINE_JOINT, np.float32(1))
    stone = stone + joint * (GROUT[:, None, None] - stone)
    opacity = opaque(OPACITY * amount)
    painted: Array = (picture + opacity * (stone - picture)).clip(0, 1)
    return painted


def _settled(ground: Ground, side: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Tiles of one size: number and distance as from `nearest_tiles`, and their places."""
    cells = tuple(-(-length // side) for length in ground.shape)
    chance = rng.random((2, *cells), dtype=np.float32) - 0.5
    places = (np.indices(cells, dtype=np.float32) + 0.5 + JITTER * chance) * side
    pixels = np.indices(ground.shape, dtype=np.float32)
    number, distance = nearest_tiles(places, ground, side)
    for _ in range(SETTLINGS):
        there, middle = _means(pixels, number, places[0].size)
        places = np.where(there, middle, places.reshape(2, -1)).reshape(places.shape)
        number, distance = nearest_tiles(places, ground, side)
    return number, distance, places


def _means(maps: Array, number: Array, count: int) -> tuple[Array, Array]:
    """Which tiles are seen, (count,), and the means of maps (c, h, w) over them, (c, count)."""
    pixels = np.bincount(number.ravel(), minlength=count)
    sums = [np.bincount(number.ravel(), part.ravel(), count) for part in maps]
    return pixels > 0, (np.stack(sums) / pixels.clip(1)).astype(np.float32)


def nearest_tiles(places: Array, ground: Ground, side: int) -> tuple[Array, Array]:
    """Number (h, w) of the tile at every pixel, and how far its middle is, in half sides.

    Args:
        places: (2, rows, columns), y and x of the tiles' middles, within `REACH` cells.
        ground: They are turned as its edges run.
        side: Of a cell in pixels.
    """
    height, width = ground.shape
    rows, columns = places.shape[1:]
    y, x = places
    angle = ground.at(ground.angle, ground.inside(y, x))
    down, right = np.sin(angle), np.cos(angle)
    lines = np.stack([down, right, y * down + x * right, y * right - x * down])
    number = np.arange(rows * columns).reshape(rows, columns)
    # Copies of the outermost tiles take the places beyond the border. Columns are of pixels, not of
    # cells: NumPy is slow on short rows.
    around = ((REACH, REACH), (REACH, REACH))
    lines = np.pad(lines, ((0, 0), *around), mode="edge").astype(np.float32).repeat(side, axis=2)
    number = np.pad(number, around, mode="edge").repeat(side, axis=1)
    width_of_cells = columns * side
    across = np.arange(width_of_cells, dtype=np.float32)
    best = np.full((rows * side, width_of_cells), np.iinfo(np.int64).max)
    for row in range(rows):
        band = best[row * side : (row + 1) * side]
        along = np.arange(row * side, (row + 1) * side, dtype=np.float32)[:, None]
        for i in CANDIDATES:
            for j in CANDIDATES:
                first = (j + REACH) * side
                here = slice(first, first + width_of_cells)
                down, right, l0, c0 = lines[:, row + i + REACH, None, here]
                far = np.maximum(
                    np.abs(down * along + (right * across - l0)),
                    np.abs(right * along - (down * across + c0)),
                )
                # Distance and number in one integer: the least is the nearest, and says whose.
                key = (far * np.float32(LEVELS / side)).astype(np.int64) << 32
                np.minimum(band, key | number[row + i + REACH, here], out=band)
    best = best[:height, :width]
    return best & 0xFFFFFFFF, (best >> 32).astype(np.float32) * np.float32(2 / LEVELS)


def _joints(number: Array, width: float) -> Array:
    """How much of the grout is seen, 0 to 1, (h, w), between tiles, as wide as that in pixels."""
    line = np.zeros(number.shape, dtype=np.float32)
    line[:, 1:] = number[:, 1:] != number[:, :-1]
    line[1:] = np.maximum(line[1:], number[1:] != number[:-1])
    radius = max(1, round(width / 2))
    full = 2 * radius + 1
    around = (box(line, radius) * full).clip(0, 1) * np.float32(min(1.0, width / full))
    joints: Array = np.maximum(GROUT_SHOWN * line, around)
    return joints
