"""Coarse maps of likelihood to masks that follow a photo's edges, and how far to trust them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .brushwork.ground import People
from .geometry import Array, box, spread

SIDE = 256
"""The segmenter sees squares of so many pixels: photos are stretched, as its teachers do."""
GUIDE, LARGEST = 256, 1024
"""Longer sides in pixels: of the copy of a photo that guides a filter, and of the largest photo
whose masks are not enlarged."""
SURE, DOUBT = 0.5, 0.25
"""Confidence from which something counts as found, and up to which as not there."""
RADIUS = 4  # of the guided filter's windows, in cells of the guide
EDGE = 0.03  # deviation of colour within a window below which there is no edge
RISE = (0.3, 0.7)  # likelihoods between which the mask rises from 0 to 1


@dataclass(frozen=True)
class Found:
    """Where a photo shows what a word names.

    Attributes:
        mask: (h, w), 0 to 1, float32, as large as the photo.
        confidence: 0 to 1: the intersection over union that the mask is likely to have with the
            truth; see `SURE`.
    """

    mask: Array
    confidence: float


@dataclass(frozen=True)
class WordMaps:
    """Finds what some words name, with a network that has a map for each of them.

    Attributes:
        words: Of the maps.
        calibration: What masks at expected overlaps of 0, 1 / (n - 1), ... 1 overlapped with the
            truth, on pictures held out of training; a row a word.
        likelihoods: The network: (1, 3, 256, 256) in [0, 1] to (1, words, h, w), 0 to 1.
    """

    words: Sequence[str]
    calibration: Array
    likelihoods: Callable[[Array], Array]

    def find_all(self, photo: Image.Image, words: Sequence[str]) -> dict[str, Found]:
        """Where an RGB photo shows what each of some of the words names."""
        square = photo.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        rows = zip(
            self.words, self.calibration, self.likelihoods(_pixels(square)[None])[0], strict=True
        )
        chosen = {word: (curve, likely) for word, curve, likely in rows if word in words}
        masks = masks_of([likely for _, likely in chosen.values()], photo)
        return {
            word: Found(mask, _calibrated(expected_overlap(likely), curve))
            for (word, (curve, likely)), mask in zip(chosen.items(), masks, strict=True)
        }

    def people(self, photo: Array) -> People | None:
        """Where a photo (3, h, w) in [0, 1] shows people, as brushwork wants to know it.

        Returns:
            None where it is in doubt.
        """
        levels = np.rint(photo.clip(0, 1) * 255).astype(np.uint8)
        found = self.find_all(Image.fromarray(levels.transpose(1, 2, 0)), ("face", "person"))
        faces, persons = found["face"], found["person"]
        most = max(faces.confidence, persons.confidence)
        if DOUBT < most < SURE:
            return None
        return People(*(one.mask * np.float32(one.confidence >= SURE) for one in (faces, persons)))


def masks_of(maps: Sequence[Array], photo: Image.Image) -> list[Array]:
    """Coarse maps (r, c), 0 to 1, as masks (h, w) that follow the edges of an RGB photo."""
    guide, large = (_pixels(_at_most(photo, side)) for side in (GUIDE, LARGEST))
    masks = (Image.fromarray(follow_edges(likely, guide, large)) for likely in maps)
    return [
        np.asarray(mask.resize(photo.size, Image.Resampling.BILINEAR)).clip(0, 1) for mask in masks
    ]


def expected_overlap(likely: Array) -> float:
    """The intersection over union that a mask would have with the truth, were `likely` true.

    With M where p > 1/2, it is sum_M p / (|M| + sum_(not M) p), to first order the expectation of
    the overlap of M with a mask drawn from p; 0 where M is empty.

    Args:
        likely: p (h, w), 0 to 1.
    """
    inside = likely > 0.5
    within = float(likely[inside].sum())
    return within / (inside.sum() + float(likely[~inside].sum())) if within else 0.0


def follow_edges(likely: Array, guide: Array, photo: Array) -> Array:
    """A coarse map as a soft mask that follows the edges of a photo.

    Sources: He, Sun and Tang, "Guided Image Filtering" (2010), with colours as the guide; He and
    Sun, "Fast Guided Filter" (2015).

    Args:
        likely: (r, c), 0 to 1.
        guide: A small copy of the photo (3, h', w') in [0, 1]: windows are of 9 of its pixels.
        photo: (3, h, w) in [0, 1].

    Returns:
        (h, w), 0 to 1.
    """
    slopes, offset = _affine(spread(likely, guide.shape[1:]), guide)
    size = photo.shape[1:]
    filtered = (spread(slopes, size) * photo).sum(0) + spread(offset, size)
    low, high = RISE
    share = ((filtered - low) / (high - low)).clip(0, 1)
    mask: Array = share * share * (3 - 2 * share)
    return mask


def _affine(plane: Array, guide: Array) -> tuple[Array, Array]:
    """Slopes (3, h, w) and offset (h, w) of the local fit of a plane by the guide's colours."""
    colour, level = box(guide, RADIUS), box(plane, RADIUS)
    red, green, blue = guide
    squares = box(np.stack([red * red, green * green, blue * blue]), RADIUS) - colour**2
    rr, gg, bb = squares.clip(0) + np.float32(EDGE**2)
    products = box(np.stack([red * green, red * blue, green * blue]), RADIUS)
    rg, rb, gb = products - colour[[0, 0, 1]] * colour[[1, 2, 2]]
    cross = box(guide * plane, RADIUS) - colour * level
    # The inverse of the covariance by cofactors: it is symmetric.
    inverse = np.stack(
        [
            np.stack([gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb]),
            np.stack([gb * rb - rg * bb, rr * bb - rb * rb, rg * rb - rr * gb]),
            np.stack([rg * gb - gg * rb, rg * rb - rr * gb, rr * gg - rg * rg]),
        ]
    )
    determinant = rr * inverse[0, 0] + rg * inverse[0, 1] + rb * inverse[0, 2]
    slopes = (inverse * cross).sum(1) / determinant
    return box(slopes, RADIUS), box(level - (slopes * colour).sum(0), RADIUS)


def _calibrated(overlap: float, curve: Array) -> float:
    return float(np.interp(overlap, np.linspace(0, 1, len(curve)), curve))


def _at_most(photo: Image.Image, side: int) -> Image.Image:
    """The photo, reduced to a longer side of `side` pixels."""
    small = photo.copy()
    small.thumbnail((side, side), Image.Resampling.BILINEAR)
    return small


def _pixels(photo: Image.Image) -> Array:
    """(3, h, w) in [0, 1], float32."""
    return np.asarray(photo, dtype=np.float32).transpose(2, 0, 1) / 255
