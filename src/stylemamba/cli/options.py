"""Options and checks that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stylemamba.errors import StyleMambaError

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba.pipeline import StepInfo, StyleMambaOutput, StyleMambaPipeline

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
SEED = click.IntRange(0, 2**32 - 1)


@dataclass(frozen=True)
class FitSettings:
    """Which models to load and how to paint one photo: the options of `fit_options`."""

    steps: int | None
    seed: int
    size: int | None
    strength: float
    stroke: float
    texture: float
    guidance: float
    preset: str
    encoder: Path | None
    autoencoder: Path | None
    fusion: Path | None

    def load_pipeline(self) -> StyleMambaPipeline:
        """Imports torch and loads the models: seconds."""
        from stylemamba.pipeline import StyleMambaPipeline

        return StyleMambaPipeline.from_pretrained(
            preset=self.preset,
            encoder=self.encoder,
            autoencoder=self.autoencoder,
            fusion=self.fusion,
        )

    def fit(
        self,
        pipe: StyleMambaPipeline,
        image: Image.Image,
        prompt: str,
        callback: Callable[[StepInfo], None] | None,
    ) -> StyleMambaOutput:
        """Stylises one photo."""
        return pipe(
            image,
            prompt,
            steps=self.steps,
            strength=self.strength,
            seed=self.seed,
            size=self.size,
            stroke=self.stroke,
            texture=self.texture,
            guidance=self.guidance,
            callback=callback,
        )


def fit_options(command: Command) -> Command:
    """Adds the options of `FitSettings` to a command."""
    for option in reversed(_FIT_OPTIONS):
        command = option(command)
    return command


def prompt_options(command: Command) -> Command:
    """Adds `--prompt` and `--prompts`, for `collect_prompts`."""
    for option in reversed(_PROMPT_OPTIONS):
        command = option(command)
    return command


def collect_prompts(prompts: tuple[str, ...], prompt_file: Path | None) -> tuple[str, ...]:
    """The prompts given by either option of `prompt_options`.

    Raises:
        click.UsageError: There are none.
        StyleMambaError: The file cannot be read or has none.
    """
    prompts += read_prompts(prompt_file) if prompt_file else ()
    if not prompts:
        raise click.UsageError("No prompt: give --prompt TEXT or --prompts FILE.")
    return prompts


def check_prompt(_: click.Context, parameter: click.Parameter, prompt: str) -> str:
    """A click callback that refuses prompts without text."""
    if not prompt.strip():
        raise click.BadParameter('is empty; describe a style, for example "pencil sketch"')
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise click.BadParameter("is not valid Unicode; type it again") from error
    return prompt


def check_prompts(
    context: click.Context, parameter: click.Parameter, prompts: tuple[str, ...]
) -> tuple[str, ...]:
    """As `check_prompt`, for an option that may be repeated."""
    return tuple(check_prompt(context, parameter, prompt) for prompt in prompts)


def read_prompts(path: Path) -> tuple[str, ...]:
    """Prompts of a text file, one a line; empty lines and lines that begin with # are skipped.

    Raises:
        StyleMambaError: The file cannot be read or has none.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise StyleMambaError(f"{path}: cannot be read ({reason}); check the file") from error
    prompts = tuple(line for line in lines if line and not line.startswith("#"))
    if not prompts:
        raise StyleMambaError(f"{path}: has no prompts; write one a line")
    return prompts


def check_finite(_: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """A click callback that refuses nan and infinity, which pass range checks."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.")
    return value


def refuse_overwriting(path: Path, option: str, inputs: tuple[Path, ...]) -> None:
    """Makes sure that a result does not replace an input, under any name it has.

    Raises:
        click.BadParameter: `path` is one of `inputs`.
    """
    for other in inputs:
        try:
            same = path.samefile(other)
        except OSError:  # one of them does not exist (yet)
            same = path.absolute() == other.absolute()
        if same:
            raise click.BadParameter(
                f"{path} would overwrite {other}; choose another name.", param_hint=f"'{option}'"
            )


def _factor(name: str, low: float, high: float | None, text: str) -> Callable[[Any], Any]:
    """An option that is a finite number between `low` and `high`; 1 is natural."""
    return click.option(
        name,
        type=click.FloatRange(low, high),
        default=1.0,
        show_default=True,
        callback=check_finite,
        metavar="X",
        help=text,
    )


_PROMPT_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--prompt",
        "prompts",
        multiple=True,
        callback=check_prompts,
        metavar="TEXT",
        help="A prompt; may be given several times.",
    ),
    click.option(
        "--prompts",
        "prompt_file",
        type=FILE,
        metavar="FILE",
        help="A text file with one prompt a line; empty lines and lines that begin with # are "
        "skipped.",
    ),
)

_FIT_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--steps",
        type=click.IntRange(min=0),
        metavar="N",
        help="Steps of fitting to this photo: 0 is one pass of the networks; more comes closer to "
        "the prompt, and takes longer.  [default: 0; 40 with --preset paper]",
    ),
    click.option(
        "--seed",
        type=SEED,
        default=0,
        show_default=True,
        metavar="S",
        help="The same seed gives the same picture again; another one another look of the style.",
    ),
    click.option(
        "--size",
        type=click.IntRange(32, 8192),
        metavar="PX",
        help="Longer side of the picture that is worked on; the result has the photo's size."
        "  [default: the photo's, at most 2048; 384 with --steps]",
    ),
    _factor("--strength", 0, None, "How far to go towards the prompt; 0 leaves the photo."),
    _factor("--stroke", 0.1, 10, "Size of the strokes: 2 paints them twice as large."),
    _factor(
        "--texture",
        0,
        10,
        "Brush work: 0 for none, 5 for marks all over flat ground, too.",
    ),
    _factor(
        "--guidance",
        0,
        1000,
        "With --steps: how closely to follow the text, against the looks known for it.",
    ),
    click.option(
        "--preset",
        type=click.Choice(["embedded", "paper"]),
        default="embedded",
        show_default=True,
        help="embedded: the models in this package. paper: SigLIP and Stable Diffusion's VAE, from "
        "the Hugging Face hub or from --encoder and --autoencoder.",
    ),
    click.option("--encoder", type=FILE, metavar="DIR", help="Folder of a style encoder."),
    click.option("--autoencoder", type=FILE, metavar="DIR", help="Folder of an autoencoder."),
    click.option(
        "--fusion", type=FILE, metavar="DIR", help="Folder of a style fusion trained for one pass."
    ),
)
