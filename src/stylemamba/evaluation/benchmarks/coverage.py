"""How far coverage can be trusted: prompts whose answer is known, and prompts that have none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.portable.retrieval import PAD, Array, Bank, Read
from stylemamba.portable.wording import plain

UNKNOWN = Path(__file__).with_name("unknown-prompts.txt")
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
LEAST_PICTURES = 5
"""Of a label, for its prompts to have a right answer."""
ARTIST_STEP = 3
"""One artist in so many is asked for, in the order of their names."""
SAME_SHARE = 0.9
"""Of the pictures of two captions, that both have if they say the same."""
LOOK_HEADS, LOOK_TAILS = ("a painting, ", "in ", "mostly "), (" palette", " colours", " tones")
TEMPLATES = ("{}", "{} style", "make it look like {}", "in the style of {}", "a painting by {}")


@dataclass(frozen=True)
class Trial:
    """A prompt whose answer is known.

    Attributes:
        prompt: What was asked.
        label: The caption that its pictures have.
        coverage: Of the answer.
        right: Most of the exemplars have that caption.
    """

    prompt: str
    label: str
    coverage: float
    right: bool


@dataclass(frozen=True)
class Reliability:
    """Prompts whose coverage lies between two values.

    Attributes:
        low: The one, included.
        high: The other, excluded unless it is 1.
        prompts: How many there are.
        coverage: Their mean coverage; None of no prompts.
        right: Share of right answers; None of no prompts.
    """

    low: float
    high: float
    prompts: int
    coverage: float | None
    right: float | None


def caption_trials(encoder: ArtLIP) -> Iterator[Trial]:
    """Captions of styles, each asked of a bank that lacks it: it has to be found by others."""
    bank = encoder.search
    for number, label in _same_styles(bank).items():
        captions = list(bank.captions)
        captions[number] = ""
        embeddings = bank.caption_embeddings.copy()
        embeddings[number] = 0
        lacking = replace(bank, captions=captions, caption_embeddings=embeddings)
        yield _trial(lacking, encoder.read, bank.captions[number], label)


def name_trials(encoder: ArtLIP) -> Iterator[Trial]:
    """Artists by their names: misspelled, turned round, without accents, within a sentence."""
    bank = encoder.search
    pictures = _pictures(bank)
    numbers = {caption: number for number, caption in enumerate(bank.captions)}
    known = [name for name in bank.artists if pictures[numbers[name]] >= LEAST_PICTURES]
    for place, name in enumerate(sorted(known)[::ARTIST_STEP]):
        for turn, spelling in enumerate(_spellings(name, bank.artists[name])):
            template = TEMPLATES[(place + turn) % len(TEMPLATES)]
            yield _trial(bank, encoder.read, template.format(spelling), name)


def unknown_coverages(encoder: ArtLIP) -> dict[str, float]:
    """Prompt -> coverage, of prompts that the bank has no pictures for."""
    lines = UNKNOWN.read_text(encoding="utf-8").splitlines()
    prompts = [line for line in lines if line and not line.startswith("#")]
    bank = encoder.search
    return {prompt: bank.style(prompt, encoder.read).coverage or 0.0 for prompt in prompts}


def reliability(trials: Sequence[Trial]) -> list[Reliability]:
    """How often answers are right, by coverage."""
    rows = []
    for low, high in zip(BINS[:-1], BINS[1:], strict=True):
        here = [t for t in trials if low <= t.coverage and (t.coverage < high or high == 1)]
        rows.append(
            Reliability(
                low,
                high,
                len(here),
                fmean(t.coverage for t in here) if here else None,
                fmean(t.right for t in here) if here else None,
            )
        )
    return rows


def _trial(bank: Bank, read: Read, prompt: str, label: str) -> Trial:
    style = bank.style(prompt, read)
    exemplars = np.concatenate(bank.exemplars(prompt, read))
    number = list(bank.captions).index(label)
    carry = (bank.caption_indices[exemplars] == number).any(1)
    return Trial(prompt, label, style.coverage or 0.0, bool(carry.mean() > 0.5))


def _pictures(bank: Bank) -> Array:
    """How many pictures each caption has."""
    there = bank.caption_indices[bank.caption_indices != PAD]
    return np.bincount(there, minlength=len(bank.captions))


def _same_styles(bank: Bank) -> dict[int, str]:
    """Captions of styles -> another one of nearly the same pictures, which says the same.

    Those are left out that have an artist's name or a measured look in them.
    """
    signed = {*bank.artists, *bank.artists.values()}
    pictures = _pictures(bank)

    def says_style(number: int) -> bool:
        caption = bank.captions[number]
        names = {caption, caption.split(", ")[0], caption.rsplit(" by ")[-1]}
        look = caption.startswith(LOOK_HEADS) or caption.endswith(LOOK_TAILS)
        return pictures[number] >= LEAST_PICTURES and not (look or signed & names)

    styles = [number for number in range(len(bank.captions)) if says_style(number)]
    same = {}
    for number in styles:
        rows = bank.caption_indices[(bank.caption_indices == number).any(1)]
        shared = {other: int((rows == other).any(1).sum()) for other in styles if other != number}
        other = max(shared, key=lambda key: (shared[key], -key))
        if shared[other] >= SAME_SHARE * max(len(rows), pictures[other]):
            same[number] = bank.captions[other]
    return same


def _spellings(name: str, short: str) -> list[str]:
    """A name as people write it."""
    middle = len(name) - len(short) // 2 - 1
    words = name.split()
    return [
        plain(name),
        name[:middle] + name[middle + 1 :],
        name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :],
        " ".join((words[-1], *words[:-1])),
        "".join(words).lower(),
        f"{words[0][0]}. {short}",
    ]
