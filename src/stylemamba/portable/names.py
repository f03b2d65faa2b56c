"""Artists' names in a prompt: found as names, in spite of spelling, never by what they resemble.

A surname stands for its artist if nothing beside it says otherwise: "Monet's garden" is Monet, but
"Francis Bacon" is not Sam Francis, and "Theo van Gogh" not Vincent. Spelling may be wrong by a
letter or two where the rest of the name agrees, or where the sound of the surname stays.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .wording import FILLERS, Word, edits, plain_words, word_list

LONGEST = 6
"""Words of a name."""
FUZZY_FROM = 6
"""Letters of a surname alone from which one may be wrong."""
SOUND_UNTIL = 8
"""Letters of a surname alone below which its consonants have to be right."""
MOST_ERRORS = 3
"""Wrong letters of a whole name."""
PARTICLES = word_list("particles of names")
COMMON_SURNAMES = word_list("common surnames")
"""Surnames that are words, or of too many people: they need the rest of the name."""
_GIVEN_WORDS = word_list("given names that are words")
"""Given names that are words, and say nothing beside a surname."""
_GIVEN_NAMES = word_list("given names")
"""Given names of others than the bank's artists."""
_SILENT = re.compile(r"[aeiouyhj]+")
_SOUNDS = str.maketrans("cqzwv", "kksff")


@dataclass(frozen=True)
class Found:
    """A name in a list of words.

    Attributes:
        start: Its first word.
        end: Behind its last word.
        artists: Who may be meant: several, if they share a surname.
        exact: It is spelled as the bank spells it, or is the short form of that.
    """

    start: int
    end: int
    artists: tuple[str, ...]
    exact: bool


@dataclass(frozen=True)
class _Artist:
    name: str
    given: tuple[str, ...]
    surnames: tuple[str, ...]  # each in one piece: with particles, and without
    spellings: tuple[tuple[str, ...], ...]


