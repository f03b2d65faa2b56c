"""What a prompt asks for: the styles in it, in the words of the bank, without what is none.

"Turn this into a comic book" asks for a comic book, "acuarela sin azul" for watercolour and for no
blue, "remove the background" for nothing that a style could be. Names are found as names (names.py)
and terms of other languages in a table (terms.py); how near what is left is to what the bank knows,
only the bank can tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .names import Found, Names
from .terms import WORKS, Terms
from .wording import Word, plain_words, words_of

MAX_PARTS = 8
"""Of a prompt, between commas."""
MAX_REQUESTS = 16
LONGEST = 1000
"""Letters that are read: more than the sentence encoder takes in."""
_CLAUSES = re.compile(r"\s*[,;\n，、；。]\s*")
_OBJECT = (
    r"(?:(?:it|this|that|these|me|us|them|him|her|everything)(?!\w)"
    r"(?:\s+(?:photo|photograph|picture|image|pic|scene|shot|selfie|portrait)\b)?"
    r"|(?:the|my|our|your|a)\s+(?:whole\s+|entire\s+)?"
    r"(?:photo|photograph|picture|image|pic|scene|shot|selfie|background photo)\b)"
)
_LINK = (
    r"(?:(?:to\s+)?(?:look|looks|appear|seem|feel|be)\b(?:\s+(?:more\s+)?like\b|\s+as\s+if\b)?"
    r"(?:\s+(?:it|they)\s+(?:was|were|is|are)\b)?"
    r"(?:\s+(?:painted|drawn|made|done|created)\b)?(?:\s+(?:by|in|with|from|of)\b)?"
    r"|into|as\s+if\s+it\s+were|as|like|to|in|with)\b"
)
_INSTRUCTION = re.compile(
    rf"""^(?:(?:please|pls|now|just)\s+)*
    (?:(?:can|could|would|will)\s+you\s+(?:please\s+)?|i(?:\s+would|'d)?\s+(?:want|like|need)\s+
       (?:you\s+)?(?:to\s+)?|let'?s\s+)?
    (?:(?:make|turn|convert|transform|change|paint|repaint|render|draw|redraw|style|stylize|stylise|
         restyle|i\s+(?:want|need)|i'd\s+like|recreate|reimagine|create|show|redo|generate|give|have|see|put|do)\b\s+
       (?:{_OBJECT}\s*(?:{_LINK}\s+)?|{_LINK}\s+)
     |(?:apply|add|use)\s+(?=\S))
    (?:an?\s+|the\s+|some\s+)?""",
    re.IGNORECASE | re.VERBOSE,
)
_STYLE_OF = re.compile(
    r"""\b(?:(?:in|after|with|using|into|to)\s+)?(?:the\s+|a\s+)?
    (?:style|manner|spirit|fashion|look|aesthetic|technique)s?\s+of\s+
    |\binspired\s+by\s+|\bim\s+stil(?:e)?\s+(?:von|des|der)\s+|\bdans\s+le\s+style\s+(?:de\s+)?
    |\bà\s+la\s+manière\s+de\s+|\b(?:al|en\s+el|no|ao)\s+estilo\s+(?:de|da|do)\s+|\bestilo\s+(?:de\s+)?
    |\b(?:nello|in)\s+stile\s+(?:di\s+)?|\balla\s+maniera\s+di\s+|\bin\s+de\s+stijl\s+van\s+""",
    re.IGNORECASE | re.VERBOSE,
)
_EDIT = re.compile(
    r"""^(?:(?:please|can\s+you|could\s+you)\s+)*
    (?:change\s+(?:the\s+|my\s+)?(?:background|sky|hair|face|clothes|eyes|colou?rs?)
       |remove|delete|erase|crop|resize|rotate|flip|sharpen|denoise|upscale|enlarge|enhance|fix|
       replace|swap|brighten|zoom|cut\s+out|get\s+rid\s+of|straighten|compress|undo)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT = re.compile(
    r"""(?:^|(?<=\s))(?:--no|no(?!\s+estilo)|not|without|never|avoid|excluding|don't\s+(?:use|make\s+it|want)|
    ohne|keine?|keinen|nicht|pas\s+d[e']|senza|sem|zonder|geen)\b\s*(?:any\s+|an?\s+|the\s+)?
    |(?<=\S)\s+(?:sans|sin)\s+
    |(?:不要|没有|沒有|不是)""",
    re.IGNORECASE | re.VERBOSE,
)
_BUT = re.compile(r"\s+(?:but|instead|sondern|mais|pero|maar)\s+", re.IGNORECASE)
_LOOSE_ENDS = re.compile(
    r"^(?:[\W_]|(?:and|but|with)\s)+|(?:[^\w)'\"]|\s(?:and|but|with|please))+$", re.I
)
_OR = re.compile(r"\s+(?:or|and|nor|oder|und|ou|et|o|y|e|of|en)\s+(?:no\s+|any\s+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """A style that is asked for.

    Attributes:
        text: What to look up, in the bank's words.
        artists: Who are named in it.
        wanted: Or it is to be kept away from.
        title: It is a famous work of an artist who is named beside it.
    """

    text: str
    artists: tuple[str, ...] = ()
    wanted: bool = True
    title: bool = False

    @property
    def words(self) -> list[str]:
        """The words of it that say something, one by one, where no artist is named."""
        words = [] if self.artists else [word for word in words_of(self.text) if not word.filler]
        return [self.text[word.start : word.end] for word in words]


@dataclass(frozen=True)
class Understanding:
    """What a prompt asks for.

    Attributes:
        text: All that is wanted, as one text in the bank's words; the prompt itself, where there
            is nothing to change.
        requests: What is wanted, and what is not, one by one; none in a prompt that names no style.
        read: What was typed, and what it was read as, where they differ.
        ignored: What is no style.
    """

    text: str
    requests: tuple[Request, ...]
    read: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[Request, ...]:
        """The requests for a style."""
        return tuple(request for request in self.requests if request.wanted)

    @property
    def unwanted(self) -> tuple[Request, ...]:
        """The requests to keep away from one."""
        return tuple(request for request in self.requests if not request.wanted)

    @property
    def artists(self) -> frozenset[str]:
        """Who are named."""
        return frozenset(artist for request in self.requests for artist in request.artists)

    @property
    def signed(self) -> dict[str, frozenset[str]]:
        """The texts in which artists are named -> who."""
        texts = {self.text: self.artists} if self.artists else {}
        return {**texts, **{r.text: frozenset(r.artists) for r in self.requests if r.artists}}

    @property
    def sentences(self) -> list[str]:
        """All that is to be embedded, each text once, the whole first."""
        texts = [self.text]
        for request in self.requests:
            texts += [request.text, *request.words]
        return list(dict.fromkeys(texts))


class Reader:
    """Understands prompts.

    Args:
        names: Of the artists that can be found.
        known: Texts that the bank knows as they are.
    """

    def __init__(self, names: Names, known: Sequence[str] = ()) -> None:
        self.names = names
        ours = {plain_words(text) for text in known}
        self.terms = Terms(("artists", "movements", "media and looks"), ours)
        self.works = Terms((WORKS,), ours)

    def understood(self, prompt: str) -> Understanding:
        """What a prompt asks for.

        Args:
            prompt: Without space around it.
        """
        draft = _Draft(self)
        for clause in draft.clauses(prompt.replace("’", "'"))[:MAX_PARTS]:
            draft.add_clause(clause)
        if not draft.requests and not draft.ignored:
            draft.requests.append(Request(prompt))
        return Understanding(
            text=", ".join(draft.wanted) or prompt,
            requests=tuple(dict.fromkeys(draft.requests))[:MAX_REQUESTS],
            read=tuple(dict.fromkeys(draft.read)),
            ignored=tuple(draft.ignored),
        )


class _Draft:
    """What was understood of a prompt so far."""

    def __init__(self, reader: Reader) -> None:
        self.names, self.tables = reader.names, [reader.terms]
        self.works = reader.works
        self.artists: set[str] = set()
        self.requests: list[Request] = []
        self.wanted: list[str] = []
        self.read: list[tuple[str, str]] = []
        self.ignored: list[str] = []

    def clauses(self, prompt: str) -> list[str]:
        """The parts between commas, other scripts in English; "Monet, Claude" is one part."""
        text = self._translated(prompt[:LONGEST], self.tables[0])
        named = self.names.find(words_of(text))
        self.artists = {artist for name in named for artist in name.artists}
        if not named:
            text = self._translated(text, self.works)
            self.tables.append(self.works)
        clauses: list[str] = []
        for clause in filter(None, _CLAUSES.split(text)):
            if clauses and self._is_turned_name(clauses[-1], clause):
                clauses[-1] = f"{clause} {clauses[-1]}"
            else:
                clauses.append(clause)
        return clauses

    def add_clause(self, clause: str) -> None:
        """Reads one of the parts."""
        if _EDIT.match(clause):
            self.ignored.append(clause)
            return
        for text, wanted in _signed(clause):
            if not wanted:
                for part in filter(None, _OR.split(text)):
                    self._add_style(part, wanted=False)
                continue
            for part in _STYLE_OF.split(_INSTRUCTION.sub("", text, count=1)):
                if not all(word.filler for word in words_of(part)):
                    self._add_style(part.strip())

    def _translated(self, text: str, table: Terms) -> str:
        text, read = table.translated(text)
        self.read += read
        return text

    def _is_turned_name(self, surname: str, given: str) -> bool:
        words = words_of(surname)
        found = self.names.find(words)
        if len(found) != 1 or found[0].end - found[0].start != len(words):
            return False
        return self.names.are_given(words_of(given), found[0].artists)

    def _add_style(self, text: str, wanted: bool = True) -> None:
        """Adds the styles in a text without instructions: the artists, and what else it says."""
        for table in self.tables:
            text = self._in_our_words(text, table)
        text = self._spelled_right(text)
        words = words_of(text)
        names = self.names.find(words)
        named = [
            Request(text[words[name.start].start : words[name.end - 1].end], name.artists, wanted)
            for name in names
        ]
        rest = _rest(text, words, names) if named else text
        if not rest and len(named) == 1:  # "a painting by Monet"
            text = named[0].text
        if wanted:
            self.wanted.append(text)
        self.requests += named
        if rest:
            self.requests.append(Request(rest, (), wanted, self._is_title(rest)))

    def _is_title(self, text: str) -> bool:
        words = words_of(text)
        whole = self.works.find(words) == [(0, len(words))]
        return whole and self.works.term(words) in self.artists

    def _in_our_words(self, text: str, table: Terms) -> str:
        """The text with other names of styles and artists replaced by ours."""
        words = words_of(text)
        whole_names = [name for name in self.names.find(words) if name.end - name.start > 1]
        for start, end in reversed(table.find(words)):
            if not any(name.start < end and start < name.end for name in whole_names):
                term = table.term(words[start:end])
                text = self._replaced(text, words[start:end], term)
        return text

    def _spelled_right(self, text: str) -> str:
        """The text with artists' names as the bank has them."""
        words = words_of(text)
        for name in reversed(self.names.find(words)):
            if not name.exact and len(name.artists) == 1:
                text = self._replaced(text, words[name.start : name.end], name.artists[0])
        return text

    def _replaced(self, text: str, words: Sequence[Word], ours: str) -> str:
        start, end = words[0].start, words[-1].end
        self.read.append((text[start:end], ours))
        return text[:start] + ours + text[end:]


def _signed(clause: str) -> list[tuple[str, bool]]:
    """The pieces of a clause, and whether they are wanted."""
    first, *others = _NOT.split(clause)
    pieces = [(first, True)]
    for other in others:
        unwanted, *after = _BUT.split(other, maxsplit=1)
        pieces += [(unwanted, False), *((text, True) for text in after)]
    trimmed = ((_LOOSE_ENDS.sub("", text.strip()), wanted) for text, wanted in pieces)
    return [(text, wanted) for text, wanted in trimmed if text]


def _rest(text: str, words: Sequence[Word], names: Sequence[Found]) -> str:
    """What a text says besides names; empty if it is nothing but filling."""
    taken = {place for name in names for place in range(name.start, name.end)}
    left = [place for place in range(len(words)) if place not in taken]
    if all(words[place].filler for place in left):
        return ""
    telling = [place for place in left if not words[place].link]
    kept = [place for place in left if telling[0] <= place <= telling[-1]]
    return " ".join(text[words[place].start : words[place].end] for place in kept)
