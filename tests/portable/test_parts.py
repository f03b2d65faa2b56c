from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.colour import srgb_to_lab
from stylemamba.portable.geometry import Array
from stylemamba.portable.parts import HEIGHT, masks_of, matched, parts_of, reduced

BLUE, GREEN, RED = (0.3, 0.5, 0.9), (0.2, 0.6, 0.2), (0.8, 0.2, 0.1)


def bands(*colours: tuple[float, float, float], height: int = 96, width: int = 64) -> Array:
    """Equal bands of colours from the top down."""
    rows = np.arange(height) * len(colours) // height
    picture = np.array(colours, dtype=np.float32)[rows].T[:, :, None].repeat(width, 2)
    return picture


def test_parts_are_the_bands_of_a_picture() -> None:
    parts = parts_of(bands(BLUE, GREEN, RED))
    parts = parts[np.argsort(parts[:, 3])]
    wanted = srgb_to_lab(np.array([BLUE, GREEN, RED], dtype=np.float32).T).T
    np.testing.assert_allclose(
        parts[:, :3], wanted, atol=6
    )  # a row of the grid lies on both sides of a border
    np.testing.assert_allclose(parts[:, 3], HEIGHT * np.array([1, 3, 5]) / 6, atol=2)
    np.testing.assert_allclose(parts[:, 7], 100 / 3, atol=3)
    assert np.sort(parts[:, 4:7].max(1))[1] < 12


def test_the_deviation_of_a_part_is_that_of_its_colours() -> None:
    rng = np.random.default_rng(0)
    picture = bands(BLUE, GREEN, RED, height=96, width=96)
    picture[:, :32] += 0.1 * rng.standard_normal((32, 96), dtype=np.float32)
    parts = parts_of(picture)
    top, *others = parts[np.argsort(parts[:, 3])]
    assert top[4] > 2 * max(other[4] for other in others)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (40, 2), (37, 51)])
def test_any_size(size: tuple[int, int]) -> None:
    parts = parts_of(np.random.default_rng(0).random((3, *size), dtype=np.float32))
    assert parts.shape == (3, 8) and parts.dtype == np.float32 and np.isfinite(parts).all()
    assert parts[:, 7].sum() == pytest.approx(100, abs=0.1)


def test_size_and_mirroring_do_not_matter() -> None:
    picture = bands(BLUE, RED, GREEN, height=90, width=60)
    picture[:, 40:50, 10:30] = 0.5
    one = parts_of(picture)
    for other in (picture[..., ::-1], picture.repeat(3, 1).repeat(3, 2)):
        distance, _ = matched(one, parts_of(other)[None])
        assert distance[0] < 4


def test_masks_sum_to_one_and_lie_where_the_parts_do() -> None:
    picture = bands(BLUE, GREEN, RED)
    parts = parts_of(picture)
    masks = masks_of(parts, srgb_to_lab(picture))
    np.testing.assert_allclose(masks.sum(0), 1, atol=1e-5)
    top = parts[:, 3].argmin()
    assert masks[top, :24].min() > 0.95 and masks[top, 40:].max() < 0.05


def test_matching_finds_the_order_and_the_nearest_picture() -> None:
    photo = parts_of(bands(BLUE, GREEN, RED))
    same = photo[[2, 0, 1]]
    shaded = same.copy()
    shaded[:, 0] -= 20
    other = parts_of(bands(RED, RED, GREEN))
    distances, orders = matched(photo, np.stack([other, same, shaded]))
    assert distances[1] == 0 and orders[1].tolist() == [1, 2, 0]
    assert distances[1] < distances[2] < distances[0]
    assert distances[2] == pytest.approx(20 * 0.5**0.5, rel=1e-4)


def test_reduced_is_the_mean_over_cells() -> None:
    picture = np.random.default_rng(0).random((3, 12, 7), dtype=np.float32)
    small = reduced(picture, 4)
    assert small.shape == (3, 4, 2)
    np.testing.assert_allclose(small[:, 1, 0], picture[:, 3:6, :3].mean((1, 2)), rtol=1e-5)
    np.testing.assert_array_equal(reduced(picture, 50), picture)
