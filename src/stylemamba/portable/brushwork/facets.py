"""Facets: triangles of one colour each, as of cut paper or crystal (low poly).

Source: Gai and Wang, "Artistic Low Poly Rendering for Images" (2016): a Delaunay triangulation
whose vertices lie on edges, close together where there is detail. It is the dual of a Voronoi
diagram of pixels, as in Rong et al., "Computing Two-dimensional Delaunay Triangulation Using
Graphics Hardware" (2008).
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided
from ..geometry import Array, gradient, luma
from ..sampling import blocks, means
from .cells import flooded
from .faces import features
from .ground import Ground
from .lines import tangents
from .paint import Amount, over
from .pieces import clean
from .tones import smoothstep

FLAT, FAINT, STRONG, FACE, CLOSE = 44.0, 18.0, 6.2, 3.2, 6.5
"""Least distance of vertices in pixels: on flat ground, near faint and near strong edges, and near
those of faces and of faces seen from close by."""
LARGE, LARGELY = 26.0, (0.35, 0.75)
"""Deviation in pixels of a window, and from which to which share of skin in it faces are close."""
SOFT, MEET = 0.8, 1.5  # deviations in places of the windows of edges and corners
CORNER = np.float32(4.0)  # how much more corners count than edges
BENT = np.float32(1e-3)  # curvature of the strength of edges from which there is a ridge
STRENGTH = (0.025, 0.12)  # change of colour in a cell of the grid, of faint and of strong edges
WINDOW, EDGES = 6.0, np.float32(0.14)
"""Deviation in pixels of the surroundings whose edges count, and the share of edges in them where
ground is no longer flat."""
PATTERN, AROUND = (0.07, 0.15), 7.0
"""Deviation of luma from where to where texture is a pattern, as on fur and cloth; and the radius
in pixels of the surroundings for that and for local contrast."""
CLEARER, FEATURES = np.float32(0.6), np.float32(0.4)
"""Share of local contrast that is added, and by which eyes and mouths are darker."""
SMOOTH, SMOOTHED = 2.0, 0.04  # radius in pixels and deviation of luma that is no edge
FLOW, MESSY, CROWD = 2.5, (0.75, 0.35), np.float32(0.9)
"""Deviation in pixels of the window in which edges agree; coherence from where to where they do
not, as in texture, and by how much further vertices are apart there."""
FACE_FAR = 4.0  # deviation in pixels of the window around faces that counts as theirs
PHOTO = 0.75  # share of the photo in the colours
INSIDE = np.float32(0.02)  # change of colour in a cell beside which colours count half
CHROMA, SKIN_CHROMA = 1.6, 1.2  # factors
LIFT, DARKEST = 0.8, 0.075  # exponent of luma; least lightness, so that shadows have facets, too
CONTRAST = 0.35  # how far tones go along an S-shaped curve
SHADE, SKIN_SHADE = 0.16, 0.05  # of light on facets that are turned to it or away from it
SLOPE = 0.3  # deviation of vertices' heights, in their least distances
LIGHT = np.array([0.5, -0.5, 0.7], dtype=np.float32)  # to the right, down, out of the picture


def paint_facets(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in facets, in [0, 1]; see `brushwork`."""
    places, apart, number = vertices(ground, rng)
    corners = triangles(number)
    places = places[:, corners]
    number = rasterised((places + 0.5) * ground.pitch - 0.5, ground.shape)
    heights = SLOPE * apart * rng.standard_normal(apart.size, dtype=np.float32)
    colour, skin = _colours(picture, ground, number, len(corners))
    shade = SHADE + skin * (SKIN_SHADE - SHADE)
    colour = colour * (1 + shade / 0.5 * _lit(places, heights[corners]))
    facets = _smoothed(np.take(colour.clip(0, 1), number, axis=1))
    return over(picture, facets, amount)


