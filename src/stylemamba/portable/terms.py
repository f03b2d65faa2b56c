"""Artists, movements and media in other languages and by other names, as terms.json has them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from .wording import FOREIGN, FOREIGN_FILLING, Word, plain, plain_words

WORKS = "works"
"""Section of the table with famous works: they stand for their artist."""
_KATAKANA = "ァ-ヶー"


@lru_cache(maxsize=1)
def table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Section -> what the bank or an English speaker calls it -> other names for it."""
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    sections: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(text)
    return sections


class Terms:
    """Other names, to be looked up.

    Args:
        sections: Those of the table that count.
        known: Texts that the bank knows as they are, and that stay so, as their plain words.
    """

    def __init__(
        self, sections: Sequence[str], known: Collection[tuple[str, ...]] = frozenset()
    ) -> None:
        self._by_words: dict[tuple[str, ...], str] = {}
        self._foreign: dict[str, str] = {}
        for section in sections:
            for term, others in table()[section].items():
                for other in others:
                    if FOREIGN.search(other):
                        self._foreign[plain(other)] = term
                    elif not _is_known(plain_words(other), plain_words(term), known):
                        self._by_words[plain_words(other)] = term
        self._longest = max(map(len, self._by_words), default=0)
        longest_first = sorted(self._foreign, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(_alone, longest_first)) or r"(?!)")

    def find(self, words: Sequence[Word]) -> list[tuple[int, int]]:
        """Where other names are among words, the longest first: first word, behind the last."""
        plain = [word.plain for word in words]
        found: list[tuple[int, int]] = []
        place = 0
        while place < len(plain):
            ends = range(min(place + self._longest, len(plain)), place, -1)
            end = next((end for end in ends if tuple(plain[place:end]) in self._by_words), None)
            if end is not None:
                found.append((place, end))
            place = end or place + 1
        return found

    def term(self, words: Sequence[Word]) -> str:
        """Our name for such words."""
        return self._by_words[tuple(word.plain for word in words)]

    def translated(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """A text with terms of other scripts in English; and which they were, as what."""
        if not FOREIGN.search(text):
            return text, []
        read: list[tuple[str, str]] = []

        def english(found: re.Match[str]) -> str:
            term = self._foreign[found[0]]
            read.append((found[0], term))
            return f" {term} "

        english_text = FOREIGN_FILLING.sub(" ", self._pattern.sub(english, plain(text)))
        return " ".join(english_text.split()), read


def _is_known(
    words: tuple[str, ...], term: tuple[str, ...], known: Collection[tuple[str, ...]]
) -> bool:
    """Whether words are the bank's own, or only part of our term: "cómic", of "comic book"."""
    return words in known or set(words) <= set(term)


def _alone(word: str) -> str:
    """A pattern of a word of another script where it is no part of a longer one.

    Scripts without spaces hardly say where words end: two letters may be anywhere, one may not.
    """
    pattern = re.escape(word)
    if re.fullmatch(f"[{_KATAKANA}・＝=]+", word):
        return f"(?<![{_KATAKANA}]){pattern}(?![{_KATAKANA}])"
    if len(word) == 1:
        return f"(?<!{FOREIGN.pattern}){pattern}(?=的|之|の|風|风|$|[^\\w])"
    return pattern
