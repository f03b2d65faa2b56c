from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.colour import srgb_to_lab
from stylemamba.portable.geometry import Array
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.portable.recolour import in_colours, main_colours

STRIPES = ("#101040", "#c03020", "#f0e0a0")


def striped(colours: tuple[str, ...], noise: float = 0.0) -> Array:
    """Equal stripes of colours."""
    levels = [
        [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)] for colour in colours
    ]
    rows = np.repeat(np.array(levels, dtype=np.float32).T, 30, axis=1)
    picture = np.broadcast_to(rows[:, :, None], (*rows.shape, 60))
    rng = np.random.default_rng(0)
    return (picture + noise * rng.normal(size=picture.shape)).clip(0, 1).astype(np.float32)


def distance(one: Array, other: Array) -> Array:
    return np.linalg.norm(srgb_to_lab(one) - srgb_to_lab(other), axis=0)


def test_the_darkest_for_the_darkest() -> None:
    wanted = ("#f1faee", "#e63946", "#1d3557")
    result = in_colours(striped(STRIPES), wanted)
    assert distance(result, striped(("#1d3557", "#e63946", "#f1faee"))).max() < 1


def test_differences_of_light_stay() -> None:
    picture = striped(("#808080",)) * np.linspace(0.6, 1.4, 60, dtype=np.float32)
    before, after = (srgb_to_lab(x) for x in (picture, in_colours(picture, ("#2a6f97",))))
    assert np.ptp(after[0]) > 0.7 * np.ptp(before[0])
    assert after[1:].reshape(2, -1).std(1).max() < 3 and after[2].mean() < -20


def test_main_colours_are_found_again() -> None:
    assert main_colours(striped(STRIPES), 3) == STRIPES
    noisy = striped(main_colours(striped(STRIPES, 0.03), 3))
    assert distance(noisy, striped(STRIPES)).max() < 4
    assert main_colours(striped(STRIPES[:1]), 4) == STRIPES[:1]


@pytest.mark.parametrize("shape", [(3, 1, 1), (3, 2, 300)])
def test_small_pictures(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).random(shape, dtype=np.float32)
    result = in_colours(picture, STRIPES)
    assert result.shape == shape and np.isfinite(result).all()


def test_recipes_check_colours() -> None:
    assert Recipe.of("x", colours=["#AA3322"]).colours == ("#aa3322",)
    for colours in (("red",), ("#12345",), 3, ("#aa3322",) * 13, (7,)):
        with pytest.raises(RecipeError, match="colours should be"):
            Recipe.of("x", colours=colours)
