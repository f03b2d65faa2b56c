"""Facets: triangles of one colour each, as of cut paper or crystal (low poly).

Source: Gai and Wang, "Artistic Low Poly Rendering for Images" (2016): a Delaunay triangulation
whose vertices lie on edges, close together where there is detail. It is the dual of a Voronoi
diagram of pixels, as in Rong et al., "Computing Two-dimensional Delaunay Triangulation Using
Graphics Hardware" (2008).
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, luma
from ..sampling import means
from .cells import Sites, Sizes
from .ground import Ground
from .paint import Amount, over
from .pieces import clean
from .tones import smoothstep

SIZES = Sizes(finest=3.0, splits=(0.02, 0.034, 0.05, 0.07))
FACE, FACE_FAR = 4.5, 4.0
"""How much more detail counts on faces than elsewhere, beyond 1, and deviation in pixels of the
window around them in which it does."""
PHOTO = 0.7  # share of the photo in the colours
TONES = 0.85  # and how far their luma is that of its masses
CHROMA, SKIN_CHROMA = 1.5, 1.1  # factors
LIFT, DARKEST = 0.8, 0.075  # exponent of luma; least lightness, so that shadows have facets, too
SHADE = 0.15  # of light on facets that are turned to it or away from it
WARMTH = np.float32(0.3)  # of red over blue in what counts as detail, beside luma
SMOOTH, SMOOTHED = 1.5, 0.04  # radius in pixels and deviation of luma that is left out
AROUND, EVEN = 4.0, 0.03
"""Deviation in pixels of the surroundings that colours count against, and the difference that even
ground has."""
SLOPE = 0.35  # deviation of vertices' heights, in sides of leaves
LIGHT = np.array([0.5, -0.5, 0.7], dtype=np.float32)  # to the right, down, out of the picture


def paint_facets(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in facets, in [0, 1]; see `brushwork`."""
    face = smoothstep(0.05, 0.4, blurred(ground.skin, FACE_FAR * ground.scale / ground.pitch))
    masses = ground.masses
    tones = luma(masses) + WARMTH * (masses[0] - masses[2])
    sites = Sites(ground, SIZES, rng, tones, 1 + FACE * face)
    corners = triangles(sites.nearest())
    places = sites.places[:, corners]
    number = rasterised((places + 0.5) * ground.pitch - 0.5, ground.shape)
    colour = _colours(clean(picture, ground, PHOTO), places, number, ground)
    heights = SLOPE * sites.side * rng.standard_normal(sites.side.size, dtype=np.float32)
    colour = colour * (1 + SHADE / 0.5 * _lit(places, heights[corners]))
    facets = _smoothed(np.take(colour.clip(0, 1), number, axis=1))
    return over(picture, facets, amount)


def _colours(shown: Array, places: Array, number: Array, ground: Ground) -> Array:
    """Of facets (3, count): chroma of their middles, and the luma of the photo.

    What is unlike its surroundings counts most in luma, so that eyes are seen.
    """
    middle = places.mean(-1).round().astype(int)
    y, x = (part.clip(0, last - 1) for part, last in zip(middle, shown.shape[1:], strict=True))
    colour, skin = shown[:, y, x], ground.skin[y, x]
    tone = luma(ground.photo)
    tone = guided(tone, tone, SMOOTH * ground.scale, SMOOTHED)
    weight = np.square(tone - ground.spread(blurred(ground.moments[0], AROUND / ground.pitch)))
    weight += np.float32(EVEN**2)
    total, light = means(np.stack([weight, weight * tone]), number, places.shape[1])
    grey = luma(colour)
    light = np.where(total > 0, light / total.clip(1e-9), grey)
    colour = colour + TONES * (light - grey)
    chroma = CHROMA + skin * (SKIN_CHROMA - CHROMA)
    grey = luma(colour)
    light = DARKEST + (1 - DARKEST) * grey ** np.float32(LIFT)
    vivid: Array = light + chroma * light / (grey + np.float32(0.05)) * (colour - grey)
    return vivid


def _lit(places: Array, heights: Array) -> Array:
    """How far triangles (2, count, 3) are turned to the light, by the heights of their corners."""
    corners = np.stack([places[1], places[0], heights])
    a, b = corners[..., 1] - corners[..., 0], corners[..., 2] - corners[..., 0]
    normal = np.cross(a, b, axis=0)
    normal *= np.sign(normal[2]) / np.linalg.norm(normal, axis=0).clip(1e-6)
    lit: Array = LIGHT @ normal - LIGHT[2]
    return lit


def _smoothed(maps: Array) -> Array:
    """Maps (c, h, w) without steps along slanting edges: means with weights 1, 4 and 1."""
    for axis in (1, 2):
        maps = np.moveaxis(maps, axis, 0)
        padded = np.concatenate([maps[:1], maps, maps[-1:]])
        maps = np.moveaxis((padded[:-2] + 4 * maps + padded[2:]) / 6, 0, axis)
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
