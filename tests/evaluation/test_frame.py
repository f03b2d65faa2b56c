from __future__ import annotations

import math

import numpy as np
import pytest

from stylemamba.evaluation.metrics.frame import frame
from stylemamba.portable.geometry import Array


def noise(seed: int, height: int = 20, width: int = 26) -> Array:
    return np.random.default_rng(seed).random((3, height, width), np.float32)


def slow_contrast(picture: Array) -> float:
    """Pixel by pixel."""
    tones = np.tensordot([0.299, 0.587, 0.114], picture.astype(np.float64), 1)
    height, width = tones.shape
    ring, inside = [], []
    for i in range(height):
        for j in range(width):
            down = tones[min(i + 1, height - 1), j] - tones[max(i - 1, 0), j]
            right = tones[i, min(j + 1, width - 1)] - tones[i, max(j - 1, 0)]
            in_ring = min(i, j, height - 1 - i, width - 1 - j) < 4
            (ring if in_ring else inside).append(math.hypot(down, right) / 2)
    return float((np.mean(ring) + 1 / 255) / (np.mean(inside) + 1 / 255))


def test_equals_the_slow_reference() -> None:
    picture, photo = noise(0), noise(1)
    picture[:, :3] *= 0.2
    expected = slow_contrast(picture) / slow_contrast(photo)
    assert frame(picture, photo) == pytest.approx(expected, rel=1e-5)
    assert frame(photo, photo) == 1


def test_a_line_along_the_border_is_a_frame() -> None:
    photo = np.full((3, 60, 60), 0.5, np.float32)
    framed = photo.copy()
    framed[:, [0, 1, -1, -2]] = framed[:, :, [0, 1, -1, -2]] = 0
    # Two of the four pixels across the ring have a gradient of 0.25, but for the corners.
    ring = 60**2 - 52**2
    steep = 4 * (2 * 56) + 4 * (2**0.5 - 2)
    assert frame(framed, photo) == pytest.approx(1 + 0.25 * steep / ring * 255, rel=0.01)
    inside = photo.copy()
    inside[:, 20:40, 20:40] = 0
    assert frame(inside, photo) < 1


def test_refuses_what_it_cannot_measure() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        frame(noise(0), noise(0)[:, 1:])
    with pytest.raises(ValueError, match="at least 9 pixels, got 8 x 26"):
        frame(noise(0, 8), noise(0, 8))
