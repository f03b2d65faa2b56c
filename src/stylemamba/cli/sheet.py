"""`stylemamba sheet`: photos times prompts on one picture."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.messages import say
from stylemamba.cli.options import (
    FILE,
    OVERWRITE,
    PaintSettings,
    collect_prompts,
    paint_options,
    prompt_options,
    refuse_overwriting,
)
from stylemamba.cli.progress import FitProgress, fit_progress
from stylemamba.cli.reporting import Report, output_option, report_options
from stylemamba.errors import StyleMambaError
from stylemamba.files.names import slug
from stylemamba.notes import coverage_notes

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba.files.images import Photo
    from stylemamba.files.store import Entry, Kept, Store
    from stylemamba.pipeline import StyleMambaPipeline

MEASURES = ("ssim", "laplacian_ratio")


@dataclass(frozen=True)
class Cell:
    """A photo, a prompt, and the place of the result."""

    photo: Photo
    prompt: str
    entry: Entry

    @cached_property
    def kept(self) -> Kept:
        """What was painted; checked, and looked up, once."""
        return self.entry.require()

    @property
    def result(self) -> Photo:
        """What was painted, read anew: a sheet of large ones would not fit in memory."""
        from stylemamba.files.images import read_image

        return read_image(self.kept.pictures[""])


@click.command(short_help="Draw a contact sheet of photos times prompts.")
@click.argument("photos", type=FILE, nargs=-1, required=True, metavar="PHOTO...")
@prompt_options
@output_option("The sheet.")
@click.option(
    "--cell",
    type=click.IntRange(32, 2048),
    default=224,
    show_default=True,
    metavar="PX",
    help="Longer side of the pictures on the sheet.",
)
@OVERWRITE
@paint_options
@report_options("Measure each cell; print one JSON object.")
def sheet(
    photos: tuple[Path, ...],
    prompts: tuple[str, ...],
    prompt_file: Path | None,
    output: Path,
    cell: int,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Draw a contact sheet: a column for each PHOTO, a row for each prompt, every cell shown.

    Finished cells are kept beside the sheet (sheet.jpg: sheet.cells/), so the same command goes on
    where it stopped; after a change of photo, settings, weights or version they are made anew.
    Photos that cannot be read are left out, and the exit status is then 1. A sheet replaces an
    earlier one of the same photos, prompts and settings only, unless told to --overwrite.

    --json measures each result against its photo, on luma, at --size or the photo's own: ssim
    (structural similarity) and laplacian_ratio (mean |Laplacian| of the result divided by the
    photo's: fine detail or noise); null where a picture is too small or too flat to tell.
    """
    from stylemamba.files.images import check_output, write_image
    from stylemamba.files.metadata import refuse_foreign
    from stylemamba.files.store import Store

    prompts = collect_prompts(prompts, prompt_file)
    refuse_overwriting(output, "--output", photos)
    check_output(output)
    settings = PaintSettings.of(options)
    document = _document(photos, prompts, cell, settings)
    if not overwrite:
        refuse_foreign(output, document)
    sources, skipped = _read(photos)
    check_output(output, _size(sources, prompts, cell))
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
    image = _draw(sources, prompts, cells, cell)
    records = [(each.prompt, each.kept.record) for each in cells]
    notes = coverage_notes(
        (name, kept["coverage"], kept["neighbours"], kept["remarks"]) for name, kept in records
    )
    notes += write_image(image, output, recipe=document)

    def summary() -> dict[str, Any]:
        measured = [_measured(each, settings.values.get("size")) for each in cells]
        return {
            "output": str(output),
            "size": [image.width, image.height],
            "cells": measured,
            "means": {name: _mean([row[name] for row in measured]) for name in MEASURES},
            "notes": notes,
            "skipped": skipped,
        }

    report = Report(as_json, quiet)
    report.notes(notes)
    size = f"{image.width} x {image.height}"
    report.summary(f"{output}: {size}, {len(cells)} cells, {len(missing)} of them new", summary)
    return 1 if skipped else 0


def _document(
    photos: Sequence[Path], prompts: Sequence[str], cell: int, settings: PaintSettings
) -> str:
    """What the sheet keeps in its metadata, by which the same command knows it again."""
    names = json.dumps([str(path) for path in photos]).encode()
    job = {
        "photos": hashlib.sha256(names).hexdigest()[:16],
        "prompts": list(prompts),
        "settings": dict(settings.values),
        "cell": cell,
    }
    return json.dumps({"sheet": job}, sort_keys=True)


