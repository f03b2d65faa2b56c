from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from stylemamba import Recipe, RecipeError, Region, StylePart
from stylemamba.portable.recipe import LARGEST_SEED
from stylemamba.portable.recipe_fields import flags_of, help_of, numbers_of

FULL = Recipe(
    parts=(StylePart("cubism", 2.0), StylePart("neon light, red", -0.5, look=3)),
    regions=(
        Region((StylePart("fauvism"),), box=(0.1, 0.2, 0.3, 0.4), strength=0.5),
        Region((StylePart("mosaic"),), mask=base64.b64encode(b"not read here").decode()),
    ),
    steps=12,
    seed=LARGEST_SEED,
    look=2,
    size=640,
    strength=1.5,
    stroke=0.1,
    texture=10,
    guidance=0,
)


def test_json_there_and_back() -> None:
    for recipe in (FULL, Recipe.of("浮世絵 \u2603")):
        text = recipe.to_json()
        assert text.isascii() and Recipe.from_json(text) == (recipe, {})
        assert Recipe.from_json(recipe.to_json(indent=2))[0].to_json() == text
        # Every field is written: what a default is may change.
        assert {item.name for item in fields(Recipe)} < json.loads(text).keys()


def test_what_it_was_made_with_is_not_the_recipe() -> None:
    made_with = {"weights": "abc"}
    recipe, read = Recipe.from_json(FULL.to_json(made_with))
    assert recipe == FULL and read == made_with


def test_missing_fields_have_their_defaults() -> None:
    short = {"version": 1, "parts": [{"text": "cubism"}]}
    assert Recipe.from_dict(short) == Recipe.of("cubism")


@pytest.mark.parametrize("name", [item.name for item in numbers_of(Recipe)])
def test_bounds_of_every_number(name: str) -> None:
    bounds = next(item for item in numbers_of(Recipe) if item.name == name).metadata["bounds"]
    assert getattr(Recipe.of("x", **{name: bounds.low}), name) == bounds.low
    beyond: list[Any] = [bounds.low - 1, float("nan"), float("inf"), "1", True, [1]]
    if bounds.high is not None:
        assert getattr(Recipe.of("x", **{name: bounds.high}), name) == bounds.high
        beyond.append(bounds.high * 1.01 + 1)
    if bounds.kind is int:
        beyond.append(bounds.low + 0.5)
    for value in beyond:
        with pytest.raises(RecipeError) as caught:
            Recipe.of("x", **{name: value})
        assert caught.value.field == name and name in str(caught.value)
    if not bounds.optional:
        with pytest.raises(RecipeError):
            Recipe.of("x", **{name: None})


def test_every_number_has_help_and_a_default() -> None:
    for kind in (Recipe, StylePart, Region):
        for item in numbers_of(kind):
            assert item.metadata["help"].endswith(".") and item.metadata["default_text"]
    assert all(item.metadata["help"].endswith(".") for item in flags_of(Recipe))
    for item in numbers_of(Recipe):  # examples are possible, too
        example = item.metadata["example"]
        assert example is not None or item.metadata["words"]
        if example is not None:
            assert help_of(item).endswith(f". --{item.name} {example}")
            Recipe.of("x", **{item.name: item.metadata["bounds"].kind(example)})
    options = [*numbers_of(Recipe), *flags_of(Recipe)]
    assert len(options) == len(fields(Recipe)) - 3  # all but parts, regions and colours


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parts": []}, "parts"),
        ({"parts": "cubism"}, "parts"),
        ({"parts": [{"text": 3}]}, "parts[0].text"),
        ({"parts": [{"weight": 1}]}, "parts[0].text"),
        ({"parts": [{"text": "a"}, {"text": "b", "weight": -1}]}, "parts"),
        ({"parts": [{"text": "a"}, {"text": "b", "wieght": 1}]}, "parts[1].wieght"),
        ({"parts": [{"text": "a", "weight": 1e9}]}, "parts[0].weight"),
        ({"parts": [None]}, "parts[0]"),
        ({"regions": [{"parts": [{"text": "a"}]}]}, "regions[0].box"),
        (
            {"regions": [{"parts": [{"text": " "}], "box": [0, 0, 1, 1]}]},
            "regions[0].parts[0].text",
        ),
        ({"regions": [{"parts": [{"text": "a"}], "box": [0, 0, 1]}]}, "regions[0].box"),
        ({"regions": [{"parts": [{"text": "a"}], "box": [0, 0, 2, 1]}]}, "regions[0].box"),
        ({"regions": [{"parts": [{"text": "a"}], "box": [0, 0, 0, 1]}]}, "regions[0].box"),
        ({"regions": [{"parts": [{"text": "a"}], "box": [0.5, 0, 0.9, 1]}]}, "regions[0].box"),
        ({"regions": [{"parts": [{"text": "a"}], "mask": "%%"}]}, "regions[0].mask"),
        ({"regions": {}}, "regions"),
        ({"regions": [{"parts": [{"text": "a"}], "mask": 3}]}, "regions[0].mask"),
        ({"regions": [{"parts": [{"text": "a"}], "mask": "A" * (9 << 20)}]}, "regions[0].mask"),
        ({"steps": 10**400}, "steps"),
        ({"steps": 10**20}, "steps"),
        ({"parts": [{"text": "a", "weight": 1e-50}]}, "parts"),
        (
            {"parts": [{"text": "a", "weight": 100}, {"text": "b", "weight": -99.9999999}]},
            "parts",
        ),
        ({"version": 2}, "version"),
        ({"version": True}, "version"),
        ({"colour": "red"}, "colour"),
        ({"tile": 1}, "tile"),
        ({"tile": None}, "tile"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_errors_name_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict({"version": 1, "parts": [{"text": "cubism"}], **change})
    assert caught.value.field == field and "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_recipe_is_refused(text: str | bytes) -> None:
    with pytest.raises(RecipeError):
        Recipe.from_json(text)


def test_numbers_of_numpy_are_numbers() -> None:
    recipe = Recipe.of("x", strength=np.float32(0.5), seed=np.int64(5))
    assert recipe == Recipe.of("x", strength=0.5, seed=5)
    assert Recipe.from_json(recipe.to_json())[0] == recipe


def test_looks() -> None:
    plain, own = StylePart("x"), StylePart("x", look=7)
    recipe = Recipe((plain, own), seed=3)
    assert [recipe.look_of(part) for part in recipe.parts] == [3, 7]
    assert replace(recipe, look=0).look_of(plain) == 0


def test_no_torch_and_no_numpy_are_needed() -> None:
    code = (
        "import sys, stylemamba.portable.recipe; "
        "assert not {'torch', 'numpy', 'PIL'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
