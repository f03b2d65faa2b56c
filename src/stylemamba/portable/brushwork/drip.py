"""Action painting: webs of poured and flung paint on raw canvas, as Pollock's.

Few flat tones of stained canvas lie beneath. A line's heading turns as the hand swings, in long
arcs, and as the falling thread of liquid does, in short ones; drops fly off. Every paint is thick
where the picture is like it, dark paint where it is dark, and threads follow its outlines, so that
from afar the web is the picture. Faces are stained, and only small drops fall on them.

Source: Taylor, Micolich and Jonas, "Fractal Analysis of Pollock's Drip Paintings" (1999): motion of
the painter above a size, and of the liquid below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred, guided
from ..geometry import Array, box, gradient, luma, spread
from ..sampling import blocks
from .chance import clouds
from .drawing import flow
from .faces import features
from .ground import SIDE, Ground
from .paint import Amount, lit, over, varied
from .study import faces_lit
from .tones import smoothstep, stepped, stretched

SPACE = 0.8  # between the points that paint is made of, in pixels
WAVES = 4  # of each kind of turn in a line


@dataclass(frozen=True)
class Pour:
    """Lines of one gesture.

    Attributes:
        count: On a square of `SIDE` pixels.
        length: In pixels.
        width: In pixels, and the deviation of its logarithm.
        widest: In pixels.
        hand: Deviation of the turns of the hand in radians a pixel, and over which they change.
        liquid: The same of the falling thread.
        swell: Deviation of the logarithm of the width along the line.
    """

    count: float
    length: float
    width: tuple[float, float]
    widest: float
    hand: tuple[float, float]
    liquid: tuple[float, float]
    swell: float


POURS = (
    Pour(64, 640.0, (7.5, 0.35), 13.0, (0.011, 260.0), (0.006, 90.0), 0.55),
    Pour(120, 330.0, (2.6, 0.4), 5.0, (0.02, 170.0), (0.02, 60.0), 0.5),
    Pour(200, 210.0, (1.2, 0.3), 2.0, (0.022, 150.0), (0.035, 40.0), 0.3),
)
"""Sweeps of the arm, of the hand, and threads."""
DROPS = ((7.0, 14), (3.2, 120), (1.6, 900), (0.8, 2600))
"""Radii in pixels, and how many drops of each there are on that square."""
OUTLINE = Pour(170, 90.0, (2.1, 0.45), 4.5, (0.0, 1.0), (0.0, 1.0), 0.45)
"""Threads that follow what is seen."""
STRIDE, SWAY = 1.5, 0.22  # of their steps in pixels, and how far they sway off, in radians
BLACK, WHITE = 0.27, 0.22  # shares of the lines
DARK = np.array([0.06, 0.05, 0.055], dtype=np.float32)
LIGHT = np.array([0.96, 0.94, 0.89], dtype=np.float32)
THREAD = 0.4  # width in pixels below which lines tear
MATCH = (0.06, 1.5)  # how thick paint is where the picture is unlike it, and where it is like it
ALIKE = 0.14  # difference in Oklab at which a picture is no more like a paint
FACED = (0.12, 0.3)  # share of face from where to where there is one, and no line on it
SPECK, SPECKS = 1.7, 0.12  # radius of drops that fall on faces, in pixels, and the share that does
SUBJECT, SPARED = (0.05, 0.14), np.float32(0.4)
"""Deviation of the photo from where to where lines are thinner, and by how much."""
OPEN, OPENS = 0.7, 85.0  # how much thinner the web is in its openings, and their size in pixels
CANVAS = np.array([0.91, 0.86, 0.75], dtype=np.float32)[:, None, None]
LEVELS, BORDER = 4, 0.2  # of the stained canvas; see `stepped`
MIDDLE = 0.5  # at least, what the median of its tones becomes
STAIN, STAINED = (0.3, 0.72), 0.9  # its darkest tone, what the lightest is more; share of colour
SKIN_SHARE, FEATURES = 0.85, 0.85  # how far faces are painted, and opacity of what is dark on them
PAINTS, SAMPLES = 5, 400  # colours that are poured, and places that they are chosen from
VIVID = np.float32(0.1)  # weight of a colour's chroma, beside its difference from the others
FULL, POURED = (0.13, 0.2), (0.42, 0.78)  # chroma and lightness of poured colours, from and to
RELIEF, GLOSS = 0.16, 0.5  # of light on the paint


def paint_drip(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in flung paint, in [0, 1]; see `brushwork`."""
    light = stretched(luma(ground.photo))
    tone = guided(light, light, 4 * ground.scale, 0.05)
    paints = _paints(picture, ground, rng)
    web = _Web(ground, paints, tone, rng)
    last, side, kind = web.poured()
    paint = np.take(web.varied(), kind, axis=1)
    covered = (last >= 0).astype(np.float32)
    base = _stained(picture, ground, tone)
    shine = lit(2 * np.sqrt((1 - side * side).clip(0)) * covered)
    paint = paint + np.float32(RELIEF) * shine + np.float32(GLOSS) * (shine - 0.6).clip(0)
    cover = (covered + box(covered, 1)) / 2  # points are whole pixels: a little of their corners
    painted = base + covered * cover * (paint - base)
    return over(picture, painted, amount)