class Names:
    """The artists of a bank.

    Args:
        short_names: Artist -> the name by which they are known for short.
        common: Words that are no names where they stand beside one.
    """

    def __init__(self, short_names: Mapping[str, str], common: Collection[str] = ()) -> None:
        self.short_names = short_names
        self._common = {*common, *FILLERS}
        self._by_surname: dict[str, list[_Artist]] = defaultdict(list)
        self._by_name: dict[str, list[_Artist]] = defaultdict(list)
        self._given = set(_GIVEN_NAMES)
        for name, short in short_names.items():
            artist = _artist(name, short)
            self._given.update(word for word in artist.given if len(word) > 1)
            for surname in artist.surnames:
                self._by_surname[surname].append(artist)
                for order in ((*artist.given, surname), (surname, *artist.given)):
                    self._by_name["".join(order)].append(artist)
        self._given -= PARTICLES | _GIVEN_WORDS

    def find(self, words: Sequence[Word]) -> list[Found]:
        """The names among words, first to last, none over another."""
        plain = [word.plain for word in words]
        found: list[Found] = []
        place = free = 0
        while place < len(plain):
            name = self._at(plain, place, free)
            if name is not None:
                found.append(name)
                free = name.end
            place = place + 1 if name is None else name.end
        return found

    def are_given(self, words: Sequence[Word], artists: Collection[str]) -> bool:
        """Whether words are nothing but given names of one of these artists."""
        parts = {word.plain for word in words}
        return bool(parts) and any(parts <= set(plain_words(artist)) for artist in artists)

    def _at(self, words: Sequence[str], start: int, free: int) -> Found | None:
        """The longest name that begins at a word; those before `free` belong to another."""
        for end in range(min(start + LONGEST, len(words)), start, -1):
            window = tuple(words[start:end])
            if {window[0], window[-1]} & (FILLERS - PARTICLES):
                continue
            before = words[start - 1] if start > free else None
            after = words[end] if end < len(words) else None
            artists = self._of_whole_name(window) or self._of_surname(window, before, after)
            if artists:
                exact = all(window in artist.spellings for artist in artists)
                names = dict.fromkeys(artist.name for artist in artists)
                return Found(start, end, tuple(names), exact)
        return None

    def _of_whole_name(self, words: Sequence[str]) -> list[_Artist]:
        """Artists of that name, in any order of its parts, as one word or several."""
        joined = "".join(words)
        if len(words) == 1:
            if joined in self._by_surname:
                return []
            return self._nearest(joined, self._by_name, 2 if len(joined) > 10 else 0)
        if joined in self._by_name:
            return self._by_name[joined]
        best: dict[int, list[_Artist]] = defaultdict(list)
        for cut in range(1, len(words)):
            for surname, given in ((words[cut:], words[:cut]), (words[:cut], words[cut:])):
                for wrong, artist in self._with_surname("".join(surname)):
                    wrong += _errors_of_given(given, artist.given)
                    if wrong <= MOST_ERRORS:
                        best[wrong].append(artist)
        return best[min(best)] if best else []

    def _with_surname(self, surname: str) -> list[tuple[int, _Artist]]:
        """Artists whose surname is spelled like this one, with the number of wrong letters."""
        most = 0 if len(surname) < 4 else 1 if len(surname) < 8 else 2
        return [
            (wrong, artist)
            for known, artists in self._by_surname.items()
            if known[0] == surname[0] and (wrong := edits(surname, known, most)) <= most
            for artist in artists
        ]

    def _of_surname(
        self, words: Sequence[str], before: str | None, after: str | None
    ) -> list[_Artist]:
        """Artists of that surname, unless a word beside it makes it another's name."""
        surname = "".join(words)
        if surname in COMMON_SURNAMES or before in self._given:
            return []
        if surname in self._given and after is not None and after not in self._common:
            return []
        if surname in self._by_surname:
            artists = self._by_surname[surname]
            refused = any(before in PARTICLES.intersection(*artist.spellings) for artist in artists)
            return [] if refused else artists  # "van Gogh" was refused: "Gogh" is, too
        if len(surname) < FUZZY_FROM or all(word in self._common for word in words):
            return []
        if any(word is not None and word not in self._common for word in (before, after)):
            return []
        return self._nearest(surname, self._by_surname, 1 if len(surname) < 10 else 2)

    def _nearest(self, word: str, known: Mapping[str, list[_Artist]], most: int) -> list[_Artist]:
        """What the one word nearest to a misspelled one stands for; nothing if two are."""
        apart = [
            (wrong, other)
            for other in known.keys() - COMMON_SURNAMES
            if other[0] == word[0] and (wrong := edits(word, other, most)) <= most
        ]
        if len(word) < SOUND_UNTIL:
            apart = [(wrong, other) for wrong, other in apart if _sound(other) == _sound(word)]
        nearest = [other for wrong, other in apart if wrong == min(apart)[0]]
        return known[nearest[0]] if len(nearest) == 1 else []


def _artist(name: str, short: str) -> _Artist:
    whole, surname = plain_words(name), plain_words(short)
    given = tuple(word for word in whole if word not in surname)
    bare = tuple(word for word in surname if word not in PARTICLES) or surname
    surnames = tuple(dict.fromkeys(("".join(surname), "".join(bare))))
    return _Artist(name, given, surnames, (whole, surname))


def _errors_of_given(words: Sequence[str], given: Sequence[str]) -> int:
    """Wrong letters of given names, initials being right; a great many for another name."""
    left, total = list(given), 0
    for word in words:
        if not left:
            return MOST_ERRORS + 1
        wrong, name = min((_apart(word, name), name) for name in left)
        left.remove(name)
        total += wrong
    return total


def _apart(word: str, name: str) -> int:
    """Wrong letters of a given name; a great many for another one."""
    if word == name:
        return 0
    if word[0] != name[0] or word in FILLERS:
        return MOST_ERRORS + 1
    if 1 in (len(word), len(name)):
        return 0
    most = 1 if len(word) < 7 else 2
    wrong = edits(word, name, most)
    return wrong if wrong <= most else MOST_ERRORS + 1


def _sound(word: str) -> str:
    """The consonants of a word, doubled ones once."""
    consonants = _SILENT.sub("", word.replace("ph", "f").translate(_SOUNDS))
    return word[0] + re.sub(r"(.)\1+", r"\1", consonants)
