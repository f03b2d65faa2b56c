"""Stained glass: few panes that follow what is seen, in leads, with features painted on them.

Sources: Mould, "A Stained Glass Image Filter" (2003): regions of the photo become panes of luminous
colour, small ones are joined, and leads are drawn between them; leads around whole figures are the
widest, as in windows of Chartres and Tiffany. What is finer than a pane is painted on the glass, as
in windows of Munich: dark enamel in lines (grisaille) and in a matt wash, and silver stain that
colours parts of a pane. So faces are seen, and the stripes of a tiger do not break it into shards.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred, evened, guided
from ..geometry import Array, spread
from ..sampling import blocks, enlarged, means
from .chance import clouds
from .faces import features
from .ground import Ground
from .paint import Amount, lit, over
from .pieces import clean
from .plates import key
from .regions import appearance, borders, grouped, pieces, rounded
from .tones import smoothstep

COST, LEAST = 3.8, 340.0
"""Of panes: the cost that they are joined up to, and least area in square pixels; see `grouped`."""
FIGURES = 7.0  # cost that panes are joined to figures up to
ONE_FACE, FACE = np.float32(0.9), (0.3, 0.7)
"""How far all of a face looks alike, and the likelihood from where to where there is one."""
PERSON, STANDS_OUT = np.float32(0.3), np.float32(0.3)
"""How unlike other ground people are, and of figures, what the photo is about."""
ALIKE, ONE_FIGURE = np.float32(0.35), np.float32(0.6)
"""By how much less colours in that differ, for panes, and besides for figures."""
COARSE, BROADLY, TEXTURE, MIXED = 2, 6.0, (0.05, 0.11), 9.0
"""Side of the cells that texture is found in, in those of the grid; deviation in pixels of the
windows that it is evened out in; deviation of colours from where to where there is some; and
deviation of the window in which it is of one colour."""
PEOPLE = 0.02  # share of the photo from which it is about people
CENTRE, SUBJECT, LEAST_TEXTURE = 0.6, (0.35, 0.6), 0.3
"""Otherwise: deviation in half sides of how far from the middle it is, the share of the most
texture from where to where there is such a thing, and the least of that most."""
BREADTH, LENGTH = 58.0, 1.5  # of panes that large ones are cut into, in pixels, and in breadths
BEND, BENDS = 9.0, 70.0
"""Deviation of these cuts from straight ones, and over which length, in pixels."""
ROUND = 2.8  # deviation in pixels of the window that rounds panes
PHOTO = 0.7  # share of the photo in the colours
LIGHT = (0.42, 0.49)  # lightness of black glass, and what that of white is more
CHROMA, FULL, PALE = 2.3, 0.155, 0.05  # factor; what most panes have at least, and grey ones
GREY = (0.012, 0.04)  # chroma from where to where panes are not grey
JEWELS = np.radians(np.array([22, 68, 152, 245, 312], dtype=np.float32))
"""Hues of ruby, amber, emerald, sapphire and amethyst in Oklab."""
SNAP = np.float32(0.55)  # how far panes take the nearest of them
DULL, DIM = np.float32(2.0), (0.55, 0.4)
"""How much farther amber is, in radians, and lightness from where to where: it would be brown."""
MOST = 0.23  # chroma of the fullest
SHADE, HUE = 0.06, 0.15  # deviations of lightness, and of hue in radians, among panes
RELATED = np.float32(0.6)  # share of that which panes of one figure have in common
DARK_HAIR = np.float32(0.5)  # how far those are as dark, and as grey, as black glass
HAIR, HAIR_FAR = np.float32(np.radians(50)), 14.0
"""Hue of dark panes beside skin, and deviation in pixels of the window in which that is."""
FLESH = np.array([0.80, 0.062, 0.052], dtype=np.float32)  # Oklab of glass for skin
FLESH_SHARE = 0.88  # how far skin takes it
LIGHTS = np.float32(0.6)  # how much lighter than its mean a pane is, in deviations of its luma
DARKER = ((0.14, 0.26), (0.36, 0.5), (0.55, 0.7))
"""Share of a pane's luma that is missing, from where to where there is one more wash of enamel."""
DARKEST = 0.12  # luma of panes that is added to theirs in that
SMOOTH, SMOOTHED = 2.0, 0.05  # radius in pixels and deviation of luma that washes leave out
STAIN = np.array([0.5, 1.3, 1.3], dtype=np.float32)[:, None, None]
"""How far stain follows the photo within a pane, in Oklab."""
STAINED, STAIN_AROUND = (0.05, 0.12), 5.0
"""Deviation of luma from where to where there is some, and the radius it is taken in, in pixels."""
WASH = 0.5  # of the light that all washes take
LINES = np.float32(0.9)  # opacity of fine lines
FEATURES = np.float32(0.92)  # and of eyes, brows and mouths
LIPS = np.array([0.78, 0.24, 0.22], dtype=np.float32)
REDDER, MOUTH, ROSE = (0.03, 0.06), 4.0, np.float32(0.75)
"""How much redder than skin, in Oklab, from where to where there are lips; deviation in pixels of
the window that is skin around them; and their opacity."""
SPARED = np.float32(0.7)  # how much of the enamel on them is left out
ENAMEL = np.array([0.13, 0.07, 0.05], dtype=np.float32)
GLOW, HALO = 1.2, 0.75  # light in the middle of a pane, and what is less near leads
GLOWS = 7.0  # deviation in pixels of what leads take of the light
STREAK, STREAKS = 0.045, (4, 40)  # of light in the glass: deviation, height and width in pixels
NARROW, WIDE = 0.85, 2.1  # half the widths of leads within figures and around them, in pixels
THINNER = np.float32(0.45)  # by how much the former are narrower in what the photo is about
LEAD = np.array([0.05, 0.05, 0.06], dtype=np.float32)
AROUND = (0.05, 0.25)  # share of borders of figures nearby from where to where leads are wide
LEVEL = 0.35  # how far panes are cut level
SOFT = 1.2  # width of the sides of leads, in pixels
SHINE = 0.35  # of light on leads


