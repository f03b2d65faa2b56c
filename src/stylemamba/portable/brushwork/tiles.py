"""Tiles of a mosaic, set along the edges of a photo.

Source: Hausner, "Simulating Decorative Mosaics" (2001): every tile is a cell of a Voronoi diagram
in the maximum norm, turned as the edges run, and settles into the middle of its cell (Lloyd).
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, along_edges, box, gradient, luma, squared_gradient
from ..sampling import means
from .faces import features
from .ground import Ground
from .paint import Amount, lit, over, varied
from .pieces import clean, rich
from .regions import appearance, borders, surfaces
from .tones import smoothstep

TILES = ((13.0, 7), (8.5, 5), (5.0, 3))
"""Sides of broad, middle and fine tiles in pixels, at scale 1 and at least."""
CALM, FINE = 0.03, 0.11
"""Deviations of the photo around a tile up to which it is broad, and from which it is fine."""
FACE = 0.25  # likelihood of skin from which tiles are fine
FIGURES, LEAST = 3.2, 60.0  # of figures, at whose outlines tiles are cut; see `regions.grouped`
OUTLINES = (4.0, 10.0, 24.0)
"""Deviations in pixels of the windows in which outlines decide on how rows run."""
UNLIKE = (0.08, 0.3)  # difference between figures from where to where there is an outline
GAP = 0.9  # width of the gap at outlines, in pixels
SETTLINGS = 1  # steps of Lloyd's algorithm
JITTER = 0.6  # of the first places, in sides
REACH = 1  # cells of the grid that a tile is away from its pixels, at most
ACROSS = 2 * REACH + 1  # candidates, along an axis
BITS = 4  # that the number of a candidate takes
BAND = 64  # rows that are worked on at once: they fit into a core's cache
PHOTO = 0.75
"""Share of the photo in the tiles' colours: what the networks paint is cut up already, and its
means over tiles are grey."""
TONES = np.float32(0.75)  # and how far their luma is the photo's
LIFT = np.float32(0.78)  # exponent of the colours: grout is dark, so stones are light
AROUND, SHARPER = 5.0, np.float32(0.7)
"""Deviation in pixels of the surroundings that tones stand out from, and by how much more."""
FEATURES = np.float32(0.35)  # by which eyes and mouths are darker
CALM_FACE = np.float32(0.75)  # how far stones of faces are no other than these
SMOOTH, SMOOTHED = 4.0, 0.07  # radius in pixels and deviation of luma that is no edge
STONE, SKIN = (0.12, 0.96, 1.9, 0.5), (0.08, 0.98, 1.35, 0.25)
"""Of full hue; see `rich`."""
SHADE, HUE, CHROMA_JITTER, TINT = 0.032, 0.11, 0.14, 0.006
GOLD, LAPIS = np.array([[1.0, 0.8, 0.3], [0.15, 0.4, 1.0]], dtype=np.float32)
SHARE = 0.08  # of stones that are gold among warm light ones, and lapis among cool dark ones
PURITY = 0.75  # of gold and lapis
GROUT = np.array([0.16, 0.14, 0.13], dtype=np.float32)
SEEP = np.float32(0.6)  # share of the stones' colour in that of the grout beside them
JOINT = 0.12  # width of the grout in sides of broad tiles
GROUT_SHOWN = np.float32(0.55)  # in the middle of a joint, even of one finer than a pixel
SHOWN = (1.0, 0.9, 0.4)  # how much of it, and of relief, is seen, by size of tiles
GAP_SHOWN = np.float32(0.55)  # how dark gaps at outlines are
OPACITY = 0.95
RELIEF = 0.15  # of light on the stones' slopes
LEVELS = 2**16  # to which distances are rounded, in sides


def paint_tiles(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a mosaic, in [0, 1]; see `brushwork`."""
    figure, outline = _figures(ground, rng)
    angle = _rows(ground, outline)
    sides = [max(least, round(side * ground.scale)) for side, least in TILES]
    number, distance, size, count = _laid(ground, angle, sides, rng)
    # Tiles are cut at the outlines of figures.
    figures = int(figure.max()) + 1
    number = number * figures + ground.repeated(figure)
    there = np.bincount(number.ravel(), minlength=count * figures) > 0
    number = (np.cumsum(there) - 1).astype(np.int32)[number]

    colours = ground.repeated(clean(picture, ground, PHOTO))
    maps = np.stack([*colours, luma(colours), _tone(ground), ground.repeated(ground.face)])
    *shown, grey, tone, face = means(maps, number, int(there.sum()))
    own = np.stack(shown) + TONES * (tone - grey)
    own = own.clip(0, 1) ** LIFT
    colour = _smalti(own, rng)
    plain = rich(own**LIFT, *SKIN)
    colour += CALM_FACE * smoothstep(0.3, 0.7, face) * (plain - colour)
    relief = np.array(SHOWN, dtype=np.float32)[size]
    stone = np.take(colour, number, axis=1) + RELIEF * relief * lit(1 - distance**4)
    joint = _joints(number, JOINT * sides[1]) * relief
    grout = GROUT[:, None, None] + SEEP * (stone - GROUT[:, None, None])
    stone += joint * (grout - stone)
    gap = blurred(ground.spread(outline), GAP / 2 * ground.scale)
    stone += GAP_SHOWN * smoothstep(0.3, 0.9, gap) * (grout - stone)
    return over(picture, stone, OPACITY * amount)


