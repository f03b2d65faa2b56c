"""The search of a bank of real pictures by text: what style a prompt asks for.

A prompt finds the pictures whose captions are nearest to it; among them, a few that look alike are
averaged into the code that the prompt asks for. The mean over all pictures that fit would be washed
out: one style has several modes.

Captions with an artist's name count for prompts that name this artist (understanding.py), and for
no others: to a sentence encoder, names are alike that share letters. What else a prompt says is
known as far as its meaning is near to that of a caption.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from .captions import Captions, described
from .geometry import Array
from .parts import matched, parts_of
from .recipe_fields import RecipeError
from .style import Style
from .understanding import Request, Understanding
from .wording import FOREIGN, plain_words

CODE_STEP = 1 / 24  # whitened codes are stored in 8 bits: -5.3 to 5.3 deviations
TEXT_STEP = 1 / 127
MARK_STEP = 1 / 100
UNLIKE = 40.0  # dE
SAME = 0.02  # difference of cosines that rounding to 8 bits may make
PAD = -1
NEIGHBOURS = 5
DRAWINGS = ("sketch", "drawing", "study")
_ARRAYS = (
    "codes",
    "caption_indices",
    "caption_embeddings",
    "colourfulness",
    "mark_amounts",
    "parts",
    "image_head",
)
_LISTS = ("captions", "marks")

Read = Callable[[Sequence[str]], tuple[Array, Array]]
"""n sentences to unit-norm sentence embeddings (n, 384) and E_T (n, d)."""


@dataclass(frozen=True)
class Rules:
    """How the bank is searched; docs/results.md has what each of them does.

    Attributes:
        shortlist: Pictures whose captions answer best, which are looked at.
        candidates: Of these, the best by all that counts.
        exemplars: Of these, those that are averaged.
        title_discount: Of a caption that one picture has alone: a title, which says more of a
            subject than of a style.
        drawing_asked: Cosine of a prompt and one of `DRAWINGS` from which it asks for a drawing.
        drawing_discount: Of drawings, for other prompts.
        look_weight: Of the cosine of E_T and a picture's E_I.
        full_strength: Of the mean strength: from there on, a look counts no more.
        typicality_weight: Of the cosine of a picture's E_I and the mean of those that answer as
            well.
        as_good: How much worse than the best a caption may answer, to count for what it says and
            to have its pictures among those of the style.
        pale_discount: Of a picture without colour.
        unlike_discount: Of a picture whose parts are `UNLIKE` from those of the photo.
        other_artist: Of pictures by others, where an artist is named.
        vivid: Quantile of colourfulness, among a style's pictures, from which none is pale.
        known_caption: Cosine from which a prompt is a known caption, in other words.
        known_from: Cosine of MiniLM at which coverage is 0.
        known_to: Cosine at which it is 1.
        known: Coverage from which a word, or what is not wanted, counts as known.
        push: Weight of what is not wanted, against the sum of what is.
        least_share: Of a part of a prompt that is not known at all.
    """

    shortlist: int = 480
    candidates: int = 24
    exemplars: int = 3
    title_discount: float = 0.3
    drawing_asked: float = 0.5
    drawing_discount: float = 0.3
    look_weight: float = 0.5
    full_strength: float = 1.25
    typicality_weight: float = 0.25
    as_good: float = 0.1
    pale_discount: float = 0.7
    unlike_discount: float = 0.2
    other_artist: float = 1.0
    vivid: float = 0.85
    known_caption: float = 0.85
    known_from: float = 0.5
    known_to: float = 0.85
    known: float = 0.5
    push: float = 0.3
    least_share: float = 0.05


def cleaned(prompt: str) -> str:
    """A prompt without surrounding space and without characters that are not text."""
    # Bytes of a command line that are not UTF-8 arrive as lone surrogates.
    return prompt.encode("utf-8", "replace").decode().strip()


@dataclass(frozen=True)
class Knowledge:
    """How well a request is known.

    Attributes:
        coverage: 0 to 1.
        unknown: What of it is not known.
        few: Artists in it of whom there are too few pictures.
    """

    coverage: float
    unknown: tuple[str, ...] = ()
    few: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Evidence:
    """What speaks for the captions, by the n sentences of a prompt."""

    numbers: Mapping[str, int]
    similarities: Array  # (captions, n), -1 for captions that do not count
    texts: Array  # (n, d), E_T
    artists: Mapping[str, Collection[str]]  # sentence -> who are named in it

    def column(self, sentence: str) -> Array:
        """Of all captions."""
        return np.asarray(self.similarities[:, self.numbers[sentence]])

    def best(self, sentence: str) -> float:
        """Of the nearest caption."""
        return float(self.column(sentence).max())

    def text(self, sentence: str) -> Array:
        """E_T (1, d)."""
        return np.asarray(self.texts[self.numbers[sentence]][None])


@dataclass(frozen=True)
class Bank:
    """Codes of pictures, the captions that describe them, the marks that they show.

    Attributes:
        codes: (n, s) int8, in steps of `CODE_STEP`.
        caption_indices: (n, k) int16, the numbers of each picture's captions, padded with `PAD`;
            a picture without any is never found.
        caption_embeddings: (m, 384) int8, unit-norm sentence embeddings in steps of `TEXT_STEP`.
        colourfulness: (n,) uint8, from 0 for grey.
        parts: (n, `PARTS`, `NUMBERS`) int8, each picture's parts of one colour; see parts.py.
        mark_amounts: (n, marks) uint8, how plainly each picture shows each mark of brushwork, in
            steps of `MARK_STEP`.
        image_head: (d, s), code to E_I.
        captions: The m sentences.
        marks: The names of the marks.
        artists: Name -> the one by which an artist is known for short, as captions have both.
        rules: How to search.
    """

    codes: Array
    caption_indices: Array
    caption_embeddings: Array
    colourfulness: Array
    mark_amounts: Array
    parts: Array
    image_head: Array
    captions: Sequence[str]
    marks: Sequence[str]
    artists: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = Rules()

    @classmethod
    def load(cls, path: Path) -> Bank:
        """The bank that `save` wrote."""
        with np.load(path) as file:
            names = json.loads(file["names"].tobytes())
            return cls(**{name: file[name] for name in _ARRAYS}, **names)

    def save(self, path: Path) -> None:
        """Writes the bank, but for its rules, which are code."""
        lists = {name: list(getattr(self, name)) for name in _LISTS}
        names = json.dumps({**lists, "artists": dict(self.artists)})
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez(path, names=np.frombuffer(names.encode(), dtype=np.uint8), **arrays)

    def style(self, prompt: str, read: Read, mode: int = 0, photo: Array | None = None) -> Style:
        """The style that a prompt asks for.

        A prompt that is a known caption, or asks for one thing only, is looked up as a whole;
        otherwise, or if each of its requests is better known, they are, and the styles found are
        mixed, each by how well it is known: "cubism, pencil sketch" is both, not whatever a cubist
        sketch is. From what is not wanted, as far as it is known, the mixture is pushed away.

        Args:
            prompt: Without space around it.
            read: Embeds sentences.
            mode: Which of the prompt's modes.
            photo: That is to be painted, (3, h, w) in [0, 1]: pictures with parts like its own are
                preferred; None for no matter.

        Returns:
            The style, its embedding E_T of what is wanted, without statistics.

        Raises:
            RecipeError: The prompt says only what is not wanted.
        """
        asked = self.understood(prompt)
        if asked.unwanted and not asked.wanted:
            raise RecipeError("prompt", "says only what is not wanted: name a style, too")
        evidence = self._evidence(asked, read)
        known = {request: self._knowledge(request, evidence) for request in asked.requests}
        shares = self._shares(asked, evidence, known)
        parts = None if photo is None else parts_of(photo)
        styles = [
            self._style_of(self._exemplars(evidence, text, mode, parts), evidence.text(text))
            for text in shares
        ]
        return replace(
            Style.mix(styles, list(shares.values())),
            embedding=evidence.text(asked.text),
            coverage=self._coverage(asked, evidence, known),
            neighbours=self._neighbours(evidence.column(asked.text)),
            remarks=_remarks(asked, known, self.rules.known),
        )

    def caption_code(self, number: int, text: Array, mode: int = 0) -> Array:
        """The code (s,) that a caption asks for, as `style` finds it, without a sentence encoder.

        Args:
            number: Of the caption.
            text: (d,), E_T of the same.
            mode: Which of its modes.
        """
        caption = self.captions[number]
        sentence = self.caption_embeddings[number].astype(np.float32) * TEXT_STEP
        artists = self._captions.artists(number)
        evidence = _Evidence(
            numbers={caption: 0},
            similarities=self.similarities(sentence[None]),
            texts=text[None],
            artists={caption: artists} if artists else {},
        )
        found = self._style_of(self._exemplars(evidence, caption, mode, None), text[None])
        return np.asarray(found.condition[0])

    def exemplars(self, prompt: str, read: Read, mode: int = 0) -> list[Array]:
        """Indices of the pictures that `style` averages, for each text that is looked up."""
        asked = self.understood(prompt)
        evidence = self._evidence(asked, read)
        texts = self._looked_up(asked, evidence)
        return [self._exemplars(evidence, text, mode, None) for text in texts]

    def understood(self, prompt: str) -> Understanding:
        """What a prompt asks for, before anything is looked up."""
        return self._captions.reader.understood(prompt)

    def similarities(self, sentences: Array) -> Array:
        """Cosines (captions, n) of captions and unit-norm sentence embeddings (n, 384)."""
        # Rounded to 8 bits, embeddings are not exactly of length 1.
        cosines = self.caption_embeddings.astype(np.float32) @ sentences.T * TEXT_STEP
        return np.asarray(cosines.clip(-1, 1))

    @property
    def _captions(self) -> Captions:
        return described(tuple(self.captions), tuple(self.artists.items()))

    def _evidence(self, asked: Understanding, read: Read) -> _Evidence:
        sentences, texts = read(asked.sentences)
        similarities = self.similarities(sentences)
        numbers = {sentence: number for number, sentence in enumerate(asked.sentences)}
        refused = ~self._captions.admitted(asked.artists)
        # A text with an artist's name is nearest to that name: no need to leave others out.
        unsigned = np.array([text not in asked.signed for text in asked.sentences])
        similarities[np.ix_(refused, unsigned)] = -1
        return _Evidence(numbers, similarities, texts, asked.signed)

    def _looked_up(self, asked: Understanding, evidence: _Evidence) -> list[str]:
        """The whole of what is wanted, or the requests one by one."""
        texts = [request.text for request in asked.wanted]
        least = min((evidence.best(text) for text in texts), default=-1.0)
        whole = evidence.best(asked.text) >= max(self.rules.known_caption, least - SAME)
        return [asked.text] if whole or len(texts) < 2 else texts

    def _shares(
        self,
        asked: Understanding,
        evidence: _Evidence,
        known: Mapping[Request, Knowledge],
    ) -> dict[str, float]:
        """What is looked up, and its weight: negative for what is not wanted."""
        own = {request.text: known[request].coverage for request in asked.wanted}
        texts = self._looked_up(asked, evidence)
        shares = {text: max(own.get(text, 1.0), self.rules.least_share) for text in texts}
        if len(texts) == 1:
            shares = {texts[0]: 1.0}
        avoided = [r for r in asked.unwanted if known[r].coverage >= self.rules.known]
        push = -self.rules.push * sum(shares.values()) / max(len(avoided), 1)
        return {**shares, **{request.text: push for request in avoided}}

    def _knowledge(self, request: Request, evidence: _Evidence) -> Knowledge:
        """How well a request is known: an artist by pictures, anything else by its meaning."""
        if request.artists:
            pictures = int(self._pictures_of(request.artists).sum())
            share = min(1.0, pictures / self.rules.exemplars)
            return Knowledge(share, few=request.artists if share < 1 else ())
        cosine = evidence.best(request.text)
        coverage = self._known(cosine)
        if cosine >= self.rules.known_caption:
            return Knowledge(coverage)
        near = self._near_words(evidence.column(request.text))
        words = {
            word: 1.0 if set(plain_words(word)) <= near else self._word_known(word, evidence)
            for word in request.words
        }
        runs = [
            (known, " ".join(run))
            for known, run in groupby(words, lambda word: words[word] >= self.rules.known)
        ]
        unknown = tuple(run for known, run in runs if not known)
        if not unknown:
            return Knowledge(coverage, () if coverage >= self.rules.known else (request.text,))
        if len(unknown) == len(runs):
            readable = coverage if any(map(_readable, words)) else 0.0
            return Knowledge(readable, () if readable >= self.rules.known else (request.text,))
        best = max(coverage, *words.values())
        return Knowledge(best * (1 - len(unknown) / len(runs)), unknown)

    def _word_known(self, word: str, evidence: _Evidence) -> float:
        if not _readable(word):
            return 0.0
        return self._known(evidence.best(word))

    def _near_words(self, similarities: Array) -> set[str]:
        """The words of the captions that are about as near as the nearest one."""
        near = np.flatnonzero(similarities >= similarities.max() - self.rules.as_good).tolist()
        return {word for number in near for word in plain_words(self.captions[number])}

    def _pictures_of(self, artists: Collection[str]) -> Array:
        """Which pictures are by one of these artists."""
        numbers = [self._captions.number(artist) for artist in artists]
        return np.asarray(np.isin(self.caption_indices, numbers).any(1))

    def _coverage(
        self,
        asked: Understanding,
        evidence: _Evidence,
        known: Mapping[Request, Knowledge],
    ) -> float:
        """The mean over what is wanted; all of it is known if the whole is a known caption."""
        whole = evidence.best(asked.text)
        least = self._known(whole) if whole >= self.rules.known_caption else 0.0
        coverages = [
            known[request].coverage if request.artists else max(known[request].coverage, least)
            for request in asked.wanted
            if not request.title
        ]
        return float(np.mean(coverages)) if coverages else 0.0

    def _neighbours(self, similarities: Array) -> list[tuple[str, float]]:
        nearest = highest(similarities, NEIGHBOURS)
        return [
            (self.captions[number], round(float(similarities[number]), 3)) for number in nearest
        ]

    def _style_of(self, exemplars: Array, text: Array) -> Style:
        rows = (self.codes[exemplars], self.parts[exemplars], self.mark_amounts[exemplars])
        return averaged(*rows, self.marks, text)

    def _exemplars(
        self, evidence: _Evidence, sentence: str, mode: int, parts: Array | None
    ) -> Array:
        """Indices of the pictures to average for one prompt without parts.

        A picture's score is how well its captions answer the prompt, plus a share of the cosine
        between E_T and its E_I, less if its look is weak (|E_I| is small for pictures that look
        like any other), plus a share of the cosine between its E_I and the mean of those whose
        captions answer as well: the strong and typical examples. It loses if it is paler than most
        of those: prints and studies are, and nobody who asks for a movement means them; and if its
        parts have other colours than the photo's, so that skies become skies. The best is
        the anchor of mode 0, the anchor of each further mode is the best one unlike those before.
        An anchor and the candidates nearest to it are the exemplars.
        """
        rules = self.rules
        by_caption = self._by_caption(evidence.column(sentence))
        # Many pictures share a caption: a stable order, so that the same of them are taken always.
        shortlist = highest(by_caption, rules.shortlist)
        embeddings = self.codes[shortlist].astype(np.float32) * CODE_STEP @ self.image_head.T
        norms = np.linalg.norm(embeddings, axis=-1)
        images = unit(embeddings)
        strengths = (norms / norms.mean()).clip(max=rules.full_strength)
        looks = images @ unit(evidence.text(sentence)[0]) * strengths
        scores = by_caption[shortlist]
        as_good = scores >= scores[0] - rules.as_good
        typical = images @ unit(images[as_good].mean(0))
        colour = self.colourfulness[shortlist].astype(np.float32)
        vivid = np.quantile(colour[as_good], rules.vivid).clip(1).astype(np.float32)
        pale = (1 - colour / vivid).clip(0)
        scores = scores + rules.look_weight * looks + rules.typicality_weight * typical
        scores = scores - rules.pale_discount * pale
        if parts is not None:
            apart, _ = matched(parts, self.parts[shortlist].astype(np.float32))
            scores = scores - rules.unlike_discount / UNLIKE * apart
        if sentence in evidence.artists:
            own = self._pictures_of(evidence.artists[sentence])[shortlist]
            scores = scores - rules.other_artist * ~own
        best = highest(scores, rules.candidates)
        scores, images = scores[best], images[best]
        alike = images @ images.T
        anchor = int(scores.argmax())
        closest = alike[anchor]
        for _ in range(mode % len(best)):
            anchor = int((scores - closest).argmax())
            closest = np.maximum(closest, alike[anchor])
        nearest = highest(alike[anchor] + scores, rules.exemplars)
        return np.asarray(shortlist[best[nearest]])

    def _by_caption(self, similarities: Array) -> Array:
        """Of every picture, the largest cosine of its captions, less what speaks against it.

        A caption of a single picture is a title, and says more of a subject than of a style. An
        artist's name asks for paintings, although many pictures that bear it are drawings.
        """
        rules, indices = self.rules, self.caption_indices
        there = indices != PAD
        titles = np.bincount(indices[there], minlength=len(similarities)) == 1
        evidence = similarities - rules.title_discount * titles.astype(np.float32)
        by_caption: Array = np.where(there, evidence[indices], np.float32(-1)).max(1)
        words = [number for number, text in enumerate(self.captions) if text in DRAWINGS]
        if words and similarities[words].max() < rules.drawing_asked:
            drawn = np.isin(indices, words).any(1)
            by_caption = by_caption - rules.drawing_discount * drawn.astype(np.float32)
        return by_caption

    def _known(self, cosine: float) -> float:
        """The cosine of a text and the nearest caption as coverage, 0 to 1."""
        low, high = self.rules.known_from, self.rules.known_to
        return min(max((cosine - low) / (high - low), 0.0), 1.0)


def _readable(word: str) -> bool:
    """Whether the sentence encoder has learned from texts in that script."""
    return not FOREIGN.search(word)


def _remarks(
    asked: Understanding, known: Mapping[Request, Knowledge], least: float
) -> tuple[str, ...]:
    """What there is to say about how a prompt was understood."""
    remarks = [f'read "{typed}" as {ours}' for typed, ours in asked.read]
    for request in asked.wanted:
        if request.title:
            continue
        remarks += [f'"{text}" is not known' for text in known[request].unknown]
        remarks += [f"{artist} is known from too few pictures" for artist in known[request].few]
    for request in asked.unwanted:
        away = known[request].coverage >= least
        remarks.append(f'{"keeps" if away else "cannot keep"} away from "{request.text}"')
    remarks += [f'"{text}" is no style' for text in asked.ignored]
    return tuple(remarks)


def averaged(
    codes: Array, parts: Array, mark_amounts: Array, marks: Sequence[str], embedding: Any = None
) -> Style:
    """The style that n pictures have in common.

    Args:
        codes: (n, s) int8, as `Bank` has them, and so are the others.
        parts: (n, `PARTS`, `NUMBERS`) int8.
        mark_amounts: (n, m) uint8.
        marks: Names of the m marks.
        embedding: Of the style, (1, d).
    """
    # By majority: half pencil and half charcoal is neither.
    amounts = np.median(mark_amounts, axis=0) * MARK_STEP
    return Style(
        embedding=embedding,
        condition=codes.astype(np.float32).mean(0, keepdims=True) * CODE_STEP,
        marks=dict(zip(marks, amounts.tolist(), strict=True)),
        paintings=((1.0, parts.astype(np.float32)),),
    )


def highest(values: Array, count: int) -> Array:
    """Indices of the highest values, highest first, the first of equal ones first."""
    return np.argsort(-values, kind="stable")[:count]


def unit(vectors: Array) -> Array:
    """Vectors (..., d) at a length of one."""
    unit: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-12)
    return unit
