"""Given colours: a finished picture, marks and all, in a palette that somebody chose.

Source: Chang et al., "Palette-based Photo Recoloring" (2015): the picture's own palette is found by
k-means, and what is near one of its colours moves with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .colour import lab_to_srgb, srgb_to_lab
from .geometry import Array
from .parts import reduced

SIDE = 64  # of the grid on the longer side, on which the picture's colours are looked for
ROUNDS = 20  # of k-means, at most
SOFT = 9.0  # dE, deviation within which a colour belongs to several
LIGHT, COLOUR = 0.8, 0.3
"""How much of the differences around a colour is kept, in lightness and in colour."""
VIVID = 0.02  # by which a colour counts more for a unit of chroma, in `main_colours`


def in_colours(picture: Array, colours: Sequence[str]) -> Array:
    """A picture (3, h, w) in [0, 1] in colours like "#aa3322", the darkest for the darkest."""
    wanted = srgb_to_lab(_rgb(colours))
    wanted = wanted[:, wanted[0].argsort(kind="stable")].T
    own = _clusters(_flat(reduced(picture, SIDE)), len(wanted))
    own = own[own[:, 0].argsort(kind="stable")]
    lab = srgb_to_lab(picture)
    nearness = np.stack(
        [np.square(lab - centre[:, None, None]).sum(0) / (-2 * SOFT**2) for centre in own]
    )
    shares = np.exp(nearness - nearness.max(0))
    shares /= shares.sum(0)
    kept = np.array([LIGHT, COLOUR, COLOUR], dtype=np.float32)[:, None, None]
    centre, aim = (np.tensordot(rows.T, shares, 1) for rows in (own, wanted))
    return lab_to_srgb(aim + kept * (lab - centre))


def main_colours(picture: Array, count: int = 6) -> tuple[str, ...]:
    """The main colours of a picture (3, h, w) in [0, 1], such as "#aa3322", darkest first."""
    flat = _flat(reduced(picture, SIDE))
    centres = _clusters(flat, count, 1 + VIVID * np.hypot(flat[:, 1], flat[:, 2]))
    centres = centres[centres[:, 0].argsort(kind="stable")]
    levels = np.rint(255 * lab_to_srgb(centres.T)).astype(int).T
    return tuple(dict.fromkeys("#{:02x}{:02x}{:02x}".format(*rgb) for rgb in levels.tolist()))


def _rgb(colours: Sequence[str]) -> Array:
    """(3, n) in [0, 1]."""
    levels = [[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in colours]
    return np.array(levels, dtype=np.float32).T / 255


def _flat(picture: Array) -> Array:
    """CIELAB (n, 3) of a picture's pixels."""
    return srgb_to_lab(picture).reshape(3, -1).T


def _clusters(points: Array, count: int, weights: Array | None = None) -> Array:
    """Weighted k-means (Lloyd, 1982): the centres (count, 3)."""
    weights = np.ones(len(points), np.float32) if weights is None else weights
    # The first is the mean, each further one the point that is farthest from those before.
    centres = np.average(points, 0, weights)[None]
    for _ in range(count - 1):
        far = np.square(points[:, None] - centres).sum(-1).min(1) * weights
        centres = np.concatenate([centres, points[far.argmax()][None]])
    for _ in range(ROUNDS):
        nearest = np.square(points[:, None] - centres).sum(-1).argmin(1)
        moved = np.stack(
            [
                np.average(points[nearest == k], 0, weights[nearest == k])
                if np.any(nearest == k)
                else centres[k]
                for k in range(count)
            ]
        )
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres.astype(np.float32)
