"""`stylemamba sheet`: photos times prompts on one picture."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.messages import say, to_json
from stylemamba.cli.options import (
    FILE,
    PaintSettings,
    collect_prompts,
    paint_options,
    prompt_options,
    refuse_overwriting,
)
from stylemamba.cli.progress import fit_progress
from stylemamba.errors import StyleMambaError
from stylemamba.files.names import slug

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba.files.images import Photo


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
@paint_options
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
    where it stopped.

    --json measures each result against its photo, on luma, at --size or the photo's own: ssim
    (structural similarity) and laplacian_ratio (mean |Laplacian| of the result divided by the
    photo's: fine detail or noise); null where a picture is too small or too flat to tell.
    """
    from stylemamba.files.contact_sheet import draw_contact_sheet
    from stylemamba.files.images import (
        check_output,
        fit_size,
        on_white,
        read_image,
        resize,
        write_image,
    )

    prompts = collect_prompts(prompts, prompt_file)
    refuse_overwriting(output, "--output", photos)
    check_output(output)
    sources = [read_image(path) for path in photos]
    settings = PaintSettings.of(options)
    folder = output.with_suffix(".cells")
    pipe = settings.load_pipeline()
    jobs = [
        (source, prompt, folder / _cell_name(source, prompt, settings, pipe.digest))
        for prompt in prompts
        for source in sources
    ]
    missing = {path: (source, prompt) for source, prompt, path in jobs if not path.exists()}
    if missing:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise StyleMambaError(f"{folder}: cannot be made ({error.strerror})") from error
        with fit_progress(quiet) as progress:
            for done, (path, (source, prompt)) in enumerate(missing.items()):
                progress.start(f"{source.path.stem}, {prompt}", done, len(missing))
                result = pipe(source.rgb, settings.recipe(prompt), on_progress=progress.step)
                if result.interrupted:
                    break
                write_image(result.image, path, source.alpha)
        left = sum(not path.exists() for path in missing)
        if left:
            say(f"interrupted: {left} of {len(jobs)} cells left; the same command goes on")
            return 130

    def shrunk(photo: Photo) -> Image.Image:
        size = fit_size(photo.rgb.size, min(cell, max(photo.rgb.size)))
        return resize(on_white(photo.rgb, photo.alpha), size)

    cells = [shrunk(source) for source in sources]
    measured = []
    for source, prompt, path in jobs:
        styled = read_image(path)
        cells.append(shrunk(styled))
        if as_json:
            metrics = _metrics(source, styled, settings)
            measured.append({"photo": str(source.path), "prompt": prompt, **metrics})
    columns = len(sources)
    image = draw_contact_sheet(
        [cells[start : start + columns] for start in range(0, len(cells), columns)],
        rows=["photo", *prompts],
        columns=[source.path.stem for source in sources],
        cell=cell,
    )
    write_image(image, output)
    if as_json:
        summary = {
            "output": str(output),
            "size": [image.width, image.height],
            "cells": measured,
            "means": {
                name: _mean([row[name] for row in measured]) for name in ("ssim", "laplacian_ratio")
            },
        }
        click.echo(to_json(summary))
    elif not quiet:
        size = f"{image.width} x {image.height}"
        click.echo(f"{output}: {size}, {len(jobs)} cells, {len(missing)} of them new")
    return 0


def _metrics(source: Photo, result: Photo, settings: PaintSettings) -> dict[str, float | None]:
    from stylemamba.evaluation.metrics import (
        LAPLACIAN_SIDE,
        SSIM_SIDE,
        mean_absolute_laplacian,
        ssim,
    )
    from stylemamba.files.images import fit_size, resize, to_tensor

    size = fit_size(source.rgb.size, settings.values.get("size") or max(source.rgb.size))
    photo, styled = (to_tensor(resize(picture.rgb, size)).double() for picture in (source, result))
    detail = mean_absolute_laplacian(photo).item() if min(size) >= LAPLACIAN_SIDE else 0.0
    visible = detail > 1e-9  # a flat photo's is rounding
    return {
        "ssim": ssim(styled, photo).item() if min(size) >= SSIM_SIDE else None,
        "laplacian_ratio": mean_absolute_laplacian(styled).item() / detail if visible else None,
    }


def _mean(values: list[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _cell_name(photo: Photo, prompt: str, settings: PaintSettings, models: str) -> str:
    key = hashlib.sha256(photo.path.read_bytes())
    key.update(settings.recipe(prompt).to_json({"weights": models}).encode())
    return f"{slug(photo.path.stem)}-{slug(prompt)}-{key.hexdigest()[:12]}.png"
