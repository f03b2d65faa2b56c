"""Skin in a photo: whole patches of its colour that are smooth, compact and of one hue.

Colour alone takes orange coats, sand and wood for skin. So patches are judged as wholes, as in
Hsu, Abdel-Mottaleb and Jain, "Face Detection in Color Images" (2002), who look for eyes and mouths
in them: skin is calmer than fur and straw, darker features lie in it, and it is neither the ground
of the whole photo nor a speck.
"""

from __future__ import annotations

import numpy as np

from ..colour import to_oklab
from ..filters import blurred
from ..geometry import Array, box
from ..sampling import blocks, enlarged, means
from .tones import smoothstep

CELL = 3.6  # side in pixels, at scale 1, of the cells that patches are found on
HUE, HUE_SPREAD = 52.0, 26.0  # of skin in degrees of Oklab, and how far it is from that
CHROMA = (0.028, 0.05, 0.125, 0.165)  # from where and to where: none, whole, whole, none
RICHNESS = (0.045, 0.07, 0.22, 0.29)  # the same of chroma over lightness
DARKEST = (0.26, 0.38)  # lightness
GLOSS, GLOSS_HUE, GLOSS_CHROMA = (0.78, 0.86), (48.0, 36.0), (0.006, 0.014)
"""Lightness, distance from the hue of skin, and chroma of light on skin: none, whole."""
CALM = (0.075, 0.03)  # deviation of lightness in a cell and around it: no skin, skin
LEAST = 0.35  # likelihood from which cells belong to a patch
SIZE = (0.0011, 0.003)  # share of the photo: no patch of skin, a patch
SPAN = (0.85, 0.97)  # of the photo's width from where to where a patch is the ground instead
LIKELY, RED, PALE = (0.5, 0.72), (29.0, 35.0), (0.040, 0.049)
"""Mean likelihood, hue in degrees and chroma of a patch: no skin, skin."""
STRAIGHT = (0.86, 0.72)  # share of a patch in the upright rectangle around it: a shutter, skin
SOLID = (0.08, 0.2)  # share of its cells that are surrounded by others: straw, skin
GAP = 0.15  # deviation, in roots of a patch's area, of the window that closes its gaps: eyes
CLOSED = 0.37  # share of that window from which there is skin
BESIDES = 3
BESIDE_FAR, BESIDE = 1.8, (0.06, 0.3)
"""How often skin grows; deviation in cells of the window around it, and shares of that from where
its colour is enough, partly and wholly."""
WITHIN_FAR, WITHIN = 3.4, (0.52, 0.64)  # the same of what is within skin, whatever its colour
SOFT = 0.6  # deviation of the smoothing of borders, in cells


def found(photo: Array, cell: float) -> Array:
    """How likely there is skin, 0 to 1, on a grid of cells.

    Args:
        photo: (3, h, w) in [0, 1].
        cell: Side of the cells in pixels.
    """
    side = max(1, round(cell))
    lab = to_oklab(blocks(photo, side))
    coloured = _coloured(lab)
    like = coloured * _calm(lab[0])
    number, count = patches(like > LEAST)
    skin = np.zeros_like(like)
    for patch, likely in enumerate(_judged(number, count, like, lab)):
        if likely > 0:
            _add(skin, number == patch, likely)
    # What is beside it, of its colour or light on it, is too: noses and chins are not calm.
    coloured = np.maximum(coloured, _glossy(lab))
    for _ in range(BESIDES):
        skin = np.maximum(skin, smoothstep(*BESIDE, blurred(skin, BESIDE_FAR)) * coloured)
    skin = np.maximum(skin, smoothstep(*WITHIN, blurred(skin, WITHIN_FAR)))
    return enlarged(blurred(skin, SOFT), side, photo.shape[1:])


