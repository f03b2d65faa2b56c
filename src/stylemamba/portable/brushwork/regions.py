"""Regions of a photo: pieces that are joined as long as they look alike.

Source: Ward, "Hierarchical Grouping to Optimize an Objective Function" (1963), on neighbours alone;
pairs that are each other's nearest are joined at once, as trees are by Boruvka (1926).
"""

from __future__ import annotations

import numpy as np

from ..colour import to_oklab
from ..filters import blurred
from ..geometry import Array
from ..sampling import means
from .cells import Sites, Sizes
from .ground import Ground

PIECES = Sizes(finest=7.0, splits=(0.022, 0.035, 0.06))
UNLIKE = 0.15  # difference in colour that keeps a place out of a piece as much as its side does
HUES = np.array([1, 2, 2], dtype=np.float32)[:, None, None]  # weights of Oklab in differences
SKIN, ONE = 0.3, 0.8  # how unlike other ground skin is, and how far it is of one colour
VOTES = 3  # rounds in which borders are smoothed
ROUNDS = 40  # of joining, at most
ROUNDINGS = 2  # of their borders


def appearance(ground: Ground, one: float = ONE) -> Array:
    """What tells regions apart (4, r, c), on the ground's grid: colour, and whether it is skin.

    Args:
        ground: Of the photo.
        one: How far all skin is of one colour, so that a face is one region.
    """
    lab, skin = HUES * to_oklab(ground.masses), ground.skin
    if skin.any():
        mean = (skin * lab).sum((1, 2), keepdims=True) / skin.sum()
        lab = lab + one * skin * (mean - lab)
    return np.concatenate([lab, SKIN * skin[None]]).astype(np.float32)


def surfaces(
    ground: Ground, maps: Array, rng: np.random.Generator, cost: float, least: float, largest: float
) -> Array:
    """Number (r, c) of the region at every place of the grid, from 0 on, by its `appearance`.

    See `grouped` for the other arguments.
    """
    number = ragged(ground, maps, rng, cost, least, largest)
    for _ in range(VOTES):
        number = voted(number)
    _, number = np.unique(number, return_inverse=True)
    return number.reshape(maps.shape[1:])


def ragged(
    ground: Ground, maps: Array, rng: np.random.Generator, cost: float, least: float, largest: float
) -> Array:
    """`surfaces` whose borders are not smooth yet."""
    number = pieces(ground, maps, rng)
    region: Array = grouped(number, maps, ground, cost, least, largest)[number]
    return region


def pieces(ground: Ground, maps: Array, rng: np.random.Generator) -> Array:
    """Number (r, c) of the small piece, of one `appearance`, at every place of the grid."""
    sites = Sites(ground, PIECES, rng)
    return sites.cut(sites.nearest(sites.padded(maps[:3]), UNLIKE))


def grouped(
    number: Array, maps: Array, ground: Ground, cost: float, least: float, largest: float
) -> Array:
    """Numbers (count,) of the regions that those at every place (r, c) of the grid are joined to.

    Args:
        number: Of the region at every place.
        maps: Their `appearance`, skin last.
        ground: Of the grid.
        cost: That they are joined up to; see `joined`.
        least: Area in pixels, at scale 1, below which they are joined at any cost.
        largest: Area above which they are not joined, unless they are skin.
    """
    count = int(number.max()) + 1
    area = np.bincount(number.ravel(), minlength=count) * (ground.pitch / ground.scale) ** 2
    values = means(maps, number, count)
    # A face is one, however large it is.
    bulk = area * (1 - values[-1] / SKIN).clip(0)
    return joined(number, values, area, bulk, most=cost, least=least, largest=largest)


def joined(
    number: Array,
    values: Array,
    area: Array,
    bulk: Array,
    *,
    most: float,
    least: float,
    largest: float,
) -> Array:
    """Numbers (count,) of the regions that pieces are joined to, from 0 on without gaps.

    Args:
        number: Of the piece at every place, (h, w).
        values: Their means, (c, count).
        area: Of each piece, (count,); pieces of none are joined to none.
        bulk: What counts as its area where regions are large enough, (count,).
        most: Cost up to which two are joined: their difference, times the root of half the
            harmonic mean of their areas.
        least: Area below which a region is joined to a neighbour at any cost.
        largest: Sum of bulk above which no two are joined, unless one is smaller than `least`.
    """
    area, sums = area.astype(np.float64), values.astype(np.float64) * area
    a, b, length = _borders(number)
    region = np.arange(area.size)
    for _ in range(ROUNDS):
        mean = sums / area.clip(1e-6)
        both = area[a] * area[b] / (area[a] + area[b]).clip(1e-6)
        cost = np.sqrt(both * np.square(mean[:, a] - mean[:, b]).sum(0))
        small = np.minimum(area[a], area[b]) < least
        # Long borders first, where areas are small.
        cost = np.where(small, 1e-3 * cost / np.sqrt(length), cost)
        cost[(bulk[a] + bulk[b] > largest) & ~small] = np.inf
        pair = _mutual(a, b, cost, area.size, most)
        if not pair.size:
            break
        target = np.arange(area.size)
        target[b[pair]] = a[pair]
        _, target = np.unique(target, return_inverse=True)
        count = int(target.max()) + 1
        region = target[region]
        area, bulk = (np.bincount(target, part, count) for part in (area, bulk))
        sums = np.stack([np.bincount(target, part, count) for part in sums])
        a, b, length = _united(target[a], target[b], length, count)
    return region