def paint_glass(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in stained glass, in [0, 1]; see `brushwork`."""
    number, figure, near = _panes(ground, rng)
    colour = _colours(clean(picture, ground, PHOTO), number, figure, ground, rng)
    leads = blocks(near, ground.pitch)
    light, shine = _light(leads, ground, rng), SHINE * ground.spread(lit(leads).clip(0, 1))
    glass = np.take(colour, ground.repeated(number), axis=1) + _stain(colour, number, ground)
    glass = glass.clip(0, 1) * light
    wash, lines = _enamel(ground, number, figure.size)
    if ground.skin.any():
        rose = _lips(ground)
        glass += rose * (LIPS[:, None, None] * light - glass)
        spared = 1 - SPARED * rose
        wash, lines = spared * wash, spared * lines
    glass *= 1 - wash
    glass += lines * (ENAMEL[:, None, None] * light - glass)
    glass += near * (LEAD[:, None, None] + shine - glass)
    return over(picture, glass, amount)


def _light(leads: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """How much light comes through the glass (h, w): less near leads (r, c), and in streaks."""
    light = GLOW - HALO * ground.spread(blurred(leads, GLOWS * ground.scale / ground.pitch))
    knots = [
        int(n / (side * ground.scale)) + 2 for n, side in zip(ground.shape, STREAKS, strict=True)
    ]
    streaked: Array = light + STREAK * spread(
        rng.standard_normal(knots, dtype=np.float32), ground.shape
    )
    return streaked


def _panes(ground: Ground, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Number of the pane at every place of the grid, which figure each is of, and leads (h, w)."""
    maps = appearance(ground)
    number = pieces(ground, maps, rng)
    maps[:3], subject = _seen(maps[:3], ground)
    maps = np.concatenate([maps[:3], PERSON * ground.persons[None], maps[3:]])
    maps[:3] *= 1 - ALIKE * subject
    if ground.skin.any():  # a face is one pane, with its eyes and lips
        skin = np.tensordot(maps, ground.skin / ground.skin.sum(), 2)
        maps += ONE_FACE * smoothstep(*FACE, ground.face) * (skin[:, None, None] - maps)
    number = grouped(number, maps, ground, COST, LEAST, np.inf)[number]
    number = _cut(number, ground, rng)
    step = ground.scale / ground.pitch
    number, windows = rounded(number, ROUND * step)
    # A figure is light and dark; and of what it is about, it may be of many colours.
    maps[0] = STANDS_OUT * subject
    maps[1:3] *= 1 - ONE_FIGURE * subject
    figure = grouped(number, maps, ground, FIGURES, 2 * LEAST, np.inf)
    around = borders(figure[number], np.ones((int(figure.max()) + 1,) * 2, dtype=np.float32))
    around = smoothstep(*AROUND, blurred(around, ROUND * step))
    narrow = NARROW * (1 - THINNER * subject)
    width = (narrow + (WIDE - narrow) * around) * ground.scale
    return number, figure, _leads(windows, ground.spread(width), ground)


def _seen(maps: Array, ground: Ground) -> tuple[Array, Array]:
    """Maps (c, r, s) in which texture, as stripes and windows, is of one colour; and the subject.

    That is (r, s), 0 to 1: people, and without them what has most texture, near the middle.
    """
    few = blocks(maps, COARSE)
    step = ground.scale / (COARSE * ground.pitch)
    broad = evened(few, BROADLY * step, 2)
    fine = np.square(few - broad).sum(0)
    texture = smoothstep(*TEXTURE, np.sqrt(blurred(fine, BROADLY * step)))
    around = blurred(np.concatenate([texture[None], texture * few]), MIXED * step)
    mixed = around[1:] / (around[0] + np.float32(1e-4))
    shape = maps.shape[1:]
    whole = maps + enlarged(texture, COARSE, shape) * (enlarged(mixed, COARSE, shape) - maps)
    if ground.persons.mean() > PEOPLE:
        return whole, ground.persons
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in around.shape[1:])
    middle = np.exp(-(np.square(y)[:, None] + np.square(x)) / np.float32(2 * CENTRE**2))
    most = around[0] * middle
    subject = smoothstep(*SUBJECT, most / max(float(most.max()), LEAST_TEXTURE))
    return whole, enlarged(subject, COARSE, shape)


