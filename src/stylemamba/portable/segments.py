"""Coarse maps of likelihood to masks that follow a photo's edges, and how far to trust them."""

from __future__ import annotations

import numpy as np

from .geometry import Array, box, spread

SURE, DOUBT = 0.5, 0.25
"""Confidence from which something counts as found, and up to which as not there."""
RADIUS = 4  # of the guided filter's windows, in cells of the guide
EDGE = 0.03  # deviation of colour within a window below which there is no edge
RISE = (0.3, 0.7)  # likelihoods between which the mask rises from 0 to 1


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
