"""Blotches on ground that is flat in the photo."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import label

from stylemamba.evaluation.metrics.smoothness import RADIUS, local_variance
from stylemamba.portable.colour import srgb_to_lab
from stylemamba.portable.geometry import Array, box

FLAT = 0.02
"""Deviation of luma in a window below which it is ground."""
LEAST_SHARE = 0.2
"""Of the photo that has to be ground."""


def flat_ground(photo: Array) -> Array | None:
    """Number of the patch of flat ground at every pixel, (h, w), 0 where there is none.

    Ground is where the luma has a deviation under 0.02 in a window of 25 x 25 px; a patch is what
    of it hangs together by the sides of pixels.

    Args:
        photo: (3, h, w) in [0, 1].

    Returns:
        None if less than 20 % of the photo is ground.
    """
    flat = local_variance(photo) < FLAT**2
    if flat.mean() < LEAST_SHARE:
        return None
    patches: Array = label(flat)[0]
    return patches


def ground_spread(picture: Array, photo: Array) -> float | None:
    """How much more the picture's colours wander over flat ground than the photo's.

        S(Y) - S(X),        S(I) = mean over ground of |l(I) - m(I)|

    with l the CIELAB at a pixel, averaged over the ground in 25 x 25 px around it, and m the mean
    of l over its patch of ground; see `flat_ground`.

    Args:
        picture: Y, (3, h, w) in [0, 1].
        photo: X, of the same shape.

    Returns:
        dE; 0 for the photo itself and for ground in one colour; None if the photo has no such
        ground.

    Raises:
        ValueError: Shapes differ.
    """
    if picture.shape != photo.shape:
        raise ValueError(f"shapes differ: {picture.shape} and {photo.shape}")
    patches = flat_ground(photo)
    if patches is None:
        return None
    return _wandering(picture, patches) - _wandering(photo, patches)


def _wandering(picture: Array, patches: Array) -> float:
    ground = patches > 0
    share = box(ground.astype(np.float32), RADIUS)[ground]
    colours = box(srgb_to_lab(picture) * ground, RADIUS)[:, ground] / share
    number = patches[ground]
    pixels = np.bincount(number)[number]
    means = np.stack([np.bincount(number, colour)[number] / pixels for colour in colours])
    return float(np.sqrt(((colours - means) ** 2).sum(0)).mean())
