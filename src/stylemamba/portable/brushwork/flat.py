"""Flat inks: the picture as clean areas of few colours, as a block printer lays them.

Where the areas lie follows from the photo alone, their colours are the picture's. Source: tones
that step sharply at edges and softly elsewhere (Winnemöller, Olsen and Gooch, "Real-Time Video
Abstraction", 2006), here of a palette found by k-means; on a sky they are the printer's bokashi.
"""

from __future__ import annotations

import numpy as np

from ..geometry import LUMA, Array, gradient, luma
from .chance import grain
from .filters import blurred
from .ground import Ground
from .paint import Amount, over
from .sampling import blocks, enlarged
from .tones import smoothstep

INKS = 12
SAMPLES = 4096  # colours of the photo that areas are found from
SETTLINGS = 8  # steps of Lloyd's algorithm
CHROMA = np.float32(1.5)  # weight of differences in chroma, to those in lightness
NOWHERE = 9.0  # colour of an area without pixels: far from all others
ALIKE = 0.0015  # squared difference in colour up to which one ink does for all
CRISP, SOFT = 0.0012, 0.006
"""Squared difference in colour over which one ink gives way to the next: at edges and elsewhere."""
EDGE = (0.008, 0.03)  # change of colour per pixel from where to where ground counts as an edge
CUT = 0.7  # deviation by which the shapes of areas are rounded, in cells of the ground's grid
SQUARINGS, WIDE = 2, 4
"""How often the covers are squared, which makes borders crisp, and the pitch of the ground's grid
in pixels from which they are so once more."""
COARSE = 4  # side of the cells of an ink's colours, in those of the ground's grid
DRIFT = 70.0  # pixels over which the colour of one ink may change
EVERYWHERE = np.float32(0.05)  # weight of the whole picture in an ink's colour at a place
PHOTO = np.float32(0.3)  # share of the photo in it
VIVID, RESTORED = np.float32(1.2), 1.6
"""Gain in chroma, and that which brings back at most what the means have lost."""
DARK, LIGHT, TAIL = 0.1, 0.92, 0.03
"""Lightness of the darkest and of the lightest inks, whose share of the picture is the tail."""
STRETCH = 1.5  # gain in contrast at most
GRAIN, TOOTH = 0.6, np.float32(0.007)
"""Deviation of the paper's grain in pixels at scale 1, and how much lighter or darker it is."""
MIDDLE, LIFT = 0.5, 0.65  # lightness that the middle tone is lifted to, by this gamma at most


