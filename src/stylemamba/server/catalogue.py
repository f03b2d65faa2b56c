"""Styles that are known by name, with a thumbnail of each, and the search among their names.

People write "watercolor", "van gohg" or "梵高": names are compared without case, accents and the
difference of British and American spelling, by their other names in terms.json, and, where that
finds nothing, with a letter or two wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from stylemamba.portable.terms import table
from stylemamba.portable.wording import FILLERS, FOREIGN, edits, plain, plain_words

FOLDER = "styles"
SIDE = 64
"""Of a thumbnail, in pixels."""
COLUMNS = 32
"""Of the sheet that all thumbnails are on."""
ONE_WRONG, TWO_WRONG = 4, 8
"""Letters of a word from which one, or two, may be wrong."""

Words = tuple[str, ...]


class Name:
    """A name that a style goes by, to be compared with what people type.

    Args:
        text: The name.
        is_other: It is not the one that is shown.
    """

    def __init__(self, text: str, is_other: bool = False) -> None:
        self.words = folded(text)
        self.joined = "".join(self.words)
        self.foreign = plain(text) if FOREIGN.search(text) else ""
        self._other = 4 * is_other

    def rank(self, words: Words) -> int | None:
        """How well folded words name it, 0 for best; None where they don't."""
        joined = "".join(words)
        if joined == self.joined:
            return self._other
        if self.joined.startswith(joined):
            return self._other + 1
        if all(any(own.startswith(word) for own in self.words) for word in words):
            return self._other + 2
        if not self._other and all(word in self.joined for word in words):
            return 3
        return 4 if self.foreign and self.foreign in joined else None

    def misspelled(self, words: Words) -> int | None:
        """Wrong letters of words that are meant for it, or for its beginning; None if too many."""
        counts = [min((_wrong(word, own) for own in self.words), default=None) for word in words]
        known = [count for count in counts if count is not None and count <= 2]
        return sum(known) if len(known) == len(counts) else None


def folded(text: str) -> Words:
    """The words of a text without case, accents, and in American spelling."""
    return tuple(word.replace("colour", "color") for word in plain_words(text))


def ranked(names: Sequence[Collection[Name]], text: str) -> list[int]:
    """Indices of the things whose names a text may mean, best first, then in their order.

    Args:
        names: Of every thing.
        text: That somebody typed.
    """
    words = folded(text)
    telling = tuple(word for word in words if word not in FILLERS)
    tries: tuple[tuple[Callable[[Name, Words], int | None], Words], ...] = (
        (Name.rank, words),
        (Name.rank, telling),
        (Name.misspelled, telling),
    )
    for compare, asked in tries:
        if asked:
            ranks = [_best(compare(name, asked) for name in those) for those in names]
            found = [(rank, place) for place, rank in enumerate(ranks) if rank is not None]
            if found:
                return [place for _, place in sorted(found)]
    return []


@dataclass(frozen=True)
class Catalogue:
    """Styles by name.

    Attributes:
        names: With their kinds, in the order of their thumbnails.
    """

    names: Sequence[tuple[str, str]]

    @classmethod
    def shipped(cls) -> Catalogue:
        """The one that comes with the package."""
        file = files("stylemamba.server") / "page" / FOLDER / "catalogue.json"
        return cls([(name, kind) for name, kind in json.loads(file.read_text("utf-8"))])

    @property
    def sheet(self) -> dict[str, Any]:
        """Where the thumbnails are, and how they lie there."""
        return {"url": f"{FOLDER}/thumbnails.webp", "side": SIDE, "columns": COLUMNS}

    def search(self, text: str) -> list[dict[str, Any]]:
        """Styles that a text may mean by name, the best first; all of them for no text."""
        if not text.strip():
            return [self._style(place) for place in range(len(self.names))]
        return [self._style(place) for place in ranked(self._known_as, text)]

    def named(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Those of these very names that are known."""
        places = {name: place for place, (name, _) in enumerate(self.names)}
        return [self._style(places[name]) for name in names if name in places]

    @cached_property
    def _known_as(self) -> list[list[Name]]:
        others: dict[str, list[str]] = {}
        for section in table().values():
            for name, texts in section.items():
                others.setdefault(name, []).extend(texts)
        return [
            [Name(name), *(Name(other, is_other=True) for other in others.get(name, ()))]
            for name, _ in self.names
        ]

    def _style(self, place: int) -> dict[str, Any]:
        name, kind = self.names[place]
        return {"name": name, "kind": kind, "place": place}


def _best(ranks: Iterable[int | None]) -> int | None:
    return min((rank for rank in ranks if rank is not None), default=None)


def _wrong(word: str, own: str) -> int:
    """Wrong letters of a word that is meant for another one or its beginning; 3 for too many."""
    if word[0] != own[0]:
        return 3
    most = 0 if len(word) < ONE_WRONG else 1 if len(word) < TWO_WRONG else 2
    if own.startswith(word):
        return 0
    wrong = min(edits(word, own, most), edits(word, own[: len(word)], most))
    return wrong if wrong <= most else 3
