"""Comic: flat bright inks of a cheap press, its dots in the half-tones alone, and a black line.

As comic books were printed: every area is one of few tints, either solid or of Ben Day's dots of
one colour on another, of one size for the whole area. Areas are those of `cartoon`.
"""

from __future__ import annotations

import numpy as np

from ..colour import to_oklab
from ..geometry import Array, luma
from .faces import whole
from .flat import areas, covers, felt, mixed, toned, weights
from .ground import Ground
from .halftone import dots
from .ink import blacks, lines
from .lines import outlines
from .paint import Amount, over
from .posters import FLESH
from .swatches import nearest
from .tones import smoothstep

INKS, SOFT = 12, 0.0015  # of areas, and squared difference in colour over which they change
SHADOW, TEXTURE = 0.22, 0.08  # of what areas are told apart by; see `felt`
VIVID, GREY = np.float32(1.6), (0.11, 0.05)
"""Gain in chroma before the nearest tint is looked for, and chroma below which it is less,
of dark and of light colours."""
LIFT = np.float32(0.8)  # power of lightness before that: comics are bright
COOL, WARM = (-0.01, -0.06), (0.01, 0.05)  # what greys are taken for, dark and light, (a, b)
WHITE, BLACK, RED, YELLOW, BLUE, GREEN, SKIN, TAN, NAVY, DEEP, WOOD, WINE = (
    (0.99, 0.97, 0.91),
    (0.07, 0.06, 0.09),
    (0.88, 0.11, 0.12),
    (1.0, 0.85, 0.08),
    (0.12, 0.5, 0.82),
    (0.2, 0.6, 0.28),
    (1.0, 0.84, 0.7),
    (0.96, 0.68, 0.5),
    (0.1, 0.16, 0.42),
    (0.1, 0.32, 0.64),
    (0.1, 0.38, 0.22),
    (0.56, 0.07, 0.13),
)
TINTS = (
    (WHITE, WHITE, 0.0),
    (WHITE, BLUE, 0.15),
    (WHITE, BLUE, 0.4),
    (BLUE, BLUE, 0.0),
    (DEEP, DEEP, 0.0),
    (NAVY, NAVY, 0.0),
    (YELLOW, YELLOW, 0.0),
    (WHITE, YELLOW, 0.4),
    (YELLOW, RED, 0.3),
    (YELLOW, RED, 0.55),
    (RED, RED, 0.0),
    (WINE, WINE, 0.0),
    (WHITE, RED, 0.3),
    (TAN, RED, 0.25),
    (YELLOW, GREEN, 0.4),
    (GREEN, GREEN, 0.0),
    (WOOD, WOOD, 0.0),
    (BLACK, BLACK, 0.0),
)
"""A ground, the colour of the dots on it, and the share of the area that they cover."""
FLESHED = ((SKIN, SKIN, 0.0), (TAN, TAN, 0.0))  # skin in light and in shade
SHADE = -0.06  # lightness against the mean of skin up to which it is in shade
PITCH, LEAST_PITCH, ANGLE = 4.6, 4.0, 0.6  # of the dots, in pixels at scale 1 and at least
FINE, BROAD, EASE = 0.65, 1.6, 0.9  # half the widths of lines, and how easily they are drawn
BORDER = (0.35, 0.55)  # change of colour across a border from where to where it has a line
OUTLINE = 1.0  # half the width of lines around areas, in pixels


def paint_comic(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a page of a comic book, in [0, 1]; see `brushwork`."""
    area = areas(ground, felt(ground, SHADOW, TEXTURE), INKS, SOFT)
    tints = _tints(picture, area, ground)
    base, ink, share = np.split(
        np.tensordot(tints, covers(area, ground), ((0,), (0,))), (3, 6), axis=0
    )
    pitch = max(LEAST_PITCH, PITCH * ground.scale)
    screen = dots(share[0], pitch, ANGLE, rng.random(2))
    line = _lines(base + share * (ink - base), ground, rng)
    page = base + screen * (ink - base)
    page += line * (np.array(BLACK, dtype=np.float32)[:, None, None] - page)
    return over(picture, page, amount)


def _tints(picture: Array, area: Array, ground: Ground) -> Array:
    """Ground, dots and share (count, 7) of the tint of each area (count, h', w')."""
    weight = area.sum((1, 2))
    own = mixed(picture, area, ground)
    own[:, 0] = toned(own[:, 0], weight) ** LIFT
    chroma = np.hypot(*own[:, 1:].T)[:, None]
    light = smoothstep(0.45, 0.75, own[:, :1])
    grey = np.exp(-np.square(chroma / (GREY[0] + light * (GREY[1] - GREY[0]))))
    cool, warm = np.array([COOL, WARM], dtype=np.float32)
    tinge = cool + smoothstep(0.85, 0.95, own[:, :1]) * (warm - cool)
    own[:, 1:] = (1 - grey) * VIVID * own[:, 1:] + grey * tinge
    table = np.array([(*base, *ink, share) for base, ink, share in TINTS], dtype=np.float32)
    base, ink, share = table[:, :3], table[:, 3:6], table[:, 6:]
    seen = to_oklab((base + share * (ink - base)).T).T
    tints = table[nearest(own, seen)]
    cover = weights(area)
    skin, light = cover @ ground.of(whole).ravel(), cover @ luma(ground.masses).ravel()
    mean = (light * skin * weight).sum() / ((skin * weight).sum() + np.float32(1e-6))
    flesh = np.array([(*base, *ink, share) for base, ink, share in FLESHED], dtype=np.float32)
    shade = (light < mean + SHADE).astype(int)
    result: Array = np.where((skin > 0.5)[:, None], flesh[shade], tints)
    return result


def _lines(page: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """All that is black (h, w), 0 to 1."""
    line = np.maximum(lines(ground, rng, FINE, BROAD, EASE), blacks(ground))
    face = ground.spread(ground.face)
    whole_skin = page + face * (np.array(FLESH, dtype=np.float32)[:, None, None] - page)
    return np.maximum(line, outlines(whole_skin, OUTLINE * ground.scale, BORDER))
