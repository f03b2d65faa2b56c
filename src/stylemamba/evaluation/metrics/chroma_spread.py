"""How much the colours of a picture differ from place to place."""

from __future__ import annotations

import numpy as np

from stylemamba.evaluation.metrics.colour_grid import colour_grid
from stylemamba.portable.geometry import Array


def chroma_spread(picture: Array) -> float:
    """Deviation of the colours over an 8 x 8 grid, lightness aside.

        sqrt(var(a) + var(b))

    of the cells' mean CIELAB; see `colour_grid`. Mirror and crop error fall with it: a picture all
    in one colour has none of the three.

    Args:
        picture: (3, h, w) in [0, 1].

    Returns:
        In units of dE; 0 for a grey picture, and for one in one colour of any lightness.

    Raises:
        ValueError: A side is shorter than 8 pixels.
    """
    return float(np.sqrt(colour_grid(picture)[1:].var((1, 2)).sum()))
