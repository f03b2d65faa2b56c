"""`stylemamba stylize`: one photo, one recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stylemamba.cli.direction import Direction, direction_options
from stylemamba.cli.one_photo import Extras, OnePhoto
from stylemamba.cli.options import FILE, OVERWRITE, check_prompt, paint_options


@click.command(short_help="Paint a photo in the style of a prompt.")
@click.argument("photo", type=FILE)
@click.argument("prompt", callback=check_prompt, required=False)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="The result: .png, .jpg, .webp or .tif, or a folder for it. -o out/  [default: "
    "PHOTO-PROMPT.png in this folder]",
)
@direction_options
@click.option(
    "--show-regions",
    type=FILE,
    metavar="FILE",
    help="Write the photo with its regions marked. --show-regions shown.png",
)
@click.option(
    "--save-recipe",
    type=FILE,
    metavar="FILE",
    help="Write the recipe of the result as JSON. --save-recipe woodblock.json",
)
@click.option("--no-metadata", is_flag=True, help="Leave the recipe out of the result.")
@OVERWRITE
@paint_options
@click.option(
    "--trace",
    type=FILE,
    metavar="FILE",
    help="Write the losses of a fit as JSON. --trace losses.json",
)
@click.option("--json", "as_json", is_flag=True, help="Print a summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print errors and the JSON summary only.")
def stylize(
    photo: Path,
    prompt: str | None,
    output: str | None,
    save_recipe: Path | None,
    show_regions: Path | None,
    no_metadata: bool,
    overwrite: bool,
    trace: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Paint PHOTO in the style that PROMPT describes.

    The result has the size of the photo. One pass takes about a second; --steps fits the picture
    further, and then Ctrl-C writes the best one so far and ends with exit status 130.

    A result holds its recipe, and replaces an earlier one of the same recipe only, unless told to
    --overwrite.

    \b
    stylemamba stylize cat.jpg "ukiyo-e woodblock print" -o out.png
    stylemamba stylize cat.jpg "pencil sketch" --steps 80 --json
    stylemamba stylize cat.jpg "cubism::2 neon light::1"
    stylemamba stylize dog.jpg --recipe out.png --seed 3
    """
    direction = Direction.of(prompt, options)
    extras = Extras(trace, save_recipe, show_regions)
    job = OnePhoto(direction, photo, output, extras, not no_metadata, overwrite)
    return job.paint(as_json, quiet)
