"""Stained glass: few panes that follow what is seen, in leads, with features painted on them.

Sources: Mould, "A Stained Glass Image Filter" (2003): regions of the photo become panes of luminous
colour, small ones are joined, and leads are drawn between them; leads around whole figures are the
widest, as in windows of Chartres and Tiffany. What is finer than a pane is grisaille: dark enamel
that is painted on the glass in lines and in a matt wash, so that faces are seen.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred, guided
from ..geometry import Array, luma, spread
from ..sampling import blocks, means
from .faces import features
from .ground import Ground
from .lines import drawing
from .paint import Amount, lit, over
from .pieces import clean
from .regions import appearance, borders, grouped, surfaces, voted
from .tones import smoothstep

COST, LEAST, LARGEST = 3.0, 260.0, 4000.0
"""Of panes: the cost that they are joined up to, and areas in square pixels; see `grouped`."""
FIGURES = 7.0  # cost that panes are joined to figures up to
CUTS = 3  # rounds in which panes are cut smoothly
PHOTO = 0.7  # share of the photo in the colours
LIGHT = (0.25, 0.63)  # lightness of black glass, and what that of white is more
CHROMA, FULL, PALE = 2.1, 0.145, 0.05  # factor; what most panes have at least, and bright ones
JEWELS = np.radians(np.array([22, 68, 152, 245, 312], dtype=np.float32))
"""Hues of ruby, amber, emerald, sapphire and amethyst in Oklab."""
SNAP = np.float32(0.55)  # how far panes take the nearest of them
MOST = 0.23  # chroma of the fullest
SHADE, HUE = 0.06, 0.2  # deviations of lightness, and of hue in radians, among panes
RELATED = np.float32(0.6)  # share of that which panes of one figure have in common
DARK_HAIR = np.float32(0.5)  # how far those are as dark, and as grey, as black glass
HAIR, HAIR_FAR = np.float32(np.radians(50)), 14.0
"""Hue of dark panes beside skin, and deviation in pixels of the window in which that is."""
FLESH = np.array([0.80, 0.062, 0.052], dtype=np.float32)  # Oklab of glass for skin
FLESH_SHARE = 0.65  # how far skin takes it
DARKER = ((0.1, 0.18), (0.26, 0.36), (0.45, 0.6))
"""Share of a pane's luma that is missing, from where to where there is one more wash of enamel."""
SMOOTH, SMOOTHED = 1.6, 0.05  # radius in pixels and deviation of luma that washes leave out
STRIPES = (0.3, 0.45)  # share of luma that is missing, from where to where lines are lead
WASH = 0.92  # opacity of all washes
LINES, OTHER_LINES = 0.9, 0.45  # opacity of fine lines on faces, and elsewhere
FEATURES = np.float32(0.92)  # and of eyes, brows and mouths
ENAMEL = np.array([0.13, 0.07, 0.05], dtype=np.float32)
GLOW, HALO = 1.2, 0.75  # light in the middle of a pane, and what is less near leads
GLOWS = 7.0  # deviation in pixels of what leads take of the light
STREAK, STREAKS = 0.045, (4, 40)  # of light in the glass: deviation, height and width in pixels
NARROW, WIDE = 0.72, 1.25  # of leads within figures and around them
WIDTH = 1.25  # deviation in pixels, at scale 1, of the smoothing of leads
LEAD = np.array([0.05, 0.05, 0.06], dtype=np.float32)
LEAD_FROM, LEAD_TO = 0.34, 0.5  # nearness to a border at the sides of a lead, out and in
SHINE = 0.35  # of light on leads


