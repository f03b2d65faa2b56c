"""Action painting: webs of poured and flung enamel on raw canvas, as Pollock's.

Soft stains of the picture's colours have soaked into the canvas. Over them lie black, white, ochre
and few of the picture's colours, each where the picture is like it: figures are built of dense
webs, calm ground of few threads. Contours are poured in black, as in his black pourings of 1951; on
faces little but specks falls, and eyes and mouths are drawn.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred
from ..geometry import Array, box, luma
from ..sampling import displaced
from .chance import clouds, normal
from .faces import features, mouths
from .ground import Ground
from .lines import bold
from .paint import Amount, lit, over
from .pours import Canvas, Pour, drops, joined, poured
from .scene import masses
from .study import lit_skin
from .tones import smoothstep, stretched

POURS = (
    Pour(60, 520.0, (3.8, 0.4), 7.5, (0.010, 280.0), (0.004, 90.0), 0.5),
    Pour(210, 340.0, (2.1, 0.4), 4.4, (0.015, 200.0), (0.010, 60.0), 0.5),
    Pour(260, 36.0, (3.0, 0.4), 5.5, (0.012, 90.0), (0.006, 40.0), 0.3, tail=True),
    Pour(330, 260.0, (1.15, 0.25), 1.8, (0.018, 150.0), (0.02, 45.0), 0.3),
)
"""Sweeps of the arm and of the hand, what is flung, and threads."""
DROPS = ((4.6, 24), (2.6, 260), (1.5, 1100), (0.9, 1500))
"""Radii in pixels, and how many drops of each there are on a square of 450 pixels."""
DARK, LIGHT, OCHRE = (0.07, 0.06, 0.06), (0.95, 0.93, 0.87), (0.80, 0.58, 0.24)
SHARES = (0.26, 0.22, 0.12)  # of black, white and ochre among the lines
ACCENTS, SAMPLES = 3, 400  # colours besides, and places that they are chosen from
VIVID = np.float32(0.3)  # weight of a colour's chroma, beside its difference from the others
FULL, POURED = (0.12, 0.19), (0.45, 0.75)  # chroma and lightness of these, from and to
ALIKE = 0.12  # difference in Oklab at which a picture is no more like a paint
ANYWHERE = (0.24, 0.24, 0.2, 0.16, 0.04, 0.04)  # likeness of paints to all that there is
BLACK, WHITE, TONE = (0.42, 0.12), (0.55, 0.9), 1.2
"""Lightness from where to where there is no black, and all; the same of white; deviation in pixels
of the window in which it is taken."""
SUBJECT, CALM = (0.04, 0.12), np.float32(0.5)
"""Deviation of the photo from where to where there is a subject, and density of paint on none."""
OPEN, OPENS = np.float32(0.5), 85.0  # how much thinner webs are in openings, and their size
FACED = (0.12, 0.3)  # share of face from where to where there is one
CANVAS = np.array([0.90, 0.83, 0.69], dtype=np.float32)[:, None, None]
SOFT, EDGE = 2.0, 0.03  # size in pixels and change of luma that stains leave out of the photo
DEEP, COLOURED = (
    0.13,
    np.float32(1.25),
)  # lightness of the darkest stain, and share of colour in all
FLESH = np.float32(0.3)  # by how much less there is in faces
FACE_LIGHT, WARM = (
    np.float32(1.12),
    np.array([0.035, -0.01, -0.02], dtype=np.float32)[:, None, None],
)
"""Gain in the lightness of faces, and what their colours have besides."""
SHAPED, AROUND = np.float32(0.7), 30.0
"""Gain in the contrast of stains to the ground around, and deviation of that window in pixels."""
PAINTED = np.float32(0.3)  # share of the picture in it
RAW = (0.05, 0.6)  # share of raw canvas in stains of a subject, and of calm light ground
SOAK, SOAKS = 1.6, 10.0  # how far stains have soaked past edges and over which length, in pixels
WEAVE = 0.012  # deviation of the canvas's lightness
BROAD, EASE = 1.7, 0.8  # half the width of poured contours in pixels, and how easily they are
QUIET = np.float32(0.85)  # how much fainter lines are in mouths
RELIEF, GLOSS = 0.14, 0.4  # of light on the paint


def paint_drip(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in flung paint, in [0, 1]; see `brushwork`."""
    paints = _paints(picture, ground, rng)
    subject = _subject(ground)
    canvas = _canvas(ground, paints, subject, rng)
    base = _stained(picture, ground, subject, rng)
    black = _contours(ground, subject, rng)
    base = base + black * (np.array(DARK, dtype=np.float32)[:, None, None] - base)
    paint, cover, thick = _web(paints, canvas, ground, rng)
    painted = base * (1 - cover) + paint
    shine = lit(np.maximum(thick, black))
    painted = painted + np.float32(RELIEF) * shine + np.float32(GLOSS) * (shine - 0.6).clip(0)
    return over(picture, painted, amount)


def _subject(ground: Ground) -> Array:
    """How much there are things and people (r, c), 0 to 1."""
    step = ground.scale / ground.pitch
    rough = smoothstep(*SUBJECT, np.sqrt(ground.variance(9 * ground.scale)))
    return np.maximum(blurred(rough, 3 * step), ground.persons)


def _face(ground: Ground) -> Array:
    """How much there are faces and skin (r, c), 0 to 1."""
    return smoothstep(*FACED, blurred(ground.face, 2 * ground.scale / ground.pitch))