def _cut(number: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """Panes (r, c) no larger than the glass there is, cut in waves along and across them."""
    count = int(number.max()) + 1
    size = BENDS * ground.scale / ground.pitch
    y, x = (
        part * np.float32(ground.pitch / ground.scale)
        + np.float32(BEND) * clouds(number.shape, size, rng)
        for part in np.indices(number.shape)
    )
    mean_y, mean_x, yy, xx, xy, skin = means(
        np.stack([y, x, y * y, x * x, x * y, ground.skin]), number, count
    )
    yy, xx, xy = yy - mean_y**2, xx - mean_x**2, xy - mean_x * mean_y
    # Roundish panes are cut level.
    turn = np.arctan2(2 * xy, xx - yy + np.float32(LEVEL) * (xx + yy)) / 2
    down, right = np.sin(turn), np.cos(turn)
    long = _extent(down**2 * yy + right**2 * xx + 2 * down * right * xy)
    broad = _extent(right**2 * yy + down**2 * xx - 2 * down * right * xy)
    whole = skin > FACE[0]
    rows = np.where(whole, 1, np.rint(broad / BREADTH).clip(1)).astype(int)
    columns = np.where(whole, 1, np.rint(long / (LENGTH * BREADTH)).clip(1)).astype(int)
    y, x = y - mean_y[number], x - mean_x[number]
    across = (right[number] * y - down[number] * x) / broad[number] + 0.5
    along = (down[number] * y + right[number] * x) / long[number] + 0.5
    row = (across * rows[number]).clip(0, rows[number] - 1).astype(int)
    # Courses break joints.
    shift = np.where(columns[number] > 1, 0.5 * (row % 2), 0)
    column = (along * columns[number] + shift).clip(0, columns[number] - 1 + row % 2).astype(int)
    most = int(max(rows.max(), columns.max())) + 1
    _, cut = np.unique((number * most + row) * most + column, return_inverse=True)
    return cut.reshape(number.shape)


def _extent(variance: Array) -> Array:
    """In pixels, of even ground."""
    return np.sqrt(12 * variance.clip(1))


def _leads(windows: list[Array], width: Array, ground: Ground) -> Array:
    """How much of a lead there is, 0 to 1, (h, w): where the two highest of `windows` are near."""
    first = ground.spread(windows[0])
    second = np.zeros_like(first)
    for window in windows[1:]:
        other = ground.spread(window)
        second = np.maximum(second, np.minimum(first, other))
        first = np.maximum(first, other)
    # At a straight border, by the slope of a Gaussian's integral.
    far = (first - second) * np.float32(np.sqrt(np.pi / 2) * ROUND * ground.scale)
    return smoothstep(1, 0, (far - width) / np.float32(SOFT) + 0.5)


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
    grey = np.maximum(smoothstep(0.7, 0.95, lab[0]), 1 - smoothstep(*GREY, chroma))
    chroma = np.maximum(CHROMA * chroma, FULL + grey * (PALE - FULL)).clip(0, MOST)
    far = (JEWELS[:, None] - hue + np.pi) % (2 * np.pi) - np.pi
    # Dark amber would be mud: it is ruby, or emerald.
    cost = np.abs(far) + np.outer(JEWELS[1] == JEWELS, DULL * smoothstep(*DIM, lab[0]))
    nearest = np.take_along_axis(far, cost.argmin(0)[None], 0)[0]
    snap = SNAP + (1 - SNAP) * smoothstep(*DIM, lab[0])
    hue = hue + snap * nearest + HUE * turn
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


def _lips(ground: Ground) -> Array:
    """How much rose there is on the glass, 0 to 1, (h, w)."""
    red = to_oklab(blocks(ground.photo, ground.pitch))[1]
    skin = (red * ground.skin).sum() / ground.skin.sum()
    face = smoothstep(0.4, 0.7, blurred(ground.face, MOUTH * ground.scale / ground.pitch))
    return ROSE * ground.spread(face * smoothstep(*REDDER, blurred(red, 0.7) - skin))


def _stain(colour: Array, number: Array, ground: Ground) -> Array:
    """What silver stain and thin enamel change of the panes' colours, (3, h, w)."""
    step = ground.scale / ground.pitch
    photo = guided(blocks(ground.photo, ground.pitch), ground.moments[0], SMOOTH * step, SMOOTHED)
    lab = to_oklab(photo)
    change = STAIN * (lab - means(lab, number, colour.shape[1])[:, number])
    deviation = np.sqrt(blurred(ground.variance(STAIN_AROUND * ground.scale), 2.0))
    change *= smoothstep(*STAINED, deviation) * (1 - ground.face)
    stained = from_oklab(to_oklab(colour)[:, number] + change)
    return ground.spread(stained - colour[:, number])


def _enamel(ground: Ground, number: Array, count: int) -> tuple[Array, Array]:
    """Light that washes take, and how opaque lines are, (h, w)."""
    tone = ground.moments[0]
    tone = guided(tone, tone, SMOOTH * ground.scale / ground.pitch, SMOOTHED)
    mean, square = means(np.stack([tone, tone * tone]), number, count)
    light = mean + LIGHTS * np.sqrt((square - mean * mean).clip(0))
    # The darkest panes let little through at all.
    around = blurred((light + np.float32(DARKEST))[number], 1.5)
    darker = ground.spread((light[number] - tone) / around)
    wash = np.float32(WASH) * np.mean([smoothstep(*step, darker) for step in DARKER], axis=0)
    return wash, LINES * np.maximum(key(ground), FEATURES * features(ground))
