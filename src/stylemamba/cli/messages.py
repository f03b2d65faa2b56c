"""What the commands print: messages on stderr, results on stdout."""

from __future__ import annotations

import click

from stylemamba.files.json_text import to_json

__all__ = ["say", "to_json"]


def say(message: str) -> None:
    """Prints a message on stderr, as one line whatever is in it."""
    click.echo(f"stylemamba: {' '.join(message.split())}", err=True)
