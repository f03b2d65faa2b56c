from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.even_ground import _filtered, _means, even_ground
from stylemamba.portable.geometry import Array


def noise(*shape: int) -> Array:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def lab(shape: tuple[int, int], *colour: float) -> Array:
    return np.broadcast_to(np.array(colour, np.float32)[:, None, None], (3, *shape)).copy()


def test_means_against_their_definition() -> None:
    maps, feedback = noise(2, 7, 5), np.abs(noise(6, 5)).clip(0, 0.999)
    found = _means(maps, feedback)
    for column in range(5):
        for row in range(7):
            weights = np.array(
                [
                    np.prod(feedback[min(row, other) : max(row, other), column], dtype=np.float64)
                    for other in range(7)
                ]
            )
            expected = (maps[:, :, column] * weights).sum(1) / weights.sum()
            np.testing.assert_allclose(found[:, row, column], expected, rtol=1e-4, atol=1e-5)


def test_ground_of_one_colour_gets_one_colour() -> None:
    drifting = lab((40, 60), 60, 0, 0) + 20 * np.linspace(-1, 1, 60, dtype=np.float32)
    even = even_ground(drifting, lab((40, 60), 90, 0, 0))
    before, after = drifting.std((1, 2)), even.std((1, 2))
    assert (after < before / 20).all()


def test_things_keep_their_colours() -> None:
    photo, picture = lab((40, 60), 90, 0, 0), lab((40, 60), 80, 10, 50)
    photo[:, 10:30, 20:40] = np.array([30, 40, 0], np.float32)[:, None, None]
    picture[:, 10:30, 20:40] = np.array([40, -30, 5], np.float32)[:, None, None]
    np.testing.assert_allclose(even_ground(picture, photo), picture, atol=2)


def test_light_of_the_photo_and_chroma_are_kept() -> None:
    photo = lab((32, 32), 60, 0, 0)
    photo[0] += np.linspace(-8, 8, 32, dtype=np.float32)
    angle = np.linspace(0, 1.5 * np.pi, 32, dtype=np.float32)
    picture = photo + 30 * np.stack([0 * angle, np.cos(angle), np.sin(angle)])[:, None]
    even = even_ground(picture, photo)
    np.testing.assert_allclose(even[0], photo[0], atol=1e-2)
    assert np.hypot(*even[1:]).min() > 1.2 * np.hypot(*picture[1:].mean((1, 2)))


@pytest.mark.parametrize("change", [(1, 2), (1,), (2,)])
def test_a_turned_photo_gets_the_turned_picture(change: tuple[int, ...]) -> None:
    picture, photo = 20 * noise(3, 12, 17), 20 * noise(3, 17, 12).swapaxes(1, 2)
    turned = even_ground(np.flip(picture, change), np.flip(photo, change))
    np.testing.assert_allclose(turned, np.flip(even_ground(picture, photo), change), atol=1e-3)


def test_a_reach_without_end_is_the_mean_of_all() -> None:
    maps = noise(1, 20, 30)
    assert np.ptp(_filtered(maps, lab((20, 30), 50, 0, 0))) < 0.1 * np.ptp(maps)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_small_grids(shape: tuple[int, int]) -> None:
    grey = lab(shape, 50, 0, 0)
    assert np.isfinite(even_ground(grey, grey)).all()
