"""Total variation: a penalty on pixel noise."""

from __future__ import annotations

from torch import Tensor

from stylemamba.losses._inputs import at_least_float32


def total_variation_loss(images: Tensor) -> Tensor:
    """Mean squared difference of vertical neighbours plus that of horizontal neighbours.

    L = mean (I[y+1, x] - I[y, x])^2 + mean (I[y, x+1] - I[y, x])^2

    Source: Mahendran and Vedaldi (2015) with beta = 2, used for style transfer by Johnson et al.
    (2016). We take squares rather than absolute differences: smooth at 0, and strict with isolated
    coloured pixels, which is how a picture that fools its encoder looks. Deviation: means instead
    of sums, so that the weight does not depend on the picture's size. A side of 1 pixel has no
    neighbours and contributes 0.

    Args:
        images: Pictures (b, 3, h, w), in [0, 1].

    Returns:
        A scalar; 0 for a flat picture, at most 2 for values in [0, 1].
    """
    images = at_least_float32(images)
    differences = (images.diff(dim=-2), images.diff(dim=-1))
    vertical, horizontal = (d.square().sum() / max(d.numel(), 1) for d in differences)
    return vertical + horizontal
