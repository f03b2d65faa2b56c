"""Whether colours follow what is in the photo, or the left and right of the frame."""

from __future__ import annotations

from stylemamba.evaluation.metrics.colour_grid import grid_distance
from stylemamba.portable.geometry import Array


def mirror_error(picture: Array, mirrored: Array) -> float:
    """How far the picture P(X) of a photo is from that of its mirror image, mirrored back.

        mean over an 8 x 8 grid of |Lab(P(X)) - Lab(M P(M X))|,        M the left-right mirror

    with Lab the mean CIELAB of a cell; see `colour_grid`.

    Args:
        picture: P(X), (3, h, w) in [0, 1].
        mirrored: P(M X), as it was painted, of the same shape.

    Returns:
        dE, 0 for equal colours; 2 is barely seen.

    Raises:
        ValueError: A side is shorter than 8 pixels.
    """
    return grid_distance(picture, mirrored[:, :, ::-1])
