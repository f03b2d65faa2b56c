"""Planes of cubism: what is seen, built of large planes with straight edges, each softly shaded.

Source: the manner of Braque and Picasso from 1907 to 1914, as Kahnweiler describes it in "The Rise
of Cubism" (1920): a form is broken open into planes that follow it, of few colours, ochre,
terracotta, rose, olive and grey-blue; long straight lines run on from its edges as a scaffold,
beside which the ground is shaded and passes over into what is around ("passage"), and at which what
is seen is broken, as if from two places; eyes, mouths and windows are drawn as signs. Planes are
polygons: triangles between points on the photo's edges, joined where they look alike.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred, guided
from ..geometry import Array, gradient
from ..sampling import blocks, displaced, means
from .cells import Sites, Sizes
from .drawing import flow
from .faces import features
from .facets import rasterised, triangles
from .ground import SIDE, Ground
from .lines import response, tangents
from .paint import Amount, over
from .pieces import clean
from .regions import appearance, borders, grouped
from .tones import smoothstep, stepped

POINTS = Sizes(finest=5.0, splits=(0.03, 0.045, 0.06, 0.08))
ONE = 0.5  # how far skin is of one colour
COST, LEAST, LARGEST = 1.3, 90.0, 6000.0
"""Of planes: the cost that triangles are joined up to, and areas in square pixels at scale 1."""
PHOTO = 0.8  # share of the photo in the colours
OCHRE = np.array([[0.2, 0.03, 0.04], [0.5, 0.04, 0.09], [0.76, 0.02, 0.115], [0.96, 0.005, 0.075]])
CLAY = np.array(
    [[0.2, 0.05, 0.035], [0.48, 0.105, 0.075], [0.74, 0.085, 0.07], [0.95, 0.045, 0.045]]
)
OLIVE = np.array(
    [[0.2, -0.025, 0.02], [0.46, -0.05, 0.055], [0.72, -0.05, 0.07], [0.95, -0.02, 0.04]]
)
SLATE = np.array(
    [[0.2, -0.005, -0.04], [0.46, -0.025, -0.065], [0.72, -0.025, -0.05], [0.95, -0.02, -0.025]]
)
"""Palettes in Oklab from dark to light: ochre, terracotta and rose, olive, grey-blue."""
HUES = np.radians(np.array([82, 32, 135, 240], dtype=np.float32))  # that they are for
BREADTH = np.float32(0.55)  # of the hues that a palette is for, in radians
EVEN = 0.6  # how far the median colour is taken for grey
NEUTRAL = 0.03  # chroma below which planes are warm or cool by chance
OWN = np.float32(0.3)  # share of their own colours in those of planes
LIGHT = (0.19, 0.71)  # lightness of what is black, and what that of white is more
STRETCH, NARROWEST = np.float32(0.6), 0.45  # how far tones are stretched, and from which range
MIDDLE = 0.56  # what their median becomes
BREAK, LIGHTER = 0.03, 0.03
"""Deviations among planes of one colour: of how warm they are, and of their lightness."""
SHADE = 0.2  # change of light across a plane
STEPS = 8  # directions of shades, in half a turn
LINES_LONG, LEAST_MOST = 13, (3, 26)  # of the scaffold, on a photo of `SIDE` pixels
COARSE = 8  # side of the blocks in which its lines are looked for, in pixels at scale 1
APART = 5.0  # deviation in blocks of the window around a line in which there is no other
REACH, PASSAGE = (0.3, 0.65), 0.17  # half the lengths of its lines, from and to, and widths of the
"""shade beside it, in longer sides of a photo."""
PASSED = 0.34  # change of light at a line of the scaffold
SHIFT = 7.0  # pixels by which what is seen is shifted along a line, on either side
SCAFFOLD = np.float32(1.0)  # width of its lines
CONTOUR = 0.62  # deviation in pixels, at scale 1, of the smoothing of contours
UNLIKE, WIDE = (0.12, 0.3), 0.9
"""Difference in Oklab of planes from where to where there is a contour, and its width."""
SIGNS = np.float32(0.85)  # opacity of drawn features
BROAD, AROUND = 1.7, 12.0
"""Half the width of lines, about, and deviation of the window that they stand out in, in pixels."""
FAINT, RISE, FLAT = 0.06, 0.06, np.float32(0.06)
"""Response, in deviations of the ground around, from which there is a line; over which it comes to
be whole; and what is added to these deviations: flat ground has no lines."""
FLOW, TEXTURE, FACE = 1.8, 1.5, np.float32(0.05)
"""Deviation in pixels of the window in which edges agree; by how much more a line takes where they
do not, and on skin."""
FLESH = ((0.5, 0.085, 0.06), (0.66, 0.08, 0.065), (0.79, 0.05, 0.06), (0.89, 0.025, 0.045))
"""Oklab of planes of faces, from shade to light."""
FLESHY = 0.9  # how far faces take these
SHADED, LIT = 0.3, 0.55  # luma of skin, at most and at least, of their shades and lights
INK = np.array([0.11, 0.08, 0.08], dtype=np.float32)


def paint_planes(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in cubist planes, in [0, 1]; see `brushwork`."""
    number, count = _polygons(ground, rng)
    light, shift, passed = _scaffold(ground, rng)
    cells = number[:: ground.pitch, :: ground.pitch]
    lab = _colours(clean(picture, ground, PHOTO), cells, count, ground, rng)
    calm = 1 - smoothstep(0.05, 0.4, blurred(ground.face, 2.0))
    shade = _shade(number, cells, ground.pitch, count, rng)
    ink = np.maximum(_contours(number, lab, ground), _signs(ground))
    planes = np.concatenate([np.take(from_oklab(lab), number, axis=1) * (1 + shade), ink[None]])
    planes = displaced(planes, *ground.spread(calm * shift))
    planes, ink = _with_faces(planes[:3], ground), planes[3]
    planes *= 1 + ground.spread((0.25 + 0.75 * calm) * light)
    ink = np.maximum(ink, _lined(SCAFFOLD * ground.spread(calm) * passed, ground))
    planes += ink * (INK[:, None, None] - planes)
    return over(picture, planes, amount)


