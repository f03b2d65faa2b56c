"""Metrics of stylised pictures."""

from stylemamba.evaluation.metrics import luma, mean_absolute_laplacian, ssim

__all__ = ["luma", "mean_absolute_laplacian", "ssim"]
