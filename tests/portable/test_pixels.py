"""Pixel art: blocks, few colours, outlines, and bands."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import noise

from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.pixels import COLOURS, SIDE, paint_pixels
from stylemamba.portable.geometry import Array


def painted(photo: Array, picture: Array | None = None, scale: float = 1.0, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    picture = photo if picture is None else picture
    return paint_pixels(picture, Ground(photo, scale, rng), 1.0, rng)


def colours(picture: Array) -> Array:
    return np.unique((255 * picture.reshape(3, -1)).round(), axis=1)


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_blocks_of_one_colour(scale: float) -> None:
    art, side = painted(noise(96, 96), scale=scale), round(SIDE * scale)
    steps = np.flatnonzero(np.abs(np.diff(art, axis=2)).max((0, 1)) > 1e-4)
    assert len(steps) > 0.8 * (96 // side - 1)
    assert set(np.diff(steps)) == {side}


def test_few_colours() -> None:
    assert COLOURS / 2 < colours(painted(noise(96, 96))).shape[1] <= COLOURS


def test_flat_ground_is_of_one_colour() -> None:
    level = np.array([0.3, 0.5, 0.6], dtype=np.float32)[:, None, None]
    art = painted(np.broadcast_to(level, (3, 64, 64)).copy())
    assert colours(art).shape[1] == 1
    np.testing.assert_allclose(art[:, 0, 0], level[:, 0, 0], atol=0.22)


def test_lines_finer_than_blocks_outlast_them() -> None:
    photo = np.full((3, 80, 80), 0.8, dtype=np.float32)
    photo[:, :, 41] = 0.1
    lines = painted(photo).mean((0, 1))
    assert lines.min() < 0.55 < 0.75 < np.median(lines)


def test_dark_outlines_beside_light_ground() -> None:
    photo = np.full((3, 80, 80), 0.8, dtype=np.float32)
    photo[:, 20:60, 20:60] = 0.4
    row = painted(photo).mean(0)[40]
    assert max(row[:30].min(), row[50:].min()) < row[40] - 0.1 < row[70] - 0.4


def test_gradients_are_clean_bands() -> None:
    """Colours change across a ramp, and hardly along it."""
    ramp = np.broadcast_to(np.linspace(0.3, 0.7, 320, dtype=np.float32), (3, 160, 320)).copy()
    art = painted(ramp)
    along, across = (np.abs(np.diff(art, axis=axis)).max(0) > 1e-3 for axis in (1, 2))
    assert along.mean() < 0.003 < 0.01 < across.mean()


def test_colours_are_partly_the_pictures_and_shapes_the_photos() -> None:
    photo = noise(12, 12).repeat(8, 1).repeat(8, 2)
    red = photo * np.array([1, 0.3, 0.3], dtype=np.float32)[:, None, None]
    plain, tinted = painted(photo), painted(photo, red)
    assert tinted[1].mean() < plain[1].mean() - 0.02
    same = [np.abs(np.diff(art, axis=2)).max(0) < 1e-5 for art in (plain, tinted)]
    assert np.array_equal(*same)
