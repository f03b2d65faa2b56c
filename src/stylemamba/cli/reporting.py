"""What commands say when they are done: notes, and a summary for people or for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from stylemamba.cli.messages import say, to_json
from stylemamba.cli.options import FILE

_Command = TypeVar("_Command", bound=Callable[..., Any])


def output_option(text: str, metavar: str = "FILE") -> Callable[[_Command], _Command]:
    """The option `--output`, of commands that have to be told where their result goes."""
    return click.option("-o", "--output", type=FILE, required=True, metavar=metavar, help=text)


def report_options(
    text: str = "Print a summary as one JSON object.",
) -> Callable[[_Command], _Command]:
    """Adds `--json` and `--quiet`, for `Report`.

    Args:
        text: Says what the JSON object is.
    """

    def add(command: _Command) -> _Command:
        quiet = click.option("--quiet", is_flag=True, help="Print errors and the JSON object only.")
        return click.option("--json", "as_json", is_flag=True, help=text)(quiet(command))

    return add


@dataclass(frozen=True)
class Report:
    """How a command says what it has done.

    Attributes:
        as_json: A summary is printed as JSON.
        quiet: Nothing else is.
    """

    as_json: bool
    quiet: bool

    def notes(self, notes: Iterable[str]) -> None:
        """Says each note once, on stderr."""
        if not self.quiet:
            for note in dict.fromkeys(notes):
                say(note)

    def summary(self, line: str, content: Callable[[], Mapping[str, Any]]) -> None:
        """Prints what came of it, on stdout.

        Args:
            line: For people.
            content: For programs; asked for where that is wanted.
        """
        if self.as_json:
            click.echo(to_json(content()))
        elif not self.quiet:
            click.echo(line)
