"""The options that say what to paint how, of `stylize`, `video` and `live`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from stylemamba.cli.options import FILE, Command, read_protect, read_regions, read_weighted


def direction_options(command: Command) -> Command:
    """Adds the options of `Direction` to a command, but for those of `PaintSettings`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_usage(prompt: str | None, options: Mapping[str, Any]) -> None:
    """Makes sure that a prompt and these options go together.

    Raises:
        click.UsageError: They do not.
    """
    styled = prompt is not None or bool(options["style_images"])
    if options["strength_map"] is not None and not styled:
        raise click.UsageError("--strength-map needs a PROMPT, or another style.")
    sought = options["regions"] or options["recipe_file"] is not None
    if options["segmenter"] is not None and not sought:
        raise click.UsageError("--segmenter finds what words of a --region name: give one.")
    if options["keep_rest"] and styled:
        raise click.UsageError("--keep-rest leaves the rest as it is: give it no style.")
    if options["keep_rest"] and not options["regions"] and options["recipe_file"] is None:
        raise click.UsageError("--keep-rest needs a --region to paint.")
    others = (options["recipe_file"], options.get("manifest"))
    if not styled and not options["keep_rest"] and others == (None, None):
        raise click.UsageError(
            "Missing argument 'PROMPT' (or --style-image FILE, or --recipe FILE, "
            "or --keep-rest with regions)."
        )


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--style-image",
        "style_images",
        multiple=True,
        callback=read_weighted,
        metavar="FILE[::W]",
        help="A picture to take the style of, and its share beside PROMPT's styles; several times. "
        "--style-image quilt.jpg::2",
    ),
    click.option(
        "--region",
        "regions",
        multiple=True,
        callback=read_regions,
        metavar="PLACE=PROMPT[@S]",
        help="A style for a part of the photo, and how far to go there; several times. PLACE is "
        "subject, background, person, face or sky, as far as they are found, or with --segmenter "
        "any other word; left, right, top, bottom or centre; a box x,y,w,h in pixels or percent; a "
        "polygon 'x,y x,y x,y'; or a mask file, white or opaque where it counts. "
        '--region sky="starry night"@0.8',
    ),
    click.option(
        "--segmenter",
        metavar="hub|DIR|NAME",
        help="What finds other words of --region, such as a dog: hub for CLIPSeg from the Hugging "
        "Face hub, or a folder or hub name of one. --segmenter hub",
    ),
    click.option(
        "--keep-rest",
        is_flag=True,
        help="In place of a PROMPT: leave what is outside all regions. --keep-rest --region "
        "background=watercolour",
    ),
    click.option(
        "--protect",
        callback=read_protect,
        metavar="faces[=X]",
        help="How much faces keep of the photo, from 0 to 1; 0.6 without a number. "
        "--protect faces=0.8",
    ),
    click.option(
        "--strength-map",
        type=FILE,
        metavar="FILE",
        help="A picture that says how far to go where, from black (the photo stays) to white (all "
        "of --strength). --strength-map vignette.png",
    ),
    click.option(
        "--recipe",
        "recipe_file",
        type=FILE,
        metavar="FILE",
        help="Paint by a recipe: a file of --save-recipe, or a result, which holds its own. Other "
        "options and a PROMPT replace what it says. --recipe out.png",
    ),
)
