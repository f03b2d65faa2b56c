from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest

from stylemamba.portable.geometry import Array
from stylemamba.portable.learnt import ARRAYS, MARKED, Learnt, learnt_from, space_of
from stylemamba.portable.parts import NUMBERS, PARTS, parts_of
from stylemamba.portable.recipe import Recipe, StylePart
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.portable.retrieval import CODE_STEP, Bank

HEAD = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)


def plain(*colour: float) -> Array:
    return np.broadcast_to(np.array(colour, np.float32)[:, None, None], (3, 40, 40)).copy()


RED, GREEN, BLUE = plain(0.9, 0.1, 0.1), plain(0.1, 0.8, 0.2), plain(0.1, 0.2, 0.9)


def bank(codes: Array, amounts: list[list[int]]) -> Bank:
    count = len(codes)
    return Bank(
        codes=codes,
        caption_indices=np.zeros((count, 1), np.int16),
        caption_embeddings=np.zeros((1, 384), np.int8),
        colourfulness=np.zeros(count, np.uint8),
        mark_amounts=np.array(amounts, np.uint8),
        parts=np.zeros((count, PARTS, NUMBERS), np.int8),
        image_head=HEAD,
        captions=["one"],
        marks=["strokes", "dots"],
    )


@pytest.fixture
def learnt() -> Learnt:
    """Of five pictures: the first three alike, and dotted."""
    codes = np.array([[1, 0, 0, 0]] * 3 + [[0, 2, 0, 0]] * 2, np.float32)
    codes += np.arange(5, dtype=np.float32)[:, None] * np.float32(0.04)
    known = np.rint(np.repeat(codes[[0, 4]], 9, axis=0) / CODE_STEP).astype(np.int8)
    pictures = [RED, RED, GREEN, BLUE, GREEN]
    return learnt_from(codes, pictures, bank(known, [[0, 100]] * 9 + [[70, 0]] * 9))


def test_there_and_back(learnt: Learnt) -> None:
    text = learnt.to_text()
    again = Learnt.from_text(text)
    assert again.to_text() == text
    assert (again.marks, again.space) == (("strokes", "dots"), space_of(HEAD))
    for name in ARRAYS:
        assert np.array_equal(getattr(again, name), getattr(learnt, name))
    assert len(text) < 5 * 1024


def test_the_style_of_pictures_that_are_alike(learnt: Learnt) -> None:
    style = learnt.style(HEAD)
    np.testing.assert_allclose(style.condition, [[1.04, 0.04, 0.04, 0.04]], atol=0.03)
    np.testing.assert_allclose(style.embedding, style.condition @ HEAD.T)
    assert style.coverage == 1 and style.marks == {"strokes": 0, "dots": MARKED}
    ((share, rows),) = style.paintings
    assert share == 1 and rows.shape == (3, PARTS, NUMBERS)
    np.testing.assert_allclose(rows[0], parts_of(RED), atol=0.51)


def test_modes_and_photos_choose_the_leading_picture(learnt: Learnt) -> None:
    assert learnt.style(HEAD, mode=3).marks == pytest.approx({"strokes": 0.7 * MARKED, "dots": 0})
    assert learnt.style(HEAD, mode=5).condition.tolist() == learnt.style(HEAD).condition.tolist()
    assert learnt.style(HEAD, photo=BLUE).marks == pytest.approx(
        {"strokes": 0.7 * MARKED, "dots": 0}
    )
    assert learnt.style(HEAD, photo=RED).marks == {"strokes": 0, "dots": MARKED}


def test_other_models_are_refused(learnt: Learnt) -> None:
    with pytest.raises(RecipeError, match="learnt is of other models"):
        learnt.style(HEAD + 1)


def test_what_is_damaged_is_refused(learnt: Learnt) -> None:
    text = learnt.to_text()
    broken = [text[:-40], base64.b64encode(b"no file").decode(), "####"]
    broken += [
        replace(learnt, codes=learnt.codes.astype(np.float32)).to_text(),
        replace(learnt, parts=learnt.parts[:2]).to_text(),
        replace(learnt, marks=("strokes",)).to_text(),
        replace(learnt, codes=learnt.codes[:0], parts=learnt.parts[:0]).to_text(),
    ]
    for part in broken:
        with pytest.raises(RecipeError, match="learnt is damaged"):
            Learnt.from_text(part)


def test_recipes_hold_them(learnt: Learnt) -> None:
    recipe = Recipe.of([StylePart("quilts", learnt=learnt.to_text()), StylePart("fauvism", 2)])
    assert recipe.prompt == "quilts::1 fauvism::2"
    assert Recipe.from_json(recipe.to_json())[0] == recipe
    with pytest.raises(RecipeError, match="learnt should be a file in base64"):
        StylePart("quilts", learnt="####")


def test_marks_are_those_of_most_pictures_that_show_some() -> None:
    known = np.zeros((9, 4), np.int8)
    amounts = [[0, 0]] * 5 + [[70, 0], [90, 0], [80, 5], [0, 100]]
    found = learnt_from(np.zeros((1, 4), np.float32), [RED], bank(known, amounts))
    assert found.mark_amounts.tolist() == [[80, 0]]
    none = learnt_from(np.zeros((1, 4), np.float32), [RED], bank(known, [[0, 0]] * 9))
    assert none.mark_amounts.tolist() == [[0, 0]]
