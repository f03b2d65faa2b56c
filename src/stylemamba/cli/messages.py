"""What the commands print: messages on stderr, results on stdout."""

from __future__ import annotations

import os

import click

from stylemamba.errors import StyleMambaError
from stylemamba.files.json_text import to_json
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.runtime.memory import is_out_of_memory

__all__ = ["described", "say", "to_json"]

TRACEBACK_VARIABLE = "STYLEMAMBA_TRACEBACK"


def say(message: str) -> None:
    """Prints a message on stderr, as one line whatever is in it."""
    click.echo(f"stylemamba: {' '.join(message.split())}", err=True)


def described(error: Exception) -> str:
    """What went wrong, for people.

    Raises:
        Exception: `error` itself, if nobody foresaw it and STYLEMAMBA_TRACEBACK is set.
    """
    if isinstance(error, (StyleMambaError, RecipeError)):
        return f"error: {error}"
    if os.environ.get(TRACEBACK_VARIABLE):
        raise error
    if is_out_of_memory(error):
        return "error: not enough memory; choose a smaller --size or photo"
    return (
        f"internal error: {type(error).__name__}: {error}; please report it "
        f"({TRACEBACK_VARIABLE}=1 shows where)"
    )
