"""`stylemamba video`: a video, painted, that holds together in time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.direction import Direction
from stylemamba.cli.direction_options import direction_options
from stylemamba.cli.messages import say
from stylemamba.cli.options import (
    FILE,
    OVERWRITE,
    check_prompt,
    paint_options,
    refuse_existing,
    refuse_overwriting,
)
from stylemamba.cli.progress import fit_progress
from stylemamba.cli.recipes import PLACES
from stylemamba.cli.reporting import Report, output_option, report_options
from stylemamba.cli.saving import NO_METADATA
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
@output_option("The result: .mp4, .m4v, .mov or .mkv. -o out.mp4")
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
@direction_options
@NO_METADATA
@OVERWRITE
@paint_options
@report_options()
def video(
    source: Path,
    prompt: str | None,
    output: Path,
    start: float | None,
    end: float | None,
    every: int,
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
    stylemamba video beach.mp4 "ink wash" --region sky="starry night" -o night.mp4
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
    from stylemamba.files.images import as_photo
    from stylemamba.runtime.allocator import keep_freed_memory

    if start is not None and end is not None and end <= start:
        raise click.UsageError("--end has to come after --start.")
    direction = Direction.of(prompt, options)
    _check(direction.outline)
    refuse_overwriting(output, "--output", (source, *direction.picture_files))
    check_suffix(output)
    check_writable(output)
    refuse_existing(output, overwrite)
    clip = Clip.of(source, start, end)
    first = next(clip.frames()).picture
    direction.in_frames(as_photo(first))  # refuses what is nowhere before anything is loaded
    keep_freed_memory()
    with fit_progress(quiet) as progress:
        pipe = direction.settings.load_pipeline(direction.segmenters)
        from stylemamba.video.shot_painter import ShotPainter

        recipe, words = direction.with_learnt(pipe).in_frames(as_photo(first))
        recipe = pipe.resolved(recipe)
        painter = ShotPainter(pipe, recipe, words)
        key = _key(clip, recipe, pipe, every)
        key |= {"words": words, "segmenter": options["segmenter"]}
        work = Work(output, key)
        resumed = work.state.frames if work.state else 0

        def hear(done: int, count: int, _: object) -> None:
            progress.start(f"frame {done} of {count}", done, count)

        try:
            paint_film(clip, painter, work, every, hear)
        except KeyboardInterrupt:
            kept = work.state.frames if work.state else 0
            say(f"interrupted: {kept} of {clip.count} frames are kept; the same command goes on")
            return 130
        comment = None if no_metadata else _document(painter.in_first(first), words, pipe)
        notes = [*painter.notes, *_notes(clip), *_written(output, clip, work, comment)]
    work.remove()
    report = Report(as_json, quiet)
    report.notes(notes)
    report.summary(
        f"{output}: {clip.count} frames",
        lambda: {
            "output": str(output),
            "frames": clip.count,
            "resumed": resumed,
            "notes": notes,
        },
    )
    return 0


def _check(recipe: Recipe) -> None:
    """Refuses what is not done to videos.

    Raises:
        click.UsageError: The recipe asks for that.
    """
    try:
        check_recipe(recipe)
    except RecipeError as error:
        raise click.UsageError(f"--{error}.") from error


def _document(recipe: Recipe, words: tuple[str | None, ...], pipe: StyleMambaPipeline) -> str:
    """The recipe as the result holds it: with the regions of the first frame, for `stylize`."""
    made: dict[str, Any] = {"weights": pipe.digest}
    if any(words):
        made[PLACES] = list(words)
    return recipe.to_json(made)


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
