"""Cells that are small where a photo has detail, each around a site on its edges.

Sites are those of a quadtree, and cells are their Voronoi cells, found by jump flooding: Rong and
Tan, "Jump Flooding in GPU with Applications to Voronoi Diagram and Distance Transform" (2006).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..geometry import Array, gradient
from ..sampling import blocks
from .ground import Ground

CHANCE = 0.02  # change of luma below which the place of a site is a matter of chance


@dataclass(frozen=True)
class Sizes:
    """Of the leaves of a quadtree.

    Attributes:
        finest: Side of the finest in pixels, at scale 1.
        splits: Deviations of luma in a leaf from which it is split in four, the coarsest first.
    """

    finest: float
    splits: tuple[float, ...]


class Sites:
    """One site in every leaf of a quadtree, on the strongest edge there.

    The tree is on the ground's grid, padded by more than a coarsest leaf, so that what is seen has
    cells around it.

    Args:
        ground: Leaves are small where it has detail.
        sizes: Of the leaves.
        rng: Of where the tree begins, and of sites where there are no edges.
        tones: Whose deviation and edges count, on the ground's grid; the photo's luma if none.
        focus: How much more they count there than elsewhere, likewise.

    Attributes:
        shape: Of the padded grid.
        y, x: Of every site, on the padded grid.
        level: Of its leaf, 0 the coarsest.
        side: Of its leaf in pixels of the grid.
        leaf: Number of the site in whose leaf each pixel of the padded grid lies.
    """

    def __init__(
        self,
        ground: Ground,
        sizes: Sizes,
        rng: np.random.Generator,
        tones: Array | None = None,
        focus: Array | None = None,
    ) -> None:
        tones = ground.moments[0] if tones is None else tones
        focus = np.ones_like(tones) if focus is None else focus
        finest = max(2, round(sizes.finest * ground.scale / ground.pitch))
        self.coarsest = finest << len(sizes.splits)
        before = self.coarsest + rng.integers(self.coarsest, size=2)
        self._padding = [
            (int(first), self.coarsest + -(length + int(first)) % self.coarsest)
            for length, first in zip(tones.shape, before, strict=True)
        ]
        padded = self.padded(tones)
        self.shape = padded.shape
        chance = CHANCE * rng.random(self.shape, dtype=np.float32)
        score = np.hypot(*gradient(padded)) + chance
        self._plant(padded, score, self.padded(focus), sizes.splits)

    def padded(self, maps: Array) -> Array:
        """Maps (..., h', w') with their borders repeated."""
        return np.pad(maps, [(0, 0)] * (maps.ndim - 2) + self._padding, mode="edge")

    def cut(self, maps: Array) -> Array:
        """What is seen of padded maps (..., h, w)."""
        (above, below), (left, right) = self._padding
        return maps[..., above:-below, left:-right]

    @property
    def places(self) -> Array:
        """Of every site, y and x on the grid that is not padded, (2, count)."""
        return np.stack([self.y - self._padding[0][0], self.x - self._padding[1][0]])

    @property
    def root(self) -> Array:
        """Number of the coarsest cell of the tree in which each site lies, (count,)."""
        columns = self.shape[1] // self.coarsest
        number: Array = self.y // self.coarsest * columns + self.x // self.coarsest
        return number.astype(int)

    def _plant(self, tones: Array, score: Array, focus: Array, splits: tuple[float, ...]) -> None:
        """A site where the score is highest in every leaf, leaves being split from the roots on."""
        moments = np.stack([tones, tones * tones, focus])
        self.leaf = np.zeros(self.shape, dtype=np.int32)
        places: list[Array] = []
        alive = np.ones([length // self.coarsest for length in self.shape], dtype=bool)
        for level, least in enumerate((*splits, np.inf)):
            side = self.coarsest >> level
            mean, square, weight = blocks(moments, side)
            leaves = alive & ((square - mean * mean).clip(0) * weight**2 <= least**2)
            alive = (alive & ~leaves).repeat(2, 0).repeat(2, 1)
            rows, columns = np.nonzero(leaves)
            numbers = np.zeros(leaves.shape, dtype=np.int32)
            numbers[rows, columns] = sum(part.shape[1] for part in places) + np.arange(rows.size)
            self.leaf += numbers.repeat(side, 0).repeat(side, 1)
            # Not at the margin: sites of neighbours would be as good as one.
            margin = side // 4
            inner = slice(margin, side - margin)
            parts = score.reshape(leaves.shape[0], side, leaves.shape[1], side)
            parts = parts[:, inner, :, inner].transpose(0, 2, 1, 3)[rows, columns]
            width = side - 2 * margin
            y, x = np.divmod(parts.reshape(rows.size, width**2).argmax(1), width)
            y, x = rows * side + margin + y, columns * side + margin + x
            places.append(np.stack([y, x, np.full(rows.size, level)]))
        found = np.concatenate(places, axis=1)
        self.y, self.x = found[:2].astype(np.float32)
        self.level = found[2]
        self.side = (self.coarsest >> self.level).astype(np.float32)

    def nearest(self, colours: Array | None = None, unlike: float = 1.0) -> Array:
        """Number of the nearest site of every pixel of the padded grid.

        Args:
            colours: (3, h, w), padded: cells then follow their edges, as do those of Achanta et
                al., "SLIC Superpixels Compared to State-of-the-art Superpixel Methods" (2012).
            unlike: Difference in colour that is as far as a leaf's side.
        """
        y, x = (np.arange(length, dtype=np.float32) for length in self.shape)
        y = y[:, None]
        inverse = np.float32(1) / np.square(self.side)
        shades = [] if colours is None else list(colours * np.float32(1 / unlike))
        own = [part[self.y.astype(int), self.x.astype(int)] for part in shades]

        def distance(number: Array) -> Array:
            far: Array = np.square(self.y.take(number) - y) + np.square(self.x.take(number) - x)
            if shades:
                far *= inverse.take(number)
            for shade, mine in zip(shades, own, strict=True):
                far += np.square(mine.take(number) - shade)
            return far

        # Coloured cells have no straight borders that corners would be missed of.
        return flooded(self.leaf.astype(np.intp), distance, self.coarsest // 2, bool(shades))


def flooded(
    number: Array, distance: Callable[[Array], Array], step: int, crosswise: bool = False
) -> Array:
    """Numbers (r, c) of the sites nearest to each place, from those of some that are near.

    Args:
        number: Of a site near each place.
        distance: From every place to the site whose number is there.
        step: How far sites are looked for at first, in places; then half as far, down to 1.
        crosswise: Whether that is above, below and beside each place alone.
    """
    rows, columns = number.shape
    around = [
        (i, j) for i, j in np.ndindex(3, 3) if (i, j) != (1, 1) and (not crosswise or 1 in (i, j))
    ]
    number, far = number.copy(), distance(number)
    while step:
        padded = np.pad(number, step, mode="edge")
        for i, j in around:
            other = padded[i * step : i * step + rows, j * step : j * step + columns]
            there = distance(other)
            nearer = there < far
            np.copyto(number, other, where=nearer)
            np.copyto(far, there, where=nearer)
        step //= 2
    return number
