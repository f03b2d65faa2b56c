from __future__ import annotations

import pytest

from stylemamba.portable.wording import edits, plain, plain_words, words_of


def test_words_are_compared_without_case_accents_and_possessives() -> None:
    assert plain("Élisabeth MÜLLER") == "elisabeth muller"
    assert plain("ガラス") == plain("ガラス") != plain("カラス")  # the marks of kana are no accents
    assert plain_words("Monet's Toulouse-Lautrec") == ("monet", "toulouse", "lautrec")
    word = words_of("in Klimt’s gold")[1]
    assert (word.plain, word.start, word.end) == ("klimt", 3, 8)


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("monet", "monet", 0),
        ("picaso", "picasso", 1),
        ("gough", "gogh", 1),
        ("hokusia", "hokusai", 1),  # swapped
        ("manet", "monte", 2),
        ("yamazaki", "miyazaki", 3),
    ],
)
def test_wrong_letters_are_counted(one: str, other: str, count: int) -> None:
    assert edits(one, other, 3) == edits(other, one, 3) == count
    assert edits(one, other, 0) == min(count, 1)
