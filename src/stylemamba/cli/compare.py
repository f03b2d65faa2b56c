"""`stylemamba compare`: StyleMamba against CLIPstyler and others, under the same conditions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylemamba.cli.messages import say
from stylemamba.cli.options import (
    DEVICE,
    FILE,
    OVERWRITE,
    SEED,
    check_finite,
    read_prompts,
    refuse_foreign_tables,
)
from stylemamba.cli.progress import fit_progress
from stylemamba.cli.reporting import Report, output_option, report_options
from stylemamba.errors import StyleMambaError
from stylemamba.files.names import slug
from stylemamba.notes import coverage_notes
from stylemamba.portable.recipe import parts_of_prompt

if TYPE_CHECKING:
    from stylemamba.files.images import Photo

SHORTEST_SIDE = 32
FOLLOWING = 4.0
"""Guidance at which the directions weigh as much as the style anchor."""


@click.command(short_help="Measure StyleMamba against CLIPstyler on the same photos.")
@click.argument("photos", type=FILE, nargs=-1, required=True, metavar="PHOTO...")
@click.option(
    "--prompts",
    "prompt_file",
    type=FILE,
    required=True,
    metavar="FILE",
    help="A text file with one prompt a line; empty lines and lines that begin with # are skipped.",
)
@output_option("Folder of the results.", "DIR")
@click.option(
    "--size",
    type=click.IntRange(SHORTEST_SIDE, 2048),
    default=256,
    show_default=True,
    metavar="PX",
    help="Longer side of the pictures, for all methods.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="N",
    help="Steps of CLIPstyler and of the pixels; CLIPstyler's result at the last is the reference.",
)
@click.option(
    "--fit-steps",
    type=click.IntRange(min=1),
    default=80,
    show_default=True,
    metavar="N",
    help="Steps of StyleMamba's fit.",
)
@click.option(
    "--clipstyler-crops",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    metavar="N",
    help="Crops that CLIPstyler looks at in a step. Fewer are faster, and no longer as published.",
)
@click.option(
    "--guidance",
    type=click.FloatRange(min=0, max=1000),
    callback=check_finite,
    metavar="X",
    help="How closely StyleMamba's fit follows the text.  [default: 32, because CLIPstyler follows "
    "nothing else; 1 with --ablate or --preset paper]",
)
@click.option(
    "--ablate",
    is_flag=True,
    help="Compare StyleMamba's fit with itself, a part left out or replaced at a time.",
)
@OVERWRITE
@click.option("--seed", type=SEED, default=0, show_default=True, metavar="S")
@click.option(
    "--preset", type=click.Choice(["embedded", "paper"]), default="embedded", show_default=True
)
@click.option("--encoder", type=FILE, metavar="DIR", help="Folder of a style encoder.")
@click.option("--autoencoder", type=FILE, metavar="DIR", help="Folder of an autoencoder.")
@click.option(
    "--fusion", type=FILE, metavar="DIR", help="Folder of a style fusion trained for one pass."
)
@DEVICE
@report_options()
def compare(
    photos: tuple[Path, ...],
    prompt_file: Path,
    output: Path,
    size: int,
    steps: int,
    fit_steps: int,
    clipstyler_crops: int,
    guidance: float | None,
    ablate: bool,
    overwrite: bool,
    seed: int,
    preset: str,
    encoder: Path | None,
    autoencoder: Path | None,
    fusion: Path | None,
    device: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Stylise each PHOTO with each prompt by every method, and count the steps and seconds.

    The methods are CLIPstyler, plain pixel optimisation, StyleMamba's fit and its one pass. DIR
    gets comparison.json, .md, -curves.png, -side-by-side.jpg and, in runs/, scores and pictures at
    some steps. What is there is not done again: after Ctrl-C the same command goes on where it
    stopped. Files in DIR that are not of this command are not replaced, unless told to --overwrite.

    With --ablate the methods are variants of StyleMamba's fit, --fit-steps long, from the photo
    itself; --steps and --clipstyler-crops do not matter then, and the files are called ablation.
    """
    from stylemamba.files.images import read_image

    prompts = tuple(dict.fromkeys(read_prompts(prompt_file)))
    for prompt in prompts:
        if len(parts_of_prompt(prompt)) > 1:
            raise StyleMambaError(f"{prompt}: methods are compared in one style at a time")
    sources = [read_image(path) for path in photos]
    _check_shapes(sources, size)
    if guidance is None:
        guidance = 1.0 if ablate or preset == "paper" else FOLLOWING
    settings = {
        "size": size,
        "steps": steps,
        "fit_steps": fit_steps,
        "clipstyler_crops": clipstyler_crops,
        "guidance": guidance,
        "seed": seed,
        "preset": preset,
    }
    report = Report(as_json, quiet)
    with fit_progress(quiet) as progress:
        from stylemamba.evaluation.comparison.plans import ABLATION, COMPARISON
        from stylemamba.evaluation.comparison.run import SUFFIXES, Comparison
        from stylemamba.pipeline import StyleMambaPipeline

        plan = ABLATION if ablate else COMPARISON
        if not overwrite:
            names = [plan.name + suffix for suffix in SUFFIXES]
            refuse_foreign_tables(output, names, ("photos", "prompts", "settings", "methods"))
        pipe = StyleMambaPipeline.from_pretrained(
            preset=preset, encoder=encoder, autoencoder=autoencoder, fusion=fusion, device=device
        )
        styles = {prompt: pipe.encoder.style(prompt) for prompt in prompts}
        report.notes(
            coverage_notes(
                (prompt, style.coverage, style.neighbours, style.remarks)
                for prompt, style in styles.items()
            )
        )
        comparison = Comparison(plan, output, sources, prompts, settings, pipe, slug)
        try:
            comparison.run(progress.start, progress.step)
        except KeyboardInterrupt:
            say("interrupted; the same command goes on where it stopped")
            return 130
    summary = comparison.report()
    report.summary(comparison.page, lambda: summary)
    return 0


def _check_shapes(sources: list[Photo], size: int) -> None:
    from stylemamba.files.images import fit_size

    for source in sources:
        if min(fit_size(source.rgb.size, size)) < SHORTEST_SIDE:
            raise StyleMambaError(
                f"{source.path}: its shorter side would have less than {SHORTEST_SIDE} px; choose "
                "a larger --size or another photo"
            )
