"""Mirror error, crop error and chroma spread: colours over an 8 x 8 grid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stylemamba.evaluation.metrics.chroma_spread import chroma_spread
from stylemamba.evaluation.metrics.colour_grid import colour_grid
from stylemamba.evaluation.metrics.crop_error import crop_error
from stylemamba.evaluation.metrics.mirror_error import mirror_error
from stylemamba.portable.colour import srgb_to_lab
from stylemamba.portable.geometry import Array


def noise(seed: int, height: int = 19, width: int = 29) -> Array:
    return np.random.default_rng(seed).random((3, height, width), np.float32)


def slow_grid(picture: Array) -> list[list[list[float]]]:
    """Cell by cell: row, column, channel."""
    lab = srgb_to_lab(picture).astype(np.float64)
    height, width = picture.shape[1:]
    rows = []
    for i in range(8):
        ys = range(i * height // 8, (i + 1) * height // 8)
        cells = []
        for j in range(8):
            xs = range(j * width // 8, (j + 1) * width // 8)
            cells.append([float(np.mean([lab[c, y, x] for y in ys for x in xs])) for c in range(3)])
        rows.append(cells)
    return rows


def slow_distance(one: Array, other: Array) -> float:
    a, b = slow_grid(one), slow_grid(other)
    return float(np.mean([math.dist(a[i][j], b[i][j]) for i in range(8) for j in range(8)]))


@pytest.mark.parametrize("size", [(8, 8), (19, 29), (40, 24)])
def test_equal_the_slow_references(size: tuple[int, int]) -> None:
    one, other = noise(0, *size), noise(1, *size)
    grid = slow_grid(one)
    np.testing.assert_allclose(colour_grid(one).transpose(1, 2, 0), grid, atol=1e-9)
    assert crop_error(one, other) == pytest.approx(slow_distance(one, other))
    back = np.stack([row[::-1] for row in other.reshape(-1, size[1])]).reshape(other.shape)
    assert mirror_error(one, other) == pytest.approx(slow_distance(one, back))
    a, b = ([cell[c] for row in grid for cell in row] for c in (1, 2))
    assert chroma_spread(one) == pytest.approx(math.sqrt(np.var(a) + np.var(b)))


def test_a_painter_who_looks_at_the_photo_alone_makes_no_error() -> None:
    picture = noise(0)
    assert mirror_error(picture, picture[:, :, ::-1]) == crop_error(picture, picture) == 0
    assert mirror_error(picture, picture) > 1


def test_a_wash_that_stays_on_the_left_is_found() -> None:
    """Half of the picture 20 L darker, whatever the photo: all cells differ by 20."""
    grey = np.full((3, 24, 32), 0.6)
    lighter = srgb_to_lab(grey)[0, 0, 0]
    dark = ((lighter - 20 + 16) / 116) ** 3
    grey[:, :, :16] = 1.055 * dark ** (1 / 2.4) - 0.055
    assert mirror_error(grey, grey) == pytest.approx(20, abs=1e-3)
    assert chroma_spread(grey) == pytest.approx(0, abs=1e-4)


def test_chroma_spread_of_two_halves() -> None:
    """Red above, blue below: half the distance of the two in (a, b)."""
    picture = np.zeros((3, 16, 40))
    picture[0, :8] = picture[2, 8:] = 1
    expected = math.hypot(80.09 - 79.19, 67.20 + 107.86) / 2
    assert chroma_spread(picture) == pytest.approx(expected, abs=0.02)


def test_pictures_without_a_pixel_a_cell_are_refused() -> None:
    for size in ((7, 40), (40, 7)):
        with pytest.raises(ValueError, match="at least 8 pixels"):
            chroma_spread(noise(0, *size))
