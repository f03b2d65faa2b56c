"""Metrics that need no model: structural similarity, and how much fine detail a picture has."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.portable.geometry import LUMA

SSIM_SIDE = 11
SSIM_SIGMA = 1.5
C1, C2 = 0.01**2, 0.03**2
LAPLACIAN = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))
LAPLACIAN_SIDE = len(LAPLACIAN)


def luma(images: Tensor) -> Tensor:
    """Rec. 601 luma (b, 1, h, w) of RGB pictures (b, 3, h, w)."""
    return (images * images.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def ssim(images: Tensor, references: Tensor) -> Tensor:
    """Structural similarity on luma, one number a picture.

    The mean over all windows of

        (2 m_x m_y + C1) (2 c_xy + C2) / ((m_x^2 + m_y^2 + C1) (v_x + v_y + C2))

    with means m, variances v and covariance c under a Gaussian window of 11 x 11 pixels with a
    deviation of 1.5; C1 = 0.01^2, C2 = 0.03^2. Only windows that lie in the picture count.

    Source: Wang et al., "Image quality assessment: from error visibility to structural
    similarity" (2004).

    Args:
        images: (b, 3, h, w) in [0, 1], at least 11 pixels on each side.
        references: The same shape.

    Returns:
        (b,), 1 for equal pictures.

    Raises:
        ValueError: Shapes differ, or a side is shorter than the window.
    """
    if images.shape != references.shape:
        raise ValueError(f"shapes differ: {tuple(images.shape)} and {tuple(references.shape)}")
    _require_sides(images, SSIM_SIDE)
    # Variances are small differences of squares.
    x, y = luma(images.double()), luma(references.double())
    offsets = torch.arange(SSIM_SIDE, dtype=x.dtype, device=x.device) - SSIM_SIDE // 2
    window = torch.exp(-offsets.square() / (2 * SSIM_SIGMA**2))
    window = window / window.sum()

    def local_mean(values: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(values, window.view(1, 1, 1, -1)), window.view(1, 1, -1, 1))

    mean_x, mean_y = local_mean(x), local_mean(y)
    variance_x = local_mean(x * x) - mean_x.square()
    variance_y = local_mean(y * y) - mean_y.square()
    covariance = local_mean(x * y) - mean_x * mean_y
    similarity = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    similarity = similarity / (mean_x.square() + mean_y.square() + C1)
    similarity = similarity / (variance_x + variance_y + C2)
    return similarity.mean((1, 2, 3)).to(images.dtype)


def mean_absolute_laplacian(images: Tensor) -> Tensor:
    """Mean |Laplacian| of the luma: fine detail, or noise.

    Args:
        images: (b, 3, h, w), at least 3 pixels on each side.

    Returns:
        (b,), of the five-point Laplacian wherever it fits; 0 for a linear gradient.

    Raises:
        ValueError: A side is shorter than 3 pixels.
    """
    _require_sides(images, LAPLACIAN_SIDE)
    kernel = images.new_tensor(LAPLACIAN)[None, None]
    return F.conv2d(luma(images), kernel).abs().mean((1, 2, 3))


def _require_sides(images: Tensor, least: int) -> None:
    if min(images.shape[-2:]) < least:
        height, width = images.shape[-2:]
        raise ValueError(f"both sides must be at least {least} pixels, got {height} x {width}")
