"""What each rule of the bank's search does: answers without it against answers with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import fmean
from typing import Any

import numpy as np

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.portable.retrieval import Bank, Read
from stylemamba.portable.style import Style

WITHOUT: Mapping[str, Mapping[str, Any]] = {
    "title_discount": {"title_discount": 0.0},
    "drawing_discount": {"drawing_discount": 0.0},
    "drawing_asked": {"drawing_asked": 2.0},
    "look_weight": {"look_weight": 0.0},
    "full_strength": {"full_strength": 100.0},
    "typicality_weight": {"typicality_weight": 0.0},
    "as_good": {"as_good": 2.0},
    "pale_discount": {"pale_discount": 0.0},
    "other_artist": {"other_artist": 0.0},
    "vivid": {"vivid": 1.0},
    "shortlist": {"shortlist": 10**6},
    "candidates": {"candidates": 480},
    "exemplars": {"exemplars": 1},
    "known_caption": {"known_caption": 2.0},
    "known_from, known_to": {"known_from": 0.0, "known_to": 1.0},
    "known": {"known": 0.0},
    "least_share": {"least_share": 1e-6},
}
"""What `Rules` have to be for each of them to do nothing, or as little as can be."""


@dataclass(frozen=True)
class BankRow:
    """The answers to all prompts under some rules; means over prompts.

    Attributes:
        without: The rule that is switched off; empty for none.
        setting: What `Rules` are instead.
        answers: Prompts whose style is another one than under all rules.
        coverages: Prompts whose coverage is.
        cosine: Of the style's E_I and E_T.
        strength: |E_I|, 1 for the bank's mean picture.
        colourfulness: Of the exemplars.
        labelled: Share of the exemplars that carry the prompt as a caption, where it is a caption
            of several pictures; None where no prompt is.
    """

    without: str
    setting: Mapping[str, Any]
    answers: int
    coverages: int
    cosine: float
    strength: float
    colourfulness: float
    labelled: float | None


@dataclass(frozen=True)
class _Answer:
    style: Style
    cosine: float
    strength: float
    colourfulness: float
    labelled: float | None


def benchmark_bank(encoder: ArtLIP, prompts: Sequence[str]) -> Iterator[BankRow]:
    """The most typical answers to prompts, under all rules and then without each."""
    bank = encoder.search
    read = cache(lambda sentences: encoder.read(sentences))

    def row(without: str, setting: Mapping[str, Any]) -> tuple[BankRow, list[_Answer]]:
        changed = replace(bank, rules=replace(bank.rules, **setting))
        answers = [
            _answer(changed, prompt, lambda sentences: read(tuple(sentences))) for prompt in prompts
        ]
        pairs = list(zip(answers, whole or answers, strict=True))
        labelled = [answer.labelled for answer in answers if answer.labelled is not None]
        result = BankRow(
            without=without,
            setting=setting,
            answers=sum(
                not np.array_equal(one.style.condition, other.style.condition)
                for one, other in pairs
            ),
            coverages=sum(one.style.coverage != other.style.coverage for one, other in pairs),
            cosine=fmean(answer.cosine for answer in answers),
            strength=fmean(answer.strength for answer in answers),
            colourfulness=fmean(answer.colourfulness for answer in answers),
            labelled=fmean(labelled) if labelled else None,
        )
        return result, answers

    whole: list[_Answer] = []
    first, whole = row("", {})
    yield first
    for name, setting in WITHOUT.items():
        yield row(name, setting)[0]


def _answer(bank: Bank, prompt: str, read: Read) -> _Answer:
    style = bank.style(prompt, read)
    exemplars = np.concatenate(bank.exemplars(prompt, read))
    image, text = bank.image_head @ style.condition[0], style.embedding[0]
    strength = float(np.linalg.norm(image))
    labelled = None
    if prompt in bank.captions:
        carry = (bank.caption_indices == list(bank.captions).index(prompt)).any(1)
        labelled = float(carry[exemplars].mean()) if carry.sum() > 1 else None
    return _Answer(
        style=style,
        cosine=float(image @ text) / (strength * float(np.linalg.norm(text))),
        strength=strength,
        colourfulness=float(bank.colourfulness[exemplars].mean()),
        labelled=labelled,
    )
