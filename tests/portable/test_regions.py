"""Regions: pieces that look alike are joined, small ones at any cost, none beyond a size."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.brushwork.regions import borders, joined, rounded, voted
from stylemamba.portable.geometry import Array

PIECES = np.arange(16).reshape(4, 4).repeat(10, 0).repeat(10, 1)
"""Four by four, of 100 places each."""
AREA = np.full(16, 100.0)


def regions(values: Array, **limits: float) -> Array:
    limits = {"most": 1.0, "least": 0.0, "largest": np.inf} | limits
    return joined(PIECES, values[None], AREA, AREA, **limits).reshape(4, 4)


def test_pieces_that_look_alike_are_joined() -> None:
    values = np.zeros((4, 4))
    values[:, 2:] = 1
    region = regions(values.ravel())
    assert (region[:, :2] == region[0, 0]).all() and (region[:, 2:] == region[0, 3]).all()
    assert region[0, 0] != region[0, 3]


def test_small_regions_are_joined_at_any_cost() -> None:
    values = np.zeros(16)
    values[5] = 9
    assert np.unique(regions(values)).size == 2
    assert np.unique(regions(values, least=150.0)).size == 1


def test_none_is_larger_than_it_may_be() -> None:
    region = regions(np.zeros(16), largest=400.0)
    assert np.bincount(region.ravel()).max() <= 4


def test_votes_take_specks_away() -> None:
    number = np.zeros((9, 9), dtype=int)
    number[4, 4] = 1
    assert not voted(number).any()


def test_borders_lie_on_both_sides() -> None:
    number = np.zeros((4, 6), dtype=int)
    number[:, 3:] = 1
    line = borders(number, np.array([[0, 0.5], [0.5, 0]], dtype=np.float32))
    assert line.tolist() == [[0, 0, 0.5, 0.5, 0, 0]] * 4


def test_rounded_borders_are_smooth_and_lie_where_they_lay() -> None:
    y, x = np.mgrid[:80, :80]
    ragged = 40 + np.random.default_rng(0).integers(-3, 4, size=80)
    number = (x > ragged[:, None]) + 0
    smooth, windows = rounded(number, 3.0)
    border = (smooth == 0).sum(1)
    assert np.abs(np.diff(border)).max() <= 1 < np.abs(np.diff(ragged)).max()
    assert np.abs(border - 41).max() <= 3
    assert np.abs(windows[0] - windows[1])[5:-5, 40].max() < 0.5 < windows[0][40, 20]


def test_rounded_regions_are_those_there_were() -> None:
    smooth, windows = rounded(PIECES, 2.0)
    assert np.array_equal(smooth[5::10, 5::10], PIECES[5::10, 5::10])
    assert len(windows) < 8
    assert np.allclose(sum(windows), 1, atol=1e-4)


def test_slivers_vanish() -> None:
    number = np.zeros((40, 40), dtype=int)
    number[:, 20:22] = 1
    assert not rounded(number, 3.0)[0].any()
