"""`stylemamba train`: make the embedded models from pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from stylemamba.cli.messages import say
from stylemamba.cli.options import SEED
from stylemamba.errors import StyleMambaError


@click.command(short_help="Train an embedded model on pictures.")
@click.argument("model", type=click.Choice(["artlip", "autoencoder"]))
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Folder with paintings/, photos/ and media/, each with a metadata.csv.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where config.json, model.safetensors and checkpoints go.  [default: ./MODEL]",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Optimiser steps in all.  [default: what the shipped model took]",
)
@click.option("--seed", type=SEED, default=0, show_default=True, metavar="S")
@click.option("--resume", is_flag=True, help="Continue from the checkpoint in --out.")
def train(
    model: str, data: Path, out: Path | None, steps: int | None, seed: int, resume: bool
) -> int:
    """Train an embedded model: artlip (text and image encoder) or autoencoder.

    After a kill or Ctrl-C the same command with --resume goes on from the last checkpoint.
    """
    out = out or Path(model)
    if not resume and out.is_dir() and any(out.iterdir()):
        raise StyleMambaError(f"{out}: is not empty; add --resume to continue, or choose another")
    run: Callable[..., object]
    if model == "artlip":
        from stylemamba.training.artlip import train_artlip as run
    else:
        from stylemamba.training.autoencoder import train_autoencoder as run
    length = {} if steps is None else {"steps": steps}
    try:
        run(data, out, seed=seed, resume=resume, **length)
    except KeyboardInterrupt:
        say("interrupted; the same command with --resume goes on from the last checkpoint")
        return 130
    click.echo(out)
    return 0
