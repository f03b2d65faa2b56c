"""Prompts of several styles with weights, as people bring them along from other tools.

    cubism::2 neon light::1      shares, after Midjourney
    cubism (neon light:0.5)      the same, after AUTOMATIC1111's web interface
    watercolour --no blue        pushes away, after Midjourney

Other signs of these languages are refused by name: read as words, they would only spoil the style.
"""

from __future__ import annotations

import re

from .recipe_fields import RecipeError, quoted

NO_SHARE = -0.5
"""Weight of all that `--no` names, together."""
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_GROUP = re.compile(rf"\(([^()]*):\s*({_NUMBER})\s*\)")
_WEIGHT = re.compile(rf"::({_NUMBER})?(\S*)")
_FLAG = re.compile(r"(?<!\S)--([A-Za-z]\w*)")
_FOREIGN = re.compile(
    r"\[[^\]]*\]?|\{[^}]*\}?|\(\([^)]*\)*|<\w+:[^>]*>?|[\]}|]|^/imagine|\b(?:AND|BREAK)\b"
    r"|\w+(?:\+\+|--)(?![^\s,;])|[^\W\d]+:\d[\d.]*(?![^\s,;])"
)
_AROUND = " \t\n,;"


def weighted_texts(prompt: str) -> list[tuple[str, float]]:
    """The styles that a prompt mixes, and their weights; one of weight 1 without any syntax.

    Raises:
        RecipeError: The syntax is unclosed, of another tool, or has no text.
    """
    wanted, unwanted = _without_flags(prompt)
    if wanted.count("(") != wanted.count(")"):
        raise _refused(wanted.strip(), "has a parenthesis without its other half")
    foreign = _FOREIGN.search(_GROUP.sub(" ", wanted))
    if foreign:
        raise _refused(foreign[0], 'is not understood; write weights as "cubism::2 neon::1"')
    parts: list[tuple[str, float]] = []
    # Texts between groups, then each group's text and weight, in turn.
    pieces = _GROUP.split(wanted)
    for place in range(0, len(pieces), 3):
        parts += _shares(pieces[place])
        if place + 2 < len(pieces):
            parts.append((_named(pieces[place + 1]), float(pieces[place + 2])))
    if not parts:
        raise RecipeError("prompt", 'says no style: describe one, for example "pencil sketch"')
    return parts + [(text, NO_SHARE / len(unwanted)) for text in unwanted]


def with_weights(parts: list[tuple[str, float]]) -> str:
    """The prompt that `weighted_texts` reads as these."""
    if len(parts) == 1:
        return parts[0][0]
    return " ".join(f"{text}::{weight:g}" for text, weight in parts)


def _without_flags(prompt: str) -> tuple[str, list[str]]:
    """What comes before all flags, and the things behind `--no`."""
    wanted, *flags = _FLAG.split(prompt)
    unwanted: list[str] = []
    for name, text in zip(flags[::2], flags[1::2], strict=True):
        if name.lower() != "no":
            raise _refused(f"--{name}", "is no part of a prompt here; only --no is")
        if not text.strip(_AROUND):
            raise RecipeError("prompt", "has --no without anything behind it")
        unwanted += [_named(thing) for thing in text.split(",") if thing.strip()]
    return wanted, unwanted


def _shares(text: str) -> list[tuple[str, float]]:
    """Texts with `::` and a weight behind them, and what is left at the end with 1."""
    parts, start = [], 0
    for found in _WEIGHT.finditer(text):
        number, rest = found.groups()
        if rest.strip(_AROUND):
            raise _refused(found[0], 'should be a number, as in "cubism::2 neon light::1"')
        parts.append((_named(text[start : found.start()]), float(number or 1)))
        start = found.end()
    last = text[start:].strip(_AROUND)
    return [*parts, (last, 1.0)] if last else parts


def _named(text: str) -> str:
    stripped = text.strip(_AROUND)
    if not stripped:
        raise RecipeError("prompt", "has a weight without a style before it")
    return stripped


def _refused(text: str, problem: str) -> RecipeError:
    return RecipeError("prompt", f"has {quoted(text)}, which {problem}")
