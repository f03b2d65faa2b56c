"""Geometry that several marks share."""

from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.geometry import (
    along_edges,
    box,
    gradient,
    inset,
    luma,
    spread,
    squared_gradient,
    steepness,
)


def test_luma() -> None:
    primaries = np.eye(3, dtype=np.float32)[:, None]
    assert luma(primaries)[0] == pytest.approx([0.299, 0.587, 0.114])
    assert luma(primaries).dtype == np.float32


def test_gradient() -> None:
    y, x = np.mgrid[:5, :7].astype(np.float32)
    down, right = gradient(2 * y - 3 * x)
    assert (down[1:-1] == 2).all() and (right[:, 1:-1] == -3).all()
    assert (down[[0, -1]] == 1).all()  # the border is repeated


@pytest.mark.parametrize("angle", [0.1, 1.0, 2.0, 3.0])
def test_opposite_gradients_say_where_an_edge_runs(angle: float) -> None:
    across = angle + np.pi / 2
    down, right = np.sin(across) * np.array([1, -2.0]), np.cos(across) * np.array([1, -2.0])
    real, imaginary = squared_gradient(down, right).mean(1)
    assert along_edges(real, imaginary) == pytest.approx(angle)


def test_spread_is_linear() -> None:
    knots = np.array([[0.0, 2.0], [4.0, 6.0]], np.float32)
    expected = np.linspace(0, 4, 5)[:, None] + np.linspace(0, 2, 9)
    np.testing.assert_allclose(spread(knots, (5, 9)), expected, atol=1e-6)


def test_box_is_a_mean_with_borders_repeated() -> None:
    maps = np.random.default_rng(0).random((2, 6, 8), dtype=np.float32)
    padded = np.pad(maps, ((0, 0), (2, 2), (2, 2)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), (1, 2))
    np.testing.assert_allclose(box(maps, 2), windows.mean((3, 4)), atol=1e-6)


def test_inset() -> None:
    assert inset((3, 5)).tolist() == [[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]]


def test_steepness_is_of_all_maps_together() -> None:
    y, x = np.mgrid[:5, :7].astype(np.float32)
    assert (steepness(np.stack([2 * y, 3 * x, 6 * x]))[1:-1, 1:-1] == 7).all()
