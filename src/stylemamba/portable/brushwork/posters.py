"""Prints with swatches of their own: ukiyo-e.

Areas are those of `flat`; every one gets the nearest of few swatches. Lines lie over them: fine
ones within, a strong one around what stands out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array
from ..sampling import displaced
from .chance import clouds
from .faces import mouths
from .flat import INKS, areas, felt, fleshed, mixed, printed, toned
from .ground import Ground
from .ink import blacks, lines
from .paint import Amount, over
from .study import empty
from .swatches import nearest
from .tones import smoothstep


@dataclass(frozen=True)
class Press:
    """What a printer has.

    Attributes:
        swatches: In Oklab, (lightness, a, b).
        kept: Share of an area's own colour in that of its swatch.
        kept_light: The same of its lightness: one swatch, printed thin or dense, does for a thing.
        tonal: Weight of lightness in the choice of swatches.
        even: Deviation of lightness that is evened out in texture.
        shadow: Lightness below which tones hardly differ.
        solid: How opaque black is, but on hair: dark trees are no lumps.
        soft: As of `areas`.
        ink: Of the lines, in sRGB.
        bokashi: How dense a band of blue, graded downwards, is at the top of calm ground.
        wood: How much lighter and darker the grain of the block makes a print.
        lift: Power of the lightness: below 1, all is paler.
    """

    swatches: tuple[tuple[float, float, float], ...]
    kept: float
    kept_light: float
    tonal: float
    even: float
    shadow: float
    solid: float
    soft: float
    ink: tuple[float, float, float]
    bokashi: float
    wood: float
    lift: float


UKIYO = Press(
    swatches=(
        (0.95, 0.005, 0.035),
        (0.87, 0.01, 0.05),
        (0.83, 0.03, 0.1),
        (0.7, 0.05, 0.11),
        (0.6, 0.16, 0.1),
        (0.78, 0.07, 0.04),
        (0.66, -0.07, 0.045),
        (0.56, -0.06, 0.045),
        (0.7, -0.03, -0.06),
        (0.45, -0.01, -0.1),
        (0.28, 0.0, -0.06),
        (0.75, 0.005, 0.035),
        (0.52, 0.09, 0.06),
        (0.38, -0.01, -0.045),
        (0.46, 0.065, 0.06),
    ),
    kept=0.25,
    kept_light=0.35,
    tonal=0.35,
    even=0.07,
    shadow=0.36,
    solid=0.55,
    soft=0.005,
    ink=(0.08, 0.07, 0.09),
    bokashi=0.7,
    wood=0.009,
    lift=0.75,
)
BLUE, GRADED, EVEN = (0.14, 0.24, 0.46), 0.24, (0.3, 0.7)
"""Of the bokashi; how far down it goes, as a share of the height; and what is calm ground."""
FINE, BROAD = 0.75, 1.7  # half the widths of lines
RING, KNOT, BENT = 5.0, 160.0, 14.0
"""Of the block's wood: pixels from streak to streak, size of what bends them, and how far."""
QUIET = np.float32(0.7)  # how much fainter lines are in mouths


def paint_print(
    press: Press, picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) as a print, in [0, 1]; see `brushwork`."""
    area = areas(ground, felt(ground, press.shadow, press.even), INKS, press.soft)
    own = mixed(picture, area, ground)
    own[:, 0] = toned(own[:, 0], area.sum((1, 2))) ** np.float32(press.lift)
    swatches = np.array(press.swatches, dtype=np.float32)
    inks = swatches[nearest(own, swatches, press.tonal)]
    kept = np.array([press.kept_light, press.kept, press.kept], dtype=np.float32)
    inks = fleshed(inks + kept * (own - inks), area, ground)
    sheet = printed(inks, area, ground, rng)
    if press.bokashi:
        sheet = _graded(sheet, press.bokashi, ground)
    if press.wood:
        sheet *= 1 + np.float32(press.wood) * _wood(ground, rng)
    ink = np.array(press.ink, dtype=np.float32)[:, None, None]
    line = _lines(press, ground, rng)
    sheet = sheet + line * (ink - sheet)
    return over(picture, sheet, amount)


def _lines(press: Press, ground: Ground, rng: np.random.Generator) -> Array:
    """All that is drawn (h, w), 0 to 1."""
    line = lines(ground, rng, FINE, BROAD) * (1 - QUIET * mouths(ground))
    return np.maximum(line, _solid(press.solid, ground))


def _solid(opaque: float, ground: Ground) -> Array:
    """Solid black (h, w), 0 to 1: hair; other dark things keep some of their colour."""
    hair = smoothstep(0.3, 0.7, ground.spread(ground.hair))
    return np.maximum(np.float32(opaque) * blacks(ground), hair)


def _graded(sheet: Array, dense: float, ground: Ground) -> Array:
    """With ichimonji bokashi: a band of blue at the top, wiped away downwards."""
    down = np.linspace(0, 1, ground.shape[0], dtype=np.float32)[:, None]
    calm = smoothstep(*EVEN, empty(ground)) * (1 - ground.spread(ground.face))
    band = np.float32(dense) * np.square((1 - down / np.float32(GRADED)).clip(0)) * calm
    graded: Array = sheet + band * (np.array(BLUE, dtype=np.float32)[:, None, None] - sheet)
    return graded


def _wood(ground: Ground, rng: np.random.Generator) -> Array:
    """The grain of a block (h, w), of mean about 0: streaks of all widths, here and there.

    It shows where large areas are calm.
    """
    scale, shape = ground.scale, ground.shape
    across = clouds((shape[0], 2), RING * scale, rng)[:, :1]
    bent = clouds(shape, KNOT * scale, rng) * np.float32(BENT * scale)
    streaks = displaced(np.broadcast_to(across, shape), bent, np.zeros(1, dtype=np.float32))
    there = smoothstep(-0.2, 1.2, clouds(shape, KNOT / 2 * scale, rng))
    result: Array = streaks * there * empty(ground)
    return result
