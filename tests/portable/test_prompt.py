from __future__ import annotations

import pytest

from stylemamba.portable.prompt import weighted_texts, with_weights
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import RecipeError


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("fauvism", [("fauvism", 1)]),
        ("Monet, water lilies", [("Monet, water lilies", 1)]),
        ("cubism::2 neon light::1", [("cubism", 2), ("neon light", 1)]),
        ("cubism::2, neon light", [("cubism", 2), ("neon light", 1)]),
        ("cubism:: neon light", [("cubism", 1), ("neon light", 1)]),
        ("cubism::.5 neon::-0.25", [("cubism", 0.5), ("neon", -0.25)]),
        ("(fire:1.3)", [("fire", 1.3)]),
        ("oil, (fire: 1.3), (ice:.7)", [("oil", 1), ("fire", 1.3), ("ice", 0.7)]),
        ("Gauguin (Tahiti)", [("Gauguin (Tahiti)", 1)]),
        ("art: 2:1", [("art: 2:1", 1)]),
        ("watercolour --no blue", [("watercolour", 1), ("blue", -0.5)]),
        ("oil::2 --no people, text", [("oil", 2), ("people", -0.25), ("text", -0.25)]),
        ("Band and Breakfast, M++x", [("Band and Breakfast, M++x", 1)]),
        ("pre-war -- poster", [("pre-war -- poster", 1)]),
    ],
)
def test_understood(prompt: str, parts: list[tuple[str, float]]) -> None:
    assert weighted_texts(prompt) == parts
    again = with_weights(parts)
    assert len(parts) == 1 or weighted_texts(again) == parts
    assert [(part.text, part.weight) for part in Recipe.of(prompt).parts] == parts


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("cubism::two", "'::two', which should be a number"),
        ("cubism::2neon", "'::2neon', which should be a number"),
        ("::2 neon", "a weight without a style before it"),
        ("(:2)", "a weight without a style before it"),
        ("cubism::2 ::1", "a weight without a style before it"),
        ("(fire:1.3", "a parenthesis without its other half"),
        ("fire:1.3)", "a parenthesis without its other half"),
        ("((fire))", r"'\(\(fire\)\)', which is not understood; write weights"),
        ("a [fire|ice] b", r"'\[fire\|ice\]', which is not understood"),
        ("{fire}", "which is not understood"),
        ("fire]", "which is not understood"),
        ("<lora:ghibli:1> tree", "'<lora:ghibli:1>', which is not understood"),
        ("fauvism --ar 16:9", "'--ar', which is no part of a prompt"),
        ("--no blue", "says no style"),
        ("fauvism --no ", "--no without anything behind it"),
        ("cubism | fauvism", "which is not understood"),
        ("cubism AND fauvism", "'AND', which is not understood"),
        ("cubism++, fauvism", r"'cubism\+\+', which is not understood"),
        ("fauvism--, ink", "which is not understood"),
        ("ink, neon:1", "'neon:1', which is not understood"),
        ("/imagine prompt: cubism", "'/imagine', which is not understood"),
        ("fauvism::-1", "weights whose sum is clearly above 0"),
        ("fauvism::1 neon::-1", "weights whose sum is clearly above 0"),
        ("fauvism::1000", "weight should be from -100 to 100"),
        (" ", "is empty"),
    ],
)
def test_refused(prompt: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Recipe.of(prompt)
