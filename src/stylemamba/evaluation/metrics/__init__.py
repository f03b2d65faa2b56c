"""Metrics of stylised pictures."""

from stylemamba.evaluation.metrics.structure import (
    LAPLACIAN_SIDE,
    SSIM_SIDE,
    luma,
    mean_absolute_laplacian,
    ssim,
)

__all__ = ["LAPLACIAN_SIDE", "SSIM_SIDE", "luma", "mean_absolute_laplacian", "ssim"]