def paint_flat(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in flat inks, in [0, 1]; see `brushwork`."""
    area = areas(ground, opponent(ground.masses), INKS, SOFT)
    inks = _inks(picture + PHOTO * (ground.photo - picture), area, ground)
    mean = inks.mean((-2, -1))
    # How inks drift does not need the crisp borders that they have.
    drift = enlarged(inks - mean[..., None, None], COARSE, area.shape[1:])
    drift = np.einsum("khw,kchw->chw", area, drift)
    flat = np.tensordot(mean, covers(area, ground), ((0,), (0,)))
    flat += ground.spread(drift)
    flat *= 1 + TOOTH * grain(ground.shape, GRAIN * ground.scale, rng)
    return over(picture, flat, amount)


def opponent(photo: Array) -> Array:
    """Lightness, and weighted differences of red and blue from it, (3, h, w), of a photo."""
    light = luma(photo)
    return np.stack([light, CHROMA * 0.7 * (photo[0] - light), CHROMA * 0.56 * (photo[2] - light)])


def areas(ground: Ground, colour: Array, count: int, soft: float) -> Array:
    """Where each of some inks is laid, of dark colours first: (count, h', w'), adding up to 1.

    Args:
        ground: On whose grid they are.
        colour: By which they are told apart, (3, h', w'), the lightness first.
        count: Of inks.
        soft: Squared difference in colour over which they change where there is no edge.
    """
    steps = np.sqrt(sum(np.square(gradient(channel)).sum(0) for channel in colour))
    edge = smoothstep(*EDGE, blurred(steps * np.float32(ground.scale / ground.pitch), 1.0))
    flat = colour.reshape(3, -1)
    centres = _centres(flat, count)
    far = np.square(centres).sum(1)[:, None] - 2 * centres @ flat
    far -= far.min(0)
    far /= (soft + (CRISP - soft) * edge).ravel()
    cover = np.exp(-far)
    cover /= cover.sum(0)
    return blurred(cover.reshape(-1, *colour.shape[1:]), CUT)


def covers(area: Array, ground: Ground) -> Array:
    """`areas` as (count, h, w), their borders crisp."""
    cover = ground.spread(area)
    for _ in range(SQUARINGS + (ground.pitch > WIDE)):
        np.square(cover, out=cover)
    cover /= cover.sum(0)
    return cover


def _centres(colours: Array, count: int) -> Array:
    """Colours (count, 3), dark ones first, that colours (3, n) are near to: k-means.

    It begins with the mean, then those that are farthest from all others, so that small areas of a
    colour of their own are not lost and nothing is left to chance.
    """
    points = colours[:, :: max(1, colours.shape[1] // SAMPLES)].T
    first = [points.mean(0)]
    nearest = np.full(len(points), np.inf, dtype=np.float32)
    for _ in range(count - 1):
        nearest = np.minimum(nearest, np.square(points - first[-1]).sum(1))
        if nearest.max() < ALIKE:
            break
        first.append(points[nearest.argmax()])
    centres = np.full((count, 3), NOWHERE, dtype=np.float32)
    centres[: len(first)] = first
    for _ in range(SETTLINGS):
        own = (np.square(centres).sum(1) - 2 * points @ centres.T).argmin(1)
        number = np.bincount(own, minlength=count)[:, None]
        sums = np.stack([np.bincount(own, column, count) for column in points.T], 1)
        centres = np.where(number > 0, sums / np.maximum(number, 1), NOWHERE)
    ordered: Array = centres[np.argsort(centres[:, 0])].astype(np.float32)
    return ordered


def _inks(picture: Array, area: Array, ground: Ground) -> Array:
    """The colours (count, 3, h", w") that some inks have in a picture, on a coarse grid."""
    colour = blocks(blocks(picture, ground.pitch), COARSE)
    cover = blocks(area, COARSE) + np.float32(1e-6)
    chroma = np.sqrt(np.square(colour - colour.mean(0)).sum(0, keepdims=True))
    weighted = cover[:, None] * np.concatenate([colour, chroma, np.ones_like(chroma)])
    around = blurred(weighted, DRIFT * ground.scale / (COARSE * ground.pitch))
    around += EVERYWHERE * weighted.mean((-2, -1), keepdims=True)
    mean, chroma = around[:, :3] / around[:, 4:], around[:, 3:4] / around[:, 4:]
    grey = mean.mean(1, keepdims=True)
    left = np.sqrt(np.square(mean - grey).sum(1, keepdims=True))
    gain = VIVID * (chroma / np.maximum(left, 0.02)).clip(1, RESTORED)
    return _toned(grey + gain * (mean - grey), cover)


def _toned(ink: Array, cover: Array) -> Array:
    """Inks (count, 3, h, w) from nearly black to nearly white, as they cover (count, h, w)."""
    light = np.tensordot(ink, np.array(LUMA), ((1,), (0,))).ravel()
    order = np.argsort(light)
    share = np.cumsum(cover.ravel()[order])
    places = np.searchsorted(share, share[-1] * np.array([TAIL, 0.5, 1 - TAIL]))
    low, middle, high = light[order][places]
    gain = np.clip((LIGHT - DARK) / max(high - low, 1e-3), 1, STRETCH)
    centre, half = (low + high) / 2, gain * (high - low) / 2
    to = np.clip(centre, min(DARK + half, 0.5), max(LIGHT - half, 0.5))
    middle = np.clip(to + gain * (middle - centre), 0.05, MIDDLE)
    lift = max(np.log(MIDDLE) / np.log(middle), LIFT)
    toned: Array = (to + gain * (ink - centre)).clip(0, 1).astype(np.float32) ** np.float32(lift)
    return toned
