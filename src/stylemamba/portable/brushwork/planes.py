"""Planes of cubism: what is seen, built of large planes with straight edges, each softly shaded.

Source: the manner of Braque and Picasso from 1907 to 1914, as Kahnweiler describes it in "The Rise
of Cubism" (1920): a form is broken open into planes that follow it, of few colours, ochre,
terracotta, rose, olive and grey-blue; each is shaded from dark at one edge to light ("passage"),
in touches of a brush, as in the summer of 1910 at Cadaques; its edges are straight, and run on
beyond what they are edges of; eyes, mouths and windows are drawn as signs.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred
from ..geometry import Array
from ..sampling import blocks, means
from .faces import features
from .ground import Ground
from .paint import Amount, over
from .partition import Cuts, filled, partitioned
from .pieces import clean
from .plates import key
from .regions import appearance, borders
from .tones import smoothstep

CUTS = Cuts(worth=1.8, least=30.0, largest=14000.0)
COARSE = 4  # side in pixels, at scale 1, of what planes are found on
ONE = 0.3  # how far skin is of one colour
PERSON = 0.25  # how unlike other ground people are
FACES = np.float32(10.0)  # how much more faces count
DETAIL, CONTRAST = np.float32(3.0), (0.05, 0.14)
"""How much more detail counts; deviation of luma from where to where there is some."""
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
MIDDLE = 0.61  # what their median becomes
BREAK, LIGHTER = 0.03, 0.03
"""Deviations among planes of one colour: of how warm they are, and of their lightness."""
SHADE, FACE_SHADE = 0.36, 0.1  # change of light across a plane, and across one of a face
TONES, RAGGED = 3, np.float32(0.5)
"""Of that change, and by what share of a plane touches reach from one into the next."""
TOUCH, TOUCHES = (5.0, 19.0), 64
"""Width and length of a touch of the brush in pixels, and how many side by side are unlike."""
LOAD, SOFT = np.float32(0.045), 0.6
"""How much lighter or darker a full brush is, and deviation of the softness of touches, in pixels
at scale 1."""
FLESH = np.array(
    [[0.54, 0.085, 0.06], [0.68, 0.075, 0.06], [0.82, 0.045, 0.055], [0.92, 0.02, 0.04]]
)
"""Oklab of planes of skin, from shade to light."""
SHADED, LIT = 0.5, 0.75  # lightness of skin, at most and at least, of these
UNLIKE, WIDE = (0.1, 0.3), 0.9
"""Difference in Oklab of planes from where to where there is a contour, and its width."""
CONTOUR = 0.62  # deviation in pixels, at scale 1, of the smoothing of contours
SIGNS, FEATURES = np.float32(0.85), np.float32(0.55)
"""Opacity of what is drawn, and that of eyes and mouths, besides, to it."""
WEIGHT, LEVEL = 1.4, 0.72  # width of their lines, and how much is black; 1 is natural
AROUND, NEAR = 12.0, 6.0
"""Deviations in pixels of the windows in which there is detail, and a face."""
INK = np.array([0.11, 0.08, 0.08], dtype=np.float32)


def paint_planes(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in cubist planes, in [0, 1]; see `brushwork`."""
    polygons = _polygons(ground, rng)
    number = filled(polygons, ground.shape)
    cells = number[:: ground.pitch, :: ground.pitch]
    count = len(polygons)
    skin = smoothstep(0.4, 0.7, means(ground.face[None], cells, count)[0])
    lab = _colours(clean(picture, ground, PHOTO), cells, skin, ground, rng)
    tone, load = _shade(polygons, number, ground.scale, rng)
    change = (SHADE + skin * (FACE_SHADE - SHADE)).take(number)
    shade = blurred(change * tone + LOAD * load, SOFT * ground.scale)
    planes = np.take(from_oklab(lab), number, axis=1) * (1 + shade)
    ink = np.maximum(_contours(number, lab, ground), _signs(ground))
    planes += ink * (INK[:, None, None] - planes)
    return over(picture, planes, amount)


def _polygons(ground: Ground, rng: np.random.Generator) -> list[Array]:
    """Corners of planes (k, 2), y and x in pixels."""
    side = max(1, round(COARSE * ground.scale / ground.pitch))
    maps = np.concatenate([appearance(ground, ONE), PERSON * ground.persons[None]])
    maps = blocks(maps, side)
    deviation = np.sqrt(ground.variance(AROUND * ground.scale))
    weight = 1 + blocks(FACES * ground.face + DETAIL * smoothstep(*CONTRAST, deviation), side)
    pixels = side * ground.pitch
    found = partitioned(maps, weight, pixels / ground.scale, CUTS, rng)
    return [(corners + 0.5) * pixels - 0.5 for corners in found]


