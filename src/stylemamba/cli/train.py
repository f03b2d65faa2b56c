"""`stylemamba train`: make the embedded models from pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from stylemamba.cli.messages import say
from stylemamba.cli.options import DEVICE, FILE, SEED
from stylemamba.errors import StyleMambaError

Command = TypeVar("Command", bound=Callable[..., Any])

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
DATA = click.option(
    "--data",
    type=FOLDER,
    required=True,
    metavar="DIR",
    help="Folder with paintings/, photos/ and media/, each with a metadata.csv.",
)


@click.group(short_help="Train an embedded model on pictures.")
def train() -> None:
    """Train an embedded model.

    After a kill or Ctrl-C the same command with --resume goes on from the last checkpoint.
    """


def run_options(command: Command) -> Command:
    """Adds the options that every training has."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


_RUN_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Where config.json, model.safetensors and checkpoints go.  [default: ./MODEL]",
    ),
    click.option(
        "--steps",
        type=click.IntRange(min=1),
        metavar="N",
        help="Optimiser steps in all.  [default: what the shipped model took]",
    ),
    click.option("--seed", type=SEED, default=0, show_default=True, metavar="S"),
    click.option("--resume", is_flag=True, help="Continue from the checkpoint in --out."),
)


def quick_options(folder: str) -> Callable[[Command], Command]:
    """Adds the options of what takes minutes: it has no steps, and is never resumed."""

    def add(command: Command) -> Command:
        command = click.option("--seed", type=SEED, default=0, show_default=True, metavar="S")(
            command
        )
        return click.option(
            "--out",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path(folder),
            show_default=True,
            metavar="DIR",
            help="Where config.json and model.safetensors go.",
        )(command)

    return add


@train.command(short_help="The style encoder, of pictures and texts.")
@DATA
@run_options
def artlip(data: Path, out: Path | None, steps: int | None, seed: int, resume: bool) -> int:
    """Train ArtLIP, the style encoder of pictures and texts."""
    from stylemamba.training.artlip.train import train_artlip

    length = given(steps=steps)
    return run_training(train_artlip, out or Path("artlip"), resume, data=data, seed=seed, **length)


@train.command(short_help="What ArtLIP knows of its pictures, without training.")
@DATA
@click.option("--encoder", type=FILE, metavar="DIR", help="Folder of an ArtLIP other than ours.")
@quick_options("artlip")
def bank(data: Path, encoder: Path | None, out: Path, seed: int) -> int:
    """Describe the pictures of an ArtLIP's bank anew: colours, parts, marks. Nothing is trained."""
    from stylemamba.encoders.artlip import ArtLIP
    from stylemamba.runtime.shipped import WEIGHTS
    from stylemamba.training.artlip.bank import describe_anew

    describe_anew(ArtLIP.from_pretrained(encoder or WEIGHTS / "artlip"), data, out, seed)
    click.echo(str(out))
    return 0


@train.command(short_help="The VAE.")
@DATA
@DEVICE
@run_options
def autoencoder(
    data: Path, device: str, out: Path | None, steps: int | None, seed: int, resume: bool
) -> int:
    """Train the VAE."""
    from stylemamba.training.autoencoder import train_autoencoder

    arguments = {"data": data, "device": device, "seed": seed, **given(steps=steps)}
    return run_training(train_autoencoder, out or Path("autoencoder"), resume, **arguments)


@train.command(short_help="The independent judge of comparisons.")
@DATA
@quick_options("judge")
def judge(data: Path, out: Path, seed: int) -> int:
    """Fit the judge that names styles in `stylemamba compare`; it has no steps to resume."""
    from stylemamba.training.judge import train_judge

    train_judge(data, out, seed=seed)
    click.echo(str(out))
    return 0


@train.command(short_help="Words to masks: subject, person, face, sky.")
@DATA
@click.option(
    "--teachers",
    type=FOLDER,
    required=True,
    metavar="DIR",
    help="Folder with the archives of U2-Netp and MediaPipe; docs/training.md says which.",
)
@click.option(
    "--labels",
    type=FILE,
    metavar="FILE",
    help="What whole photos show, as JSON.  [default: what ours do]",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Optimiser steps.  [default: what the shipped model took]",
)
@quick_options("segmenter")
def segmenter(
    data: Path, teachers: Path, labels: Path | None, steps: int | None, out: Path, seed: int
) -> int:
    """Train the segmenter with masks of teachers; run again, it takes these from OUT/cache."""
    from stylemamba.training.segmenter.labels import OURS
    from stylemamba.training.segmenter.train import train_segmenter

    length = given(steps=steps)
    train_segmenter(data, teachers, out, labels=labels or OURS, seed=seed, **length)
    click.echo(str(out))
    return 0


def given(**options: Any) -> dict[str, Any]:
    """The options that are not None: the others have the defaults of what takes them."""
    return {name: value for name, value in options.items() if value is not None}


def run_training(training: Callable[..., object], out: Path, resume: bool, **arguments: Any) -> int:
    """Runs a training that can be resumed, and says where the model is.

    Returns:
        The exit status.

    Raises:
        StyleMambaError: There is something in `out`, and it is not to be resumed.
    """
    has_files = out.is_dir() and any(out.iterdir())
    if has_files and not resume:
        raise StyleMambaError(f"{out}: is not empty; add --resume to continue, or choose another")
    if resume and not has_files:
        say(f"{out}: has nothing to resume from, and begins anew")
    try:
        training(out=out, resume=resume, **arguments)
    except KeyboardInterrupt:
        say("interrupted; the same command with --resume goes on from the last checkpoint")
        return 130
    click.echo(out)
    return 0