def _judged(number: Array, count: int, like: Array, lab: Array) -> Array:
    """How likely each patch is skin, (count,); the first is what is in none."""
    mask = number > 0
    padded = np.pad(mask, 1)
    inner = padded[2:, 1:-1] & padded[:-2, 1:-1] & padded[1:-1, 2:] & padded[1:-1, :-2] & mask
    hue, chroma = _hue(lab)
    likely, solid, hue, chroma = means(
        np.stack([like, inner.astype(np.float32), hue, chroma]), number, count
    )
    area = np.bincount(number.ravel(), minlength=count)
    height, width = (_extent(number, count, axis) for axis in (0, 1))
    judged = smoothstep(*SIZE, area / number.size) * smoothstep(
        *SPAN[::-1], width / number.shape[1]
    )
    judged *= smoothstep(*LIKELY, likely) * smoothstep(*RED, hue) * smoothstep(*PALE, chroma)
    judged *= smoothstep(*STRAIGHT, area / (height * width)) * smoothstep(*SOLID, solid)
    judged[0] = 0
    return judged


def _extent(number: Array, count: int, axis: int) -> Array:
    """Rows or columns from a patch's first to its last, (count,)."""
    place: Array = np.broadcast_to(
        np.indices(number.shape, sparse=True)[axis], number.shape
    ).ravel()
    first, last = np.full(count, number.size), np.full(count, -1)
    np.minimum.at(first, number.ravel(), place)
    np.maximum.at(last, number.ravel(), place)
    return last - first + 1


def _add(skin: Array, patch: Array, likely: float) -> None:
    """Adds a patch, its gaps closed, to skin that has been found."""
    deviation = max(1.0, GAP * float(np.sqrt(patch.sum())))
    around = int(2 * deviation) + 1
    rows, columns = (np.nonzero(patch.any(axis))[0] for axis in (1, 0))
    here = tuple(slice(max(0, part[0] - around), part[-1] + around + 1) for part in (rows, columns))
    cut = patch[here]
    whole = cut | (blurred(cut, deviation) > CLOSED)
    np.maximum(skin[here], np.float32(likely) * whole, out=skin[here])


def _hue(lab: Array) -> tuple[Array, Array]:
    """In degrees, and chroma."""
    return np.degrees(np.arctan2(lab[2], lab[1])), np.hypot(lab[1], lab[2])


def _within(values: Array, bounds: tuple[float, float, float, float]) -> Array:
    """1 between the middle bounds, 0 outside of the others."""
    return smoothstep(*bounds[:2], values) * smoothstep(*bounds[:1:-1], values)


def _coloured(lab: Array) -> Array:
    """How much colours (3, h, w) of cells are those of skin, 0 to 1."""
    hue, chroma = _hue(lab)
    like = smoothstep(HUE_SPREAD * 1.25, HUE_SPREAD * 0.75, np.abs(hue - HUE))
    like *= _within(chroma, CHROMA) * _within(chroma / (lab[0] + np.float32(1e-3)), RICHNESS)
    return like * smoothstep(*DARKEST, lab[0])


def _glossy(lab: Array) -> Array:
    """How much colours (3, h, w) of cells are those of light on skin, 0 to 1: pale, not yellow."""
    hue, chroma = _hue(lab)
    like = smoothstep(*GLOSS_HUE, np.abs(hue - HUE)) * smoothstep(*GLOSS_CHROMA, chroma)
    return like * smoothstep(*GLOSS, lab[0])


def _calm(light: Array) -> Array:
    """How calm the lightness (h, w) of cells is around each, 0 to 1."""
    mean = box(light, 1)
    return smoothstep(*CALM, np.sqrt((box(light * light, 1) - mean * mean).clip(0)))


def patches(mask: Array) -> tuple[Array, int]:
    """Number (h, w) of the patch at every cell of a mask, 0 outside; and how many there are.

    Labels spread to neighbours, and to their labels' labels.
    """
    label = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(label, 1)
        most = np.maximum.reduce(
            [label, padded[2:, 1:-1], padded[:-2, 1:-1], padded[1:-1, 2:], padded[1:-1, :-2]]
        )
        most = np.where(mask, most, 0)
        parents = np.append(0, most.ravel())
        most = parents[most]
        if (most == label).all():
            break
        label = most
    names, number = np.unique(label, return_inverse=True)
    return number.reshape(mask.shape), names.size
