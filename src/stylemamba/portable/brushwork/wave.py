"""Hokusai's prints: crisp fields of Prussian blue, grey-blue, buff and cream, and water that foams.

Every field of `plates` gets one of few inks, by its lightness and by whether it is warm. The sky is
one sheet, graded as printers do by wiping the block (bokashi): deep at the top, and pale towards
the horizon; clouds in it are paper. Water is of swells that foam, as `foam` says. Lines are of the
blue of the deepest shade.

Source: "Under the Wave off Kanagawa" (about 1831): Prussian blue and indigo, grey and buff, on
cream paper.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab
from ..filters import blurred
from ..geometry import Array
from ..sampling import means
from .chance import grain
from .flat import toned
from .foam import fingers, swells
from .ground import Ground
from .lines import bold
from .paint import Amount, over
from .plates import coloured, fields, fleshy, key, local, shades
from .scene import sky
from .tones import smoothstep

COOL = (
    *((0.29, -0.005, -0.075), (0.42, -0.015, -0.1), (0.56, -0.025, -0.09)),
    *((0.72, -0.025, -0.055), (0.84, -0.012, -0.012), (0.95, 0.0, 0.03)),
)
WARM = (
    *((0.3, 0.0, -0.05), (0.46, -0.004, -0.03), (0.64, 0.016, 0.046)),
    *((0.76, 0.02, 0.075), (0.87, 0.008, 0.055), (0.95, 0.0, 0.03)),
)
"""Inks in Oklab, from dark to light, of the same lightness or nearly so."""
INKS = np.array((COOL, WARM), dtype=np.float32)
REDS = np.array(((0.57, 0.085, 0.06), (0.47, 0.085, 0.06)), dtype=np.float32)
SKIN = np.array(((0.93, 0.015, 0.045), (0.83, 0.03, 0.05)), dtype=np.float32)
"""In light and in shade."""
DEEP, PALE, FOAM = (from_oklab(INKS[0, k, :, None, None]) for k in (1, 2, 5))
"""Of water, of its light bands, and of foam."""
WARMTH, HOT, PINK = 0.0175, 0.07, 0.85
"""Yellowness, with half of the redness, from which a colour is warm, redness from which it is red,
and lightness up to which."""
SKY = ((0.36, -0.012, -0.1), (0.62, -0.025, -0.085), (0.83, -0.015, -0.025), (0.93, 0.0, 0.025))
DOWN = (0.0, 0.16, 0.5, 1.0)
"""Of the sky, in Oklab, and at which shares of its height."""
LIKELY, LEAST_SKY = 0.5, 0.2  # share of sky in a field that is, and height that it is graded over
CLOUD, GREY, BLUE = 0.86, 0.035, 0.05
"""Lightness of a cloud, and its chroma at most; and chroma of the sky beside it at least."""
WATER, BLUER, LOW, LEAST_WATER = 0.045, 1.2, 0.58, 0.12
"""Blueness of water, and its ratio to redness or greenness; how far down its middle is, and its
share of the photo, at least."""
FAR, NEAR = 0.45, np.float32(0.65)  # size of fingers of foam, and what they are larger nearby
WEIGHT, LEVEL = 0.95, 0.86  # width of lines, and how much is dark; 1 is natural
BROAD, EASE = 1.5, 0.85  # half the width of broad lines, and how easily they are drawn
OUTLINE = 1.1  # width of that of foam, in pixels at scale 1
INK = np.array((0.06, 0.09, 0.2), dtype=np.float32)[:, None, None]
LIP, WHITE = (0.72, 0.36, 0.3), (0.97, 0.95, 0.9)
GRAIN, TOOTH = 0.55, np.float32(0.007)
"""Deviation of the paper's grain in pixels at scale 1, and how much lighter or darker it is."""
SMOOTH = 0.8  # deviation of the rounding of bands of water, in cells of the grid


