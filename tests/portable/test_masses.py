"""Clean masses: no crumple, the photo's edges and lines, any size."""

from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.brushwork.field import means
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.masses import CONTRAST, paint_masses
from stylemamba.portable.geometry import Array, box


def clean(picture: Array, photo: Array, scale: float = 1.0) -> Array:
    rng = np.random.default_rng(0)
    return paint_masses(picture, Ground(photo, scale, rng), 1.0, rng)


def flat(height: int, width: int, level: float = 0.5) -> Array:
    return np.full((3, height, width), level, dtype=np.float32)


def noise(height: int, width: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((3, height, width), dtype=np.float32)


def halves(height: int, width: int) -> Array:
    photo = flat(height, width, 0.2)
    photo[..., width // 2 :] = 0.8
    return photo


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (37, 50)])
@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0])
def test_any_size(size: tuple[int, int], scale: float) -> None:
    result = clean(noise(*size), noise(*size, seed=1), scale)
    assert result.shape == (3, *size) and result.dtype == np.float32
    assert result.min() >= 0 and result.max() <= 1


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


def test_fast_means_are_those_of_box() -> None:
    maps = noise(23, 31)
    for radius in (1, 2, 5, 16):
        np.testing.assert_allclose(means(maps, radius), box(maps, radius), atol=1e-5)
