from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scenes import noise, scene

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.geometry import Array, unframed
from stylemamba.portable.recipe import LARGEST_SIZE, LEAST_STROKE, Recipe
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.portable.tiling import best_path, closed, painted_tile, periodic, wrapped

RECIPE = Recipe.of("any", tile=True)


def steps(tile: Array, axis: int) -> Array:
    """Differences (n, length) of neighbours across n lines; the last line is the border."""
    around = np.concatenate([tile, tile.take([0], axis)], axis)
    return np.moveaxis(np.abs(np.diff(around, axis=axis)).mean(0), axis - 1, 0)


@pytest.mark.parametrize(
    "mark", ["strokes", "tiles", "dots", "halftone", "pixels", "ink", "inkwash"]
)
@pytest.mark.parametrize("size", [(120, 180), (210, 140)])
def test_marks_go_on_across_the_border(mark: str, size: tuple[int, int]) -> None:
    def paint(photo: Array, recipe: Recipe) -> Array:
        return brushwork(photo, photo, {mark: 1.5}, recipe.seed, 2 * recipe.stroke)

    tile = painted_tile(scene(*size), RECIPE, paint)
    assert tile.shape == (3, *size)
    for axis in (1, 2):
        *inside, border = steps(tile, axis)
        for share in (0.5, 0.9):
            lines = [np.quantile(line, share) for line in inside]
            assert np.quantile(border, share) <= np.quantile(lines, 0.98) + 2 / 255


def test_a_photo_alone_jumps_at_its_border() -> None:
    plain, tile = scene(120, 180), periodic(scene(120, 180))
    assert steps(plain, 1)[-1].mean() > 0.1
    for axis in (1, 2):
        *inside, border = steps(tile, axis)
        assert border.mean() < 2 * np.mean(inside)


def test_a_dark_border_of_the_photo_makes_no_line() -> None:
    framed = np.full((3, 60, 90), 0.7, np.float32)
    framed[..., -2:] = 0.1
    tile = painted_tile(framed, RECIPE, lambda photo, _: photo)
    assert np.ptp(tile) < 1e-4


def test_what_is_periodic_stays_as_it_is() -> None:
    turns = 2 * np.pi * np.arange(64) / 64
    photo = np.broadcast_to(0.5 + 0.4 * np.sin(turns), (3, 48, 64)).astype(np.float32)
    assert np.abs(periodic(photo) - photo).max() < 0.03


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 3), (9, 200)])
def test_any_size(size: tuple[int, int]) -> None:
    tile = painted_tile(noise(*size), RECIPE, lambda photo, _: photo)
    assert tile.shape == (3, *size) and tile.min() >= 0 and tile.max() <= 1


def test_what_is_painted_is_the_photo_going_on() -> None:
    """In marks as large as without a margin, at a size in proportion."""
    asked: list[Recipe] = []

    def paint(photo: Array, recipe: Recipe) -> Array:
        asked.append(recipe)
        assert photo.shape == (2, 3, 60, 100)
        return photo

    photos = np.stack([scene(40, 80), noise(40, 80)])
    tiles = painted_tile(photos, replace(RECIPE, size=40, stroke=2), paint)
    assert asked == [replace(RECIPE, tile=False, size=50, stroke=1.6)]
    # Where nothing changes in painting, nothing does in the tile.
    np.testing.assert_array_equal(tiles, periodic(unframed(photos)))
    extremes = replace(RECIPE, size=LARGEST_SIZE, stroke=LEAST_STROKE)
    painted_tile(photos, extremes, paint)
    assert asked[-1] == replace(extremes, tile=False)


def test_both_ends_meet_on_the_path_where_they_are_alike() -> None:
    picture = wrapped(noise(20, 64), 16)
    picture[..., -32:] = 0.0  # all but a column, what is painted at the end is another thing
    picture[..., 85] = picture[..., 21]
    tile = closed(picture, 16, -1)
    assert tile.shape == (3, 52, 64)
    np.testing.assert_array_equal(tile[..., 5:40], picture[..., 21:56])


def test_the_best_path_is_closed() -> None:
    cost = np.ones((30, 9))
    way = 4 + np.rint(3 * np.sin(2 * np.pi * np.arange(30) / 30)).astype(int)
    cost[np.arange(30), way] = 0.0
    assert best_path(cost).tolist() == way.tolist()
    path = best_path(np.random.default_rng(0).random((50, 12)))
    assert np.abs(path - np.roll(path, 1)).max() <= 1


def test_regions_are_refused() -> None:
    whole = {"parts": [{"text": "a"}], "box": [0, 0, 1, 1]}
    content = {"version": 1, "parts": [{"text": "b"}], "regions": [whole], "tile": True}
    with pytest.raises(RecipeError, match="^tile goes with one style all over"):
        Recipe.from_dict(content)
