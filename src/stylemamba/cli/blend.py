"""`stylemamba blend`: the way from one style to another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.options import (
    FILE,
    OVERWRITE,
    PaintSettings,
    check_prompts,
    paint_options,
    refuse_existing,
    refuse_overwriting,
)
from stylemamba.cli.progress import FitProgress, fit_progress
from stylemamba.cli.reporting import Report, output_option, report_options
from stylemamba.portable.recipe import Recipe, blended, parts_of_prompt

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba.files.images import Photo
    from stylemamba.pipeline import StyleMambaPipeline

Shares = tuple[float, ...]

GAP = 4
"""Between the pictures, in pixels."""


@click.command(short_help="Paint the way from one style to another.")
@click.argument("photo", type=FILE)
@click.argument("prompts", nargs=-1, required=True, callback=check_prompts, metavar="PROMPT...")
@click.option(
    "--frames",
    type=click.IntRange(2, 99),
    default=5,
    show_default=True,
    metavar="N",
    help="Pictures from one prompt to the next, both counted. --frames 12",
)
@output_option(
    "A strip (.png, .jpg, .tif), or an animation there and back (.gif, .webp). -o path.gif"
)
@click.option(
    "--cell",
    type=click.IntRange(32, 2048),
    default=320,
    show_default=True,
    metavar="PX",
    help="Longer side of the pictures. --cell 480",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.02, 60),
    default=0.2,
    show_default=True,
    metavar="X",
    help="How long each picture of an animation is seen. --seconds 0.1",
)
@OVERWRITE
@paint_options
@report_options()
def blend(
    photo: Path,
    prompts: tuple[str, ...],
    frames: int,
    output: Path,
    cell: int,
    seconds: float,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Paint PHOTO on the way from one PROMPT to another, or between four in the corners of a sheet.

    \b
    stylemamba blend cat.jpg "watercolour" "ukiyo-e woodblock print" --frames 5 -o path.png
    stylemamba blend cat.jpg "cubism" "fauvism" --frames 12 -o path.gif
    stylemamba blend cat.jpg "cubism" "fauvism" "pencil sketch" "mosaic" -o square.jpg
    """
    from stylemamba.files.animation import SUFFIXES, write_animation
    from stylemamba.files.atomic import check_writable
    from stylemamba.files.images import check_output, read_image, write_image

    animated = output.suffix.lower() in SUFFIXES
    _check(prompts, animated)
    refuse_overwriting(output, "--output", (photo,))
    (check_writable if animated else check_output)(output)
    refuse_existing(output, overwrite)
    settings = PaintSettings.of(options)
    styles = [parts_of_prompt(prompt) for prompt in prompts]
    grid = _square(frames) if len(prompts) > 2 else [_way(frames)]
    recipes = [settings.recipe(blended(styles, shares)) for row in grid for shares in row]
    source = read_image(photo)
    with fit_progress(quiet) as progress:
        pipe = settings.load_pipeline()
        pictures, notes = _painted(source, recipes, cell, pipe, progress)
    if animated:
        write_animation([*pictures, *pictures[-2:0:-1]], output, seconds)
    else:
        notes += write_image(_tiled(pictures, frames), output)
    report = Report(as_json, quiet)
    report.notes(notes)
    shown = [recipe.prompt for recipe in recipes]
    report.summary(
        f"{output}: {len(pictures)} pictures",
        lambda: {"output": str(output), "prompts": shown, "notes": notes},
    )
    return 0


def _check(prompts: Sequence[str], animated: bool) -> None:
    if len(prompts) not in (2, 4):
        raise click.UsageError(f"Give two prompts, or four for a sheet, not {len(prompts)}.")
    if animated and len(prompts) == 4:
        raise click.UsageError("Four prompts make a sheet: give -o a .png, .jpg or .tif file.")


def _way(frames: int) -> list[Shares]:
    """The shares of two prompts, from all of the first to all of the second."""
    return [(1 - step / (frames - 1), step / (frames - 1)) for step in range(frames)]


def _square(frames: int) -> list[list[Shares]]:
    """The shares of four prompts in the corners: above left, above right, below left and right."""
    way = _way(frames)
    return [[tuple(a * b for a in down for b in right) for right in way] for down in way]


def _painted(
    photo: Photo,
    recipes: Sequence[Recipe],
    cell: int,
    pipe: StyleMambaPipeline,
    progress: FitProgress,
) -> tuple[list[Image.Image], list[str]]:
    """The pictures on white, at the size that is asked for, and notes."""
    from stylemamba.files.images import fit_size, on_white, resize

    size = fit_size(photo.rgb.size, min(cell, max(photo.rgb.size)))
    pictures, notes = [], list(photo.notes)
    for done, recipe in enumerate(recipes):
        progress.start(recipe.prompt, done, len(recipes))
        result = pipe(photo, recipe, on_progress=progress.step)
        if result.interrupted:
            raise KeyboardInterrupt
        pictures.append(resize(on_white(result.image, photo.alpha), size))
        notes += result.notes
    return pictures, notes


def _tiled(pictures: Sequence[Image.Image], columns: int) -> Image.Image:
    """Pictures of one size, row by row, with white between them."""
    from PIL import Image

    width, height = (side + GAP for side in pictures[0].size)
    rows = len(pictures) // columns
    tiled = Image.new("RGB", (columns * width - GAP, rows * height - GAP), "white")
    for place, picture in enumerate(pictures):
        tiled.paste(picture, (place % columns * width, place // columns * height))
    return tiled
