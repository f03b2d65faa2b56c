"""`stylemamba stylize`: one photo, one prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stylemamba.cli.messages import coverage_warning, say, slug, to_json
from stylemamba.cli.options import FILE, FitSettings, check_prompt, fit_options, refuse_overwriting
from stylemamba.cli.progress import fit_progress


@click.command(short_help="Paint a photo in the style of a prompt.")
@click.argument("photo", type=FILE)
@click.argument("prompt", callback=check_prompt)
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    help="The result: .png, .jpg, .webp or .tif.  [default: PHOTO-PROMPT.png in this folder]",
)
@fit_options
@click.option("--trace", type=FILE, metavar="FILE", help="Write the losses of a fit as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print a summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print errors and the JSON summary only.")
def stylize(
    photo: Path,
    prompt: str,
    output: Path | None,
    trace: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Paint PHOTO in the style that PROMPT describes.

    The result has the size of the photo. One pass takes about a second; --steps fits the picture
    further, and then Ctrl-C writes the best one so far and ends with exit status 130.

    \b
    stylemamba stylize cat.jpg "ukiyo-e woodblock print" -o out.png
    stylemamba stylize cat.jpg "pencil sketch" --steps 80 --json
    """
    from stylemamba.files.atomic import atomic_writer, check_writable
    from stylemamba.files.images import check_output, keeps_alpha, read_image, write_image

    settings = FitSettings(**options)
    source = read_image(photo)
    if output is None:
        output = Path(f"{photo.stem}-{slug(prompt)}.png")
    refuse_overwriting(output, "--output", (photo,))
    check_output(output)
    if trace is not None:
        refuse_overwriting(trace, "--trace", (photo, output))
        check_writable(trace)

    from stylemamba.runtime.allocator import keep_freed_memory

    keep_freed_memory()
    with fit_progress(quiet) as progress:
        pipe = settings.load_pipeline()
        progress.start(prompt, 0, 1)
        result = settings.fit(pipe, source.rgb, prompt, progress.step)
    write_image(result.image, output, source.alpha)
    if trace is not None:
        with atomic_writer(trace) as file:
            file.write(to_json(result.trace, indent=1).encode())

    notes = list(source.notes)
    if source.alpha is not None and not keeps_alpha(output):
        notes.append("JPEG has no transparency: laid on white")
    if warning := coverage_warning(prompt, result.coverage, result.neighbours):
        notes.append(warning)
    if result.interrupted:
        notes.append(f"interrupted after {result.steps} steps")
    if not quiet:
        for note in notes:
            say(note)

    width, height = result.image.size
    if as_json:
        summary = {
            "output": str(output),
            "size": [width, height],
            "steps": result.steps,
            "seconds": round(result.seconds, 3),
            "coverage": result.coverage,
            "seed": settings.seed,
            "prompt": prompt,
            "interrupted": result.interrupted,
            "notes": notes,
        }
        click.echo(to_json(summary))
    elif not quiet:
        made = f"{result.steps} steps" if result.steps else "one pass"
        click.echo(f"{output}: {width} x {height}, {made}, {result.seconds:.1f} s")
    return 130 if result.interrupted else 0
