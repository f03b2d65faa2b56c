from __future__ import annotations

import math

import numpy as np
import pytest

from stylemamba.portable.colour import from_oklab, srgb_to_lab, to_oklab


def slow_lab(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """One pixel, with the constants of IEC 61966-2-1 and CIE 15."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    def f(share: float) -> float:
        return math.cbrt(share) if share > 216 / 24389 else (24389 / 27 * share + 16) / 116

    r, g, b = linear(red), linear(green), linear(blue)
    x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
    y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
    z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_equals_the_slow_reference() -> None:
    picture = np.random.default_rng(0).random((3, 6, 5), np.float32) ** 3  # dark ones, too
    expected = [slow_lab(*pixel) for pixel in picture.reshape(3, -1).T.astype(np.float64)]
    lab = srgb_to_lab(picture)
    assert lab.shape == picture.shape and lab.dtype == np.float32
    np.testing.assert_allclose(lab.reshape(3, -1).T, expected, atol=1e-3)


@pytest.mark.parametrize(
    ("colour", "lab"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((1, 1, 1), (100, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 1, 0), (87.74, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
        ((119 / 255, 119 / 255, 119 / 255), (50.03, 0, 0)),
    ],
)
def test_published_values(colour: tuple[float, ...], lab: tuple[float, ...]) -> None:
    assert srgb_to_lab(np.array(colour)) == pytest.approx(lab, abs=0.02)


def test_oklab() -> None:
    """Against Ottosson's own example values, through sRGB."""
    colours = np.random.default_rng(0).random((3, 8, 9), dtype=np.float32)
    np.testing.assert_allclose(from_oklab(to_oklab(colours)), colours, atol=1e-4)
    white, red = to_oklab(np.array([[1, 1], [1, 0], [1, 0]], dtype=np.float32)).T
    np.testing.assert_allclose(white, [1, 0, 0], atol=1e-3)
    np.testing.assert_allclose(red, [0.628, 0.225, 0.126], atol=1e-3)
