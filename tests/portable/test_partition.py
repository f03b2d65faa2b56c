"""Polygons with straight edges that lie on what is seen."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.brushwork.partition import Cuts, filled, partitioned
from stylemamba.portable.geometry import Array

CUTS = Cuts(worth=1.0, least=4.0, largest=np.inf)


def polygons(light: Array, cuts: Cuts = CUTS, seed: int = 0) -> list[Array]:
    weight = np.ones_like(light)
    return partitioned(light[None], weight, 1.0, cuts, np.random.default_rng(seed))


def area(corners: Array) -> float:
    y, x = corners.T
    return float(abs(y @ np.roll(x, -1) - x @ np.roll(y, -1)) / 2)


def halves() -> Array:
    y, x = np.mgrid[:40, :60].astype(np.float32)
    return (x + y > 50).astype(np.float32)


def patches() -> Array:
    return np.random.default_rng(0).random((8, 12), dtype=np.float32).repeat(5, 0).repeat(5, 1)


def test_what_looks_alike_is_one() -> None:
    assert len(polygons(np.full((40, 60), 0.5, dtype=np.float32))) == 1


def test_cuts_lie_on_edges() -> None:
    light = halves()
    found = polygons(light)
    assert len(found) == 2
    number = filled(found, light.shape)
    assert min(np.mean(light == number), np.mean(light != number)) < 0.02


def test_polygons_cover_all_once() -> None:
    light = patches()
    found = polygons(light)
    assert len(found) > 20
    assert np.isclose(sum(map(area, found)), light.size)
    covered = np.bincount(filled(found, light.shape).ravel(), minlength=len(found))
    assert np.abs(covered - [area(corners) for corners in found]).max() < 20


def test_large_ground_is_cut_anyhow_and_by_chance() -> None:
    light = np.full((40, 60), 0.5, dtype=np.float32)
    cuts = Cuts(worth=2.0, least=4.0, largest=600.0)
    found = polygons(light, cuts)
    assert max(map(area, found)) <= 660
    assert [len(part) for part in found] != [len(part) for part in polygons(light, cuts, seed=1)]


def test_more_where_places_count_more() -> None:
    light = patches()
    weight = np.ones_like(light)
    weight[:, 30:] = 9
    found = partitioned(light[None], weight, 1.0, CUTS, np.random.default_rng(0))
    right = sum(corners[:, 1].mean() > 30 for corners in found)
    assert right > 1.5 * (len(found) - right)
