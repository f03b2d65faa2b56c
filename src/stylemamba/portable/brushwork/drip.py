"""Action painting: an all-over web of enamel, poured and flung on raw canvas, as Pollock's.

Few enamels are used: black, white, and some of the picture's colours. Long skeins, thick ones
first, take that enamel which is nearest to what they pass over, a little darker or lighter by
chance, so that tones are mixed by the eye; they are dense and broad where the photo is dark or a
thing, thin and few on light calm ground. Black ones follow the largest edges, as in the black
pourings of 1951. Faces are of the same skeins, but fine ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred
from ..geometry import Array, luma, steepness
from ..sampling import means
from .chance import clouds, normal
from .faces import features, mouths
from .ground import Ground
from .paint import Amount, over
from .pours import ASIDE, STRIDE, Pour, count, dropped, followed, poured, run_out, swung
from .study import lit_skin
from .tones import smoothstep, stretched

BROAD = Pour(75, 520, (6.5, 0.3), 14.0, (0.011, 240.0), (0.004, 70.0), 0.35, free=0.08, lag=6)
SKEINS = Pour(190, 460, (3.2, 0.35), 8.0, (0.013, 190.0), (0.010, 60.0), 0.4, free=0.15, lag=6)
THREADS = Pour(90, 480, (1.4, 0.35), 3.4, (0.016, 170.0), (0.014, 50.0), 0.4, free=0.6, lag=6)
DETAILS = Pour(900, 120, (1.9, 0.3), 4.0, (0.018, 110.0), (0.012, 40.0), 0.4)
EDGES = Pour(110, 120, (2.4, 0.3), 5.0, (0.2, 60.0), (0.0, 1.0), 0.5)
LAST = Pour(45, 560, (1.5, 0.35), 5.0, (0.015, 190.0), (0.010, 50.0), 0.5, free=0.7, lag=6)
FINE = Pour(3400, 60, (1.5, 0.25), 2.1, (0.03, 60.0), (0.03, 25.0), 0.3)
"""Gestures, in this order: of the arm, of the hand, and of the wrist; short ones where there are
things; along edges; over all; and in faces."""
DROPS = ((4.0, 16), (2.4, 130), (1.4, 700), (0.9, 900))
"""Radii in pixels, and how many drops of each there are on a square of 450 pixels."""
BLACK, WHITE = (0.07, 0.06, 0.06), (0.96, 0.94, 0.89)
ACCENTS, SAMPLES = 6, 500  # colours of the picture's, and places that they are found in
VIVID, FULL, GAIN = np.float32(2.2), 0.13, 0.5
"""Weight of chroma in differences, that of the most vivid twentieth of the picture, and the most
gain by which it comes to that."""
FULLER, FULLEST = np.float32(0.25), 0.18  # gain of the chroma of enamels, and its limit
TINTS = (0.88, 0.7)  # lightness from where to where there is such a gain: pale colours stay pale
MIDDLE, POWERS = 0.5, (0.55, 1.3)  # mean tone, and the gamma curves to it
SHAPED, AROUND = np.float32(0.6), 26.0
"""Gain of tones' contrast to the ground around, and deviation of that window in pixels."""
SUBJECT = (0.04, 0.12)  # deviation of the photo from where to where there is a subject
COLOURED, SHADED = (0.04, 0.14), (0.8, 0.4)
"""Chroma and tone from where to where paint is dense."""
THIN, PART = np.float32(0.3), np.float32(0.8)
"""How dense paint is at least, and where things are no more than coloured, or rough."""
DITHER = 0.085  # deviation of lightness by which skeins are off what they pass over
SPARED = np.float32(0.7)  # by how much fewer free skeins are on subjects
EDGE = (0.05, 0.14)  # change of lightness in 2 pixels from where to where there is a large edge
FACED = (0.12, 0.3)  # share of face from where to where there is one
FLESH = ((0.20, 0.10, 0.09), (0.72, 0.42, 0.30), (0.93, 0.72, 0.55), (0.99, 0.92, 0.82))
TONES, MIXED = (0.26, 0.5, 0.74), 0.02
"""Lightness between these enamels of faces, and the deviation by which skeins are off it."""
QUIET = np.float32(0.8)  # how much fainter lines are in mouths
CANVAS = np.array([0.89, 0.82, 0.69], dtype=np.float32)[:, None, None]
STAIN, SOAKED, PATCHES = np.float32(0.4), 9.0, 60.0
"""Opacity of stains, deviation in pixels of their softness, and the size of where they are."""
BARE = 2 + ACCENTS + len(FLESH)  # number of what has no paint
WEAVE = 0.012  # deviation of the canvas's lightness


@dataclass(frozen=True)
class Scene:
    """What skeins pass over, on the ground's grid.

    Attributes:
        lab: Colours in Oklab, in full contrast, (3, r, c).
        dense: How dense paint lies, 0 to 1, (r, c).
        rough: How much there are things, 0 to 1, (r, c).
        face: How much there are faces, 0 to 1, (r, c).
        enamels: Those poured, (3, n), in Oklab.
    """

    lab: Array
    dense: Array
    rough: Array
    face: Array
    enamels: Array


