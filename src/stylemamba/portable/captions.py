"""The captions of a bank: whose they are, which of them count for a prompt, and its words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np

from .geometry import Array
from .names import Names
from .understanding import Reader
from .wording import plain_words

TITLE, WORK = ", ", " by "
"""Between an artist and a title, and between a kind of work and an artist."""


@lru_cache(maxsize=4)
def described(texts: tuple[str, ...], artists: tuple[tuple[str, str], ...]) -> Captions:
    """The captions of a bank, made once: it takes longer than a search."""
    return Captions(texts, dict(artists))


class Captions:
    """What pictures are found by: names of artists, alone or with a work, and everything else.

    Args:
        texts: The captions.
        artists: Name -> the one by which an artist is known for short, as captions have both.
    """

    def __init__(self, texts: Sequence[str], artists: Mapping[str, str]) -> None:
        self._short_names = dict(artists)
        names = {*artists, *artists.values()}
        split = [_split(text, names) for text in texts]
        self._bearers = np.array([bearer for bearer, _ in split], dtype=object)
        self._unsigned = [text for bearer, text in split if not bearer]
        self._words = {word for _, text in split for word in plain_words(text)}
        self._numbers = {text: number for number, text in enumerate(texts)}

    @cached_property
    def reader(self) -> Reader:
        """Understands prompts, with these artists."""
        return Reader(Names(self._short_names, self._words), self._unsigned)

    def admitted(self, artists: Collection[str]) -> Array:
        """Which captions count for a prompt that names these artists: theirs, and nobody's."""
        names = {"", *artists, *(self._short_names[artist] for artist in artists)}
        return np.isin(self._bearers.astype(str), list(names))

    def artists(self, number: int) -> list[str]:
        """Whose name, in full or for short, a caption bears."""
        bearer = self._bearers[number]
        return [name for name, short in self._short_names.items() if bearer in (name, short)]

    def number(self, text: str) -> int:
        """The number of a caption."""
        return self._numbers[text]


def _split(text: str, names: Collection[str]) -> tuple[str, str]:
    """The artist that a caption bears, or nothing, and the rest of it."""
    if text in names:
        return text, ""
    head, _, title = text.partition(TITLE)
    if head in names:
        return head, title
    work, _, tail = text.rpartition(WORK)
    return (tail, work) if tail in names else ("", text)