def _colours(
    shown: Array, cells: Array, skin: Array, ground: Ground, rng: np.random.Generator
) -> Array:
    """Oklab of planes (3, count): few colours, ochre, terracotta, olive and grey-blue."""
    count = skin.size
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
    hues = np.stack([_toned(light, tones) for tones in (OCHRE, CLAY, OLIVE, SLATE)])
    hue = (share[:, None] * hues).sum(0) * (0.65 + 0.35 * smoothstep(0, NEUTRAL, chroma))
    hue += OWN * (own[1:] - hue)
    if skin.any():
        seen = np.quantile(own[0][skin > 0.5], (0.1, 0.9)) if (skin > 0.5).any() else (0.0, 1.0)
        low, high = min(float(seen[0]), SHADED), max(float(seen[1]), LIT)
        level = ((own[0] - low) / (high - low)).clip(0, 1)
        light += skin * (FLESH[0, 0] + (FLESH[-1, 0] - FLESH[0, 0]) * level - light)
        hue += skin * (_toned(light, FLESH) - hue)
    return np.concatenate([light[None], hue]).astype(np.float32)


def _toned(light: Array, palette: Array) -> Array:
    """The plane of Oklab (2, count) at a lightness (count,), of a palette from dark to light."""
    return np.stack([np.interp(light, palette[:, 0], palette[:, k]) for k in (1, 2)])


def _shade(polygons: list[Array], number: Array, scale: float, rng: np.random.Generator) -> Array:
    """How light each plane is painted, (2, h, w): from dark at a longer edge to light; and touches.

    Touches lie side by side along that edge, each of its own length and load of the brush.

    Args:
        polygons: Corners of the planes.
        number: Of the plane at every pixel, (h, w).
        scale: Of the touches.
        rng: Of edges and touches.

    Returns:
        The tone, one of few from -0.5 to 0.5, and the load, -0.5 to 0.5.
    """
    slopes = np.array([_slope(corners, rng) for corners in polygons], dtype=np.float32).T
    down, right, start, depth = (part.take(number) for part in slopes)
    y, x = (np.arange(length, dtype=np.float32) for length in number.shape)
    y = y[:, None]
    across, along = down * y + right * x + start, right * y - down * x
    # Touches of one plane do not go on in the next.
    row = np.rint(across / np.float32(TOUCH[0] * scale)).astype(np.int32) + 7 * number
    starts = TOUCHES * rng.random(TOUCHES, dtype=np.float32)
    loads = rng.random((TOUCHES, TOUCHES), dtype=np.float32) - np.float32(0.5)
    row %= TOUCHES
    place = np.floor(along / np.float32(TOUCH[1] * scale) + starts.take(row)).astype(np.int32)
    load = loads.take(row * TOUCHES + place % TOUCHES)
    part = (across / depth + RAGGED * load).clip(0, 0.999)
    return np.stack([(np.floor(TONES * part) + 0.5) / TONES - 0.5, load])


def _slope(corners: Array, rng: np.random.Generator) -> tuple[float, ...]:
    """How far a place is from one of a polygon's longer edges, and how far it is at most.

    Returns:
        Factors of y and of x, what is added, and the most.
    """
    sides = np.roll(corners, -1, axis=0) - corners
    edge = int((np.hypot(*sides.T) * rng.uniform(0.5, 1, len(corners))).argmax())
    down, right = sides[edge] / max(float(np.hypot(*sides[edge])), 1e-6)
    across = np.array([right, -down])
    far = (corners - corners[edge]) @ across
    across *= np.sign(far[np.abs(far).argmax()]) or 1.0
    return (*across, -across @ corners[edge], max(float(np.abs(far).max()), 1.0))


def _contours(number: Array, lab: Array, ground: Ground) -> Array:
    """How much ink is on the borders of planes that differ, 0 to 1, (h, w)."""
    unlike = np.sqrt(np.square(lab[:, :, None] - lab[:, None]).sum(0))
    line = borders(number, np.float32(WIDE) * smoothstep(*UNLIKE, unlike))
    face = smoothstep(0.05, 0.3, blurred(ground.skin, 3.0))
    line = line * (1 - ground.spread(face))
    return smoothstep(0.12, 0.55, blurred(line, CONTOUR * ground.scale))


def _signs(ground: Ground) -> Array:
    """What is drawn, as eyes, mouths and windows: opacity of its lines, (h, w)."""
    face = smoothstep(0.45, 0.7, blurred(ground.face, NEAR * ground.scale / ground.pitch))
    seen = FEATURES * ground.spread(face) * features(ground)
    return SIGNS * np.maximum(key(ground, WEIGHT, LEVEL), seen)