def _stained(picture: Array, ground: Ground, tone: Array) -> Array:
    """Canvas (3, h, w) under flat stains, with faces."""
    face = ground.spread(ground.face)
    study = faces_lit(picture, ground, face)
    power = np.log(MIDDLE) / np.log(np.clip(np.median(tone), 0.1, 0.9))
    tone = tone ** np.float32(np.clip(power, 0.5, 1))
    level = STAIN[0] + STAIN[1] * stepped(tone.clip(0, 0.999), LEVELS, BORDER)
    chroma = blurred(study - luma(study), 3 * ground.scale)
    base = CANVAS * level + np.float32(STAINED) * chroma * (1.2 - level)
    flat = guided(luma(study), luma(study), 3 * ground.scale, 0.06)
    flesh = study + (0.8 * stepped(flat.clip(0, 0.999), 5, 0.3) + 0.2 * flat - luma(study))
    flesh = flesh * (1 - np.float32(FEATURES) * features(ground))
    return base + np.float32(SKIN_SHARE) * smoothstep(0.1, 0.5, face) * (flesh - base)


def _count(number: float, ground: Ground) -> int:
    """How many there are of what is so many times on a square of `SIDE` pixels at scale 1."""
    height, width = ground.shape
    return int(np.ceil(number * height * width / (SIDE * ground.scale) ** 2))