def _polygons(ground: Ground, rng: np.random.Generator) -> tuple[Array, int]:
    """Number (h, w) of the plane at every pixel, and how many there are."""
    sites = Sites(ground, POINTS, rng)
    corners = triangles(sites.nearest())
    number = rasterised((sites.places[:, corners] + 0.5) * ground.pitch - 0.5, ground.shape)
    cells = number[:: ground.pitch, :: ground.pitch]
    there = np.bincount(number.ravel(), minlength=len(corners)) > 0
    there &= np.bincount(cells.ravel(), minlength=len(corners)) > 0
    renamed = (np.cumsum(there) - 1).clip(0).astype(np.int32)
    number = np.where(there[number], renamed[number], ground.repeated(renamed[cells]))
    cells = number[:: ground.pitch, :: ground.pitch]
    region = grouped(cells, appearance(ground, ONE), ground, COST, LEAST, LARGEST)
    return region[number], int(region.max()) + 1


def _colours(
    shown: Array, cells: Array, count: int, ground: Ground, rng: np.random.Generator
) -> Array:
    """Oklab of planes (3, count): few colours, ochre, terracotta, olive and grey-blue."""
    own = to_oklab(means(shown, cells, count))
    warm, other = BREAK * rng.standard_normal((2, count), dtype=np.float32)
    low, high = np.quantile(own[0][cells[::2, ::2]], (0.02, 0.98))
    light = own[0] + STRETCH * ((own[0] - low) / max(high - low, NARROWEST) - own[0])
    light = light.clip(0.01, 1)
    gamma = np.log(MIDDLE) / np.log(np.clip(np.median(light[cells[::2, ::2]]), 0.1, 0.9))
    light = light ** np.float32(np.clip(gamma, 0.55, 1.1))
    light = LIGHT[0] + LIGHT[1] * light + LIGHTER * rng.standard_normal(count, dtype=np.float32)
    # A picture of one colour has warm and cool planes, too.
    middle = np.median(own[1:][:, cells.ravel()], axis=1)[:, None]
    plane = own[1:] - np.float32(EVEN) * middle
    chroma = np.hypot(*plane)
    plane = plane + np.stack([0.4 * other, warm])
    far = np.arctan2(plane[1], plane[0]) - HUES[:, None]
    far = (far + np.pi) % (2 * np.pi) - np.pi
    share = np.exp(-np.square(far / BREADTH)) + np.float32(1e-3)
    share /= share.sum(0)
    hues = np.stack(
        [
            [np.interp(light, tones[:, 0], tones[:, k]) for k in (1, 2)]
            for tones in (OCHRE, CLAY, OLIVE, SLATE)
        ]
    )
    hue = (share[:, None] * hues).sum(0) * (0.65 + 0.35 * smoothstep(0, NEUTRAL, chroma))
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


def _starts(ground: Ground, rng: np.random.Generator) -> list[tuple[Array, float]]:
    """Places in pixels that lines of the scaffold run through, and their angles."""
    side = max(1, round(COARSE * ground.scale / ground.pitch))
    edge = blocks(np.hypot(*gradient(blurred(ground.moments[0], 1.5))), side)
    angle = flow(ground, 8.0, 0.9, 0.01)
    score = edge + np.float32(0.02) * rng.random(edge.shape, dtype=np.float32)
    y, x = np.indices(score.shape, dtype=np.float32)
    lines = []
    count = LINES_LONG * max(ground.shape) / (SIDE * ground.scale)
    for _ in range(round(np.clip(count, *LEAST_MOST))):
        place = np.array(np.unravel_index(score.argmax(), score.shape))
        pixel = (place + 0.5) * side * ground.pitch
        turn = float(ground.at(angle, ground.inside(*pixel))) + 0.05 * rng.standard_normal()
        lines.append((pixel, turn))
        far = np.cos(turn) * (y - place[0]) - np.sin(turn) * (x - place[1])
        near = np.square(y - place[0]) + np.square(x - place[1])
        taken = np.exp(-0.5 * np.square(far / (APART / 2))) * np.exp(-near / (6 * APART) ** 2)
        score = score * (1 - np.maximum(taken, np.exp(-near / APART**2)))
    return lines


