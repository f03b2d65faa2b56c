from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from stylemamba.evaluation.metrics.lattice import lattice
from stylemamba.portable.geometry import Array

FLAT = np.full((3, 160, 200), 0.5, np.float32)
ROWS, COLUMNS = np.mgrid[:160, :200]


def marked(marks: Array) -> Array:
    """Flat ground of 0.5 with marks (h, w) on it."""
    return (FLAT + marks).astype(np.float32)


def white_noise(deviation: float) -> Array:
    return deviation * np.random.default_rng(0).standard_normal(FLAT.shape[1:])


def blurred(maps: Array, sigma: float) -> Array:
    """A Gaussian blur, pixel by pixel, cut off at four deviations, borders repeated."""
    reach = int(4 * sigma + 0.5)
    weights = [math.exp(-(d**2) / (2 * sigma**2)) for d in range(-reach, reach + 1)]
    for axis in (0, 1):
        padded = np.pad(maps, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], "edge")
        parts = [padded.take(range(d, d + maps.shape[axis]), axis) for d in range(2 * reach + 1)]
        maps = sum(w * part for w, part in zip(weights, parts, strict=True)) / sum(weights)
    return maps


def slow_lattice(picture: Array, photo: Array) -> float:
    """Sums over pixels in float64; pictures whose windows are one row, 48 px high."""
    x, y = (np.tensordot([0.299, 0.587, 0.114], p.astype(np.float64), 1) for p in (photo, picture))
    padded = np.pad(x, 12, mode="edge")
    variance = np.lib.stride_tricks.sliding_window_view(padded, (25, 25)).var((2, 3))
    smooth = 1 / (1 + variance / 0.05**2)
    taper = np.array([0.5 - 0.5 * math.cos(2 * math.pi * (i + 1) / 49) for i in range(48)])
    taper = np.outer(taper, taper)
    starts = [round(i * (x.shape[1] - 48) / 2) for i in range(3)]

    def covariance(tones: Array, lag: tuple[int, int]) -> float:
        band = blurred(tones, 1) - blurred(tones, 4)
        total = 0.0
        for start in starts:
            window = band[:, start : start + 48]
            window = (window - (window * taper).sum() / taper.sum()) * taper
            total += smooth[:, start : start + 48].mean() * product(window, lag)
        return total / product(taper, lag) / sum(smooth[:, s : s + 48].mean() for s in starts)

    def product(maps: Array, lag: tuple[int, int]) -> float:
        down, right = lag
        there = maps[max(0, down) : 48 + min(0, down), max(0, right) : 48 + min(0, right)]
        here = maps[max(0, -down) : 48 + min(0, -down), max(0, -right) : 48 + min(0, -right)]
        return float((there * here).sum())

    def rise(tones: Array) -> float:
        table = {(i, j): covariance(tones, (i, j)) for i in range(22) for j in range(-21, 22)}
        highest = 0.0
        for step in range(24):
            lowest = math.inf
            for t in range(21):
                down, right = (t * f(step * math.pi / 24) for f in (math.sin, math.cos))
                i, j = math.floor(down + 1e-12), math.floor(right + 1e-12)
                u, v = down - i, right - j
                value = (1 - u) * ((1 - v) * table[i, j] + v * table[i, j + 1])
                value += u * ((1 - v) * table[i + 1, j] + v * table[i + 1, j + 1])
                lowest = min(lowest, value)
                highest = max(highest, value - lowest)
        return highest

    return 100 * math.sqrt(max(0.0, rise(y) - rise(x)))


def test_equals_the_slow_reference() -> None:
    rng = np.random.default_rng(1)
    photo = gaussian_filter(rng.random((3, 48, 70)), (0, 4, 4))
    photo = ((photo - photo.min()) / np.ptp(photo)).astype(np.float32)
    marks = 0.1 * np.sin(np.arange(70) * 2 * np.pi / 9)
    picture = (0.7 * photo + marks + 0.05 * rng.random((3, 48, 70))).astype(np.float32)
    value = slow_lattice(picture, photo)
    assert value > 3
    assert lattice(picture, photo) == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize("period", [8, 12, 16])
def test_of_stripes_is_twice_their_deviation_in_the_band(period: int) -> None:
    """c is a cosine of their variance: it rises again by twice that."""
    angular = 2 * np.pi / period
    passed = math.exp(-(angular**2) / 2) - math.exp(-((4 * angular) ** 2) / 2)
    expected = 100 * math.sqrt(2 * (0.1 * passed) ** 2 / 2)
    assert lattice(marked(0.1 * np.sin(angular * COLUMNS)), FLAT) == pytest.approx(
        expected, rel=0.1
    )


def test_order_counts_and_not_energy_alone() -> None:
    stripes = 0.1 * np.sin(2 * np.pi / 10 * (ROWS + COLUMNS) / 2**0.5)
    grid = 0.2 * np.sin(2 * np.pi / 10 * ROWS) * np.sin(2 * np.pi / 10 * COLUMNS)
    noise = white_noise(1)
    band = [gaussian_filter(m, 1) - gaussian_filter(m, 4) for m in (stripes, noise)]
    noise *= band[0].std() / band[1].std()
    by_noise = lattice(marked(noise), FLAT)
    assert 3 * by_noise < lattice(marked(stripes), FLAT)
    assert 3 * by_noise < lattice(marked(grid), FLAT)


def test_marks_that_the_photo_has_do_not_count() -> None:
    stripes = marked(0.02 * np.sin(COLUMNS))
    assert lattice(stripes, stripes) == lattice(FLAT, stripes) == 0
    assert lattice(marked(ROWS * 1e-3), FLAT) == pytest.approx(0, abs=1e-6)


def test_marks_count_where_the_photo_is_smooth() -> None:
    photo = FLAT.copy()
    photo[:, :, 100:] += np.sign(white_noise(1))[:, 100:].astype(np.float32) * 0.4
    marks = 0.1 * np.sin(2 * np.pi / 10 * ROWS)
    on_smooth, on_busy = marks.copy(), marks.copy()
    on_smooth[:, 100:] = on_busy[:, :100] = 0
    assert lattice(photo + on_smooth, photo) > 4 * lattice(photo + on_busy, photo)


def test_refuses_what_it_cannot_measure() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        lattice(FLAT, FLAT[:, 1:])
    for small in (FLAT[:, :47], FLAT[:, :, :47]):
        with pytest.raises(ValueError, match="at least 48 pixels"):
            lattice(small, small)
