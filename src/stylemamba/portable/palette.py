"""Palettes: parts of the photo take the colours of the parts of paintings that answer to them.

The networks know a style's colours, not what they are for. Where a painting's sky is blue, the
photo's sky should not become olive because its fields are.

Source: Reinhard et al., "Color Transfer between Images" (2001): means and deviations in a
perceptual space, here part by part.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from .colour import lab_to_srgb, srgb_to_lab
from .even_ground import even_ground
from .filters import guided_model
from .geometry import Array, box, luma
from .parts import masks_of, matched, parts_of
from .sampling import blocks, enlarged

SIDE = 128  # of the grid on which colours are changed, at most, on the longer side
LIGHT, COLOUR = 0.25, 0.5
"""How far lightness and colour go towards those of the paintings' parts."""
GAINS = (0.75, 1.4)  # by which differences within a part may shrink and grow
RADIUS, EDGE = 3, 0.04
"""Of the guided filter: of its windows on the grid, and deviation of luma that is an edge."""
FAINT = 3.0  # deviation, in dE, below which differences are not told from noise


def with_palette(
    picture: Array, photo: Array, paintings: Sequence[tuple[float, Array]], keep: float = 0.0
) -> Array:
    """A picture whose parts have the colours of the paintings' parts, or those of the photo.

    Plain ground is evened, too; see even_ground.py.

    Args:
        picture: (3, h, w) in [0, 1].
        photo: That it was made from, of the same shape.
        paintings: Shares, and the parts (n, `PARTS`, `NUMBERS`) of paintings that answer for them;
            those that push away count nothing.
        keep: How much of the photo's own colours there is, 0 to 1; lightness is the picture's.

    Returns:
        (3, h, w) in [0, 1].
    """
    known = [(share, rows) for share, rows in paintings if share > 0 and len(rows)]
    side = -(-max(photo.shape[1:]) // SIDE)
    small_photo, small = blocks(photo, side), blocks(picture, side)
    photo_lab, lab = srgb_to_lab(small_photo), srgb_to_lab(small)
    change = np.zeros_like(lab)
    if known:
        parts = parts_of(photo)
        total = sum(share for share, _ in known)
        answers = [share / total * _answers(parts, rows) for share, rows in known]
        wanted = np.sum(answers, axis=0)
        far = np.array([LIGHT, COLOUR, COLOUR], dtype=np.float32)[:, None, None]
        change = far * (_recoloured(lab, masks_of(parts, photo_lab), wanted) - lab)
    colours = even_ground(lab + change, photo_lab)
    colours[1:] += np.float32(keep) * (photo_lab - colours)[1:]
    difference = lab_to_srgb(colours) - small
    guide, coarse = luma(photo), luma(small_photo)
    window = partial(box, radius=RADIUS)
    slope, offset = guided_model(difference, coarse, coarse * coarse, window, EDGE)
    changed = [
        plane + enlarged(a, side, guide.shape) * guide + enlarged(b, side, guide.shape)
        for plane, a, b in zip(picture, slope, offset, strict=True)
    ]
    return np.stack(changed).clip(0, 1).astype(np.float32)


def _answers(parts: Array, rows: Array) -> Array:
    """The mean of the paintings' parts that answer to those of a photo, (`PARTS`, `NUMBERS`)."""
    _, orders = matched(parts, rows)
    answers: Array = np.take_along_axis(rows, orders[..., None], axis=1).mean(0)
    return answers


def _recoloured(lab: Array, masks: Array, wanted: Array) -> Array:
    """Means and deviations of each part as those that are wanted, (`PARTS`, `NUMBERS`)."""
    result = np.zeros_like(lab)
    for mask, part in zip(masks, wanted, strict=True):
        weights = mask / (mask.sum() + np.float32(1e-6))
        mean = (weights * lab).sum((1, 2))[:, None, None]
        deviation = np.sqrt((weights * np.square(lab - mean)).sum((1, 2)))
        gain = ((part[4:7] + FAINT) / (deviation + FAINT)).clip(*GAINS)
        result += mask * (part[:3, None, None] + gain[:, None, None] * (lab - mean))
    return result
