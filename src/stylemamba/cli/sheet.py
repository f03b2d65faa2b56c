"""`stylemamba sheet`: photos times prompts on one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.kept import asked, coverage_warnings
from stylemamba.cli.messages import say, slug, to_json
from stylemamba.cli.options import (
    FILE,
    FitSettings,
    collect_prompts,
    fit_options,
    prompt_options,
    refuse_overwriting,
)
from stylemamba.cli.progress import FitProgress, fit_progress

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba.files.images import Photo
    from stylemamba.files.store import Entry, Store
    from stylemamba.pipeline import StyleMambaPipeline

MEASURES = ("ssim", "laplacian_ratio")


@dataclass(frozen=True)
class Cell:
    """A photo, a prompt, and the place of the result."""

    photo: Photo
    prompt: str
    entry: Entry


@click.command(short_help="Draw a contact sheet of photos times prompts.")
@click.argument("photos", type=FILE, nargs=-1, required=True, metavar="PHOTO...")
@prompt_options
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", help="The sheet.")
@click.option(
    "--cell",
    type=click.IntRange(32, 2048),
    default=224,
    show_default=True,
    metavar="PX",
    help="Longer side of the pictures on the sheet.",
)
@fit_options
@click.option("--json", "as_json", is_flag=True, help="Measure each cell; print one JSON object.")
@click.option("--quiet", is_flag=True, help="Print errors and the JSON object only.")
def sheet(
    photos: tuple[Path, ...],
    prompts: tuple[str, ...],
    prompt_file: Path | None,
    output: Path,
    cell: int,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Draw a contact sheet: a column for each PHOTO, a row for each prompt, every cell shown.

    Finished cells are kept beside the sheet (sheet.jpg: sheet.cells/), so the same command goes on
    where it stopped; after a change of photo, settings, weights or version they are made anew.

    --json measures each result against its photo, on luma, at --size or the photo's own: ssim
    (structural similarity) and laplacian_ratio (mean |Laplacian| of the result divided by the
    photo's: fine detail or noise); null where a picture is too small or too flat to tell.
    """
    from stylemamba.files.contact_sheet import draw_contact_sheet
    from stylemamba.files.images import check_output, read_image, write_image
    from stylemamba.files.store import Store

    prompts = collect_prompts(prompts, prompt_file)
    refuse_overwriting(output, "--output", photos)
    check_output(output)
    sources = [read_image(path) for path in photos]
    settings = FitSettings(**options)
    store = Store(output.with_suffix(".cells"))
    store.prepare()
    with fit_progress(quiet) as progress:
        pipe = settings.load_pipeline()
        cells = _cells(sources, prompts, store, settings, pipe)
        missing = {each.entry: each for each in cells if each.entry.load() is None}
        left = len(missing) - _paint(list(missing.values()), settings, pipe, progress)
    if left:
        say(f"interrupted: {left} of {len(cells)} cells left; the same command goes on")
        return 130
    pictures, measured, painted = [_shrunk(source, cell) for source in sources], [], []
    for each in cells:
        kept = each.entry.require()
        painted.append((each.prompt, kept.record))
        result = read_image(kept.pictures[""])
        pictures.append(_shrunk(result, cell))
        if as_json:
            metrics = _metrics(each.photo, result, settings.size)
            measured.append({"photo": str(each.photo.path), "prompt": each.prompt, **metrics})
    columns = len(sources)
    image = draw_contact_sheet(
        [pictures[start : start + columns] for start in range(0, len(pictures), columns)],
        rows=["photo", *prompts],
        columns=[source.path.stem for source in sources],
        cell=cell,
    )
    write_image(image, output)
    notes = coverage_warnings(painted)
    if not quiet:
        for note in notes:
            say(note)
    if as_json:
        summary = {
            "output": str(output),
            "size": [image.width, image.height],
            "cells": measured,
            "means": {name: _mean([row[name] for row in measured]) for name in MEASURES},
            "notes": notes,
        }
        click.echo(to_json(summary))
    elif not quiet:
        size = f"{image.width} x {image.height}"
        click.echo(f"{output}: {size}, {len(cells)} cells, {len(missing)} of them new")
    return 0


def _cells(
    sources: Sequence[Photo],
    prompts: Sequence[str],
    store: Store,
    settings: FitSettings,
    pipe: StyleMambaPipeline,
) -> list[Cell]:
    """Row by row."""
    from stylemamba.files.store import painting_key

    contents = [source.path.read_bytes() for source in sources]
    cells = []
    for prompt in prompts:
        recipe = {"prompt": prompt, **asked(settings)}
        for source, content in zip(sources, contents, strict=True):
            name = f"{slug(source.path.stem)}-{slug(prompt)}"
            key = painting_key(content, recipe, pipe.digest)
            cells.append(Cell(source, prompt, store.entry(name, key)))
    return cells


def _paint(
    cells: Sequence[Cell], settings: FitSettings, pipe: StyleMambaPipeline, progress: FitProgress
) -> int:
    """Paints and keeps cells; how many were done, fewer than all after Ctrl-C."""
    from stylemamba.files.store import painting_record

    for done, cell in enumerate(cells):
        progress.start(f"{cell.photo.path.stem}, {cell.prompt}", done, len(cells))
        result = settings.fit(pipe, cell.photo.rgb, cell.prompt, progress.step)
        if result.interrupted:
            return done
        cell.entry.save(painting_record(result), {"": result.image}, cell.photo.alpha)
    return len(cells)


def _shrunk(photo: Photo, side: int) -> Image.Image:
    from stylemamba.files.images import fit_size, on_white, resize

    size = fit_size(photo.rgb.size, min(side, max(photo.rgb.size)))
    return resize(on_white(photo.rgb, photo.alpha), size)


def _metrics(source: Photo, result: Photo, size: int | None) -> dict[str, float | None]:
    from stylemamba.evaluation.metrics import (
        LAPLACIAN_SIDE,
        SSIM_SIDE,
        mean_absolute_laplacian,
        ssim,
    )
    from stylemamba.files.images import fit_size, resize, to_tensor

    sides = fit_size(source.rgb.size, size or max(source.rgb.size))
    photo, styled = (to_tensor(resize(picture.rgb, sides)).double() for picture in (source, result))
    detail = mean_absolute_laplacian(photo).item() if min(sides) >= LAPLACIAN_SIDE else 0.0
    visible = detail > 1e-9  # a flat photo's is rounding
    return {
        "ssim": ssim(styled, photo).item() if min(sides) >= SSIM_SIDE else None,
        "laplacian_ratio": mean_absolute_laplacian(styled).item() / detail if visible else None,
    }


def _mean(values: list[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