def _figures(ground: Ground, rng: np.random.Generator) -> tuple[Array, Array]:
    """Number of the figure at every place of the grid, and how much of an outline is there."""
    maps = appearance(ground)
    figure = surfaces(ground, maps, rng, FIGURES, LEAST, np.inf)
    shown = means(maps, figure, int(figure.max()) + 1)
    unlike = np.sqrt(sum(np.square(part[:, None] - part) for part in shown))
    return figure, borders(figure, smoothstep(*UNLIKE, unlike))


def _rows(ground: Ground, outline: Array) -> Array:
    """The angle of rows on the grid: along the outlines (r, c) of figures, near and far.

    So did the Romans lay rows around figures, and then rows around these (opus vermiculatum).
    """
    near = np.zeros_like(outline)
    for size in OUTLINES:
        near += np.float32(size) * blurred(outline, size * ground.scale / ground.pitch)
    down, right = gradient(near)
    edges = squared_gradient(down, right)
    strength = np.sqrt(np.hypot(*edges)) + np.float32(1e-5)
    real, imaginary = blurred(edges / strength, 2.0)
    return along_edges(real, imaginary)


def _tone(ground: Ground) -> Array:
    """The photo's luma (h, w), in which what is unlike its surroundings stands out."""
    tone = luma(ground.photo)
    tone = guided(tone, tone, SMOOTH * ground.scale, SMOOTHED)
    around = ground.spread(blurred(ground.moments[0], AROUND * ground.scale / ground.pitch))
    sharp: Array = tone + SHARPER * (tone - around)
    return sharp * (1 - FEATURES * features(ground))


def _laid(
    ground: Ground, angle: Array, sides: list[int], rng: np.random.Generator
) -> tuple[Array, Array, Array, int]:
    """Of the tile at every pixel: number, distance from its middle, which size; and their count."""
    deviation = [np.sqrt(ground.variance(side)) for side in sides]
    finer = [
        np.maximum(deviation[0] > CALM, blurred(ground.skin, 3.0) > FACE / 4),
        np.maximum(deviation[1] > FINE, ground.skin > FACE),
    ]
    number, distance, places = _settled(ground, angle, sides[0], rng)
    size, count = np.zeros(ground.shape, dtype=np.int8), places[0].size
    for step, side in enumerate(sides[1:]):
        # Whole tiles give way to finer ones.
        gives = ground.at(finer[step], ground.inside(*places)).ravel()
        away = gives[number - (count - gives.size)] & (size == step)
        fine, far, places = _settled(ground, angle, side, rng)
        number = np.where(away, fine + count, number)
        distance = np.where(away, far, distance)
        size += away
        count += places[0].size
    return number, distance, size, count


