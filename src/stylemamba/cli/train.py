"""`stylemamba train`: make the embedded models from pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from stylemamba.cli.messages import say
from stylemamba.cli.options import DEVICE, FILE, SEED, check_finite
from stylemamba.errors import StyleMambaError

Command = TypeVar("Command", bound=Callable[..., Any])

SMALLEST_CROP = 32
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

    return _run(train_artlip, out or Path("artlip"), steps, seed, resume, data=data)


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

    models = {"data": data, "device": device}
    return _run(train_autoencoder, out or Path("autoencoder"), steps, seed, resume, **models)


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

    length = {} if steps is None else {"steps": steps}
    train_segmenter(data, teachers, out, labels=labels or OURS, seed=seed, **length)
    click.echo(str(out))
    return 0


def picture_options(required: bool) -> Callable[[Command], Command]:
    """Adds `--content` and `--style`."""

    def add(command: Command) -> Command:
        for name, text in reversed(_PICTURES.items()):
            option = click.option(
                name, type=FOLDER, required=required, multiple=True, metavar="DIR", help=text
            )
            command = option(command)
        return command

    return add


_PICTURES = {
    "--content": "Photos; may be given several times. A metadata.csv in it tells the splits apart.",
    "--style": "Paintings and other pictures with a style; likewise.",
}


def _sides(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """A click callback that reads sides between commas."""
    if value is None:
        return None
    try:
        sides = tuple(int(part) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a list of numbers like 128,192.") from error
    if min(sides) < SMALLEST_CROP:
        raise click.BadParameter(f"{min(sides)} px is too small: at least {SMALLEST_CROP}.")
    return sides


@train.command(short_help="One file of the pictures of style fusion.")
@picture_options(required=True)
@click.option(
    "-o", "--output", type=FILE, required=True, metavar="FILE", help="The file, such as data.pack."
)
@click.option(
    "--side",
    type=click.IntRange(min=32),
    metavar="PX",
    help="Larger pictures are reduced to a shorter side of so many pixels.  [default: 320]",
)
@click.option(
    "--part",
    type=click.IntRange(min=1),
    metavar="MIB",
    help="Cut it into FILE.001, FILE.002, ... of at most so many MiB.",
)
def pack(
    content: tuple[Path, ...],
    style: tuple[Path, ...],
    output: Path,
    side: int | None,
    part: int | None,
) -> int:
    """Pack all pictures that `train fusion` needs, to train on another machine with --pack FILE.

    Damaged pictures are passed over. The same pictures give the same bytes.
    """
    from stylemamba.training.fusion.pictures import make_pack

    size = {} if side is None else {"side": side}
    packed = make_pack(content, style, output, part=None if part is None else part << 20, **size)
    say(
        f"{packed.pictures:,} pictures, {packed.size / 2**20:.1f} MiB; "
        f"passed over {packed.skipped:,} damaged ones"
    )
    for path in packed.paths:
        click.echo(path)
    return 0


@train.command(short_help="Style fusion for one pass.")
@picture_options(required=False)
@click.option(
    "--pack",
    type=FILE,
    metavar="FILE",
    help="In place of --content and --style: what `train pack` made, or the first of its parts.",
)
@click.option("--encoder", type=FILE, metavar="DIR", help="Folder of an ArtLIP other than ours.")
@click.option("--autoencoder", type=FILE, metavar="DIR", help="Folder of a VAE other than ours.")
@click.option("--init", type=FILE, metavar="DIR", help="Folder of a style fusion to start from.")
@click.option(
    "--mixer",
    metavar="KIND",
    help="Begin with untrained token mixers: mamba, attention, convolution or mean.",
)
@click.option(
    "--photos",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    metavar="P",
    help="Photos a step, each under two styles.",
)
@click.option(
    "--crops",
    callback=_sides,
    metavar="PX,PX",
    help="Sides of the photos' crops, one of them for each step by chance.  [default: 128,192]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    metavar="N",
    help="Processes that prepare steps.  [default: 1, with CUDA one a core]",
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    callback=check_finite,
    default=8e-4,
    show_default=True,
    help="Peak of the schedule; lower with --init.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    callback=check_finite,
    metavar="M",
    help="End after so long, with a schedule that fits; whichever of --steps and this is first.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="LOSS",
    help="A loss to leave out, to see what it is worth, such as second_order; several times.",
)
@DEVICE
@run_options
def fusion(
    content: tuple[Path, ...],
    style: tuple[Path, ...],
    pack: Path | None,
    encoder: Path | None,
    autoencoder: Path | None,
    init: Path | None,
    mixer: str | None,
    photos: int,
    crops: tuple[int, ...] | None,
    workers: int | None,
    learning_rate: float,
    minutes: float | None,
    without: tuple[str, ...],
    device: str,
    out: Path | None,
    steps: int | None,
    seed: int,
    resume: bool,
) -> int:
    """Train style fusion to paint any photo in any style in one pass.

    Losses of every step go to OUT/losses.csv, sample sheets to OUT/samples. On several processes or
    GPUs: accelerate launch -m stylemamba train fusion ...
    """
    if pack is not None and (content or style):
        raise click.UsageError("--pack takes the place of --content and --style.")
    if pack is None and not (content and style):
        raise click.UsageError("Give --content and --style, or --pack.")
    from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
    from stylemamba.encoders.artlip import ArtLIP
    from stylemamba.fusion.network import StyleFusion
    from stylemamba.runtime.shipped import WEIGHTS
    from stylemamba.training.fusion.pictures import Pictures
    from stylemamba.training.fusion.train import train_fusion

    sides = {} if crops is None else {"crops": crops}
    return _run(
        train_fusion,
        out or Path("fusion"),
        steps,
        seed,
        resume,
        pictures=Pictures.of_folders(content, style) if pack is None else Pictures.of_pack(pack),
        encoder=ArtLIP.from_pretrained(encoder or WEIGHTS / "artlip"),
        autoencoder=EmbeddedAutoencoder.from_pretrained(autoencoder or WEIGHTS / "autoencoder"),
        initial=None if init is None else StyleFusion.from_pretrained(init),
        mixer=mixer,
        photos=photos,
        workers=workers,
        learning_rate=learning_rate,
        minutes=minutes,
        without=without,
        device=device,
        **sides,
    )


def _run(
    training: Callable[..., object],
    out: Path,
    steps: int | None,
    seed: int,
    resume: bool,
    **arguments: Any,
) -> int:
    if not resume and out.is_dir() and any(out.iterdir()):
        raise StyleMambaError(f"{out}: is not empty; add --resume to continue, or choose another")
    length = {} if steps is None else {"steps": steps}
    try:
        training(out=out, seed=seed, resume=resume, **length, **arguments)
    except KeyboardInterrupt:
        say("interrupted; the same command with --resume goes on from the last checkpoint")
        return 130
    click.echo(out)
    return 0
