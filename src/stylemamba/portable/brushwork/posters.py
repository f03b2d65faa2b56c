"""Prints with swatches of their own: ukiyo-e, and Hokusai's in Prussian blue.

Areas are those of `flat`; every one gets the nearest of few swatches. Lines lie over them: fine
ones within, a strong one around what stands out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array
from .chance import clouds
from .flat import INKS, areas, felt, fleshed, mixed, printed, toned
from .ground import Ground
from .ink import blacks, lines
from .lines import outlines
from .ornament import framed, haloed
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
        soft: As of `areas`.
        ink: Of the lines, in sRGB.
        outline: Half the width in pixels of the line around areas; 0 is none.
        frame: Whether there is a frame, and a halo.
        bokashi: How dense a band of blue, graded downwards, is at the top of calm ground.
        wood: How much lighter and darker the grain of the block makes a print.
        lift: Power of the lightness: below 1, all is paler.
    """

    swatches: tuple[tuple[float, float, float], ...]
    kept: float
    soft: float
    ink: tuple[float, float, float]
    outline: float
    frame: bool
    bokashi: float
    wood: float
    lift: float


WAVE = Press(
    swatches=(
        (0.95, 0.0, 0.03),
        (0.88, 0.0, 0.04),
        (0.84, -0.025, -0.035),
        (0.7, -0.03, -0.075),
        (0.54, -0.025, -0.105),
        (0.4, -0.015, -0.105),
        (0.27, -0.005, -0.07),
        (0.82, 0.02, 0.085),
        (0.72, 0.03, 0.09),
        (0.62, -0.03, 0.04),
        (0.55, 0.11, 0.075),
    ),
    kept=0.15,
    soft=0.0025,
    ink=(0.06, 0.09, 0.2),
    outline=0.0,
    frame=False,
    bokashi=0.75,
    wood=0.016,
    lift=1.0,
)
UKIYO = Press(
    swatches=(
        (0.95, 0.005, 0.035),
        (0.87, 0.01, 0.05),
        (0.83, 0.03, 0.1),
        (0.7, 0.05, 0.11),
        (0.6, 0.16, 0.1),
        (0.78, 0.07, 0.04),
        (0.66, -0.07, 0.045),
        (0.5, -0.05, 0.04),
        (0.7, -0.03, -0.06),
        (0.45, -0.01, -0.1),
        (0.28, 0.0, -0.06),
        (0.75, 0.005, 0.035),
        (0.52, 0.09, 0.06),
    ),
    kept=0.25,
    soft=0.003,
    ink=(0.08, 0.07, 0.09),
    outline=0.0,
    frame=False,
    bokashi=0.7,
    wood=0.012,
    lift=0.9,
)
BLUE, GRADED, EVEN = (0.14, 0.24, 0.46), 0.24, (0.3, 0.7)
"""Of the bokashi; how far down it goes, as a share of the height; and what is calm ground."""
BORDER = (0.1, 0.22)  # change of colour across an area's border from where to where it has a line
FLESH = (0.95, 0.83, 0.74)  # of skin, where its outline is found
FINE, BROAD = 0.75, 1.7  # half the widths of lines
RING, KNOT, KNOT_RINGS = 6.0, 160.0, 2.0
"""Of the block's wood: pixels from ring to ring, size of what bends them, and by how many."""


def paint_print(
    press: Press, picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) as a print, in [0, 1]; see `brushwork`."""
    area = areas(ground, felt(ground), INKS, press.soft)
    own = mixed(picture, area, ground)
    own[:, 0] = toned(own[:, 0], area.sum((1, 2))) ** np.float32(press.lift)
    swatches = np.array(press.swatches, dtype=np.float32)
    inks = swatches[nearest(own, swatches)]
    inks = fleshed(inks + np.float32(press.kept) * (own - inks), area, ground)
    sheet = printed(inks, area, ground, rng)
    if press.bokashi:
        sheet = _graded(sheet, press.bokashi, ground)
    if press.wood:
        sheet *= 1 + np.float32(press.wood) * _wood(ground, rng) * (1 - ground.spread(ground.face))
    ink = np.array(press.ink, dtype=np.float32)[:, None, None]
    line = _lines(press, sheet, ground, rng)
    if press.frame:
        sheet = haloed(sheet, ink, ground)
    sheet = sheet + line * (ink - sheet)
    if press.frame:
        sheet = framed(sheet, ink, ground)
    return over(picture, sheet, amount)


def _lines(press: Press, sheet: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """All that is drawn (h, w), 0 to 1."""
    line = np.maximum(lines(ground, rng, FINE, BROAD), blacks(ground))
    if press.outline:
        skin = ground.spread(ground.face)
        whole = sheet + skin * (np.array(FLESH, dtype=np.float32)[:, None, None] - sheet)
        line = np.maximum(line, outlines(whole, press.outline * ground.scale, BORDER))
    return line


def _graded(sheet: Array, dense: float, ground: Ground) -> Array:
    """With ichimonji bokashi: a band of blue at the top, wiped away downwards."""
    down = np.linspace(0, 1, ground.shape[0], dtype=np.float32)[:, None]
    calm = smoothstep(*EVEN, empty(ground)) * (1 - ground.spread(ground.face))
    band = np.float32(dense) * np.square((1 - down / np.float32(GRADED)).clip(0)) * calm
    graded: Array = sheet + band * (np.array(BLUE, dtype=np.float32)[:, None, None] - sheet)
    return graded


def _wood(ground: Ground, rng: np.random.Generator) -> Array:
    """The grain of a block (h, w), of mean about 0 and deviation 1: long streaks around knots."""
    scale, shape = ground.scale, ground.shape
    rings = clouds(shape, KNOT * scale, rng) * np.float32(KNOT_RINGS)
    rings += np.arange(shape[0], dtype=np.float32)[:, None] / np.float32(RING * scale)
    wave = np.abs(2 * (rings % 1) - 1)
    result: Array = np.float32(1.7) * (2 * wave * wave - np.float32(0.67))
    return result
