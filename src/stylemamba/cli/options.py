"""Options and checks that several commands share."""

from __future__ import annotations

import gc
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stylemamba.cli.messages import say
from stylemamba.errors import StyleMambaError
from stylemamba.files.prompts import read_prompts
from stylemamba.portable.recipe import LARGEST_SEED, Recipe, StylePart
from stylemamba.portable.recipe_fields import Bounds, RecipeError, flags_of, help_of, numbers_of

if TYPE_CHECKING:
    from stylemamba.painting.region_specs import RegionSpec
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.segmentation import Segmenters

_COLOURS = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}(?:[,\s]+#(?:[0-9a-fA-F]{3}){1,2})*")
Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
SEED = click.IntRange(0, LARGEST_SEED)
MODELS = ("preset", "encoder", "autoencoder", "fusion", "device")
STYLES = click.option(
    "--styles",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="A style of `stylemamba learn`, or a folder of them, beside those of "
    "STYLEMAMBA_STYLES and of your own folder; several times. --styles quilts.style",
)
PROTECTED = 0.6
"""How much protected faces keep of the photo."""
DEVICE = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where the models run; auto takes CUDA where there is one, and says so. --device cuda",
)

OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace files that are of another job.")


@dataclass(frozen=True)
class PaintSettings:
    """How to paint, and with which models: the options of `paint_options`.

    Attributes:
        values: Fields of the recipe that were given.
        models: Arguments of `StyleMambaPipeline.from_pretrained`.
        styles: Files and folders of styles of one's own, beside the usual ones.
    """

    values: Mapping[str, Any]
    models: Mapping[str, Any]
    styles: tuple[Path, ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> PaintSettings:
        """From the arguments of a command."""
        values = {
            item.name: options[item.name]
            for item in (*numbers_of(Recipe), *flags_of(Recipe))
            if options.get(item.name) is not None
        }
        if "palette" in values:  # whose colours, or which ones: one takes the other's place
            palette = values["palette"]
            given = isinstance(palette, tuple)
            values |= {"colours": palette, "palette": 0.0} if given else {"colours": ()}
        return cls(values, {name: options[name] for name in MODELS}, options["styles"])

    def recipe(self, prompt: str | Sequence[StylePart]) -> Recipe:
        """The recipe for a prompt, or for styles."""
        return Recipe.of(prompt, **self.values)

    def load_pipeline(self, segmenters: Segmenters | None = None) -> StyleMambaPipeline:
        """Imports torch and loads the models, but for segmenters in use: seconds."""
        return load_models({**self.models, "styles": self.styles}, segmenters)


def load_models(
    options: Mapping[str, Any], segmenters: Segmenters | None = None
) -> StyleMambaPipeline:
    """Imports torch and loads the models that the options of `model_options` ask for: seconds.

    Args:
        options: Of the command.
        segmenters: In use already, if there are.
    """
    models = {name: options[name] for name in MODELS}
    # What is imported and loaded is no garbage: looking for some took a tenth of the start.
    collects = gc.isenabled()
    gc.disable()
    try:
        from stylemamba.files.style_files import usual_places
        from stylemamba.pipeline import StyleMambaPipeline

        places = [*usual_places(), *options["styles"]]
        pipe = StyleMambaPipeline.from_pretrained(**models, styles=places, segmenter=segmenters)
        gc.freeze()
    finally:
        if collects:
            gc.enable()
    for line in pipe.shelf.skipped:
        say(f"skipped: {line}")
    if models["device"] == "auto" and pipe.device.type != "cpu":
        say(f"the models run on {pipe.device}")
    return pipe


def model_options(command: Command) -> Command:
    """Adds the options of `load_models`."""
    for option in reversed(_MODEL_OPTIONS):
        command = option(command)
    return command


def paint_options(command: Command, without: Sequence[str] = ()) -> Command:
    """Adds the options of `PaintSettings` to a command: the recipe's, then those of the models.

    Args:
        command: Whose they are.
        without: Fields of the recipe that it does not take.
    """
    command = model_options(command)
    of_recipe = [_recipe_option(item) for item in numbers_of(Recipe) if item.name not in without]
    of_recipe += [_recipe_flag(item) for item in flags_of(Recipe) if item.name not in without]
    for option in reversed(of_recipe):
        command = option(command)
    return command


def _recipe_option(item: Field[Any]) -> Callable[[Any], Any]:
    """The option of a numeric field of the recipe; None where it is not given."""
    bounds: Bounds = item.metadata["bounds"]
    kind: click.ParamType[Any] = (
        click.IntRange(int(bounds.low), None if bounds.high is None else int(bounds.high))
        if bounds.kind is int
        else click.FloatRange(bounds.low, bounds.high)
    )
    metavar, text = item.metadata["metavar"], help_of(item)
    if item.metadata["words"]:
        kind = Palette(item.metadata["words"], kind)
        metavar += "|COLOURS|FILE"
        text += ' Or colours that the result is in, --palette "#1d3557,#f1faee", or a picture\'s.'
    return click.option(
        f"--{item.name}",
        type=kind,
        callback=check_finite,
        metavar=metavar,
        help=f"{text}  [default: {item.metadata['default_text']}]",
    )


def _recipe_flag(item: Field[Any]) -> Callable[[Any], Any]:
    """The option of a flag of the recipe; None where it is not given."""
    return click.option(f"--{item.name}/--no-{item.name}", default=None, help=item.metadata["help"])


class Palette(click.ParamType):  # type: ignore[type-arg]
    """A number, a word that stands for one, colours like "#aa3322,#eee", or a picture's.

    Args:
        words: What they stand for.
        numbers: The type of the numbers.
    """

    name = "palette"

    def __init__(self, words: Mapping[str, float], numbers: click.ParamType[Any]) -> None:
        self.words, self.numbers = words, numbers

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | tuple[str, ...]:
        """The number, or the colours."""
        if value in self.words:
            return self.words[value]
        if _COLOURS.fullmatch(value):
            return tuple(_six_digits(colour) for colour in re.findall("#[0-9a-fA-F]+", value))
        if Path(value).is_file():
            return _colours_of(Path(value))
        try:
            found: float = self.numbers.convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                f"{value!r} is no number from 0 to 1, nor one of {', '.join(self.words)}, nor "
                'colours like "#aa3322,#edc", nor a picture that is there.',
                param,
                ctx,
            )
        return found


