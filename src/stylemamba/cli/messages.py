"""What the commands print: messages on stderr, results on stdout."""

from __future__ import annotations

import re
import unicodedata

import click

from stylemamba.files.json_text import to_json

__all__ = ["say", "shorten", "slug", "to_json"]


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
