"""The search of a bank of real pictures by text: what style a prompt asks for.

A prompt finds the pictures whose captions are nearest to it; among them, a few that look alike are
averaged into the code that the prompt asks for. The mean over all pictures that fit would be washed
out: one style has several modes.
The distance to the nearest caption is the honest answer to rare prompts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .geometry import Array
from .parts import matched, parts_of
from .style import Style

CODE_STEP = 1 / 24  # whitened codes are stored in 8 bits: -5.3 to 5.3 deviations
TEXT_STEP = 1 / 127
MARK_STEP = 1 / 100
UNLIKE = 40.0  # dE
SAME = 0.02  # difference of cosines that rounding to 8 bits may make
PAD = -1
MAX_PARTS = 8  # of a prompt, between commas
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
_NAMES = ("captions", "marks")


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
        as_good: How much worse the captions of a style's pictures may answer than the best do.
        pale_discount: Of a picture without colour.
        unlike_discount: Of a picture whose parts are `UNLIKE` from those of the photo.
        vivid: Quantile of colourfulness, among a style's pictures, from which none is pale.
        known_caption: Cosine from which a prompt is a known caption, in other words.
        known_from: Cosine of MiniLM at which coverage is 0.
        known_to: Cosine at which it is 1.
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
    vivid: float = 0.85
    known_caption: float = 0.85
    known_from: float = 0.35
    known_to: float = 0.75
    least_share: float = 0.05


def cleaned(prompt: str) -> str:
    """A prompt without surrounding space and without characters that are not text."""
    # Bytes of a command line that are not UTF-8 arrive as lone surrogates.
    return prompt.encode("utf-8", "replace").decode().strip()


def with_parts(prompt: str) -> list[str]:
    """A prompt and, if it has several, its parts between commas: what the bank is asked."""
    parts = [part.strip() for part in prompt.split(",") if part.strip()][:MAX_PARTS]
    return [prompt, *parts] if len(parts) > 1 else [prompt]


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
    rules: Rules = Rules()

    @classmethod
    def load(cls, path: Path) -> Bank:
        """The bank that `save` wrote."""
        with np.load(path) as file:
            names = json.loads(file["names"].tobytes())
            return cls(**{name: file[name] for name in _ARRAYS}, **names)

    def save(self, path: Path) -> None:
        """Writes the bank, but for its rules, which are code."""
        names = json.dumps({name: list(getattr(self, name)) for name in _NAMES})
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez(path, names=np.frombuffer(names.encode(), dtype=np.uint8), **arrays)

    def style(
        self, sentences: Array, texts: Array, mode: int = 0, photo: Array | None = None
    ) -> Style:
        """The style that a prompt asks for.

        A prompt that is a known caption, or has no parts, is looked up as a whole; otherwise, or if
        each of its parts is better known, the parts are, and the styles found are mixed, each by
        how well it is known: "cubism, pencil sketch" is both, not whatever a cubist sketch is.

        Args:
            sentences: (1 + m, 384) unit-norm sentence embeddings of the prompt and of its m parts,
                as `with_parts` has them.
            texts: (1 + m, d), E_T of the same.
            mode: Which of the prompt's modes.
            photo: That is to be painted, (3, h, w) in [0, 1]: pictures with parts like its own are
                preferred; None for no matter.

        Returns:
            The style, its embedding E_T of the whole prompt, without statistics.
        """
        similarities = self.similarities(sentences)
        found = self._found(similarities, texts, mode, None if photo is None else parts_of(photo))
        styles = [
            self._style_of(exemplars, texts[part : part + 1]) for part, exemplars in found.items()
        ]
        shares = self._known(similarities[:, list(found)].max(0)).clip(self.rules.least_share)
        return replace(
            Style.mix(styles, shares.tolist()),
            embedding=texts[:1],
            coverage=self._coverage(similarities),
            neighbours=self._neighbours(similarities[:, 0]),
        )

    def exemplars(self, sentences: Array, texts: Array, mode: int = 0) -> list[Array]:
        """Indices of the pictures that `style` averages, for each part that is looked up."""
        return list(self._found(self.similarities(sentences), texts, mode, None).values())

    def coverage(self, sentences: Array) -> float:
        """How near a prompt is to the known captions, 0 to 1.

        Args:
            sentences: (1 + m, 384), as for `style`; the prompt counts or, on average, its parts,
                whichever is nearer.
        """
        return self._coverage(self.similarities(sentences))

    def similarities(self, sentences: Array) -> Array:
        """Cosines (captions, n) of captions and unit-norm sentence embeddings (n, 384)."""
        # Rounded to 8 bits, embeddings are not exactly of length 1.
        cosines = self.caption_embeddings.astype(np.float32) @ sentences.T * TEXT_STEP
        return np.asarray(cosines.clip(-1, 1))

    def _coverage(self, similarities: Array) -> float:
        best = similarities.max(0)
        parts = best[1:] if len(best) > 1 else best
        return float(self._known(np.maximum(best[0], parts.mean())))

    def _neighbours(self, similarities: Array) -> list[tuple[str, float]]:
        nearest = _highest(similarities, NEIGHBOURS)
        return [
            (self.captions[number], round(float(similarities[number]), 3)) for number in nearest
        ]

    def _style_of(self, exemplars: Array, text: Array) -> Style:
        code = self.codes[exemplars].astype(np.float32).mean(0) * CODE_STEP
        # By majority: half pencil and half charcoal is neither.
        marks = np.median(self.mark_amounts[exemplars], axis=0) * MARK_STEP
        return Style(
            embedding=text,
            condition=code[None],
            marks=dict(zip(self.marks, marks.tolist(), strict=True)),
            paintings=((1.0, self.parts[exemplars].astype(np.float32)),),
        )

    def _found(
        self, similarities: Array, texts: Array, mode: int, parts: Array | None
    ) -> dict[int, Array]:
        """Exemplars of each of the prompt's parts that is looked up, 0 being the whole."""
        best = similarities.max(0)
        count = len(best)
        whole = count == 1 or best[0] >= max(self.rules.known_caption, best[1:].min() - SAME)
        return {
            part: self._exemplars(similarities[:, part], texts[part], mode, parts)
            for part in ([0] if whole else range(1, count))
        }

    def _exemplars(self, similarities: Array, text: Array, mode: int, parts: Array | None) -> Array:
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
        by_caption = self._by_caption(similarities)
        # Many pictures share a caption: a stable order, so that the same of them are taken always.
        shortlist = _highest(by_caption, rules.shortlist)
        embeddings = self.codes[shortlist].astype(np.float32) * CODE_STEP @ self.image_head.T
        norms = np.linalg.norm(embeddings, axis=-1)
        images = _unit(embeddings)
        looks = images @ _unit(text) * (norms / norms.mean()).clip(max=rules.full_strength)
        scores = by_caption[shortlist]
        as_good = scores >= scores[0] - rules.as_good
        typical = images @ _unit(images[as_good].mean(0))
        colour = self.colourfulness[shortlist].astype(np.float32)
        vivid = np.quantile(colour[as_good], rules.vivid).clip(1).astype(np.float32)
        pale = (1 - colour / vivid).clip(0)
        scores = scores + rules.look_weight * looks + rules.typicality_weight * typical
        scores = scores - rules.pale_discount * pale
        if parts is not None:
            apart, _ = matched(parts, self.parts[shortlist].astype(np.float32))
            scores = scores - rules.unlike_discount / UNLIKE * apart
        best = _highest(scores, rules.candidates)
        scores, images = scores[best], images[best]
        alike = images @ images.T
        anchor = int(scores.argmax())
        closest = alike[anchor]
        for _ in range(mode % len(best)):
            anchor = int((scores - closest).argmax())
            closest = np.maximum(closest, alike[anchor])
        nearest = _highest(alike[anchor] + scores, rules.exemplars)
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

    def _known(self, similarities: Array) -> Array:
        """Cosines of a prompt's nearest caption as coverage, 0 to 1."""
        low, high = self.rules.known_from, self.rules.known_to
        return np.asarray(((similarities - low) / (high - low)).clip(0, 1))


def _highest(values: Array, count: int) -> Array:
    """Indices of the highest values, highest first, the first of equal ones first."""
    return np.argsort(-values, kind="stable")[:count]


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-12)
    return unit