def _smalti(colours: Array, rng: np.random.Generator) -> Array:
    """Stones for colours (3, count): of full hue, each a little other, some of gold or lapis."""
    stones = varied(
        rich(colours, *STONE),
        rng,
        shade=SHADE,
        hue=HUE,
        chroma=0.0,
        chroma_jitter=CHROMA_JITTER,
        tint=TINT,
    )
    tone, warmth = luma(colours), colours[0] - colours[2]
    chance = rng.random(tone.size, dtype=np.float32)
    golden = (chance < SHARE) * (3 * tone - 0.9).clip(0, 1) * (6 * warmth).clip(0, 1)
    blue = (chance > 1 - SHARE) * (1.8 - 3 * tone).clip(0, 1) * (0.4 - 3 * warmth).clip(0, 1)
    stones += PURITY * golden * (GOLD[:, None] * (0.45 + 0.75 * tone) - stones)
    stones += PURITY * blue * (LAPIS[:, None] * (0.35 + 1.2 * tone) - stones)
    result: Array = stones.clip(0, 1)
    return result


def _settled(
    ground: Ground, angle: Array, side: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Tiles of one size: number and distance as from `nearest_tiles`, and their places."""
    cells = tuple(-(-length // side) for length in ground.shape)
    chance = rng.random((2, *cells), dtype=np.float32) - 0.5
    places = (np.indices(cells, dtype=np.float32) + 0.5 + JITTER * chance) * side
    pixels = np.indices(ground.shape, dtype=np.float32)
    number, distance = nearest_tiles(places, ground, side, angle)
    for _ in range(SETTLINGS):
        there = np.bincount(number.ravel(), minlength=places[0].size) > 0
        middle = means(pixels, number, places[0].size)
        places = np.where(there, middle, places.reshape(2, -1)).reshape(places.shape)
        number, distance = nearest_tiles(places, ground, side, angle)
    return number, distance, places


def nearest_tiles(places: Array, ground: Ground, side: int, angle: Array) -> tuple[Array, Array]:
    """Number (h, w) of the tile at every pixel, and how far its middle is, in half sides.

    Args:
        places: (2, rows, columns), y and x of the tiles' middles, within `REACH` cells.
        ground: They lie on.
        side: Of a cell in pixels.
        angle: Of their rows, on the ground's grid.
    """
    height, width = ground.shape
    rows, columns = places.shape[1:]
    y, x = places
    turn = ground.at(angle, ground.inside(y, x))
    down, right = np.sin(turn), np.cos(turn)
    lines = np.stack([down, right, y * down + x * right, y * right - x * down])
    # Copies of the outermost tiles take the places beyond the border. Columns are of pixels, not of
    # cells: NumPy is slow on short rows.
    around = ((REACH, REACH), (REACH, REACH))
    lines = np.pad(lines, ((0, 0), *around), mode="edge").astype(np.float32).repeat(side, axis=2)
    number = np.pad(np.arange(rows * columns).reshape(rows, columns), around, mode="edge")
    band = max(1, BAND // side)
    best = np.concatenate(
        [_nearest(lines, first, min(first + band, rows), side) for first in range(0, rows, band)]
    )[:height, :width]
    cell = np.arange(height, dtype=np.int32)[:, None] // side * np.int32(number.shape[1])
    cell = cell + np.arange(width, dtype=np.int32) // side
    candidates = np.add.outer(np.arange(ACROSS) * number.shape[1], np.arange(ACROSS))
    cell += candidates.ravel().astype(np.int32).take(best & (2**BITS - 1))
    return number.ravel().take(cell), (best >> BITS).astype(np.float32) * np.float32(2 / LEVELS)


def _nearest(lines: Array, first: int, last: int, side: int) -> Array:
    """Distance and, in the last `BITS`, number of the nearest candidate in some rows of cells."""
    width = lines.shape[2] - 2 * REACH * side
    along = np.arange(first * side, last * side, dtype=np.float32).reshape(-1, side, 1)
    across = np.arange(width, dtype=np.float32)
    best = np.full((last - first, side, width), np.iinfo(np.int32).max, dtype=np.int32)
    for candidate, (i, j) in enumerate(np.ndindex(ACROSS, ACROSS)):
        here = slice(j * side, j * side + width)
        down, right, l0, c0 = lines[:, first + i : last + i, None, here]
        far = down * along
        far += right * across - l0
        other = right * along
        other -= down * across + c0
        far = np.maximum(np.abs(far, out=far), np.abs(other, out=other), out=far)
        far *= np.float32(LEVELS / side)
        key = far.astype(np.int32)
        key <<= BITS
        key |= candidate
        np.minimum(best, key, out=best)
    return best.reshape(-1, width)


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
