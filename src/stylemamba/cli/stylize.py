"""`stylemamba stylize`: photos, in the style of a prompt or by a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stylemamba.cli.direction import Direction
from stylemamba.cli.direction_options import direction_options
from stylemamba.cli.folder import Folder
from stylemamba.cli.one_photo import Extras, OnePhoto
from stylemamba.cli.options import FILE, OVERWRITE, paint_options
from stylemamba.cli.photos import Named, find_jobs, read_jobs
from stylemamba.cli.reporting import Report, report_options
from stylemamba.cli.saving import Saving, saving_options
from stylemamba.files.photo_paths import STDIN


@click.command(short_help="Paint a photo in the style of a prompt.")
@click.argument("arguments", nargs=-1, metavar="PHOTO... [PROMPT]")
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help="The result: .png, .jpg, .webp, .avif, .tif or .gif, or a folder for it; - for standard "
    "output. -o out/  [default: PHOTO-PROMPT.png in this folder; of several photos, a folder has "
    "to be given]",
)
@click.option(
    "--recursive",
    is_flag=True,
    help="Go into sub-folders of folders, and lay out the results like them. --recursive",
)
@click.option(
    "--manifest",
    type=FILE,
    metavar="FILE",
    help="In place of PHOTOs, a list of them: CSV, or a JSON object a line, with columns photo, "
    "prompt or recipe, and output. --manifest list.csv",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Photos of several that are painted at a time; the cores are shared out among them. "
    "--jobs 4  [default: 2, or 1 on a GPU or a single core]",
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
@saving_options
@OVERWRITE
@paint_options
@click.option(
    "--trace",
    type=FILE,
    metavar="FILE",
    help="Write the losses of a fit as JSON. --trace losses.json",
)
@report_options()
def stylize(
    arguments: tuple[str, ...],
    output: str | None,
    recursive: bool,
    jobs: int | None,
    save_recipe: Path | None,
    show_regions: Path | None,
    overwrite: bool,
    trace: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Paint PHOTO, or every one of several, in the style that PROMPT describes.

    The result has the size of the photo, and what its file tells beside: date, place, colour
    profile. One pass takes about a second; --steps fits the picture further, and then Ctrl-C writes
    the best one so far and ends with exit status 130. Of an animation all frames are painted, if
    the result can hold them.

    A result holds its recipe, and replaces an earlier one of the same recipe only, unless told to
    --overwrite.

    Several photos are files, folders or patterns, and -o is a folder. The same command goes on
    where it stopped, and paints again what has changed since. What fails is listed at the end, and
    the exit status is then 1.

    \b
    stylemamba stylize cat.jpg "ukiyo-e woodblock print" -o out.png
    stylemamba stylize cat.jpg "pencil sketch" --steps 80 --json
    stylemamba stylize cat.jpg "cubism::2 neon light::1"
    stylemamba stylize dog.jpg --recipe out.png --seed 3
    stylemamba stylize photos/ "watercolour" -o out/
    """
    manifest = options["manifest"]
    directed = any(options[name] for name in ("recipe_file", "style_images", "keep_rest"))
    named = Named.of(arguments, directed, manifest is not None)
    direction = Direction.of(named.prompt, options)
    saving = Saving.of(options)
    report = Report(as_json, quiet)
    extras = Extras(trace, save_recipe, show_regions)
    if named.is_one:
        job = OnePhoto(direction, named.photos[0], output, extras, saving, overwrite)
        return job.paint(report)
    folder = _folder(output, extras)
    if manifest is None:
        found = find_jobs(named.photos, recursive, folder, direction)
    else:
        found = read_jobs(manifest, direction)
    many = Folder(found.jobs, folder, found.notes, found.failures, saving, overwrite, jobs)
    return many.paint(report)


def _folder(output: str | None, extras: Extras) -> Path:
    """Where the results of several photos go."""
    from stylemamba.files.images import is_writable_name

    for option, _ in extras:
        raise click.UsageError(f"{option} goes with one photo; results hold their own recipes.")
    if output is None:
        raise click.UsageError("Missing option '-o': several photos need a folder, -o out/.")
    folder = Path(output)
    if output == STDIN or (not folder.is_dir() and is_writable_name(folder)):
        raise click.UsageError(f"-o {output} is a file: several photos need a folder, -o out/.")
    return folder