def paint_wave(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) as a print of Hokusai's, in [0, 1]; see `brushwork`."""
    number = fields(ground, rng)
    cells = number[:: ground.pitch, :: ground.pitch]
    lab, cover, skin = local(number, ground, picture)
    light = toned(lab[0], cover)
    tones = np.stack([_inked(light, lab, skin, shade) for shade in (0, 1)], axis=1)
    sheet = tones[:, (shades(number, ground) > 0.5).astype(np.int8), number]
    above = means(sky(ground, ground.masses)[None], cells, skin.size)[0] > LIKELY
    cloud = above & _clouds(light, np.hypot(*lab[1:]), above)
    sheet = coloured(_graded(sheet, (above & ~cloud)[number]), ground, LIP, WHITE)
    line = np.maximum(key(ground, WEIGHT, LEVEL), bold(ground, rng, BROAD, EASE))
    sheet += line * (INK - sheet)
    water = _water(cells, lab, cover) & ~above & ~fleshy(skin)
    sheet = _foaming(sheet, water[cells], cloud[cells], above[cells], ground, rng)
    sheet *= 1 + TOOTH * grain(ground.shape, GRAIN * ground.scale, rng)
    return over(picture, sheet, amount)


def _inked(light: Array, lab: Array, skin: Array, shade: int) -> Array:
    """Inks (3, count) of fields in sRGB.

    Args:
        light: Of each, (count,).
        lab: Its colour in Oklab, (3, count).
        skin: What share of it is skin, (count,).
        shade: Whether it is in shade, 0 or 1: that is one ink darker.
    """
    warm = lab[1] / 2 + lab[2] > WARMTH
    red = (lab[1] > HOT) & (lab[1] > lab[2]) & (light < PINK)
    near = np.abs(light - INKS[0, :, :1]).argmin(0)
    ink = INKS[warm.astype(int), (near - shade).clip(0)].T
    ink = np.where(red, REDS[shade, :, None], ink)
    return from_oklab(np.where(fleshy(skin), SKIN[shade, :, None], ink))


def _clouds(light: Array, chroma: Array, above: Array) -> Array:
    """Which fields (count,) of a sky would be clouds: light and grey, where others are blue."""
    clouds: Array = (light > CLOUD) & (chroma < GREY) & (chroma[above] > BLUE).any()
    return clouds


def _graded(sheet: Array, there: Array) -> Array:
    """With a sky, graded from the top to where it ends, (3, h, w), where it is, (h, w)."""
    rows = np.flatnonzero(there.any(1))
    if not rows.size:
        return sheet
    end = max(rows[-1] + 1, LEAST_SKY * len(there))
    down = np.arange(len(there)) / end
    lab = np.stack([np.interp(down, DOWN, part) for part in np.array(SKY).T])
    tint = from_oklab(lab.astype(np.float32))
    graded: Array = np.where(there, tint[:, :, None], sheet)
    return graded


def _water(cells: Array, lab: Array, cover: Array) -> Array:
    """Which fields (count,) are water: blue ones in the lower part, if there are enough.

    Args:
        cells: Number of the field, (r, c).
        lab: Their colours in Oklab, (3, count).
        cover: Their shares of the photo, (count,).
    """
    y = np.linspace(0, 1, len(cells), dtype=np.float32)[:, None]
    middle = means(np.broadcast_to(y, cells.shape)[None], cells, cover.size)[0]
    blue = (-lab[2] > WATER) & (-lab[2] > BLUER * np.abs(lab[1])) & (middle > LOW)
    return blue & (cover[blue].sum() > LEAST_WATER)


def _foaming(
    sheet: Array, wet: Array, crest: Array, air: Array, ground: Ground, rng: np.random.Generator
) -> Array:
    """A sheet (3, h, w) with water on it, and foam.

    Args:
        sheet: In [0, 1].
        wet: Where there is water, (r, c) on the ground's grid.
        crest: Where there is foam anyhow, or cloud.
        air: What foam reaches into, beside water.
        ground: Of the grid.
        rng: Of swells and foam.
    """
    large = np.full(wet.shape, FAR, dtype=np.float32)
    if wet.any():
        band, foam, near = swells(wet, ground, rng)
        crest = crest | foam
        large += NEAR * near
        for where, tone in ((wet, DEEP), (band, PALE), (crest & wet, FOAM)):
            soft = ground.spread(blurred(where, SMOOTH))
            sheet = sheet + smoothstep(0.4, 0.6, soft) * (tone - sheet)
    far = fingers(crest, (air | wet) & ~crest, large, ground, rng)
    line = OUTLINE * ground.scale
    sheet = sheet + smoothstep(line + 0.5, line - 0.5, far) * (INK - sheet)
    foamed: Array = sheet + smoothstep(0.4, -0.4, far) * (FOAM - sheet)
    return foamed