def vertices(ground: Ground, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Places along the edges, the strongest first, and between them: Poisson discs.

    Source: Cook, "Stochastic Sampling in Computer Graphics" (1986), whose discs are small here
    where there are edges, as in Gai and Wang.

    Returns:
        Their y and x on the ground's grid, (2, count); how far others are, at least, (count,); and
        the number of the nearest to every place of that grid, padded by a few of them.
    """
    face = smoothstep(0.05, 0.4, blurred(ground.skin, FACE_FAR * ground.scale / ground.pitch))
    strength = _strength(blurred(ground.of(_shown), SOFT))
    corner = _corners(ground)
    apart = _apart(strength, face, ground)
    pad = int(apart.max()) + 2
    strength, corner, apart = (np.pad(part, pad, mode="edge") for part in (strength, corner, apart))
    order = np.where(_ridges(strength) & (strength > STRENGTH[0]), strength + corner, 0).ravel()
    order = np.argsort(-order - 1e-3 * rng.random(order.size, dtype=np.float32))
    found, near = _discs(order, apart)
    y, x = _refined(strength, *np.divmod(found, apart.shape[1]))
    rows, columns = (np.arange(length, dtype=np.float32) for length in apart.shape)

    def distance(number: Array) -> Array:
        far: Array = np.square(y.take(number) - rows[:, None])
        return far + np.square(x.take(number) - columns)

    number = flooded(near, distance, max(1, pad // 4))
    return np.stack([y - pad, x - pad]), apart.ravel()[found], number


def _refined(strength: Array, y: Array, x: Array) -> tuple[Array, Array]:
    """Places on the very ridge: where the parabola through three strengths is highest."""
    places = []
    for down, right in ((1, 0), (0, 1)):
        last_y, last_x = strength.shape[0] - 1, strength.shape[1] - 1
        before = strength[(y - down).clip(0), (x - right).clip(0)]
        after = strength[(y + down).clip(0, last_y), (x + right).clip(0, last_x)]
        bend = 2 * strength[y, x] - before - after
        off = np.where(bend > BENT, (after - before) / (2 * bend.clip(BENT)), 0).clip(-0.5, 0.5)
        places.append(((y if down else x) + off).astype(np.float32))
    return places[0], places[1]


def _corners(ground: Ground) -> Array:
    """How strongly edges of two directions meet at a place (r, c).

    Source: Shi and Tomasi, "Good Features to Track" (1994): the lesser eigenvalue of the structure
    tensor.
    """
    down, right = gradient(blurred(luma(ground.of(_shown)), SOFT))
    yy, xx, xy = blurred(np.stack([down * down, right * right, down * right]), MEET)
    least = (yy + xx - np.sqrt(np.square(yy - xx) + 4 * np.square(xy))) / 2
    return CORNER * np.sqrt(least.clip(0))


def _shown(ground: Ground) -> Array:
    """The photo (3, r, c) without its texture, with patterns of contrast, and clear faces."""
    photo, step = blocks(ground.photo, ground.pitch), ground.scale / ground.pitch
    fine = guided(photo, ground.moments[0], SMOOTH * step, SMOOTHED)
    contrast = smoothstep(*PATTERN, np.sqrt(ground.variance(AROUND * ground.scale)))
    seen = ground.masses + np.maximum(contrast, ground.skin) * (fine - ground.masses)
    light = luma(seen)
    clear: Array = seen + CLEARER * (light - blurred(light, AROUND * step))
    return clear - FEATURES * ground.of(_features) * clear


def _features(ground: Ground) -> Array:
    """Eyes and mouths, 0 to 1, on the ground's grid."""
    return blocks(features(ground), ground.pitch)


def _strength(colour: Array) -> Array:
    """How much colours (3, r, c) change from a place to the next, (r, c)."""
    changes: Array = sum(down * down + right * right for down, right in map(gradient, colour))
    return np.sqrt(changes)


def _ridges(strength: Array) -> Array:
    """Where a map (r, c) is highest among those above and below, or beside it."""
    padded = np.pad(strength, 1, mode="edge")
    upright = np.maximum(padded[:-2, 1:-1], padded[2:, 1:-1])
    level = np.maximum(padded[1:-1, :-2], padded[1:-1, 2:])
    return (strength >= upright) | (strength >= level)


def _apart(strength: Array, face: Array, ground: Ground) -> Array:
    """The least distance of vertices (r, c), in places of the ground's grid."""
    step = ground.scale / ground.pitch
    edges = smoothstep(*STRENGTH, strength)
    share = blurred(_ridges(strength) * (strength > STRENGTH[0]), WINDOW * step)
    strong = blurred(edges * edges, WINDOW * step) / (blurred(edges, WINDOW * step) + 1e-3)
    near = FAINT + (STRONG - FAINT) * smoothstep(0, 0.7, strong)
    plain = 1 - smoothstep(0, 0.2, blurred(ground.of(_features), 2 * step))
    close = plain * smoothstep(*LARGELY, blurred(ground.skin, LARGE * step))
    _, coherence = tangents(ground.moments[0], FLOW * step)
    pattern = smoothstep(*PATTERN, np.sqrt(ground.variance(AROUND * ground.scale)))
    near = near * (1 + CROWD * (1 - pattern) * smoothstep(*MESSY, coherence))
    near = near + face * (FACE + close * (CLOSE - FACE) - near)
    plain = (1 - share / EDGES).clip(0)
    apart: Array = (near + plain * (FLAT - near)) * np.float32(step)
    return apart.clip(1.5)


def _discs(order: Array, apart: Array) -> tuple[Array, Array]:
    """Places no two of which are closer to each other than the earlier one's distance.

    Args:
        order: In which places are tried, as indices of the flat map.
        apart: The distance that each keeps, (r, c).

    Returns:
        Indices of those found, and for every place (r, c) the number of one that is near.
    """
    reach = int(apart.max()) + 1
    rows, columns = apart.shape
    owner = np.full((rows + 2 * reach, columns + 2 * reach), -1, dtype=np.intp)
    inside = owner[reach:-reach, reach:-reach]
    far = np.hypot(*np.ogrid[-reach : reach + 1, -reach : reach + 1])
    found: list[int] = []
    sizes = apart.ravel()
    for place in order.tolist():
        row, column = divmod(place, columns)
        if inside.item(row, column) >= 0:
            continue
        size = sizes.item(place)
        least, most = reach - int(size), reach + int(size) + 1
        around = owner[row + least : row + most, column + least : column + most]
        around[(far[least:most, least:most] < size) & (around < 0)] = len(found)
        found.append(place)
    return np.array(found), inside.copy()


def _colours(picture: Array, ground: Ground, number: Array, count: int) -> tuple[Array, Array]:
    """Of facets (3, count): means of what is in them, away from edges; and shares of skin."""
    seen = ground.of(_shown)
    shown = seen + (1 - PHOTO) * (clean(picture, ground, 0) - seen)
    weight = 1 / (INSIDE + _strength(seen))
    maps = np.concatenate([weight * shown, weight * ground.skin[None], weight[None]])
    sums = means(ground.repeated(maps), number, count)
    colour, skin = np.split(sums[:4] / sums[4].clip(1e-6), [3])
    chroma = CHROMA + skin * (SKIN_CHROMA - CHROMA)
    grey = luma(colour)
    lifted = grey.clip(0, 1) ** np.float32(LIFT)
    light = lifted + CONTRAST * (smoothstep(0, 1, lifted) - lifted)
    light = DARKEST + (1 - DARKEST) * light
    vivid: Array = light + chroma * light / (grey + np.float32(0.05)) * (colour - grey)
    return vivid, skin[0]


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
