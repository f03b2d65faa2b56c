"""`stylemamba live`: a camera or a video, painted while it runs, on a page of the browser."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.direction import Direction
from stylemamba.cli.direction_options import direction_options
from stylemamba.cli.messages import say
from stylemamba.cli.options import paint_options, refuse_no_prompt
from stylemamba.cli.reporting import Report, report_options
from stylemamba.errors import StyleMambaError

if TYPE_CHECKING:
    from stylemamba.live.show import Show
    from stylemamba.live.sources import Source
    from stylemamba.server.serve import Address

LOOK = 0.2
"""Seconds after which a wait for the first picture looks whether it is worth it."""
NEEDED = "live pictures need more packages: pip install 'stylemamba[studio,video]'"
OF_ONE_PHOTO = ("size", "steps", "tile", "guidance")
"""Fields of recipes that nothing is painted by here."""


@click.command(short_help="Paint a camera or a video while it runs, in the browser.")
@click.argument("arguments", nargs=-1, metavar="[SOURCE] [PROMPT]")
@click.option(
    "--camera",
    type=click.IntRange(0, 99),
    default=0,
    show_default=True,
    metavar="N",
    help="Which camera, where there is no SOURCE. --camera 1",
)
@click.option("--mirror", is_flag=True, help="Show the camera as a mirror does.")
@click.option(
    "--size",
    "side",
    type=click.IntRange(64, 1024),
    default=256,
    show_default=True,
    metavar="PX",
    help="Longer side at which it is painted: less is faster. --size 192",
)
@click.option("--loop", is_flag=True, help="Begin a SOURCE again when it is over.")
@click.option(
    "--no-flow",
    is_flag=True,
    help="Paint every frame by itself, instead of moving paint along with the photo: fewer "
    "pictures a second, and they flicker.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=7861,
    show_default=True,
    help="Of the page, on this machine; 0 takes any that is free.",
)
@click.option("--no-browser", is_flag=True, help="Only say where the page is.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1),
    metavar="S",
    help="End after so many seconds of pictures, or with the SOURCE, and say how fast it was. "
    "--seconds 20",
)
@direction_options
@partial(paint_options, without=OF_ONE_PHOTO)
@report_options("Print what was measured as one JSON object.")
def live(
    arguments: tuple[str, ...],
    camera: int,
    mirror: bool,
    side: int,
    loop: bool,
    no_flow: bool,
    port: int,
    no_browser: bool,
    seconds: float | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Paint a camera, or SOURCE in its place, in the style that PROMPT describes, while it runs.

    SOURCE is a video, a picture or a folder of pictures. The page shows it beside what is painted;
    style and strength can be changed there, the space bar freezes the picture, and a snapshot holds
    its recipe. Only this machine can open it. Ctrl-C ends, and says how fast it was.

    \b
    stylemamba live "watercolour"
    stylemamba live holiday.mp4 "ukiyo-e woodblock print" --loop
    stylemamba live "pencil sketch" --region background="starry night" --mirror
    stylemamba live holiday.mp4 "oil painting" --seconds 20 --no-browser --json
    """
    name, prompt = _named(arguments, options)
    direction = Direction.of(prompt, options)
    try:
        from stylemamba.live.show import Show, Wish
        from stylemamba.live.sources import Camera, open_file
        from stylemamba.server.serve import Address
    except ImportError as error:
        raise StyleMambaError(NEEDED) from error
    from stylemamba.files.images import as_photo
    from stylemamba.runtime.allocator import keep_freed_memory

    address = Address(port=port)
    address.check_free()
    report = Report(as_json, quiet)
    source: Source
    if name is None:
        source = Camera(camera, mirror)
    else:
        source, notes = open_file(Path(name), loop)
        report.notes(notes)
    first = as_photo(next(source.shots()).picture)
    direction.in_frames(first)  # refuses what is nowhere before the models are loaded
    keep_freed_memory()
    pipe = direction.settings.load_pipeline(direction.segmenters)
    recipe, words = direction.with_learnt(pipe).in_frames(first)
    recipe = pipe.resolved(replace(recipe, size=None, steps=0, tile=False))
    show = Show(pipe, source, Wish(recipe, words), side, not no_flow)
    _run(show, pipe, address, seconds, not no_browser)
    if show.failure is not None:
        raise show.failure
    summary = {
        "source": source.name,
        "prompt": recipe.prompt,
        "size": side,
        "flow": not no_flow,
        **show.meter.summary(),
    }
    report.notes(show.notes)
    report.summary(_line(summary), lambda: summary)
    return 0


def _named(arguments: tuple[str, ...], options: dict[str, Any]) -> tuple[str | None, str | None]:
    """The source and the prompt, each None where it is not given."""
    directed = any(options[name] for name in ("recipe_file", "style_images", "keep_rest"))
    if len(arguments) > 2:
        raise click.UsageError("Give a SOURCE and a PROMPT in quotes, or a PROMPT alone.")
    if len(arguments) == 2:
        refuse_no_prompt(arguments[1], "'PROMPT'")
        return arguments[0], arguments[1]
    (only,) = arguments or (None,)
    if only is None:
        return None, None
    if Path(only).exists():
        if not directed:
            raise click.UsageError(f"Missing argument 'PROMPT': {only} is a file or folder.")
        return only, None
    refuse_no_prompt(only, "'PROMPT'")
    return None, only


def _run(show: Show, pipe: Any, address: Address, seconds: float | None, browser: bool) -> None:
    """Serves the page until Ctrl-C, an error, or the time is up."""
    from stylemamba.live.app import create_app
    from stylemamba.server.serve import Listener, listen

    end = threading.Event()

    def watch() -> None:
        """Ends the server."""
        if seconds is None:
            show.over.wait()
            if show.failure is None:  # the last picture stays
                return
        else:
            # A source may be over before the first of its frames is painted.
            while show.views.after(0, LOOK) is None and show.failure is None:
                pass
            show.over.wait(seconds)
        end.set()

    show.start()
    threading.Thread(target=watch, daemon=True).start()
    try:
        app = create_app(show, pipe, address.allowed)
        listen(Listener(app, address), address, lambda url: say(f"live at {url}"), browser, end)
    except KeyboardInterrupt:  # the way to end it
        pass
    finally:
        show.close()


def _line(summary: dict[str, Any]) -> str:
    age = summary["latency_ms"]["median"]
    if age is None:
        return f"{summary['source']}: ended before there was a picture"
    rate = summary["pictures_a_second"]
    speed = "" if rate is None else f"{rate:.1f} a second, "
    return (
        f"{summary['source']}: {summary['pictures']} pictures in {summary['seconds']:.1f} s, "
        f"{speed}{age:.0f} ms after their frames; {summary['paintings']} were painted"
    )