def _scaffold(ground: Ground, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Long straight lines: change of light and shift (2, r, c) beside them, and the lines (h, w).

    The first two are on the grid.
    """
    height, width = ground.shape
    longer = max(height, width)
    y, x = (
        np.arange(length, dtype=np.float32).reshape(-1, *(1,) * (1 - axis)) * ground.pitch
        for axis, length in enumerate(ground.angle.shape)
    )
    light, ink = np.zeros_like(ground.angle), np.zeros(ground.shape, dtype=np.float32)
    shift = np.zeros((2, *light.shape), dtype=np.float32)
    for pixel, angle in _starts(ground, rng):
        place = pixel.astype(np.float32)
        down, right = np.float32(np.sin(angle)), np.float32(np.cos(angle))
        reach = np.float32(longer * rng.uniform(*REACH))
        along = np.abs(down * (y - place[0]) + right * (x - place[1])) / reach
        far = right * (y - place[0]) - down * (x - place[1])
        side = (1 - np.abs(far) / np.float32(PASSAGE * SIDE * ground.scale)).clip(0) * (
            2 - 2 * along
        ).clip(0, 1)
        side *= np.sign(far)
        light += np.float32(PASSED / 2 * rng.choice([-1, 1])) * side
        slip = np.float32(SHIFT * ground.scale * rng.uniform(0.3, 1)) * side
        shift += np.stack([down * slip, right * slip])
        step = np.linspace(-reach, reach, 2 * int(reach) + 1)[:, None]
        across = np.arange(max(1, round(ground.scale)))
        row = (place[0] + down * step + right * across).round().astype(np.int32)
        column = (place[1] + right * step - down * across).round().astype(np.int32)
        there = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        strength = (3 - 3 * np.abs(step + 0 * across) / reach).clip(0, 1)
        ink[row[there], column[there]] = strength[there]
    return light.clip(-0.4, 0.4), shift, ink


def _with_faces(planes: Array, ground: Ground) -> Array:
    """Planes (3, h, w) whose faces are two or three planes, from shade to light."""
    if not ground.skin.any():
        return planes
    skin = blurred(ground.face, 1.5)
    tone = ground.moments[0]
    tone = guided(tone, tone, 4 * ground.scale / ground.pitch, 0.08)
    seen = tone[skin > 0.4] if (skin > 0.4).any() else tone
    low, high = np.quantile(seen, (0.06, 0.94))
    low, high = min(float(low), SHADED), max(float(high), LIT)
    level = ((ground.spread(tone) - low) / (high - low)).clip(0, 0.999)
    level = stepped(level, 3, 0.16) + 0.12 * (level - 0.5)
    flesh = from_oklab(np.array(FLESH, dtype=np.float32).T)
    steps = np.linspace(0, 1, len(FLESH))
    colour = np.stack([np.interp(level, steps, channel) for channel in flesh])
    share = FLESHY * ground.spread(smoothstep(0.5, 0.75, blurred(ground.face, 0.7)))
    return (planes + share * (colour - planes)).astype(np.float32)


def _contours(number: Array, lab: Array, ground: Ground) -> Array:
    """How much ink is on the borders of planes that differ, 0 to 1, (h, w)."""
    unlike = np.sqrt(np.square(lab[:, :, None] - lab[:, None]).sum(0))
    line = borders(number, np.float32(WIDE) * smoothstep(*UNLIKE, unlike))
    face = smoothstep(0.05, 0.3, blurred(ground.skin, 3.0))
    return _lined(line * (1 - ground.spread(face)), ground)


def _lined(line: Array, ground: Ground) -> Array:
    return smoothstep(0.12, 0.55, blurred(line, CONTOUR * ground.scale))


def _signs(ground: Ground) -> Array:
    """Drawn outlines, eyes, mouths and windows: opacity of their lines, (h, w)."""
    tone, step = ground.moments[0], ground.scale / ground.pitch
    tangent, coherence = tangents(tone, FLOW * step)
    deviation = np.sqrt(blurred(ground.variance(AROUND * ground.scale), AROUND * step))
    line = response(tone, BROAD * step, tangent, 1) / (deviation + FLAT)
    least = FAINT * (1 + TEXTURE * (1 - coherence)) + FACE * ground.skin
    outlines = smoothstep(0, RISE, ground.spread(line - least))
    signs: Array = SIGNS * np.maximum(outlines, features(ground))
    return signs
