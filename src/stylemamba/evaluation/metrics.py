"""Metrics that need no model: structural similarity, and how much fine detail a picture has."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

WINDOW = 11
SIGMA = 1.5
C1, C2 = 0.01**2, 0.03**2


def luma(images: Tensor) -> Tensor:
    """Rec. 601 luma (b, 1, h, w) of RGB pictures (b, 3, h, w)."""
    weights = images.new_tensor([0.299, 0.587, 0.114])
    return (images * weights[:, None, None]).sum(1, keepdim=True)


def ssim(images: Tensor, references: Tensor) -> Tensor:
    """Structural similarity on luma, one number a picture.

    Wang et al., "Image quality assessment: from error visibility to structural similarity" (2004): 11 x 11 Gaussian
    window, sigma 1.5, only where the whole window fits, data range 1.

    Args:
        images: (b, 3, h, w) in [0, 1], at least 11 pixels on each side.
        references: the same shape.

    Returns:
        (b,), 1 for equal pictures.

    Raises:
        ValueError: shapes differ, or a side is shorter than the window.
    """
    if images.shape != references.shape:
        raise ValueError(f"shapes differ: {tuple(images.shape)} and {tuple(references.shape)}")
    if min(images.shape[-2:]) < WINDOW:
        raise ValueError(f"both sides must be at least {WINDOW} pixels, got {tuple(images.shape[-2:])}")
    x, y = luma(images), luma(references)
    line = torch.exp(-((torch.arange(WINDOW, dtype=x.dtype) - WINDOW // 2) ** 2) / (2 * SIGMA**2))
    line = line / line.sum()

    def blur(values: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(values, line.view(1, 1, 1, -1)), line.view(1, 1, -1, 1))

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    similarity = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    similarity = similarity / ((mean_x**2 + mean_y**2 + C1) * (var_x + var_y + C2))
    return similarity.mean((1, 2, 3))


def mean_absolute_laplacian(images: Tensor) -> Tensor:
    """Mean |Laplacian| of the luma of pictures (b, 3, h, w), one number a picture: fine detail, or noise."""
    kernel = images.new_tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
    return F.conv2d(luma(images), kernel[None, None]).abs().mean((1, 2, 3))