def _canvas(ground: Ground, paints: Array, subject: Array, rng: np.random.Generator) -> Canvas:
    """Where each of the paints (3, n) lies."""
    step = ground.scale / ground.pitch
    tone = stretched(blurred(luma(ground.masses), TONE * step))
    seen, colours = to_oklab(ground.masses), to_oklab(paints[:, 2:])
    far = sum(
        weight * np.square(seen[k] - colours[k][:, None, None])
        for k, weight in enumerate((0.25, 1.0, 1.0))
    )
    like = np.exp(-far / np.float32(ALIKE**2))
    like = np.stack([smoothstep(*BLACK, tone), smoothstep(*WHITE, tone), *like])
    anywhere = np.array(ANYWHERE, dtype=np.float32)[: len(like), None, None]
    web = clouds(tone.shape, OPENS * step, rng)
    dense = (CALM + (1 - CALM) * subject) * (1 - OPEN * smoothstep(0.1, 1.1, web))
    shares = np.array([*SHARES, *[(1 - sum(SHARES)) / ACCENTS] * ACCENTS])
    return Canvas(np.maximum(like, anywhere) * dense, _face(ground), shares)


def _paints(picture: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """The colours (3, n) that are poured: black, white, ochre, and few of the picture's."""
    y, x = ground.inside(*(rng.random((2, SAMPLES)) * np.array([ground.shape]).T))
    place = y // ground.pitch, x // ground.pitch
    # Chosen by the photo: what differs by rounding is painted alike.
    seen = ground.masses[:, place[0], place[1]]
    plane = seen - seen.mean(0)
    vivid = np.square(plane).sum(0)
    chosen = [int(vivid.argmax())]
    for _ in range(ACCENTS - 1):
        far = np.square(plane[:, :, None] - plane[:, None, chosen]).sum(0).min(1)
        chosen.append(int((far + VIVID * vivid).argmax()))
    lab = to_oklab(seen[:, chosen])
    chroma = np.hypot(lab[1], lab[2]) + np.float32(1e-4)
    lab[1:] *= (1.4 * chroma).clip(*FULL) / chroma
    lab[0] = lab[0].clip(*POURED)
    fixed = np.array([DARK, LIGHT, OCHRE], dtype=np.float32).T
    return np.concatenate([fixed, from_oklab(lab)], axis=1).astype(np.float32)


def _stained(picture: Array, ground: Ground, subject: Array, rng: np.random.Generator) -> Array:
    """Raw canvas (3, h, w) with soft stains of the picture's masses; faces are modelled."""
    seen, face = ground.masses, _face(ground)
    light = luma(seen)
    colour = seen - light
    painted = box(picture, 2)[:, :: ground.pitch, :: ground.pitch]
    colour = colour + PAINTED * (1 - face) * (painted - luma(painted) - colour)
    tone = stretched(light)
    tone = tone + SHAPED * (tone - blurred(tone, AROUND * ground.scale / ground.pitch))
    tone = tone + face * (FACE_LIGHT * lit_skin(light, face) - tone)
    colour = colour + WARM * (face * tone)
    stain = CANVAS * (DEEP + (1 - DEEP) * tone) + (COLOURED - FLESH * face) * colour
    raw = RAW[1] + (RAW[0] - RAW[1]) * np.maximum(subject, smoothstep(0.5, 0.2, tone))
    stain = stain + raw * (1 - face) * (CANVAS - stain)
    soft = masses(ground, stain, SOFT, EDGE)
    free = np.float32(SOAK * ground.scale) * (1 - ground.spread(face))
    down = free * clouds(ground.shape, SOAKS * ground.scale, rng)
    soft = displaced(soft, down, down[::-1, ::-1])
    return soft + np.float32(WEAVE) * normal(rng.standard_normal(ground.shape, dtype=np.float32))


def _contours(ground: Ground, subject: Array, rng: np.random.Generator) -> Array:
    """What is drawn in poured black (h, w), 0 to 1: contours of things, features of faces."""
    line = bold(ground, rng, BROAD, EASE) * ground.spread(subject * (1 - _face(ground)))
    swell = clouds(ground.shape, 18 * ground.scale, rng)
    line = smoothstep(0.35, 0.75, line * (1 + np.float32(0.35) * swell))
    return np.maximum(line, features(ground) * (1 - QUIET * mouths(ground)))


def _web(
    paints: Array, canvas: Canvas, ground: Ground, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Paint (3, h, w) times how much of each pixel it covers, that (h, w), and its thickness."""
    lines, where = zip(*(poured(pour, canvas, ground, rng) for pour in POURS), strict=True)
    places = np.concatenate(where, axis=1)
    thrown = [drops(*kind, places, canvas, ground, rng) for kind in DROPS]
    pixel, side, owner = joined([lines[0], thrown[0], *lines[1:], *thrown[1:]])
    shape = ground.shape
    last = np.full(shape[0] * shape[1] + 1, -1, dtype=np.int32)
    last[pixel] = np.arange(pixel.size, dtype=np.int32)
    last = last[:-1]
    covered = np.flatnonzero(last >= 0)
    maps = np.zeros((5, last.size), dtype=np.float32)
    top = last[covered]
    maps[:3, covered] = paints[:, owner[top]]
    maps[3, covered] = 1
    maps[4, covered] = 2 * np.sqrt((1 - np.square(side[top])).clip(0))
    maps = maps.reshape(5, *shape)
    maps[:4] = blurred(maps[:4], 0.5)  # points are whole pixels
    return maps[:3], maps[3], maps[4]
