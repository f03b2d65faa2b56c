"""Stroke fields: repeatable, of known scale, along the photo's edges, and of its colours."""

from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.geometry import Array
from stylemamba.portable.stroke_fields import (
    CHANNELS,
    COLOUR_UNIT,
    STROKE_CHANNELS,
    stroke_fields,
)

COARSE_STROKE = 3  # the fields in their order: two of noise, two of strokes, ...
SEAMS, SHADES = 6, 7  # of the larger tiles
COLOURS = 8


def grids(photo: Array, seed: int = 0, factor: int = 4) -> Array:
    """(CHANNELS, 2 h / f, 2 w / f): the channels of 2 x 2 put back in their places."""
    fields = stroke_fields(photo, seed, factor)
    height, width = fields.shape[1:]
    split = fields.reshape(CHANNELS, 2, 2, height, width).transpose(0, 3, 1, 4, 2)
    return split.reshape(CHANNELS, 2 * height, 2 * width)


def noise_photo(height: int, width: int) -> Array:
    return np.random.default_rng(7).random((3, height, width), dtype=np.float32)


@pytest.mark.parametrize("size", [(4, 4), (4, 40), (64, 48)])
@pytest.mark.parametrize("factor", [4, 8])
def test_shapes(size: tuple[int, int], factor: int) -> None:
    height, width = (side * factor // 4 for side in size)
    fields = stroke_fields(noise_photo(height, width), 0, factor)
    assert fields.shape == (STROKE_CHANNELS, height // factor, width // factor)
    assert fields.dtype == np.float32 and np.isfinite(fields).all()


def test_a_seed_repeats_and_another_differs() -> None:
    photo = noise_photo(64, 64)
    assert np.array_equal(stroke_fields(photo, 3), stroke_fields(photo, 3))
    different = np.abs(grids(photo, 3) - grids(photo, 4)).mean((1, 2))
    assert different[:COLOURS].min() > 0.5


def test_scale() -> None:
    drawn = grids(noise_photo(256, 256))[:COLOURS]  # of the larger tiles there are 73
    assert np.abs(drawn.mean((1, 2))).max() < 0.3
    assert np.abs(drawn.std((1, 2)) - 1).max() < 0.3


@pytest.mark.parametrize("slope", [(1, 0), (0, 1), (1, 1), (-1, 1)])
def test_strokes_run_along_edges(slope: tuple[int, int]) -> None:
    """On stripes, neighbours along a stripe are more alike than neighbours across."""
    y, x = np.mgrid[:192, :192]
    down, right = slope
    stripes = np.sin((down * y + right * x) / 6).astype(np.float32) * 0.4 + 0.5
    strokes = grids(np.stack([stripes] * 3))[COARSE_STROKE]

    def likeness(dy: int, dx: int) -> float:
        moved = np.roll(strokes, (4 * dy, 4 * dx), (0, 1))
        return float(np.corrcoef(strokes[8:-8, 8:-8].ravel(), moved[8:-8, 8:-8].ravel())[0, 1])

    assert likeness(-right, down) > likeness(down, right) + 0.3


def test_flat_places_get_strokes_all_the_same() -> None:
    flat = grids(np.full((3, 128, 128), 0.5, np.float32))
    assert flat[:COLOURS].std((1, 2)).min() > 0.9
    assert np.abs(flat[COLOURS:]).max() < 1e-3  # one colour, however it is spread


def test_tiles_have_one_shade_and_one_colour_each() -> None:
    photo = noise_photo(128, 128)
    fields = grids(photo)
    small = photo.reshape(3, 64, 2, 64, 2).mean((2, 4))
    even = small + fields[-3:] * COLOUR_UNIT
    shades = np.unique(fields[SHADES])
    assert 12 < len(shades) < 60
    for shade in shades:
        tile = fields[SHADES] == shade
        assert np.ptp(even[:, tile], axis=1).max() < 1e-4
        assert even[:, tile].mean(1) == pytest.approx(small[:, tile].mean(1), abs=1e-4)
    inside = fields[SHADES][1:, :] == fields[SHADES][:-1, :]
    assert fields[SEAMS][1:][~inside].mean() > fields[SEAMS][1:][inside].mean() + 1


def test_spread_colours_keep_the_sum_about() -> None:
    spread = grids(noise_photo(128, 128))[COLOURS : COLOURS + 6]
    assert np.abs(spread.mean((1, 2))).max() * COLOUR_UNIT < 0.01
