"""Planes of cubism: what is seen is built of flat planes with straight edges, each softly shaded.

Source: the manner of Braque and Picasso from 1907 to 1914, as Kahnweiler describes it in "The Rise
of Cubism" (1920): a form is broken open into planes that follow it, of few colours, ochre,
grey-blue and rose; long straight lines run through them as a scaffold, beside which the ground is
shaded and passes over into what is around ("passage"); eyes, mouths and windows are drawn as signs.
Planes are polygons: triangles between points on the photo's edges, joined where they look alike.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array
from .cells import Sites, Sizes
from .colour import clean, from_oklab, means, to_oklab
from .facets import rasterised, triangles
from .filters import blurred
from .ground import Ground
from .lines import drawing
from .paint import Amount, over
from .regions import appearance, borders, grouped, surfaces
from .tones import smoothstep

POINTS = Sizes(finest=8.0, splits=(0.03, 0.05, 0.08))
ONE = 0.3  # how far skin is of one colour, within figures
OUTLINE = 1.5  # how unlike figures are
COST, LEAST, LARGEST = 2.6, 130.0, 5000.0
"""Of planes: the cost that triangles are joined up to, and areas in square pixels at scale 1."""
FIGURES = 6.5  # cost that planes are joined to figures up to
PHOTO = 0.7  # share of the photo in the colours
WARM = np.array([[0.18, 0.03, 0.03], [0.46, 0.035, 0.06], [0.74, 0.02, 0.095], [0.95, 0.0, 0.045]])
ROSE = np.array([[0.18, 0.03, 0.02], [0.46, 0.07, 0.035], [0.76, 0.06, 0.04], [0.95, 0.015, 0.02]])
COOL = np.array([[0.18, 0.0, -0.02], [0.44, -0.02, -0.04], [0.7, -0.018, -0.035], [0.94, 0, 0.01]])
"""Palettes in Oklab from dark to light: umber and ochre, rose, grey-blue."""
EVEN = 0.85  # how far the median colour is taken for grey
OWN = np.float32(0.22)  # share of their own colours in those of planes
LIGHT = (0.25, 0.77)  # lightness of what is black, and what that of white is more
BREAK, LIGHTER = 0.02, 0.035
"""Deviations among planes of one colour: of how warm they are, and of their lightness."""
SHADE = 0.2  # change of light across a plane
LINES_LONG = 11  # of the scaffold
REACH, PASSAGE = (0.25, 0.6), 0.16  # half the lengths of its lines, from and to, and widths of the
"""shade beside it, in longer sides of the photo."""
PASSED = 0.3  # change of light at a line of the scaffold
SCAFFOLD = np.float32(0.8)  # width of its lines
STEPS = 6  # directions of the scaffold, in half a turn
CONTOUR = 0.62  # deviation in pixels, at scale 1, of the smoothing of contours
WIDE, NARROW = 1.9, 0.62  # width of contours of figures, and between their planes
SIGNS = np.float32(0.8)  # opacity of drawn features
DARK, AROUND = (0.16, 0.34), 9.0
"""Share of the luma within that deviation in pixels that dark features of faces lack."""
INK = np.array([0.11, 0.09, 0.09], dtype=np.float32)


def paint_planes(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in cubist planes, in [0, 1]; see `brushwork`."""
    number, figure = _polygons(ground, rng)
    light, passed = _scaffold(ground, rng)
    cells = number[:: ground.pitch, :: ground.pitch]
    lab = _colours(clean(picture, ground, PHOTO), cells, figure.size, ground, rng)
    calm = 1 - 0.6 * ground.skin
    planes = np.take(from_oklab(lab), number, axis=1)
    planes *= (
        1 + _shade(number, cells, ground.pitch, figure.size, rng) + ground.spread(calm * light)
    )
    lines = SCAFFOLD * ground.spread(calm) * passed
    ink = np.maximum(_contours(number, figure, lines, ground), _signs(ground, rng))
    planes += ink * (INK[:, None, None] - planes)
    return over(picture, planes, amount)


def _polygons(ground: Ground, rng: np.random.Generator) -> tuple[Array, Array]:
    """Number (h, w) of the plane at every pixel, and which figure each is of."""
    maps = appearance(ground)
    figure = surfaces(ground, maps, rng, FIGURES, LEAST, np.inf)
    sites = Sites(ground, POINTS, rng)
    corners = triangles(sites.nearest())
    number = rasterised((sites.places[:, corners] + 0.5) * ground.pitch - 0.5, ground.shape)
    # Triangles end at the outlines of figures, and are joined within them.
    figures = int(figure.max()) + 1
    keys = number * figures + ground.repeated(figure)
    cells = keys[:: ground.pitch, :: ground.pitch]
    there = np.bincount(cells.ravel(), minlength=len(corners) * figures) > 0
    names, renamed = np.flatnonzero(there), (np.cumsum(there) - 1).astype(np.int32)
    cells = renamed[cells]
    number = np.where(there[keys], renamed[keys], ground.repeated(cells))
    other = OUTLINE * rng.standard_normal((2, figures), dtype=np.float32)
    maps = np.concatenate([other[:, figure], appearance(ground, ONE)])
    region = grouped(cells, maps, ground, COST, LEAST, LARGEST)
    whose = np.zeros(region.max() + 1, dtype=np.int32)
    whose[region] = names % figures
    return region[number], whose


