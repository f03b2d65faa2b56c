"""Simplified photos: what a painter leaves out.

Foliage, gravel and fabric have detail at every pixel. A network that paints strokes makes edges of
it, and covers such places with one mark over and over. So it sees the photo without that.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from stylemamba.runtime.padding import pad_to_multiple

RADIUS = 4
"""Of the windows, in pixels."""
FAINT = 0.003
"""Variance of brightness in a window below which it is smoothed away."""


def simplify(photos: Tensor, factor: int) -> Tensor:
    """Removes faint detail and keeps edges: a guided filter, guided by the brightness g.

        a = cov(g, I) / (var(g) + eps),  b = mean(I) - a mean(g),  I' = mean(a) g + mean(b)

    with all means over windows of 2 `RADIUS` + 1 pixels.

    Source: He, Sun and Tang, "Guided Image Filtering" (2010), equations 5, 6 and 8.

    Args:
        photos: (b, 3, h, w) in [0, 1]; padded to multiples of `factor` as autoencoders do.
        factor: Side of a latent pixel in pixels.

    Returns:
        The padded photos, in [0, 1].
    """
    photos = pad_to_multiple(photos, factor)
    guide = photos.mean(1, keepdim=True)
    mean_guide, mean = _box(guide), _box(photos)
    variance = (_box(guide * guide) - mean_guide * mean_guide).clamp_min(0)
    covariance = _box(guide * photos) - mean_guide * mean
    slope = covariance / (variance + FAINT)
    offset = mean - slope * mean_guide
    return (_box(slope) * guide + _box(offset)).clamp(0, 1)


def _box(maps: Tensor) -> Tensor:
    """Means over windows, with borders repeated."""
    side = 2 * RADIUS + 1
    padded = F.pad(maps, (RADIUS,) * 4, mode="replicate")
    # Adding shifted copies takes a quarter of the time of avg_pool2d.
    for axis, length in ((-2, maps.shape[-2]), (-1, maps.shape[-1])):
        shifted = [padded.narrow(axis, start, length) for start in range(side)]
        padded = sum(shifted[1:], shifted[0]) / side
    return padded
