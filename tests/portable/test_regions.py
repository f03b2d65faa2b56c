"""Regions: pieces that look alike are joined, small ones at any cost, none beyond a size."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.brushwork.regions import borders, joined, voted
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
