"""`stylemamba studio`: the page and the HTTP API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field
from typing import Any

import click

from stylemamba.cli.messages import say
from stylemamba.cli.options import load_models, model_options
from stylemamba.errors import StyleMambaError
from stylemamba.portable.recipe_fields import Bounds
from stylemamba.server.limits import Limits

NEEDED = "the studio needs more packages: pip install 'stylemamba[studio]'"


def _limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for item in reversed(list(Limits.options())):
        command = _limit_option(item)(command)
    return command


def _limit_option(item: Field[Any]) -> Callable[[Any], Any]:
    bounds: Bounds = item.metadata["bounds"]
    assert bounds.high is not None
    return click.option(
        f"--limit-{item.name.replace('_', '-')}",
        item.name,
        type=click.IntRange(int(bounds.low), int(bounds.high)),
        default=item.default,
        show_default=True,
        metavar=item.metadata["metavar"],
        help=item.metadata["help"],
    )


@click.command(short_help="Open the studio in a browser, and serve the HTTP API.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=7860,
    show_default=True,
    help="0 takes any that is free.",
)
@click.option(
    "--token",
    envvar="STYLEMAMBA_TOKEN",
    help="A secret that clients have to know; needed where others can reach the host. "
    "[env: STYLEMAMBA_TOKEN]",
)
@click.option("--insecure", is_flag=True, help="Let everybody in who can reach the host.")
@click.option(
    "--name",
    "names",
    multiple=True,
    help="Another name that this server goes by, as behind a proxy; several times.",
)
@click.option("--no-browser", is_flag=True, help="Only say where it is.")
@_limit_options
@model_options
def studio(
    host: str,
    port: int,
    token: str | None,
    insecure: bool,
    names: tuple[str, ...],
    no_browser: bool,
    **options: Any,
) -> int:
    """Serve the studio, a page to stylise photos on, and the HTTP API at /v1.

    Ctrl-C or SIGTERM ends it, when the pictures that are in work are finished.

    \b
    stylemamba studio
    stylemamba studio --host 0.0.0.0 --token my-secret --no-browser --limit-queue 8
    """
    try:
        from stylemamba.server.serve import Address, serve
    except ImportError as error:
        raise StyleMambaError(NEEDED) from error
    address = Address.checked(host, port, token, insecure, names)
    limits = Limits(**{item.name: options.pop(item.name) for item in Limits.options()})
    address.check_free()
    say("loading the models")
    pipe = load_models(options)
    serve(pipe, limits, address, lambda url: say(f"the studio is at {url}"), not no_browser)
    return 0
