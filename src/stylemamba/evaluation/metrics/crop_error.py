"""Whether colours follow what is in the photo, or where in the frame it is."""

from __future__ import annotations

from stylemamba.evaluation.metrics.colour_grid import grid_distance
from stylemamba.portable.geometry import Array


def crop_error(picture: Array, cropped: Array) -> float:
    """How far a part of the picture P(X) of a photo is from the picture of that part alone.

        mean over an 8 x 8 grid of |Lab(C P(X)) - Lab(P(C X))|,        C the left 70 % of columns

    with Lab the mean CIELAB of a cell; see `colour_grid`.

    Args:
        picture: C P(X), (3, h, w) in [0, 1].
        cropped: P(C X), of the same shape.

    Returns:
        dE, 0 for equal colours; 2 is barely seen.

    Raises:
        ValueError: A side is shorter than 8 pixels.
    """
    return grid_distance(picture, cropped)