def paint_drip(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in flung paint, in [0, 1]; see `brushwork`."""
    scene = _scene(ground, rng)
    layer = np.full(ground.shape[0] * ground.shape[1] + 1, BARE, dtype=np.uint8)
    for pour in (BROAD, SKEINS, THREADS):
        _webbed(layer, pour, _anywhere(pour, ground, rng), scene, ground, rng)
    _detailed(layer, scene, ground, rng)
    _edged(layer, scene, ground, rng)
    _webbed(layer, LAST, _anywhere(LAST, ground, rng), scene, ground, rng)
    _splattered(layer, scene, ground, rng)
    _faced(layer, scene, ground, rng)
    enamels = np.zeros((4, BARE + 1), dtype=np.float32)
    enamels[:3, :BARE] = np.concatenate([from_oklab(scene.enamels), np.array(FLESH).T], axis=1)
    enamels[3, :BARE] = 1
    # Points are whole pixels.
    *paint, cover = blurred(enamels[:, layer[:-1]].reshape(4, *ground.shape), 0.5)
    painted = _stained(ground, rng) * (1 - cover) + np.stack(paint)
    return over(picture, painted, amount)


def _scene(ground: Ground, rng: np.random.Generator) -> Scene:
    """What is seen in the photo."""
    step = ground.scale / ground.pitch
    lab, tone = to_oklab(ground.masses), stretched(luma(ground.masses))
    power = np.log(MIDDLE) / np.log(np.clip(tone.mean(), 0.05, 0.95))
    tone = tone ** np.float32(np.clip(power, *POWERS))
    tone = (tone + SHAPED * (tone - blurred(tone, AROUND * step))).clip(0, 1)
    gain = FULL / (np.quantile(np.hypot(*lab[1:, ::4, ::4]), 0.95) + 1e-3) - 1
    lab[1:] *= 1 + np.float32(np.clip(gain, 0, GAIN)) * smoothstep(*TINTS, lab[0])
    lab[0] = to_oklab(np.stack([tone] * 3))[0]
    rough = blurred(smoothstep(*SUBJECT, np.sqrt(ground.variance(9 * ground.scale))), 3 * step)
    thing = PART * np.maximum(rough, smoothstep(*COLOURED, np.hypot(*lab[1:])))
    dense = np.maximum.reduce([thing, PART * ground.persons, smoothstep(*SHADED, tone)])
    face = smoothstep(*FACED, blurred(ground.face, 2 * step))
    return Scene(lab, THIN + (1 - THIN) * dense, rough, face, _enamels(lab, ground, rng))


def _enamels(lab: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """Those (3, n), in Oklab: black, white, and means of what is alike in the picture.

    Source: farthest points (Gonzalez 1985), and a round of Lloyd (1982): rare colours stay.
    """
    y, x = ground.inside(*(rng.random((2, SAMPLES)) * np.array([ground.shape]).T))
    weight = np.array([1, VIVID, VIVID], dtype=np.float32)[:, None]
    seen = weight * lab[:, y // ground.pitch, x // ground.pitch]
    chosen = np.median(seen, axis=1, keepdims=True)
    for _ in range(ACCENTS - 1):
        far = np.square(seen[:, :, None] - chosen[:, None]).sum(0).min(1)
        chosen = np.concatenate([chosen, seen[:, far.argmax(), None]], axis=1)
    own = np.square(seen[:, :, None] - chosen[:, None]).sum(0).argmin(1)
    alike = np.where(np.bincount(own, minlength=ACCENTS), means(seen, own, ACCENTS), chosen)
    alike = alike / weight
    chroma = np.hypot(*alike[1:]) + np.float32(1e-4)
    fuller = chroma * (1 + FULLER * smoothstep(*TINTS, alike[0]))
    alike[1:] *= fuller.clip(None, FULLEST) / chroma
    ends = to_oklab(np.array([BLACK, WHITE], dtype=np.float32).T)
    return np.concatenate([ends, alike], axis=1).astype(np.float32)


def _anywhere(pour: Pour, ground: Ground, rng: np.random.Generator) -> Array:
    """Places (2, n) in pixels, a little beyond the borders, too."""
    sides = np.array(ground.shape)[:, None]
    places: Array = rng.uniform(-0.05, 1.05, (2, count(pour.count, ground))) * sides
    return places.astype(np.float32)


def _webbed(
    layer: Array, pour: Pour, middle: Array, scene: Scene, ground: Ground, rng: np.random.Generator
) -> None:
    """Pours skeins over places (2, n) in the enamels that are nearest to what they pass over."""
    way = swung(pour, middle, ground, rng)
    number, steps = way.y.shape
    place = _cells(way.y, way.x, ground)
    seen = (np.arange(steps) - round(pour.lag / STRIDE)).clip(0)
    lab = scene.lab[:, place[0][:, seen], place[1][:, seen]]
    lab[0] += rng.normal(0, DITHER, (number, 1)).astype(np.float32)
    paint = nearest(lab, scene.enamels)
    free = rng.random(number) < pour.free
    paint[free] = rng.integers(2, size=(int(free.sum()), 1))
    dense, wanted = scene.dense[place], rng.random((number, 1), dtype=np.float32)
    match = smoothstep(-0.1, 0.1, dense - wanted)
    match[free] = 1 - SPARED * scene.rough[place][free]
    match *= 1 - scene.face[place]
    thick = way.width * run_out(match) * (0.7 + 0.5 * dense)
    poured(layer, way, thick.clip(0, pour.widest), paint, ground)


def _detailed(layer: Array, scene: Scene, ground: Ground, rng: np.random.Generator) -> None:
    """Pours short skeins where there are things."""
    number = count(DETAILS.count * float(scene.rough.mean()), ground)
    middle = _places(scene.rough, number, ground, rng)
    _webbed(layer, DETAILS, middle, scene, ground, rng)


def _cells(y: Array, x: Array, ground: Ground) -> tuple[Array, Array]:
    """Places in pixels as those of the ground's grid."""
    row, column = ground.inside(y, x)
    return row // ground.pitch, column // ground.pitch


def nearest(lab: Array, enamels: Array) -> Array:
    """Numbers (...) of the enamels (3, n) that are nearest to colours (3, ...), in Oklab."""
    best = np.full(lab.shape[1:], np.inf, dtype=np.float32)
    number = np.zeros(lab.shape[1:], dtype=np.uint8)
    for k, (light, red, yellow) in enumerate(enamels.T):
        far = np.square(lab[0] - light)
        far += VIVID * (np.square(lab[1] - red) + np.square(lab[2] - yellow))
        np.copyto(number, k, where=far < best)
        np.minimum(best, far, out=best)
    return number


def _edged(layer: Array, scene: Scene, ground: Ground, rng: np.random.Generator) -> None:
    """Pours black along the largest edges."""
    step = ground.scale / ground.pitch
    edge = steepness(blurred(scene.lab[:1], 2 * step)) * np.float32(step)
    edge = smoothstep(*EDGE, edge) * (1 - scene.face)
    middle = _places(edge, count(EDGES.count, ground), ground, rng)
    way = followed(EDGES, middle, ground, rng)
    thick = way.width * run_out(smoothstep(0.05, 0.3, edge[_cells(way.y, way.x, ground)]))
    poured(layer, way, thick, np.zeros(thick.shape, dtype=np.uint8), ground)


def _places(weight: Array, number: int, ground: Ground, rng: np.random.Generator) -> Array:
    """Chance places (2, n) in pixels, in proportion to weights (r, c) on the grid."""
    sums = (weight.ravel() + 1e-9).cumsum(dtype=np.float64)
    cell = np.searchsorted(sums, rng.random(number) * sums[-1]).clip(0, sums.size - 1)
    places = np.stack(np.divmod(cell, weight.shape[1])) + rng.random((2, number))
    result: Array = (places * ground.pitch).astype(np.float32)
    return result


def _splattered(layer: Array, scene: Scene, ground: Ground, rng: np.random.Generator) -> None:
    """Flings drops, most where paint is dense."""
    for radius, many in DROPS:
        number = count(many, ground)
        middle = _places(scene.dense * (1 - scene.face), number, ground, rng)
        row, column = _cells(middle[0], middle[1], ground)
        lab = scene.lab[:, row, column]
        lab[0] += rng.normal(0, 2 * DITHER, number).astype(np.float32)
        place = middle + rng.normal(0, ASIDE * ground.scale, middle.shape)
        kept = scene.face[_cells(place[0], place[1], ground)] < 0.3
        dropped(layer, radius, place[:, kept], nearest(lab, scene.enamels)[kept], ground, rng)


def _faced(layer: Array, scene: Scene, ground: Ground, rng: np.random.Generator) -> None:
    """Pours faces in fine skeins of few tones, and their features in black."""
    if scene.face.max() < 0.5:
        return
    light = lit_skin(luma(ground.photo), ground.spread(scene.face))
    number = count(FINE.count * float(scene.face.mean()), ground)
    way = swung(FINE, _places(scene.face, number, ground, rng), ground, rng)
    place = ground.inside(way.y, way.x)
    tone = light[place] + rng.normal(0, MIXED, (number, 1))
    paint = BARE - len(FLESH) + np.digitize(tone, TONES).astype(np.uint8)
    border = rng.uniform(0.2, 0.8, (number, 1))
    poured(layer, way, way.width * (ground.at(scene.face, place) > border), paint, ground)
    dark = features(ground) * (1 - QUIET * mouths(ground))
    layer[:-1][(dark > 0.5).ravel()] = BARE - len(FLESH)


def _stained(ground: Ground, rng: np.random.Generator) -> Array:
    """Raw canvas (3, h, w) with thin soft stains of the photo's masses."""
    step = ground.scale / ground.pitch
    soft = blurred(ground.masses, SOAKED * step)
    patches = smoothstep(-2, 1, clouds(soft.shape[1:], PATCHES * step, rng))
    stain = ground.spread(CANVAS + STAIN * patches * (soft - CANVAS))
    return stain + np.float32(WEAVE) * normal(rng.standard_normal(ground.shape, dtype=np.float32))