def paint_glass(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in stained glass, in [0, 1]; see `brushwork`."""
    number, figure = _panes(ground, rng)
    count = figure.size
    colour = _colours(clean(picture, ground, PHOTO), number, figure, ground, rng)
    near = _leads(number, figure, ground)
    pane = ground.repeated(number)
    halo = ground.spread(blurred(near > LEAD_FROM, GLOWS * ground.scale / ground.pitch))
    light = GLOW - HALO * halo
    knots = [
        int(n / (side * ground.scale)) + 2 for n, side in zip(ground.shape, STREAKS, strict=True)
    ]
    light += STREAK * spread(rng.standard_normal(knots, dtype=np.float32), ground.shape)
    glass = np.take(colour, pane, axis=1) * light
    enamel, stripes = _enamel(ground, number, count, rng)
    glass += enamel * (ENAMEL[:, None, None] * light - glass)
    near = np.maximum(blurred(ground.spread(near), 0.6 * ground.scale), LEAD_TO * stripes)
    lead = LEAD[:, None, None] + SHINE * lit(2 * near).clip(0, 1)
    glass += smoothstep(LEAD_FROM, LEAD_TO, near) * (lead - glass)
    return over(picture, glass, amount)


def _panes(ground: Ground, rng: np.random.Generator) -> tuple[Array, Array]:
    """Number of the pane at every place of the grid, and which figure each is of."""
    maps = appearance(ground)
    number = surfaces(ground, maps, rng, COST, LEAST, LARGEST)
    for _ in range(CUTS):
        number = voted(number)
    _, number = np.unique(number, return_inverse=True)
    number = number.reshape(maps.shape[1:])
    return number, grouped(number, maps, ground, FIGURES, 2 * LEAST, np.inf)


def _colours(
    shown: Array, number: Array, figure: Array, ground: Ground, rng: np.random.Generator
) -> Array:
    """Of panes (3, count): luminous, of full hue, no two alike, those of one figure related."""
    count = figure.size
    lab = to_oklab(means(shown, number, count))
    chroma, hue = np.hypot(lab[1], lab[2]), np.arctan2(lab[2], lab[1])
    lighter, turn = RELATED * rng.standard_normal((2, count), dtype=np.float32)[:, figure]
    lighter, turn = np.stack([lighter, turn]) + (1 - RELATED) * rng.standard_normal(
        (2, count), dtype=np.float32
    )
    light = LIGHT[0] + LIGHT[1] * lab[0] + SHADE * lighter
    bright = smoothstep(0.7, 0.95, lab[0])
    chroma = np.maximum(CHROMA * chroma, FULL + bright * (PALE - FULL)).clip(0, MOST)
    far = (JEWELS[:, None] - hue + np.pi) % (2 * np.pi) - np.pi
    nearest = np.take_along_axis(far, np.abs(far).argmin(0)[None], 0)[0]
    hue = hue + SNAP * nearest + HUE * turn
    flesh = means(ground.skin[None], number, count)[0]
    hair = _hair(number, count, ground) * (1 - flesh)
    hue = np.where(hair > 0.5, HAIR + HUE * turn, hue)
    light = light - DARK_HAIR * hair * (light - LIGHT[0])
    chroma = chroma * (1 - DARK_HAIR * hair)
    lab = np.stack([light, chroma * np.cos(hue), chroma * np.sin(hue)])
    lab += FLESH_SHARE * flesh * (FLESH[:, None] - lab)
    return from_oklab(lab)


def _hair(number: Array, count: int, ground: Ground) -> Array:
    """How likely panes (count,) are hair, 0 to 1: dark ground beside skin that is not green."""
    near = blurred(ground.skin, HAIR_FAR * ground.scale / ground.pitch)
    *colour, near = means(np.concatenate([ground.masses, near[None]]), number, count)
    lab = to_oklab(np.stack(colour))
    green = np.cos(np.arctan2(lab[2], lab[1]) - np.float32(np.radians(150)))
    hair = smoothstep(0.05, 0.13, near) * smoothstep(0.72, 0.55, lab[0])
    return hair * smoothstep(0.92, 0.8, green)


def _enamel(
    ground: Ground, number: Array, count: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """How opaque the enamel is, 0 to 1, (h, w), and where it is lead: broad dark stripes."""
    tone = luma(ground.photo)
    tone = guided(tone, tone, SMOOTH * ground.scale, SMOOTHED)
    mean = means(blocks(tone, ground.pitch)[None], number, count)[0]
    # The darkest panes let little through at all.
    darker = (mean.take(ground.repeated(number)) - tone) / ground.spread(
        blurred((mean + np.float32(0.12))[number], 1.5)
    )
    wash = WASH * sum(smoothstep(low, high, darker) for low, high in DARKER) / len(DARKER)
    fine, broad = drawing(ground, rng)
    face = ground.spread(smoothstep(0.05, 0.3, blurred(ground.skin, 3.0)))
    lines = np.maximum(LINES * broad, (OTHER_LINES + (LINES - OTHER_LINES) * face) * fine)
    lines = np.maximum(lines, FEATURES * features(ground))
    stripes = broad * smoothstep(*STRIPES, darker) * (1 - face)
    return np.maximum(wash, lines), blurred(stripes, 0.5 * ground.scale)


def _leads(number: Array, figure: Array, ground: Ground) -> Array:
    """How near each place of the grid is to a border with a lead, more for wide ones."""
    width = np.where(figure[:, None] == figure, np.float32(NARROW), np.float32(WIDE))
    return blurred(borders(number, width), WIDTH * ground.scale / ground.pitch * 1.3)
