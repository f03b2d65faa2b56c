"""`stylemamba styles`: what the models know that is near a prompt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylemamba.cli.messages import say, to_json
from stylemamba.cli.options import STYLES, check_prompt
from stylemamba.errors import StyleMambaError
from stylemamba.notes import shorten

if TYPE_CHECKING:
    from stylemamba.files.style_files import Shelf


@click.command(short_help="Show which known styles are near a prompt, and those of your own.")
@click.argument("prompt", callback=check_prompt, required=False)
@click.option("--list", "list_own", is_flag=True, help="List the styles of your own, instead.")
@click.option(
    "--remove", metavar="NAME", help="Remove a style from your own folder, instead. --remove quilts"
)
@STYLES
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def styles(
    prompt: str | None, list_own: bool, remove: str | None, styles: tuple[Path, ...], as_json: bool
) -> int:
    """Show the known styles nearest to PROMPT and how well it is covered.

    Coverage goes from 0 (far from everything known) to 1. What was understood is said where it
    differs from what was typed, and so is what is not known.

    \b
    stylemamba styles "gothic cyberpunk"
    stylemamba styles --list
    """
    if (prompt is not None) + list_own + (remove is not None) != 1:
        raise click.UsageError("Give one of PROMPT, --list and --remove.")
    from stylemamba.files.style_files import Shelf, usual_places

    places = [*usual_places(), *styles]
    if list_own:
        return _list(Shelf.load(places), as_json)
    if remove is not None:
        return _remove(remove)
    assert prompt is not None
    return _near(prompt, places, as_json)


def _list(shelf: Shelf, as_json: bool) -> int:
    for line in shelf.skipped:
        say(f"skipped: {line}")
    if as_json:
        rows = [
            {
                "names": list(style.names),
                "pictures": len(style.learnt.codes),
                "licence": style.licence,
                "file": str(style.path),
            }
            for style in shelf.styles
        ]
        click.echo(to_json({"styles": rows}))
        return 0
    for style in shelf.styles:
        licence = f", {style.licence}" if style.licence else ""
        pictures = len(style.learnt.codes)
        click.echo(f"{' / '.join(style.names)}: {pictures} pictures{licence}, {style.path}")
    if not shelf.styles:
        say('none of your own yet: stylemamba learn "a name" PICTURE...')
    return 0


def _remove(name: str) -> int:
    from stylemamba.files.style_files import Shelf, own_folder

    folder = own_folder()
    found = Shelf.load([folder] if folder.is_dir() else []).find(name)
    if found is None or found.path is None:
        raise StyleMambaError(f"{name}: no style of that name is in {folder}")
    try:
        found.path.unlink()
    except OSError as error:
        raise StyleMambaError(f"{found.path}: {error.strerror}") from error
    click.echo(f"{found.path}: removed")
    return 0


def _near(prompt: str, places: list[Path], as_json: bool) -> int:
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.portable.pyramid import LOW_COVERAGE

    report = StyleMambaPipeline.from_pretrained(device="cpu", styles=places).coverage(prompt)
    if as_json:
        neighbours = [{"style": name, "similarity": value} for name, value in report.neighbours]
        click.echo(
            to_json(
                {
                    "prompt": prompt,
                    "coverage": report.coverage,
                    "remarks": report.remarks,
                    "neighbours": neighbours,
                }
            )
        )
        return 0
    verdict = "far from the styles known here" if report.coverage < LOW_COVERAGE else "known"
    click.echo(f"{shorten(prompt)}: coverage {report.coverage:.2f}, {verdict}")
    for remark in report.remarks:
        click.echo(f"  {remark}")
    for name, value in report.neighbours:
        click.echo(f"  {value:5.2f}  {name}")
    return 0
