"""The flat-ground loss: where the photo is flat, the picture is no rougher than the photo."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.losses._inputs import at_least_float32

RADIUS = 3
"""Of the window that a pixel is compared with, in pixels."""
AROUND = 8
"""Radius within which the photo has to be flat, in pixels: marks beside an edge are welcome."""
FLAT = 4e-4
"""Roughness of the photo, r below, at which ground counts as half flat."""


def flat_ground_loss(pictures: Tensor, photos: Tensor) -> Tensor:
    """What the picture's roughness exceeds the photo's by, on flat ground.

    r(I) = mean_c (I - box(I))^2,   w = F / (F + box'(r(X))),   L = mean w max(0, r(Y) - r(X))

    with windows of 2 `RADIUS` + 1 pixels for box, of 2 `AROUND` + 1 for box', and F = `FLAT`. The
    statistics of a style have to be met by every crop, and on a flat sky that takes marks, the same
    ones all over it. Marks are brushwork's; the networks are to leave a flat sky flat. Ours.

    Args:
        pictures: Y, (s p, 3, h, w) in [0, 1]: the photos under one style, then under the next.
        photos: X, (p, 3, h, w) in [0, 1].

    Returns:
        A scalar; 0 where no picture is rougher than its photo.
    """
    with torch.no_grad():
        before = _roughness(photos)
        weight = FLAT / (FLAT + _box(before, AROUND))
    styles = len(pictures) // len(photos)
    before, weight = (maps.repeat(styles, 1, 1, 1) for maps in (before, weight))
    return (weight * (_roughness(pictures) - before).clamp_min(0)).mean()


def _roughness(images: Tensor) -> Tensor:
    """(b, 3, h, w) to (b, 1, h, w)."""
    images = at_least_float32(images)
    return (images - _box(images, RADIUS)).square().mean(1, keepdim=True)


def _box(maps: Tensor, radius: int) -> Tensor:
    """Means over windows, which end at the border."""
    return F.avg_pool2d(maps, 2 * radius + 1, 1, radius, count_include_pad=False)
