"""What the commands print: messages on stderr, results on stdout."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import click

from stylemamba.files.json_text import to_json
from stylemamba.portable.pyramid import LOW_COVERAGE

__all__ = ["coverage_warning", "say", "shorten", "slug", "to_json"]


def say(message: str) -> None:
    """Prints a message on stderr, as one line whatever is in it."""
    click.echo(f"stylemamba: {' '.join(message.split())}", err=True)


def slug(text: str, length: int = 40) -> str:
    """A piece of a file name from any text: letters and digits of any script, joined by dashes."""
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", text).lower()).strip("-")
    return words[:length].rstrip("-") or "styled"


def shorten(text: str, length: int = 60) -> str:
    """The beginning of a text, for messages."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def coverage_warning(
    prompt: str, coverage: float | None, neighbours: Sequence[Sequence[object]]
) -> str | None:
    """A line about a prompt that is far from everything known; None where there is no need.

    Args:
        prompt: As it was asked for.
        coverage: 0 to 1; None where the encoder cannot tell.
        neighbours: (known caption, cosine), nearest first.
    """
    if coverage is None or coverage >= LOW_COVERAGE:
        return None
    nearest = ", ".join(str(name) for name, _ in neighbours[:3])
    return (
        f'warning: "{shorten(prompt)}" is far from the styles known here '
        f"(coverage {coverage:.2f}); nearest: {nearest}"
    )
