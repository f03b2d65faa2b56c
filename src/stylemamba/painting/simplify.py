"""Simplified photos: what a painter leaves out.

Foliage, gravel and fabric have detail at every pixel. A network that paints strokes makes edges of
it, and covers such places with one mark over and over. So it sees the photo without that.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.runtime.padding import pad_to_multiple

STEP = 2
"""Side in pixels of the cells that windows are made of."""
RADIUS = 2
"""Of the windows, in cells."""
FAINT = 0.003
"""Variance of brightness in a window below which it is smoothed away."""


def simplify(photos: Tensor, factor: int) -> Tensor:
    """Removes faint detail and keeps edges: a guided filter, guided by the brightness g.

        a = cov(g, I) / (var(g) + eps),  b = mean(I) - a mean(g),  I' = mean(a) g + mean(b)

    with all means over windows of 2 `RADIUS` + 1 cells, which are the means of `STEP` x `STEP`
    pixels; a and b are enlarged to pixels bilinearly.

    Source: He, Sun and Tang, "Guided Image Filtering" (2010), equations 5, 6 and 8; on cells: He
    and Sun, "Fast Guided Filter" (2015).

    Args:
        photos: (b, 3, h, w) in [0, 1]; padded to multiples of `factor` as autoencoders do.
        factor: Side of a latent pixel in pixels.

    Returns:
        The padded photos, in [0, 1].
    """
    photos = pad_to_multiple(photos, factor)
    cells = F.avg_pool2d(pad_to_multiple(photos, STEP), STEP)
    guide = cells.mean(1, keepdim=True)
    mean_guide, mean = _box(guide), _box(cells)
    variance = (_box(guide * guide) - mean_guide * mean_guide).clamp_min(0)
    covariance = _box(guide * cells) - mean_guide * mean
    slope = covariance / (variance + FAINT)
    lines = torch.cat([_box(slope), _box(mean - slope * mean_guide)], dim=1)
    lines = F.interpolate(lines, scale_factor=STEP, mode="bilinear", align_corners=False)
    slopes, offsets = lines[..., : photos.shape[-2], : photos.shape[-1]].chunk(2, dim=1)
    return (slopes * photos.mean(1, keepdim=True) + offsets).clamp(0, 1)


def _box(maps: Tensor) -> Tensor:
    """Means over windows, with borders repeated."""
    side = 2 * RADIUS + 1
    padded = F.pad(maps, (RADIUS,) * 4, mode="replicate")
    # Adding shifted copies takes a quarter of the time of avg_pool2d.
    for axis, length in ((-2, maps.shape[-2]), (-1, maps.shape[-1])):
        shifted = [padded.narrow(axis, start, length) for start in range(side)]
        padded = sum(shifted[1:], shifted[0]) / side
    return padded
