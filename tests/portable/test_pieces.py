"""Colours of pieces: clean and rich ones, and means over pieces."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.pieces import clean, rich
from stylemamba.portable.geometry import Array
from stylemamba.portable.sampling import blocks, means


def noise(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def half(height: int, width: int) -> Array:
    """Dark on the left, light on the right."""
    return 0.2 + 0.6 * np.broadcast_to(np.arange(width) >= width // 2, (height, width))


def test_clean_colours_are_the_pictures_and_edges_the_photos() -> None:
    photo = np.broadcast_to(half(64, 64), (3, 64, 64)).astype(np.float32)
    picture = photo * np.array([1, 0.5, 0.5], dtype=np.float32)[:, None, None]
    picture = picture + 0.1 * (noise(3, 64, 64) - 0.5)
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    red, green, _ = clean(picture, ground, 0.0)[:, :, 20:]
    assert red.mean() > 1.8 * green.mean() and red.std() < 0.03
    assert np.array_equal(clean(picture, ground, 1.0), blocks(photo, ground.pitch))


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