def _read(paths: Sequence[Path]) -> tuple[list[Photo], list[str]]:
    """The photos that can be read, and a line, said at once, for each that cannot.

    Raises:
        StyleMambaError: None can be read.
    """
    from stylemamba.files.images import read_image

    photos, skipped = [], []
    for path in paths:
        try:
            photos.append(read_image(path))
        except StyleMambaError as error:
            skipped.append(str(error))
    if not photos:
        several = f"none of the {len(paths)} photos can be read; the first: "
        raise StyleMambaError(f"{several if len(paths) > 1 else ''}{skipped[0]}")
    for message in skipped:
        say(f"skipped: {message}")
    return photos, skipped


def _cells(
    sources: Sequence[Photo],
    prompts: Sequence[str],
    store: Store,
    settings: PaintSettings,
    pipe: StyleMambaPipeline,
) -> list[Cell]:
    """Row by row."""
    from stylemamba.files.store import painting_key

    contents = [source.path.read_bytes() for source in sources]
    cells = []
    for prompt in prompts:
        recipe = pipe.resolved(settings.recipe(prompt)).to_dict()
        for source, content in zip(sources, contents, strict=True):
            name = f"{slug(source.path.stem)}-{slug(prompt)}"
            key = painting_key(content, recipe, pipe.digest, pipe.numerics)
            cells.append(Cell(source, prompt, store.entry(name, key)))
    return cells


def _paint(
    cells: Sequence[Cell], settings: PaintSettings, pipe: StyleMambaPipeline, progress: FitProgress
) -> int:
    """Paints and keeps cells; how many were done, fewer than all after Ctrl-C."""
    from stylemamba.files.store import painting_record

    for done, cell in enumerate(cells):
        progress.start(f"{cell.photo.path.stem}, {cell.prompt}", done, len(cells))
        result = pipe(cell.photo, settings.recipe(cell.prompt), on_progress=progress.step)
        if result.interrupted:
            return done
        cell.entry.save(painting_record(result), {"": result.image}, cell.photo.alpha)
    return len(cells)


def _shrunk_size(photo: Photo, side: int) -> tuple[int, int]:
    from stylemamba.files.images import fit_size

    return fit_size(photo.rgb.size, min(side, max(photo.rgb.size)))


def _size(sources: Sequence[Photo], prompts: Sequence[str], side: int) -> tuple[int, int]:
    """Of the sheet; results have the size of their photo."""
    from stylemamba.files.contact_sheet import contact_sheet_size

    row = [_shrunk_size(source, side) for source in sources]
    return contact_sheet_size([row] * (1 + len(prompts)), cell=side)


def _draw(
    sources: Sequence[Photo], prompts: Sequence[str], cells: Sequence[Cell], side: int
) -> Image.Image:
    from stylemamba.files.contact_sheet import draw_contact_sheet
    from stylemamba.files.images import on_white, resize

    def shrunk(photo: Photo) -> Image.Image:
        return resize(on_white(photo.rgb, photo.alpha), _shrunk_size(photo, side))

    pictures = [shrunk(source) for source in sources]
    pictures += [shrunk(cell.result) for cell in cells]
    columns = len(sources)
    return draw_contact_sheet(
        [pictures[start : start + columns] for start in range(0, len(pictures), columns)],
        rows=["photo", *prompts],
        columns=[source.path.stem for source in sources],
        cell=side,
    )


def _measured(cell: Cell, size: int | None) -> dict[str, Any]:
    from stylemamba.evaluation.metrics import (
        LAPLACIAN_SIDE,
        SSIM_SIDE,
        mean_absolute_laplacian,
        ssim,
    )
    from stylemamba.files.images import fit_size, resize, to_tensor

    sides = fit_size(cell.photo.rgb.size, size or max(cell.photo.rgb.size))
    photo, styled = (
        to_tensor(resize(picture.rgb, sides)).double() for picture in (cell.photo, cell.result)
    )
    detail = mean_absolute_laplacian(photo).item() if min(sides) >= LAPLACIAN_SIDE else 0.0
    visible = detail > 1e-9  # a flat photo's is rounding
    return {
        "photo": str(cell.photo.path),
        "prompt": cell.prompt,
        "ssim": ssim(styled, photo).item() if min(sides) >= SSIM_SIDE else None,
        "laplacian_ratio": mean_absolute_laplacian(styled).item() / detail if visible else None,
    }


def _mean(values: list[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
