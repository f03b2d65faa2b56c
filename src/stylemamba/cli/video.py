"""`stylemamba video`: a video, painted, that holds together in time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.messages import say, to_json
from stylemamba.cli.options import (
    FILE,
    OVERWRITE,
    PaintSettings,
    check_prompt,
    paint_options,
    refuse_existing,
    refuse_overwriting,
)
from stylemamba.cli.progress import fit_progress
from stylemamba.cli.recipes import Loaded
from stylemamba.errors import StyleMambaError
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.video import EVERY, NEEDED, USUAL_EVERY, check_recipe

if TYPE_CHECKING:
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.video.clip import Clip

SECONDS = click.FloatRange(0)


@click.command(short_help="Paint a video, steady from frame to frame.")
@click.argument("source", type=FILE, metavar="VIDEO")
@click.argument("prompt", callback=check_prompt, required=False)
@click.option(
    "-o",
    "--output",
    type=FILE,
    required=True,
    metavar="FILE",
    help="The result: .mp4, .m4v, .mov or .mkv. -o out.mp4",
)
@click.option(
    "--start", type=SECONDS, metavar="S", help="Seconds from which it is painted. --start 12.5"
)
@click.option(
    "--end", type=SECONDS, metavar="S", help="Seconds up to which it is painted. --end 20"
)
@click.option(
    "--every",
    type=click.IntRange(int(EVERY.low), int(EVERY.high or 0)),
    default=USUAL_EVERY,
    show_default=True,
    metavar="N",
    help="Paint one of so many frames, and take what is new in those between from it: more is "
    "faster. --every 8",
)
@click.option(
    "--recipe",
    "recipe_file",
    type=FILE,
    metavar="FILE",
    help="Paint by a recipe: a file of --save-recipe, or a picture of `stylize`, which holds its "
    "own. Other options and a PROMPT replace what it says. --recipe out.png",
)
@click.option("--no-metadata", is_flag=True, help="Leave the recipe out of the result.")
@OVERWRITE
@paint_options
@click.option("--json", "as_json", is_flag=True, help="Print a summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print errors and the JSON summary only.")
def video(
    source: Path,
    prompt: str | None,
    output: Path,
    start: float | None,
    end: float | None,
    every: int,
    recipe_file: Path | None,
    no_metadata: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Paint VIDEO in the style that PROMPT describes; sound and subtitles are copied.

    What is done is kept in a folder beside the result, OUTPUT.work-..., until all of it is: the
    same command goes on where Ctrl-C or a power cut ended it.

    \b
    stylemamba video holiday.mp4 "watercolour" -o painted.mp4
    stylemamba video holiday.mp4 "ukiyo-e" --start 12 --end 20 --every 8 -o part.mp4
    """
    try:
        from stylemamba.video.clip import Clip
        from stylemamba.video.film import paint_film
        from stylemamba.video.muxing import check_suffix
        from stylemamba.video.work import Work
    except ImportError as error:
        raise StyleMambaError(NEEDED) from error
    from stylemamba.files.atomic import check_writable
    from stylemamba.runtime.allocator import keep_freed_memory

    recipe = _recipe(prompt, recipe_file, PaintSettings.of(options))
    refuse_overwriting(output, "--output", (source,))
    check_suffix(output)
    check_writable(output)
    refuse_existing(output, overwrite)
    clip = Clip.of(source, start, end)
    keep_freed_memory()
    with fit_progress(quiet) as progress:
        pipe = PaintSettings.of(options).load_pipeline()
        from stylemamba.video.shot_painter import ShotPainter

        recipe = pipe.resolved(recipe)
        painter = ShotPainter(pipe, recipe)
        key = _key(clip, recipe, pipe, every)
        work = Work(output, key)
        resumed = work.state.frames if work.state else 0

        def report(done: int, count: int, _: object) -> None:
            progress.start(f"frame {done} of {count}", done, count)

        try:
            paint_film(clip, painter, work, every, report)
        except KeyboardInterrupt:
            kept = work.state.frames if work.state else 0
            say(f"interrupted: {kept} of {clip.count} frames are kept; the same command goes on")
            return 130
        comment = None if no_metadata else recipe.to_json({"weights": pipe.digest})
        notes = [*painter.notes, *_notes(clip), *_written(output, clip, work, comment)]
    work.remove()
    _report(output, clip, resumed, notes, as_json, quiet)
    return 0


def _recipe(prompt: str | None, recipe_file: Path | None, settings: PaintSettings) -> Recipe:
    """What is asked for.

    Raises:
        click.UsageError: It asks for nothing, or for what is not done to videos.
    """
    if recipe_file is None:
        if prompt is None:
            raise click.UsageError("Missing argument 'PROMPT' (or --recipe FILE).")
        recipe = settings.recipe(prompt)
    else:
        recipe = Loaded.of(recipe_file).recipe
        parts = recipe.parts if prompt is None else Recipe.of(prompt).parts
        recipe = replace(recipe, parts=parts, **settings.values)
    try:
        check_recipe(recipe)
    except RecipeError as error:
        dashes = "" if error.field == "regions" else "--"
        raise click.UsageError(f"{dashes}{error}.") from error
    return recipe


def _key(clip: Clip, recipe: Recipe, pipe: StyleMambaPipeline, every: int) -> dict[str, Any]:
    """All that the frames of a result depend on."""
    import av
    import cv2

    from stylemamba.files.store import code_digest, file_digest, painting_key

    content = file_digest(clip.path).encode()
    return {
        **painting_key(content, recipe.to_dict(), pipe.digest, pipe.numerics),
        "video": code_digest("video"),
        "libraries": [av.__version__, cv2.__version__],
        "span": [clip.first, clip.last],
        "every": every,
    }


def _written(output: Path, clip: Clip, work: Any, comment: str | None) -> list[str]:
    from stylemamba.files.atomic import atomic_writer
    from stylemamba.video.muxing import write_video

    with atomic_writer(output) as file:
        return write_video(file, output, clip, work.packets(), comment)


def _notes(clip: Clip) -> list[str]:
    if clip.bits > 8:
        return [f"{clip.path}: has {clip.bits} bits a channel; the result has 8"]
    return []


def _report(
    output: Path, clip: Clip, resumed: int, notes: list[str], as_json: bool, quiet: bool
) -> None:
    if not quiet:
        for note in notes:
            say(note)
    if as_json:
        summary = {"output": str(output), "frames": clip.count, "resumed": resumed, "notes": notes}
        click.echo(to_json(summary))
    elif not quiet:
        click.echo(f"{output}: {clip.count} frames")
