"""`stylemamba train pack` and `train fusion`: pictures, and the style fusion trained on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stylemamba.cli.messages import say
from stylemamba.cli.options import DEVICE, FILE, check_finite
from stylemamba.cli.train import FOLDER, Command, given, run_options, run_training
from stylemamba.errors import StyleMambaError
from stylemamba.files.json_file import read_json

SMALLEST_CROP = 32


def picture_options(command: Command) -> Command:
    """Adds `--content` and `--style`."""
    for name, text in reversed(_PICTURES.items()):
        command = click.option(name, type=FOLDER, multiple=True, metavar="DIR", help=text)(command)
    return command


_PICTURES = {
    "--content": "Photos; may be given several times. A metadata.csv in it tells the splits apart, "
    "or COCO's folders do.",
    "--style": "Paintings and other pictures with a style; likewise. Under another encoder than "
    "ArtLIP, some photos are of these, and it may be left out.",
}


@click.command(short_help="One file of the pictures of style fusion.")
@picture_options
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
    if not content:
        raise click.UsageError("Give --content, and --style where styles are of pictures, too.")
    from stylemamba.training.fusion.pictures import make_pack

    packed = make_pack(
        content, style, output, part=None if part is None else part << 20, **given(side=side)
    )
    say(
        f"{packed.pictures:,} pictures, {packed.size / 2**20:.1f} MiB; "
        f"passed over {packed.skipped:,} damaged ones"
    )
    for path in packed.paths:
        click.echo(path)
    return 0


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


def _weights(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    """A click callback that reads NAME=X, several times."""
    weights = {}
    for value in values:
        name, _sign, number = value.partition("=")
        try:
            weights[name] = float(number)
        except ValueError:
            weights[name] = 0.0
        if not 0 < weights[name] < float("inf"):
            raise click.BadParameter(
                f"{value!r} is no loss with a weight above 0, like masked=10; "
                "--without leaves one out."
            )
    return weights


def _read_config(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    """A click callback that takes the options of a file as defaults of those not given."""
    if path is None:
        return
    content = read_json(path)
    if not isinstance(content, dict):
        raise StyleMambaError(f'{path}: is no object of options; write {{"crops": "512"}}')
    known = {
        name.lstrip("-"): parameter
        for parameter in context.command.params
        for name in parameter.opts
        if isinstance(parameter, click.Option) and parameter.name != "config"
    }
    defaults = {}
    for name, value in content.items():
        if name not in known:
            raise StyleMambaError(f"{path}: there is no option {name}; see train fusion --help")
        parameter = known[name]
        several = getattr(parameter, "multiple", False)
        if isinstance(value, list) != several:
            kind = "a list" if several else "one value"
            raise StyleMambaError(f"{path}: {name} takes {kind}")
        defaults[parameter.name] = value
    context.default_map = {**(context.default_map or {}), **defaults}


@click.command(short_help="Style fusion for one pass.")
@click.option(
    "--config",
    type=FILE,
    is_eager=True,
    expose_value=False,
    callback=_read_config,
    metavar="FILE",
    help='JSON with options by name, {"crops": "512", "ema": 0.999}; the command line wins.',
)
@picture_options
@click.option(
    "--pack",
    type=FILE,
    metavar="FILE",
    help="In place of --content and --style: what `train pack` made, or the first of its parts.",
)
@click.option(
    "--encoder",
    type=FILE,
    metavar="NAME",
    default="artlip",
    show_default=True,
    help="artlip, siglip, siglip2, or a folder or hub name of one. With SigLIP the losses are the "
    "paper's.",
)
@click.option(
    "--autoencoder",
    type=FILE,
    metavar="NAME",
    default="embedded",
    show_default=True,
    help="embedded, sd-vae, or a folder or hub name of an autoencoder.",
)
@click.option(
    "--anchor",
    type=FILE,
    metavar="NAME",
    help="With SigLIP: artlip, or a folder of one, for the style anchor beside the directions.",
)
@click.option(
    "--prompts",
    type=FILE,
    metavar="FILE",
    help="Texts to draw styles from, one a line.  [default: the captions of ArtLIP's bank]",
)
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
    "--accumulate",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="N times as many photos a step, in the memory of one time: as N processes would.",
)
@click.option(
    "--crops",
    callback=_sides,
    metavar="PX,PX",
    help="Sides of the photos' crops, one of them for each draw by chance.  [default: 128,192]",
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
    "--ema",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="DECAY",
    help="Save the moving average of the weights, such as 0.999, not the last ones.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    callback=check_finite,
    metavar="M",
    help="End after so long, with a schedule that fits; whichever of --steps and this is first.",
)
@click.option(
    "--weight",
    multiple=True,
    callback=_weights,
    metavar="LOSS=X",
    help="Weight of a loss in place of ours, such as masked=10; several times.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="LOSS",
    help="A loss to leave out, to see what it is worth, such as second_order; several times.",
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32"]),
    default="auto",
    show_default=True,
    help="auto: networks in bfloat16 where the device multiplies it natively.",
)
@click.option(
    "--recompute",
    is_flag=True,
    help="Compute the autoencoder's activations again for the gradient: less memory, more time.",
)
@click.option(
    "--tracker",
    type=click.Choice(["tensorboard"]),
    help="Log losses and speed to OUT/tensorboard, too.",
)
@DEVICE
@run_options
def fusion(
    content: tuple[Path, ...],
    style: tuple[Path, ...],
    pack: Path | None,
    encoder: Path,
    autoencoder: Path,
    anchor: Path | None,
    prompts: Path | None,
    init: Path | None,
    mixer: str | None,
    out: Path | None,
    resume: bool,
    **options: Any,
) -> int:
    """Train style fusion to paint any photo in any style in one pass.

    Losses of every step go to OUT/losses.csv, sample sheets to OUT/samples. On several GPUs:
    accelerate launch --multi_gpu -m stylemamba train fusion ...
    """
    if pack is not None and (content or style):
        raise click.UsageError("--pack takes the place of --content and --style.")
    if pack is None and not content:
        raise click.UsageError("Give --content and --style, or --pack.")
    from stylemamba.encoders.artlip import ArtLIP
    from stylemamba.files.prompts import read_prompts
    from stylemamba.fusion.network import StyleFusion
    from stylemamba.models import load_encoder, load_frozen
    from stylemamba.training.fusion.pictures import Pictures
    from stylemamba.training.fusion.train import train_fusion

    texts = () if prompts is None else read_prompts(prompts)
    pictures = Pictures.of_folders(content, style) if pack is None else Pictures.of_pack(pack)
    loaded = load_frozen(encoder, autoencoder)
    held_to = None if anchor is None else load_encoder(anchor)
    if not (held_to is None or isinstance(held_to, ArtLIP)):
        raise StyleMambaError(f"{anchor}: is no ArtLIP; pass --anchor artlip")
    if isinstance(loaded[0], ArtLIP) and not pictures.styles:
        raise click.UsageError("ArtLIP's styles are of pictures, too: give --style.")
    return run_training(
        train_fusion,
        out or Path("fusion"),
        resume,
        pictures=pictures,
        encoder=loaded[0],
        autoencoder=loaded[1],
        anchor=held_to,
        prompts=texts,
        initial=None if init is None else StyleFusion.from_pretrained(init),
        mixer=mixer,
        settings=_settings(options),
    )


def _settings(options: dict[str, Any]) -> Any:
    """`FusionSettings` of the options that are about no model and no picture."""
    from stylemamba.training.fusion.settings import FusionSettings

    same = (
        *("steps", "minutes", "photos", "accumulate", "crops", "workers", "learning_rate"),
        *("without", "recompute", "tracker", "device", "seed"),
    )
    return FusionSettings(
        **given(**{name: options[name] for name in same}),
        average=options["ema"],
        weights=options["weight"],
        float32=options["precision"] == "float32",
    )