def _paints(picture: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """The colours (3, n) that are poured: black, white, and few of the picture's, full ones."""
    y, x = ground.inside(*(rng.random((2, SAMPLES)) * np.array([ground.shape]).T))
    # Chosen by the photo: what differs by rounding is painted alike.
    side = max(1, round(2 * ground.scale))
    seen, poured = (box(maps, side)[:, y, x] for maps in (ground.photo, picture))
    plane = seen - seen.mean(0)
    vivid = np.square(plane).sum(0)
    chosen = [int(vivid.argmax())]
    for _ in range(PAINTS - 1):
        far = np.square(plane[:, :, None] - plane[:, None, chosen]).sum(0).min(1)
        chosen.append(int((far + VIVID * vivid).argmax()))
    lab = to_oklab((seen[:, chosen] + poured[:, chosen]) / 2)
    chroma = np.hypot(lab[1], lab[2]) + np.float32(1e-4)
    lab[1:] *= (1.4 * chroma).clip(*FULL) / chroma
    lab[0] = lab[0].clip(*POURED)
    paints = np.concatenate([DARK[:, None], LIGHT[:, None], from_oklab(lab)], axis=1)
    return paints.astype(np.float32)


def _turns(count: int, length: Array, size: float, wave: float, rng: np.random.Generator) -> Array:
    """Smooth chance (count, steps) of that deviation, with waves about that long."""
    total = np.zeros((count, len(length)), dtype=np.float32)
    for _ in range(WAVES):
        rate, phase = rng.uniform(0.5, 1.5, (count, 1)), rng.uniform(0, 2 * np.pi, (count, 1))
        part = (2 * np.pi / wave * rate * length + phase).astype(np.float32)
        total += np.sin(part)
    return total * np.float32(size * np.sqrt(2 / WAVES))


class _Web:
    """Lines and drops of paint.

    Args:
        ground: Of the photo.
        paints: (3, n); see `_paints`.
        tone: Of the photo, (h, w).
        rng: Of their ways.
    """

    def __init__(
        self, ground: Ground, paints: Array, tone: Array, rng: np.random.Generator
    ) -> None:
        self.ground, self.paints, self.rng = ground, paints, rng
        self.counts = [_count(pour.count, ground) for pour in (*POURS, OUTLINE)]
        self.kind = self._kinds(sum(self.counts))
        step = ground.scale / ground.pitch
        web = clouds(ground.angle.shape, OPENS * step, rng)
        self.density = 1 - OPEN * smoothstep(0.1, 1.1, web)
        self.face = smoothstep(*FACED, blurred(ground.face, 2 * step)) > 0.5
        self.subject = smoothstep(*SUBJECT, np.sqrt(ground.variance(10 * ground.scale)))
        self.like = self._likeness(blocks(tone, ground.pitch))

    def _kinds(self, count: int) -> Array:
        """Numbers of the paints of so many lines; outlines are mostly black."""
        shares = [BLACK, WHITE, *[(1 - BLACK - WHITE) / PAINTS] * PAINTS]
        kind = self.rng.choice(len(shares), count, p=shares)
        outline = kind[count - self.counts[-1] :]
        outline[self.rng.random(outline.size) < 0.5] = 0
        return kind

    def _likeness(self, tone: Array) -> Array:
        """How like each paint the picture is, (n, r, c), 0 to 1."""
        masses = to_oklab(self.ground.masses)
        colours = to_oklab(self.paints[:, 2:])
        far = sum(
            weight * np.square(masses[k] - colours[k][:, None, None])
            for k, weight in enumerate((0.25, 1.0, 1.0))
        )
        like = np.exp(-far / np.float32(ALIKE**2))
        black, white = smoothstep(0.5, 0.12, tone), smoothstep(0.5, 0.9, tone)
        return np.concatenate([black[None], white[None], like]).astype(np.float32)

    def varied(self) -> Array:
        """The colours (3, lines) of all lines."""
        return varied(
            self.paints[:, self.kind],
            self.rng,
            shade=0.02,
            hue=0.06,
            chroma=0.0,
            chroma_jitter=0.08,
            tint=0.008,
        )

    def poured(self) -> tuple[Array, Array, Array]:
        """Of every pixel (h, w): its point of paint or -1, how far across it is, and its line."""
        shape = self.ground.shape
        ends = np.cumsum([0, *self.counts])
        lines = [
            self._lines(pour, slice(first, end))
            for pour, first, end in zip((*POURS, OUTLINE), ends[:-1], ends[1:], strict=True)
        ]
        thrown = [self._drops(*drops) for drops in DROPS]
        parts = (lines[0], thrown[0], *lines[1:], *thrown[1:])
        pixel, side, owner = (np.concatenate([part[k].ravel() for part in parts]) for k in range(3))
        last = np.full(shape[0] * shape[1] + 1, -1, dtype=np.int32)
        last[pixel] = np.arange(pixel.size, dtype=np.int32)
        last = last[:-1].reshape(shape)
        return last, side[last], owner[last]

    def _swung(self, pour: Pour, count: int) -> tuple[Array, Array, Array]:
        """Ways of the hand: places y and x (lines, steps) in pixels, and headings."""
        ground, rng = self.ground, self.rng
        steps = max(2, int(np.ceil(pour.length * ground.scale / SPACE)))
        length = np.arange(steps, dtype=np.float32) * np.float32(SPACE / ground.scale)
        turn = _turns(count, length, *pour.hand, rng) + _turns(count, length, *pour.liquid, rng)
        space = np.float32(length[1] - length[0])
        heading = rng.uniform(0, 2 * np.pi, (count, 1)).astype(np.float32) + space * turn.cumsum(1)
        y, x = (
            ground.scale * space * (way.cumsum(1) - way.cumsum(1)[:, -1:] / 2)
            + (rng.uniform(-0.05, 1.05, (count, 1)) * side).astype(np.float32)
            for way, side in zip((np.sin(heading), np.cos(heading)), ground.shape, strict=True)
        )
        return y, x, heading

    def _followed(self, pour: Pour, count: int) -> tuple[Array, Array, Array]:
        """The same of ways along the photo's edges."""
        ground, rng = self.ground, self.rng
        edge = np.hypot(*gradient(blurred(ground.moments[0], 1.2)))
        weight = np.square(edge.ravel()).astype(np.float64) + 1e-9
        start = rng.choice(edge.size, count, p=weight / weight.sum())
        y, x = (
            (part + 0.5).astype(np.float32) * ground.pitch
            for part in np.divmod(start, edge.shape[1])
        )
        angle = flow(ground, 3.0, 0.6, 0.005)
        number = max(2, int(pour.length / STRIDE))
        sway = SWAY * _turns(count, np.arange(number, dtype=np.float32), 1.0, 30.0, rng)
        heading = ground.at(angle, ground.inside(y, x))
        ways = []
        for step in range(number):
            onward = ground.at(angle, ground.inside(y, x))
            # An edge has no sign: a line goes on as it came.
            heading = onward + np.float32(np.pi) * np.round((heading - onward) / np.pi)
            ways.append(np.stack([y, x, heading]))
            turn = heading + sway[:, step]
            y = y + np.float32(STRIDE * ground.scale) * np.sin(turn)
            x = x + np.float32(STRIDE * ground.scale) * np.cos(turn)
        between = max(1, int(np.ceil(STRIDE * ground.scale / SPACE)))
        y, x, heading = spread(np.stack(ways, axis=2), (count, number * between))
        return y, x, heading

    def _lines(self, pour: Pour, own: slice) -> tuple[Array, Array, Array]:
        """Pixels (lines, steps, across) of lines, how far across they are, -1 to 1, and whose.

        Args:
            pour: Their gesture.
            own: Which of all lines they are.
        """
        ground, rng, scale = self.ground, self.rng, self.ground.scale
        count, outline = own.stop - own.start, pour is OUTLINE
        y, x, heading = (self._followed if outline else self._swung)(pour, count)
        length = np.linspace(0, pour.length, y.shape[1], dtype=np.float32)
        row, column = (part // ground.pitch for part in ground.inside(y, x))
        kind = self.kind[own, None]
        like = np.float32(1) if outline else self.like[kind, row, column]
        match = MATCH[0] + (MATCH[1] - MATCH[0]) * like
        if not outline:
            match = match * (1 - SPARED * self.subject[row, column])
        nominal = pour.width[0] * scale * np.exp(rng.normal(0, pour.width[1], (count, 1)))
        swell = np.exp(_turns(count, length, pour.swell, 70.0, rng))
        ends = np.sqrt(np.minimum(length, pour.length - length).clip(0, 30) / 30)
        thick = (nominal * match * swell * ends).clip(0, pour.widest * scale).astype(np.float32)
        # Torn in openings of the web and on faces.
        torn = self.face[row, column] | (thick < THREAD)
        if not outline:
            torn |= rng.random((count, 1)) > self.density[row, column]
        across = np.linspace(-1, 1, max(3, round(pour.widest * scale / SPACE)), dtype=np.float32)
        half = thick[..., None] / 2 * across
        y = np.where(torn, np.float32(-2 * ground.shape[0]), y)
        pixel = _pixels(
            y[..., None] + half * np.cos(heading)[..., None],
            x[..., None] - half * np.sin(heading)[..., None],
            ground.shape,
        )
        owner = np.arange(own.start, own.stop, dtype=np.int32)[:, None, None]
        shape = pixel.shape
        return pixel, np.broadcast_to(across, shape), np.broadcast_to(owner, shape)

    def _drops(self, nominal: float, number: int) -> tuple[Array, Array, Array]:
        """The same of round drops (drops, points); larger ones are longish."""
        ground, rng = self.ground, self.rng
        radius, number = nominal * ground.scale, _count(number, ground)
        y, x = rng.random((2, number, 1), dtype=np.float32) * np.array(ground.shape)[:, None, None]
        reach = np.arange(-radius, radius + SPACE, SPACE, dtype=np.float32)
        down, right = (part.ravel() for part in np.meshgrid(reach, reach, indexing="ij"))
        far = np.hypot(down, right) / np.float32(radius)
        within = far <= 1
        down, right, far = down[within], right[within], far[within]
        size = rng.uniform(0.6, 1.2, (2, number, 1)).astype(np.float32)
        slant = rng.normal(0, 0.3, (number, 1)).astype(np.float32)
        whose = rng.integers(len(self.kind), size=(number, 1))
        row, column = (part // ground.pitch for part in ground.inside(y, x))
        size *= (MATCH[0] + MATCH[1] * self.like[self.kind[whose], row, column]).clip(0.3, 1.2)
        share = SPECKS if nominal <= SPECK else 0.0
        bare = self.face[row, column] & (rng.random((number, 1)) > share)
        place = y + size[0] * (down + slant * right), x + size[1] * right
        y = np.where(bare, np.float32(-9 * ground.shape[0]), place[0])
        pixel = _pixels(y, place[1], ground.shape)
        return pixel, np.broadcast_to(far, pixel.shape), np.broadcast_to(whose, pixel.shape)


def _pixels(y: Array, x: Array, shape: tuple[int, ...]) -> Array:
    """Numbers of the pixels at places, and one past the last for those beyond the borders."""
    height, width = shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    number = y.astype(np.int32) * np.int32(width) + x.astype(np.int32)
    return np.where(inside, number, np.int32(height * width))
