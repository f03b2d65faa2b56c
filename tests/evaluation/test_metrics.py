from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from stylemamba.evaluation.metrics import luma, mean_absolute_laplacian, ssim


def picture(seed: int, height: int = 19, width: int = 16, batch: int = 1) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(seed))


def as_luma(image: Tensor) -> np.ndarray:
    red, green, blue = image.double().numpy()
    return 0.299 * red + 0.587 * green + 0.114 * blue


def slow_ssim(image: Tensor, reference: Tensor) -> float:
    """Window by window, with the two-dimensional Gaussian and centred moments, in float64."""
    x, y = as_luma(image), as_luma(reference)
    gauss = [math.exp(-((i - 5) ** 2) / (2 * 1.5**2)) for i in range(11)]
    window = np.outer(gauss, gauss) / sum(gauss) ** 2
    values = []
    for top in range(x.shape[0] - 10):
        for left in range(x.shape[1] - 10):
            a, b = x[top : top + 11, left : left + 11], y[top : top + 11, left : left + 11]
            m_a, m_b = (window * a).sum(), (window * b).sum()
            v_a, v_b = (window * (a - m_a) ** 2).sum(), (window * (b - m_b) ** 2).sum()
            covariance = (window * (a - m_a) * (b - m_b)).sum()
            numerator = (2 * m_a * m_b + 1e-4) * (2 * covariance + 9e-4)
            values.append(numerator / ((m_a**2 + m_b**2 + 1e-4) * (v_a + v_b + 9e-4)))
    return float(np.mean(values))


def test_luma_of_primaries() -> None:
    primaries = torch.eye(3).view(3, 3, 1, 1)
    assert luma(primaries).shape == (3, 1, 1, 1)
    assert luma(primaries).flatten().tolist() == pytest.approx([0.299, 0.587, 0.114])
    assert luma(torch.full((1, 3, 1, 1), 0.7)).item() == pytest.approx(0.7)


def test_ssim_equals_the_slow_reference() -> None:
    x = picture(0, batch=3)
    noisy = (x + 0.2 * (picture(1, batch=3) - 0.5)).clamp(0, 1)
    y = torch.cat([noisy[:1], 1 - x[1:2], x[2:] * 0.3])
    expected = [slow_ssim(a, b) for a, b in zip(x, y, strict=True)]
    assert ssim(x, y).tolist() == pytest.approx(expected, abs=1e-6)
    assert ssim(y, x).tolist() == pytest.approx(expected, abs=1e-6)
    assert expected[1] < 0 < expected[0] < 1


def test_ssim_of_flat_pictures_is_the_luminance_term() -> None:
    x, y = torch.full((1, 3, 11, 11), 0.2), torch.full((1, 3, 11, 11), 0.6)
    assert ssim(x, x).item() == pytest.approx(1)
    assert ssim(x, y).item() == pytest.approx((2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4), abs=1e-6)


def test_ssim_of_equal_pictures_is_1_in_any_precision() -> None:
    for dtype in (torch.float32, torch.float64):
        x = picture(2).to(dtype) * 0.01 + 0.99  # small variances of large values
        assert ssim(x, x).dtype == dtype
        assert ssim(x, x).item() == pytest.approx(1, abs=1e-6)


def test_ssim_refuses_what_it_cannot_measure() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        ssim(picture(0), picture(0, batch=2))
    for size in ((10, 40), (40, 10)):
        with pytest.raises(ValueError, match="at least 11 pixels"):
            ssim(picture(0, *size), picture(0, *size))


def test_laplacian_of_known_pictures() -> None:
    ramp = torch.arange(8.0).expand(1, 3, 5, 8)
    assert mean_absolute_laplacian(ramp).item() == pytest.approx(0, abs=1e-6)
    assert mean_absolute_laplacian(ramp.square()).item() == pytest.approx(2, abs=1e-5)
    rows, columns = torch.meshgrid(torch.arange(6), torch.arange(7), indexing="ij")
    chequers = ((rows + columns) % 2).float().expand(2, 3, 6, 7)
    assert mean_absolute_laplacian(chequers).tolist() == pytest.approx([4, 4], abs=1e-5)


def test_laplacian_equals_the_slow_reference() -> None:
    x = picture(3, 7, 9, batch=2)
    expected = []
    for image in x:
        y = as_luma(image)
        inner = [
            abs(y[i - 1, j] + y[i + 1, j] + y[i, j - 1] + y[i, j + 1] - 4 * y[i, j])
            for i in range(1, 6)
            for j in range(1, 8)
        ]
        expected.append(float(np.mean(inner)))
    assert mean_absolute_laplacian(x).tolist() == pytest.approx(expected, abs=1e-6)
    with pytest.raises(ValueError, match="at least 3 pixels, got 2 x 9"):
        mean_absolute_laplacian(x[..., :2, :])