def _six_digits(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


def _colours_of(path: Path) -> tuple[str, ...]:
    from stylemamba.files.images import read_image, tensor_at
    from stylemamba.portable.recolour import SIDE, main_colours

    return main_colours(tensor_at(read_image(path).rgb, 4 * SIDE)[0].numpy())


def settings_in(recipe: Recipe) -> dict[str, Any]:
    """The numbers and flags of a recipe by name."""
    items = (*numbers_of(Recipe), *flags_of(Recipe))
    return {item.name: getattr(recipe, item.name) for item in items}


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


def check_prompt(_: click.Context, parameter: click.Parameter, prompt: str | None) -> str | None:
    """A click callback that refuses prompts without text; None is one that was not given."""
    if prompt is not None:
        refuse_no_prompt(prompt)
    return prompt


def refuse_no_prompt(prompt: str, hint: str | None = None) -> None:
    """Makes sure that there is text in a prompt.

    Args:
        prompt: As it was typed.
        hint: What it is called; click's callbacks know.

    Raises:
        click.BadParameter: There is none.
    """
    if not prompt.strip():
        raise click.BadParameter(
            'is empty; describe a style, for example "pencil sketch"', param_hint=hint
        )
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise click.BadParameter("is not valid Unicode; type it again", param_hint=hint) from error


def check_prompts(
    context: click.Context, parameter: click.Parameter, prompts: tuple[str, ...]
) -> tuple[str, ...]:
    """As `check_prompt`, for an option that may be repeated."""
    for prompt in prompts:
        check_prompt(context, parameter, prompt)
    return prompts


def check_finite(_: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """A click callback that refuses nan and infinity, which pass range checks."""
    if isinstance(value, float) and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.")
    return value


def read_weighted(
    _: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[Path, float], ...]:
    """A click callback that reads files with a weight behind `::`, or with a weight of 1."""
    return tuple(_weighted(value) for value in values)


def _weighted(value: str) -> tuple[Path, float]:
    name, sign, weight = value.rpartition("::")
    if not sign or Path(value).exists():
        return Path(value), 1.0
    try:
        return Path(name), float(weight or 1)
    except ValueError as error:
        raise click.BadParameter(f"{weight!r} is no weight; write FILE::2, for example.") from error


def read_regions(
    _: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[RegionSpec, ...]:
    """A click callback that reads places with their prompts."""
    if not values:
        return ()
    from stylemamba.painting.region_specs import RegionSpec

    try:
        return tuple(RegionSpec.of(value) for value in values)
    except RecipeError as error:
        raise click.BadParameter(f"{error.problem}.") from error


def read_protect(_: click.Context, parameter: click.Parameter, value: str | None) -> float:
    """A click callback that reads `faces` or `faces=X`; 0 for nothing."""
    if value is None:
        return 0.0
    what, _sign, share = value.partition("=")
    try:
        kept = float(share) if share else PROTECTED
    except ValueError:
        kept = -1.0
    if what != "faces" or not 0 <= kept <= 1:
        raise click.BadParameter(f'{value!r} is neither "faces" nor "faces=X", X from 0 to 1.')
    return kept


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


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Makes sure that a file, of which nobody can tell whose it is, is not replaced unasked.

    Raises:
        StyleMambaError: It is there.
    """
    if path.exists() and not overwrite:
        raise StyleMambaError(f"{path}: exists; choose another name with -o, or add --overwrite")


def refuse_foreign_tables(folder: Path, names: Sequence[str], keys: Sequence[str]) -> None:
    """Makes sure that a command's tables replace nothing but earlier ones of that command.

    Args:
        folder: Where they are to be.
        names: Of all files; the first is the JSON file, from which it is known whose they are.
        keys: Some of that one's.

    Raises:
        StyleMambaError: There are files of these names, and no such JSON file.
    """
    paths = [folder / name for name in names]
    there = [path for path in paths if path.exists()]
    if not there:
        return
    try:
        ours = json.loads(paths[0].read_bytes()).keys() >= set(keys)
    except (OSError, ValueError, AttributeError, RecursionError):
        ours = False
    if not ours:
        raise StyleMambaError(
            f"{there[0]}: exists, and is not a result of this command; "
            "choose another folder with -o, or add --overwrite"
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

_MODEL_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    STYLES,
    click.option(
        "--preset",
        type=click.Choice(["embedded", "paper"]),
        default="embedded",
        show_default=True,
        help="embedded: the models in this package. paper: SigLIP and Stable Diffusion's VAE, from "
        "the Hugging Face hub or from --encoder and --autoencoder. --preset paper",
    ),
    click.option(
        "--encoder",
        type=FILE,
        metavar="DIR",
        help="Folder or name of a style encoder: artlip, siglip, siglip2. --encoder OUT/artlip",
    ),
    click.option(
        "--autoencoder",
        type=FILE,
        metavar="DIR",
        help="Folder or name of an autoencoder: embedded, sd-vae. --autoencoder OUT/autoencoder",
    ),
    click.option(
        "--fusion",
        type=FILE,
        metavar="DIR",
        help="Folder of a style fusion trained for one pass. --fusion OUT/fusion",
    ),
    DEVICE,
)
