"""Palettes: parts of the photo take the colours of the parts of paintings that answer to them.

The networks know a style's colours, not what they are for. Where a painting's sky is blue, the
photo's sky should not become olive because its fields are.

Source: Reinhard et al., "Color Transfer between Images" (2001): means and deviations in a
perceptual space, here part by part.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial

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
    """A picture in the colours of one style's paintings, or of its photo; see `Recolouring`."""
    return Recolouring(picture, photo).by(paintings, keep)


class Recolouring:
    """New colours for a picture, by one or several styles: what these share is computed once.

    Args:
        picture: (3, h, w) in [0, 1].
        photo: That it was made from, of the same shape.
        parts: Of a photo, (`PARTS`, `NUMBERS`), that decide on the colours; None for this one's.
            Frames of one shot share those of its first.
    """

    def __init__(self, picture: Array, photo: Array, parts: Array | None = None) -> None:
        self._given = parts
        self._picture, self._photo = picture, photo
        self._side = -(-max(photo.shape[1:]) // SIDE)
        small_photo, self._small = blocks(photo, self._side), blocks(picture, self._side)
        self._photo_lab, self._lab = srgb_to_lab(small_photo), srgb_to_lab(self._small)
        self._guide, self._small_guide = luma(photo), luma(small_photo)

    def by(self, paintings: Sequence[tuple[float, Array]], keep: float = 0.0) -> Array:
        """The picture whose parts have the colours of the paintings' parts, or those of the photo.

        Plain ground is evened, too; see even_ground.py.

        Args:
            paintings: Shares, and the parts (n, `PARTS`, `NUMBERS`) of paintings that answer for
                them; those that push away count nothing.
            keep: How much of the photo's own colours there is, 0 to 1; lightness is the picture's.

        Returns:
            (3, h, w) in [0, 1].
        """
        known = [(share, rows) for share, rows in paintings if share > 0 and len(rows)]
        change = np.zeros_like(self._lab)
        if known:
            parts, masks = self._parts
            total = sum(share for share, _ in known)
            answers = [share / total * _answers(parts, rows) for share, rows in known]
            wanted = np.sum(answers, axis=0)
            far = np.array([LIGHT, COLOUR, COLOUR], dtype=np.float32)[:, None, None]
            change = far * (_recoloured(self._lab, masks, wanted) - self._lab)
        colours = even_ground(self._lab + change, self._photo_lab)
        colours[1:] += np.float32(keep) * (self._photo_lab - colours)[1:]
        return self._changed(lab_to_srgb(colours) - self._small)

    @cached_property
    def _parts(self) -> tuple[Array, Array]:
        """The parts (`PARTS`, `NUMBERS`), and where they are, (`PARTS`, h', w')."""
        parts = parts_of(self._photo) if self._given is None else self._given
        return parts, masks_of(parts, self._photo_lab)

    def _changed(self, change: Array) -> Array:
        """The picture (3, h, w) after a change (3, h', w') that ends at the photo's edges."""
        guide, window = self._small_guide, partial(box, radius=RADIUS)
        slope, offset = guided_model(change, guide, guide * guide, window, EDGE)
        changed = [
            plane + self._enlarged(a) * self._guide + self._enlarged(b)
            for plane, a, b in zip(self._picture, slope, offset, strict=True)
        ]
        return np.stack(changed).clip(0, 1).astype(np.float32)

    def _enlarged(self, plane: Array) -> Array:
        """A plane (h', w') of the grid as (h, w)."""
        return enlarged(plane, self._side, self._guide.shape)


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
