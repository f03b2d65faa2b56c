"""Action painting: webs of poured and flung paint on raw canvas, as Pollock's.

Flat stains of the picture's colours lie beneath. A line's heading turns as the hand swings, in long
arcs, and as the falling thread of liquid does, in short ones; drops fly off. Every paint is thick
where the picture is like it, so that from afar the web is the picture. What is seen is drawn into
the web in poured black, as in his black pourings of 1951: faces, too, on which little else falls.

Source: Taylor, Micolich and Jonas, "Fractal Analysis of Pollock's Drip Paintings" (1999): motion of
the painter above a size, and of the liquid below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred, guided
from ..geometry import Array, box
from ..sampling import displaced
from .chance import clouds
from .faces import mouths
from .flat import stains
from .ground import SIDE, Ground
from .ink import blacks, lines
from .paint import Amount, lit, over, varied
from .tones import smoothstep, stretched

SPACE = 0.75  # between the points that paint is made of, in pixels
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
    Pour(48, 760.0, (6.2, 0.4), 10.5, (0.009, 300.0), (0.003, 110.0), 0.5),
    Pour(88, 420.0, (2.9, 0.4), 4.8, (0.014, 210.0), (0.008, 70.0), 0.45),
    Pour(90, 300.0, (1.2, 0.3), 1.9, (0.016, 170.0), (0.014, 50.0), 0.3),
)
"""Sweeps of the arm, of the hand, and threads."""
DROPS = ((6.0, 16), (2.6, 100), (1.4, 500), (0.8, 600))
"""Radii in pixels, and how many drops of each there are on that square."""
BLACK, WHITE = 0.2, 0.24  # shares of the lines
DARK = np.array([0.06, 0.05, 0.055], dtype=np.float32)
LIGHT = np.array([0.96, 0.94, 0.89], dtype=np.float32)
THREAD = 0.4  # width in pixels below which lines tear
MATCH = (0.13, 1.5)  # how thick paint is where the picture is unlike it, and where it is like it
ALIKE = 0.14  # difference in Oklab at which a picture is no more like a paint
FACED = (0.12, 0.3)  # share of face from where to where there is one, and no line on it
SPECK, SPECKS = 1.7, 0.12  # radius of drops that fall on faces, in pixels, and the share that does
SUBJECT, SPARED, PEOPLE = (0.05, 0.14), np.float32(0.55), np.float32(0.5)
"""Deviation of the photo from where to where lines are thinner and fewer, by how much, and by how
much they are on people."""
OPEN, OPENS = 0.7, 85.0  # how much thinner the web is in its openings, and their size in pixels
CANVAS = np.array([0.91, 0.86, 0.75], dtype=np.float32)[:, None, None]
STAINS = 8  # colours of them at most
RAW = 0.12  # share of raw canvas in its stains
SOLID = np.float32(0.9)  # how opaque solid black is
QUIET = np.float32(0.6)  # how much fainter lines are in mouths
WAVER, WAVERS = 1.0, 9.0  # how far drawn lines waver and over which length, in pixels
FINE, BROAD, EASE = 0.8, 2.3, 1.1  # half the widths of what is drawn in pixels, and how easily
PAINTS, SAMPLES = 5, 400  # colours that are poured, and places that they are chosen from
VIVID = np.float32(0.1)  # weight of a colour's chroma, beside its difference from the others
FULL, POURED = (0.13, 0.2), (0.42, 0.78)  # chroma and lightness of poured colours, from and to
RELIEF, GLOSS = 0.16, 0.5  # of light on the paint


def paint_drip(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in flung paint, in [0, 1]; see `brushwork`."""
    paints = _paints(picture, ground, rng)
    web = _Web(ground, paints, rng)
    last, side, kind = web.poured()
    paint = np.take(web.varied(), kind, axis=1)
    covered = (last >= 0).astype(np.float32)
    thick = 2 * np.sqrt((1 - side * side).clip(0)) * covered
    base = stains(picture, ground, STAINS)
    base = base + np.float32(RAW) * (CANVAS - base)
    base = base + SOLID * blacks(ground) * (DARK[:, None, None] - base)
    cover = (covered + box(covered, 1)) / 2  # points are whole pixels: a little of their corners
    painted = base + covered * cover * (paint - base)
    black = _poured_lines(ground, rng)
    painted = painted + black * (DARK[:, None, None] - painted)
    shine = lit(np.maximum(thick, black * np.float32(1.2)))
    painted = painted + np.float32(RELIEF) * shine + np.float32(GLOSS) * (shine - 0.6).clip(0)
    return over(picture, painted, amount)


def _poured_lines(ground: Ground, rng: np.random.Generator) -> Array:
    """What is drawn in black (h, w), 0 to 1, with the waver of a falling thread but on faces."""
    line = lines(ground, rng, FINE, BROAD, EASE) * (1 - QUIET * mouths(ground))
    free = np.float32(WAVER * ground.scale) * (1 - ground.spread(ground.face))
    down = free * clouds(ground.shape, WAVERS * ground.scale, rng)
    return displaced(line, down, down[::-1, ::-1])


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
        rng: Of their ways.
    """

    def __init__(self, ground: Ground, paints: Array, rng: np.random.Generator) -> None:
        self.ground, self.paints, self.rng = ground, paints, rng
        self.counts = [_count(pour.count, ground) for pour in POURS]
        self.kind = self._kinds(sum(self.counts))
        step = ground.scale / ground.pitch
        web = clouds(ground.angle.shape, OPENS * step, rng)
        self.face = smoothstep(*FACED, blurred(ground.face, 2 * step)) > 0.5
        subject = smoothstep(*SUBJECT, np.sqrt(ground.variance(10 * ground.scale)))
        self.spared = 1 - np.maximum(SPARED * subject, PEOPLE * ground.persons)
        self.density = (1 - OPEN * smoothstep(0.1, 1.1, web)) * self.spared
        light = stretched(ground.moments[0])
        self.like = self._likeness(guided(light, light, 4 * step, 0.05))

    def _kinds(self, count: int) -> Array:
        """Numbers of the paints of so many lines."""
        shares = [BLACK, WHITE, *[(1 - BLACK - WHITE) / PAINTS] * PAINTS]
        return self.rng.choice(len(shares), count, p=shares)

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
            for pour, first, end in zip(POURS, ends[:-1], ends[1:], strict=True)
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

    def _lines(self, pour: Pour, own: slice) -> tuple[Array, Array, Array]:
        """Pixels (lines, steps, across) of lines, how far across they are, -1 to 1, and whose.

        Args:
            pour: Their gesture.
            own: Which of all lines they are.
        """
        ground, rng, scale = self.ground, self.rng, self.ground.scale
        count = own.stop - own.start
        y, x, heading = self._swung(pour, count)
        length = np.linspace(0, pour.length, y.shape[1], dtype=np.float32)
        row, column = (part // ground.pitch for part in ground.inside(y, x))
        kind = self.kind[own, None]
        match = MATCH[0] + (MATCH[1] - MATCH[0]) * self.like[kind, row, column]
        match = match * self.spared[row, column]
        nominal = pour.width[0] * scale * np.exp(rng.normal(0, pour.width[1], (count, 1)))
        swell = np.exp(_turns(count, length, pour.swell, 70.0, rng))
        ends = np.sqrt(np.minimum(length, pour.length - length).clip(0, 30) / 30)
        thick = (nominal * match * swell * ends).clip(0, pour.widest * scale).astype(np.float32)
        # Torn in openings of the web and on faces.
        torn = self.face[row, column] | (thick < THREAD)
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
