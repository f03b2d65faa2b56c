"""Clean masses: no crumple, the photo's edges and lines."""

from __future__ import annotations

import numpy as np
from scenes import flat, halves, noise

from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.masses import CONTRAST, paint_masses
from stylemamba.portable.geometry import Array


def clean(picture: Array, photo: Array, scale: float = 1.0) -> Array:
    rng = np.random.default_rng(0)
    return paint_masses(picture, Ground(photo, scale, rng), 1.0, rng)


def test_a_flat_picture_stays() -> None:
    picture = flat(40, 40) * np.array([0.4, 1.0, 1.6], dtype=np.float32)[:, None, None]
    np.testing.assert_allclose(clean(picture, noise(40, 40)), picture, atol=0.01)


def test_crumple_goes_where_the_photo_is_calm() -> None:
    picture = flat(96, 96) + 0.2 * (noise(96, 96) - 0.5)
    assert clean(picture, flat(96, 96)).std() < 0.2 * picture.std() * CONTRAST


def test_edges_are_where_the_photo_has_them() -> None:
    """A fringe of colour along an edge of the photo fades, and the edge stays sharp."""
    photo = halves(64, 64)
    picture = photo.copy()
    picture[0, :, 29:32] = 1.0
    result = clean(picture, photo)
    before, after = ((maps[0] - maps[1])[:, 28:32].mean() for maps in (picture, result))
    assert after < 0.5 * before
    assert np.diff(result[1], axis=1)[:, 31].min() > 0.3


def test_fine_lines_of_the_photo_come_back() -> None:
    photo = flat(64, 64, 0.8)
    photo[:, 20:44, 31:33] = 0.1
    picture = 0.3 + 0.5 * photo
    result = clean(picture, photo)
    assert result[:, 26:38, 31:33].mean() < result[:, 26:38, 22:26].mean() - 0.2
