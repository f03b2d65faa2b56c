"""Colours of pieces: windows, guidance, richness and the perceptual space."""

from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.brushwork.colour import (
    clean,
    guided,
    means,
    rich,
    small,
    smooth,
    to_lab,
    to_rgb,
    windowed,
)
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.geometry import Array


def noise(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def half(height: int, width: int) -> Array:
    """Dark on the left, light on the right."""
    return 0.2 + 0.6 * np.broadcast_to(np.arange(width) >= width // 2, (height, width))


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("doublings", [1, 2, 3])
def test_windows_are_means(doublings: int, late: bool) -> None:
    maps, width = noise(2, 12, 17), 2**doublings
    before = width // 2 - 1 if late else width // 2
    padded = np.pad(maps, ((0, 0), *[(before, width - 1 - before)] * 2), mode="edge")
    expected = np.lib.stride_tricks.sliding_window_view(padded, (width, width), axis=(1, 2))
    np.testing.assert_allclose(windowed(maps, doublings, late), expected.mean((3, 4)), atol=1e-6)


def test_two_windows_leave_maps_in_their_place() -> None:
    point = np.zeros((33, 33), dtype=np.float32)
    point[16, 16] = 1
    spot = smooth(point, 3)
    assert spot.argmax() == point.argmax()
    np.testing.assert_allclose(spot, spot[::-1, ::-1], atol=1e-7)


def test_blocks_are_means() -> None:
    maps = noise(3, 5, 6)
    blocks = small(maps, 2)
    assert blocks.shape == (3, 3, 3)
    np.testing.assert_allclose(blocks[:, 1, 1], maps[:, 2:4, 2:4].mean((1, 2)), rtol=1e-6)


def test_guidance_keeps_edges_and_takes_out_texture() -> None:
    tones = half(32, 32).astype(np.float32)
    colours = tones + 0.1 * (noise(3, 32, 32) - 0.5)
    even = guided(colours, tones)
    assert np.abs(even - tones).mean() < 0.3 * np.abs(colours - tones).mean()
    assert (even[..., 16] - even[..., 15]).min() > 0.5


def test_clean_colours_are_the_pictures_and_edges_the_photos() -> None:
    photo = np.broadcast_to(half(64, 64), (3, 64, 64)).astype(np.float32)
    picture = photo * np.array([1, 0.5, 0.5], dtype=np.float32)[:, None, None]
    picture = picture + 0.1 * (noise(3, 64, 64) - 0.5)
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    red, green, _ = clean(picture, ground, 0.0)[:, :, 20:]
    assert red.mean() > 1.8 * green.mean() and red.std() < 0.03
    assert np.array_equal(clean(picture, ground, 1.0), small(photo, ground.pitch))


def test_rich_colours_are_of_the_same_hue_and_not_clipped() -> None:
    colours = noise(3, 1000)
    richer = rich(colours, 0.1, 0.9, 1.3, 0.9)
    assert richer.min() >= 0 and richer.max() <= 1
    assert np.array_equal(colours.argmax(0), richer.argmax(0))

    def saturation(colours: Array) -> Array:
        return 1 - colours.min(0) / colours.max(0)

    assert (saturation(richer) >= saturation(colours.clip(0.02))).all()
    grey = rich(np.full((3, 1), 0.5, dtype=np.float32), 0.1, 0.9, 1.3, 0.9)
    assert np.ptp(grey) == 0


def test_means_over_pieces() -> None:
    number = np.array([[0, 0, 2], [2, 2, 2]])
    maps = np.array([[[1, 3, 1], [1, 2, 4]]], dtype=np.float32)
    assert means(maps, number, 4).tolist() == [[2, 0, 2, 0]]


def test_oklab() -> None:
    """Against Ottosson's own example values, through sRGB."""
    colours = noise(3, 8, 9)
    np.testing.assert_allclose(to_rgb(to_lab(colours)), colours, atol=1e-4)
    white, red = to_lab(np.array([[1, 1], [1, 0], [1, 0]], dtype=np.float32)).T
    np.testing.assert_allclose(white, [1, 0, 0], atol=1e-3)
    np.testing.assert_allclose(red, [0.628, 0.225, 0.126], atol=1e-3)