def _borders(number: Array) -> tuple[Array, Array, Array]:
    """Pairs of neighbouring pieces, the lower number first, and how long their borders are."""
    a = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel()]).astype(np.int64)
    b = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()]).astype(np.int64)
    unlike = a != b
    a, b = a[unlike], b[unlike]
    return _united(a, b, np.ones(a.size), int(number.max()) + 1)


def _united(a: Array, b: Array, length: Array, count: int) -> tuple[Array, Array, Array]:
    """Pairs, each once, and the sums of their lengths; none with itself."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    unlike = low != high
    keys, place = np.unique(low[unlike] * count + high[unlike], return_inverse=True)
    return keys // count, keys % count, np.bincount(place, length[unlike], keys.size)


def _mutual(a: Array, b: Array, cost: Array, count: int, most: float) -> Array:
    """Which pairs are the cheapest of both their members, and not above a cost."""
    order = np.argsort(-cost, kind="stable")
    best = np.full(count, -1)
    best[a[order]] = order
    other = np.full(count, -1)
    other[b[order]] = order
    # The cheaper of the one that it is first in and the one that it is second in.
    price = np.append(cost, np.inf)
    best = np.where(price[other] < price[best], other, best)
    pair = np.arange(a.size)
    found: Array = pair[(best[a] == pair) & (best[b] == pair) & (cost <= most)]
    return found


def voted(number: Array) -> Array:
    """Of the numbers of a place and its four neighbours, the most frequent around it."""
    rows, columns = number.shape
    padded = np.pad(number, 1, mode="edge")
    around = [padded[i : i + rows, j : j + columns] for i, j in np.ndindex(3, 3)]
    best, most = number, np.zeros(number.shape, dtype=np.int8)
    for candidate in (around[k] for k in (4, 1, 3, 5, 7)):
        votes = np.zeros(number.shape, dtype=np.int8)
        for other in around:
            votes += candidate == other
        best = np.where(votes > most, candidate, best)
        most = np.maximum(most, votes)
    return best


def rounded(number: Array, deviation: float) -> tuple[Array, list[Array]]:
    """Regions whose borders are smooth curves, and maps whose two highest are equal on them.

    Every place goes to the region that has most of a Gaussian window around it.

    Source: Merriman, Bence and Osher, "Motion of Multiple Junctions" (1994). Regions that do not
    touch share a map: few are blurred.

    Args:
        number: Of the region at every place, (r, c).
        deviation: Of the window, in places.

    Returns:
        Numbers (r, c) of those that are left, from 0 on, and the maps (r, c).
    """
    shared = _colouring(number)
    for _ in range(ROUNDINGS):
        maps = _windows(shared[number], deviation)
        most = np.argmax(maps, axis=0)
        for _ in range(int(2 * deviation) + 1):
            off = np.flatnonzero(shared[number] != most)
            y, x = np.unravel_index(off, number.shape)
            padded, result = np.pad(number, 1, mode="edge"), number[y, x]
            for i, j in ((0, 1), (1, 0), (1, 2), (2, 1)):
                beside = padded[y + i, x + j]
                result = np.where(shared[beside] == most[y, x], beside, result)
            number = number.copy()
            number[y, x] = result
    left, number = np.unique(number, return_inverse=True)
    number = number.reshape(most.shape)
    return number, _windows(shared[left][number], deviation)


def _windows(channel: Array, deviation: float) -> list[Array]:
    return [blurred(channel == k, deviation) for k in range(int(channel.max()) + 1)]


def _colouring(number: Array) -> Array:
    """A small number (count,) for each region, that none of its neighbours has: the least free."""
    a, b, _ = _borders(number)
    neighbours: list[list[int]] = [[] for _ in range(int(number.max()) + 1)]
    for low, high in zip(a.tolist(), b.tolist(), strict=True):
        neighbours[high].append(low)
    colours: list[int] = []
    for lower in neighbours:
        taken = {colours[other] for other in lower}
        colours.append(next(k for k in range(len(taken) + 1) if k not in taken))
    return np.array(colours)


def borders(number: Array, width: Array) -> Array:
    """How much of a line lies at each place, as wide as `width` says of pairs of regions.

    Args:
        number: Of the region at every place, (h, w).
        width: (count, count), between each two regions.
    """
    total = np.zeros(number.shape, dtype=np.float32)
    for axis in (0, 1):
        along, lines = (np.moveaxis(part, axis, 0) for part in (number, total))
        line = width[along[:-1], along[1:]] * (along[:-1] != along[1:])
        # Half of it on either side.
        lines[:-1] = np.maximum(lines[:-1], line)
        lines[1:] = np.maximum(lines[1:], line)
    return total
