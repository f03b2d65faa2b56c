"""Where a photo is smooth, so that whatever is seen there is the picture's own."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.geometry import Array, box, luma

RADIUS = 12
"""Of the windows in pixels, of 25 pixels a side."""


def local_variance(photo: Array) -> Array:
    """Variance of the luma (h, w) in windows of 25 x 25 px of a photo (3, h, w) in [0, 1].

    Borders are repeated; float32.
    """
    tones = luma(photo)
    tones -= tones.mean()  # variances are small differences of squares
    variance: Array = np.maximum(box(tones**2, RADIUS) - box(tones, RADIUS) ** 2, 0)
    return variance
