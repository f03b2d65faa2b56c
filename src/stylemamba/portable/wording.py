"""Words of a prompt: compared without case and accents, and told apart from filling."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
FOREIGN = re.compile(r"[\u0370-\u1fff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""A letter of a script that MiniLM cannot read."""


def word_list(name: str) -> frozenset[str]:
    """One of the lists of words.json, which has several words a line."""
    path = Path(__file__).with_name("words.json")
    lists = json.loads(path.read_text(encoding="utf-8"))
    return frozenset(" ".join(lists[name]).split())


LINKS = word_list("links")
"""Words that only hold others together."""
FILLERS = LINKS | word_list("fillers")
"""Words that say nothing of which style is meant."""
FOREIGN_FILLING = re.compile(
    r"(?:的|之|の)?(?:风格|風格|画风|画風|スタイル|样式)(?:的|の|で)?|(?<=\s)(?:的|之|の|風の?|风)"
)


@dataclass(frozen=True)
class Word:
    """A word of a text.

    Attributes:
        plain: Without case and accents.
        start: Where it begins in the text.
        end: Where it ends.
    """

    plain: str
    start: int
    end: int

    @property
    def filler(self) -> bool:
        """It says nothing of which style is meant."""
        return self.plain in FILLERS

    @property
    def link(self) -> bool:
        """It only holds others together."""
        return self.plain in LINKS


def plain(text: str) -> str:
    """A text without case and accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFD", text.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in parts if not "\u0300" <= letter <= "\u036f")
    return unicodedata.normalize("NFKC", bare)


def words_of(text: str) -> list[Word]:
    """The words of a text, those with hyphens as several; a possessive s is none."""
    return [Word(plain(found[0]), *found.span()) for found in _WORD.finditer(_blanked(text))]


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a text without case and accents."""
    return tuple(map(plain, _WORD.findall(_blanked(text))))


def _blanked(text: str) -> str:
    """The text with spaces in place of possessive s."""
    return _POSSESSIVE.sub(lambda found: " " * len(found[0]), text)


def edits(one: str, other: str, most: int) -> int:
    """Letters to insert, delete, replace or swap with their neighbour, at most `most` + 1.

    Damerau's distance as restricted by optimal string alignment.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != against))
            swapped = row > 1 and column > 1 and letter == other[column - 2] != against
            if swapped and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, last = last, current
    return min(last[-1], most + 1)
