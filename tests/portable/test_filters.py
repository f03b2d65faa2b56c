"""Filters and sampling that marks share: means, Gaussians, edges that are kept, blocks."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scenes import halves, noise

from stylemamba.portable.filters import blurred, evened, guided, guided_model, swept
from stylemamba.portable.geometry import box
from stylemamba.portable.sampling import blocks, displaced, enlarged


@pytest.mark.parametrize("deviation", [0.8, 2.0, 6.0])
def test_a_blur_has_its_deviation_and_is_centred(deviation: float) -> None:
    point = np.zeros((81, 81), dtype=np.float32)
    point[40, 40] = 1
    spot = blurred(point, deviation)
    away = np.arange(81) - 40.0
    np.testing.assert_allclose(spot.sum(), 1, atol=1e-3)
    np.testing.assert_allclose((spot.sum(0) * away).sum(), 0, atol=0.05)
    np.testing.assert_allclose(np.sqrt((spot.sum(0) * away**2).sum()), deviation, rtol=0.12)


def test_a_sweep_is_the_mean_along_a_segment() -> None:
    point = np.zeros((41, 41), dtype=np.float32)
    point[20, 20] = 1
    swept_point = swept(point, 0, 8)
    assert swept_point.sum() == pytest.approx(1, abs=1e-5)
    assert np.count_nonzero(swept_point.sum(1)) == 1 and 7 <= np.count_nonzero(swept_point) <= 9


@pytest.mark.parametrize("radius", [1, 4])
def test_guided_maps_keep_edges_and_lose_texture(radius: int) -> None:
    """By another guide, and by themselves."""
    tones = halves(32, 32)[0]
    rough = tones + 0.1 * (noise(32, 32) - 0.5)
    for even in (guided(rough, tones, radius, 0.05), guided(rough[0], rough[0], radius, 0.1)):
        away = np.abs(even - tones)[..., 5:-5, 5:-5].mean()
        assert away < 0.6 * np.abs(rough - tones).mean()
        assert (even[..., 16] - even[..., 15]).min() > 0.45


def test_a_guided_model_gives_guided_maps() -> None:
    maps, guide = noise(32, 40), noise(32, 40, seed=1)[0]
    slope, offset = guided_model(maps, guide, guide * guide, partial(box, radius=3), 0.1)
    np.testing.assert_allclose(slope * guide + offset, guided(maps, guide, 3, 0.1), atol=1e-5)


def test_evened_keeps_an_edge_in_its_place() -> None:
    even = evened(halves(120, 160), 2.0, 2)
    np.testing.assert_allclose(
        even[:, :, [60, 78, 81, 100]].mean((0, 1)), [0.2, 0.2, 0.8, 0.8], atol=0.03
    )


def test_blocks_are_means() -> None:
    maps = noise(5, 6)
    cells = blocks(maps, 2)
    assert cells.shape == (3, 3, 3) and blocks(maps, 1) is maps
    np.testing.assert_allclose(cells[:, 1, 1], maps[:, 2:4, 2:4].mean((1, 2)), rtol=1e-6)
    np.testing.assert_allclose(cells[:, 2, 0], maps[:, 4, :2].mean(1), rtol=1e-6)


def test_blocks_and_their_enlargement_are_in_register() -> None:
    ramp = np.broadcast_to(np.arange(60, dtype=np.float32), (2, 30, 60))
    for side in (1, 2, 3, 5):
        back = enlarged(blocks(ramp, side), side, (30, 60))
        np.testing.assert_allclose(back[..., side:-side], ramp[..., side:-side], atol=1e-4)


def test_displaced_maps_show_what_is_elsewhere() -> None:
    maps = noise(9, 12)
    moved = displaced(maps, np.full((9, 12), 2.2), np.full((9, 12), -1.0))
    assert np.array_equal(moved[:, :7, 1:], maps[:, 2:, :-1])
    assert np.array_equal(moved[:, -1, 1:], maps[:, -1, :-1])  # borders are repeated
