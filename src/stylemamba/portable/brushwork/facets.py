"""Facets: triangles of one colour each, as of cut paper or crystal (low poly).

Source: Gai and Wang, "Artistic Low Poly Rendering for Images" (2016): a Delaunay triangulation
whose vertices lie on edges, close together where there is detail. It is the dual of a Voronoi
diagram of pixels, as in Rong et al., "Computing Two-dimensional Delaunay Triangulation Using
Graphics Hardware" (2008).
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .cells import Sites, Sizes
from .colour import clean
from .ground import Ground
from .paint import Amount, over

SIZES = Sizes(finest=5.5, splits=(0.035, 0.065, 0.1))
PHOTO = 0.75  # share of the photo in the colours
CHROMA = 1.45  # factor
DARKEST = 0.05  # so that shadows have facets, too
SHADE = 0.11  # of light on facets that are turned to it or away from it
SLOPE = 0.35  # deviation of vertices' heights, in sides of leaves
LIGHT = np.array([0.5, -0.5, 0.7], dtype=np.float32)  # to the right, down, out of the picture
SAMPLES = np.array(
    [[1, 1, 1], [3, 1, 1], [1, 3, 1], [1, 1, 3], [2, 2, 1], [2, 1, 2], [1, 2, 2]], dtype=np.float32
)
"""Where a facet takes its colour from: barycentric coordinates, times their sum."""


def paint_facets(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in facets, in [0, 1]; see `brushwork`."""
    sites = Sites(ground, SIZES, rng)
    corners = triangles(sites.nearest())
    places = sites.places[:, corners]
    colour = _sampled(clean(picture, ground, PHOTO), places)
    grey = luma(colour)
    colour = DARKEST + (1 - DARKEST) * (grey + CHROMA * (colour - grey))
    heights = SLOPE * sites.side * rng.standard_normal(sites.side.size, dtype=np.float32)
    colour = colour + SHADE * _lit(places, heights[corners])
    number = rasterised((places + 0.5) * ground.pitch - 0.5, ground.shape)
    facets = _smoothed(np.take(colour.clip(0, 1), number, axis=1))
    return over(picture, facets, amount)


def _sampled(colours: Array, places: Array) -> Array:
    """Medians (3, count) of colours (3, h, w) in triangles (2, count, 3)."""
    weights = SAMPLES / SAMPLES.sum(1, keepdims=True)
    y, x = (places @ weights.T).round().astype(int)
    y, x = y.clip(0, colours.shape[1] - 1), x.clip(0, colours.shape[2] - 1)
    return np.median(colours[:, y, x], axis=-1).astype(np.float32)


def _lit(places: Array, heights: Array) -> Array:
    """How far triangles (2, count, 3) are turned to the light, by the heights of their corners."""
    corners = np.stack([places[1], places[0], heights])
    a, b = corners[..., 1] - corners[..., 0], corners[..., 2] - corners[..., 0]
    normal = np.cross(a, b, axis=0)
    normal *= np.sign(normal[2]) / np.linalg.norm(normal, axis=0).clip(1e-6)
    lit: Array = LIGHT @ normal - LIGHT[2]
    return lit


def _smoothed(maps: Array) -> Array:
    """Maps (c, h, w) without steps along slanting edges: means with weights 1, 2 and 1."""
    for axis in (1, 2):
        maps = np.moveaxis(maps, axis, 0)
        padded = np.concatenate([maps[:1], maps, maps[-1:]])
        maps = np.moveaxis((padded[:-2] + 2 * maps + padded[2:]) / 4, 0, axis)
    return maps


def triangles(number: Array) -> Array:
    """Corners (count, 3) of the triangles between sites whose cells (h, w) meet at a corner."""
    a, b, c, d = (
        part.ravel()
        for part in (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1])
    )
    met = ((a != b) | (c != d)) & ((a != d) | (b != c))
    a, b, c, d = a[met], b[met], c[met], d[met]
    # Four that meet are two triangles. With one of three at both b and d, it is a, b, c.
    found = np.sort(np.stack([[a, b, d], [b, c, d], [a, b, c]], axis=1), axis=0)
    distinct = (found[0] != found[1]) & (found[1] != found[2])
    distinct[2] &= b == d
    low, middle, high = found[:, distinct].astype(np.int64)
    count = int(number.max()) + 1
    keys = np.unique((low * count + middle) * count + high)
    return np.stack([keys // count**2, keys // count % count, keys % count], axis=1)


def rasterised(corners: Array, shape: tuple[int, ...]) -> Array:
    """Number (h, w) of the triangle at every pixel.

    Rows of pixels are cut where triangles begin on them, and what follows is theirs: so pixels that
    none covers go to their left neighbour's.

    Args:
        corners: (2, count, 3), y and x in pixels.
        shape: (h, w).
    """
    height, width = shape
    order = np.argsort(corners[0], axis=1)
    y, x = (np.take_along_axis(part, order, axis=1) for part in corners)
    first, last = np.ceil(y[:, [0, 2]]).clip(0, height).astype(int).T
    rows = last - first
    number = np.repeat(np.arange(rows.size), rows)
    row = np.arange(number.size) - np.repeat(np.cumsum(rows) - rows, rows) + first[number]
    (y0, y1, y2), (x0, x1, x2) = y[number].T, x[number].T
    long = x0 + (row - y0) / (y2 - y0) * (x2 - x0)
    upper = x0 + (row - y0) / (y1 - y0).clip(1e-6) * (x1 - x0)
    lower = x1 + (row - y1) / (y2 - y1).clip(1e-6) * (x2 - x1)
    short = np.where(row < y1, upper, lower)
    left = np.ceil(np.minimum(long, short)).clip(0, width).astype(int)
    right = np.ceil(np.maximum(long, short)).clip(0, width).astype(int)
    seen = left < right
    begin = row[seen] * width + left[seen]
    starts, owner = np.zeros((2, height * width), dtype=np.int32)
    starts[begin], owner[begin] = begin, number[seen]
    result: Array = owner[np.maximum.accumulate(starts)].reshape(shape)
    return result