def _colours(
    shown: Array, cells: Array, count: int, ground: Ground, rng: np.random.Generator
) -> Array:
    """Oklab of planes (3, count): few colours, ochre, rose and grey-blue."""
    own = to_oklab(means(shown, cells, count))
    skin = means(ground.skin[None], cells, count)[0]
    warm, other = BREAK * rng.standard_normal((2, count), dtype=np.float32)
    light = LIGHT[0] + LIGHT[1] * own[0] + LIGHTER * rng.standard_normal(count, dtype=np.float32)
    tone = own[1] + own[2]
    # A picture of one colour has warm and cool planes, too.
    tone = tone - EVEN * np.median(tone[cells]) + warm
    warmth = smoothstep(-0.03, 0.035, tone)
    rosy = np.maximum(smoothstep(0.01, 0.06, own[1] - 0.3 * own[2] + other), 0.55 * skin)
    palette = [
        np.stack([np.interp(light, tones[:, 0], tones[:, k]) for k in (1, 2)])
        for tones in (WARM, ROSE, COOL)
    ]
    hue = palette[2] + np.maximum(warmth, skin) * (
        palette[0] + rosy * (palette[1] - palette[0]) - palette[2]
    )
    hue += OWN * (own[1:] - hue)
    return np.concatenate([light[None], hue]).astype(np.float32)


def _shade(number: Array, cells: Array, pitch: int, count: int, rng: np.random.Generator) -> Array:
    """Change of light (h, w) across each plane, from dark to light."""
    y, x = np.indices(cells.shape, dtype=np.float32) * np.float32(pitch)
    angle = np.float32(np.pi / STEPS) * rng.integers(2 * STEPS, size=count)
    down, right = np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)
    across = down[cells] * y + right[cells] * x
    mean = means(across[None], cells, count)[0]
    deviation = np.sqrt(means(np.square(across - mean[cells])[None], cells, count)[0]).clip(2)
    slope = np.float32(SHADE / 2) / deviation
    down, right, least = slope * down, slope * right, -slope * mean
    height, width = number.shape
    shade: Array = down.take(number) * np.arange(height, dtype=np.float32)[:, None]
    shade += right.take(number) * np.arange(width, dtype=np.float32)
    shade += least.take(number)
    return shade.clip(-SHADE, SHADE, out=shade)


def _scaffold(ground: Ground, rng: np.random.Generator) -> tuple[Array, Array]:
    """Long straight lines: change of light beside them, on the grid, and the lines (h, w)."""
    height, width = ground.shape
    longer = max(height, width)
    y, x = (
        np.arange(length, dtype=np.float32).reshape(-1, *(1,) * (1 - axis)) * ground.pitch
        for axis, length in enumerate(ground.angle.shape)
    )
    light, ink = np.zeros_like(ground.angle), np.zeros(ground.shape, dtype=np.float32)
    steps = (np.arange(LINES_LONG)[:, None] * np.array([0.7549, 0.5698]) + rng.random(2)) % 1
    for place in (steps * (height, width)).astype(np.float32):
        angle = ground.at(ground.angle, ground.inside(*place))
        angle = np.round(angle * STEPS / np.pi) * np.pi / STEPS + 0.1 * rng.standard_normal()
        down, right = np.float32(np.sin(angle)), np.float32(np.cos(angle))
        reach = np.float32(longer * rng.uniform(*REACH))
        along = np.abs(down * (y - place[0]) + right * (x - place[1])) / reach
        far = right * (y - place[0]) - down * (x - place[1])
        side = (1 - np.abs(far) / np.float32(PASSAGE * longer)).clip(0) * (2 - 2 * along).clip(0, 1)
        light += np.float32(PASSED / 2) * np.sign(far) * side
        step = np.linspace(-reach, reach, 2 * int(reach) + 1)
        row, column = (place + step[:, None] * (down, right)).round().astype(np.int32).T
        there = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        ink[row[there], column[there]] = (3 - 3 * np.abs(step[there]) / reach).clip(0, 1)
    return light, ink


def _contours(number: Array, figure: Array, lines: Array, ground: Ground) -> Array:
    """How much ink is on the borders of planes and on other lines, 0 to 1, (h, w)."""
    width = np.where(figure[:, None] == figure, np.float32(NARROW), np.float32(WIDE))
    line = np.maximum(borders(number, width), lines)
    return smoothstep(0.12, 0.55, blurred(line, CONTOUR * ground.scale))


def _signs(ground: Ground, rng: np.random.Generator) -> Array:
    """Drawn eyes, mouths and windows: opacity of their lines, (h, w)."""
    fine, broad = drawing(ground, rng)
    face = smoothstep(0.05, 0.3, blurred(ground.skin, 3.0))
    if not face.any():
        return SIGNS * broad
    tone = ground.moments[0]
    dark = blurred(tone, AROUND * ground.scale / ground.pitch) - tone
    dark = smoothstep(*DARK, dark / (tone + dark + np.float32(0.05)))
    features = np.maximum(fine, ground.spread(dark))
    signs: Array = SIGNS * np.maximum(broad, ground.spread(face) * features)
    return signs
