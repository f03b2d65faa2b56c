"""Facets and the cells they come from: sites on edges, true triangles, flat colours."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import Delaunay

from stylemamba.portable.brushwork.cells import Sites, Sizes
from stylemamba.portable.brushwork.facets import paint_facets, rasterised, triangles, vertices
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.geometry import Array


def disc(side: int) -> Array:
    """A light disc on dark ground, (3, side, side)."""
    y, x = np.indices((side, side)) - side / 2
    shape = np.hypot(y, x) < side / 4
    return np.broadcast_to(0.2 + 0.6 * shape, (3, side, side)).astype(np.float32)


SIZES = Sizes(finest=3.0, splits=(0.02, 0.034, 0.05, 0.07))


def sites(photo: Array, sizes: Sizes = SIZES) -> Sites:
    rng = np.random.default_rng(0)
    return Sites(Ground(photo, 1.0, rng), sizes, rng)


def painted(photo: Array, scale: float = 1.0, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return paint_facets(photo, Ground(photo, scale, rng), 1.0, rng)


def test_every_leaf_has_a_site() -> None:
    found = sites(disc(160))
    y, x = found.y.astype(int), found.x.astype(int)
    assert np.array_equal(found.leaf[y, x], np.arange(y.size))
    leaves = np.bincount(found.leaf.ravel(), minlength=y.size)
    assert np.array_equal(leaves, found.side**2)


def test_sites_are_close_together_and_on_edges_where_there_are_some() -> None:
    found = sites(disc(160))
    y, x = found.places * 2 + 0.5 - 80  # the grid's pitch is 2
    away = np.abs(np.hypot(y, x) - 40)
    fine = found.level == found.level.max()
    assert fine.any() and away[fine].max() < 14
    assert np.median(away[fine]) < 3
    assert found.side[away > 30].min() > found.side[fine].max()


def test_cells_are_those_of_the_nearest_site() -> None:
    found = sites(disc(120))
    number = found.nearest()
    pixels = np.stack(np.indices(found.shape), axis=-1)
    far = np.linalg.norm(pixels[..., None, :] - np.stack([found.y, found.x], axis=1), axis=-1)
    own = np.take_along_axis(far, number[..., None], axis=-1)[..., 0]
    assert (own <= far.min(-1) + 1e-4).mean() > 0.999  # jump flooding may miss a few


def test_cells_follow_colours() -> None:
    photo = disc(160)
    found = sites(photo, Sizes(finest=20.0, splits=()))
    colours = found.padded(photo[:, ::2, ::2])
    light = colours[0] > 0.5

    def mixed(number: Array) -> float:
        share = np.bincount(number.ravel(), light.ravel()) / np.bincount(number.ravel()).clip(1)
        return float(np.minimum(share, 1 - share).sum())

    assert mixed(found.nearest(colours, 0.1)) < 0.3 * mixed(found.nearest())


def test_vertices_lie_on_edges_and_keep_their_distance() -> None:
    photo = disc(160)
    places, apart, _ = vertices(
        Ground(photo, 1.0, np.random.default_rng(0)), np.random.default_rng(0)
    )
    inside = ((places >= 0) & (places < 80)).all(0)
    away = np.abs(np.hypot(*(places * 2 + 0.5 - 80)) - 40)
    assert (away < 2).sum() > 2 * np.pi * 40 / 12  # a corner at least every 12 pixels of the rim
    assert apart[inside & (away > 30)].min() > 2 * apart[away < 2].max()
    far = np.hypot(*(places[:, :, None] - places[:, None]))
    far[np.diag_indices_from(far)] = np.inf
    earlier = np.triu(np.ones(far.shape, dtype=bool), 1)
    moved = 2 * np.hypot(0.5, 0.5)  # to the very ridge
    assert (far >= apart[:, None] - moved)[earlier].all()


def test_triangles_are_delaunays() -> None:
    ground = Ground(disc(160), 1.0, np.random.default_rng(0))
    places, _, number = vertices(ground, np.random.default_rng(0))
    corners = {tuple(corner) for corner in triangles(number).tolist()}
    expected = {tuple(sorted(corner)) for corner in Delaunay(places.T).simplices.tolist()}
    # Circles through four corners are ties on a grid.
    assert len(corners & expected) > 0.85 * len(corners)


def test_pixels_are_those_of_the_triangle_that_they_lie_in() -> None:
    square = np.array([[0, 0], [0, 31.5], [31.5, 31.5], [31.5, 0]]) - 0.25
    corners = np.array([[0, 1, 2], [0, 2, 3]])
    number = rasterised(square[corners].transpose(2, 0, 1), (31, 31))
    y, x = np.indices((31, 31))
    assert np.array_equal(number[y != x], (y > x)[y != x].astype(int))


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_flat_ground_is_in_facets_a_little_lighter_than_it(level: float) -> None:
    photo = np.full((3, 160, 160), level, dtype=np.float32)
    facets = painted(photo)
    assert np.ptp(facets, axis=0).max() < 1e-5  # grey as it was
    assert level - 0.03 < facets.mean() < level + 0.13
    assert 0.005 < facets.std() < 0.08


def test_facets_have_the_photos_shapes() -> None:
    photo = disc(160)
    assert np.abs(painted(photo) - photo).mean() < 0.13
    assert np.corrcoef(painted(photo).ravel(), photo.ravel())[0, 1] > 0.95


def test_larger_facets_have_fewer_edges() -> None:
    photo = np.full((3, 240, 240), 0.5, dtype=np.float32)

    def edges(scale: float) -> float:
        return float((np.abs(np.diff(painted(photo, scale)[0], axis=1)) > 1e-4).mean())

    assert edges(1.0) > 1.8 * edges(3.0) > 0
