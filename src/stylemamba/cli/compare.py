"""`stylemamba compare`: StyleMamba against CLIPstyler and others, under the same conditions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
FULL = {"size": 256, "steps": 200, "fit_steps": 80, "clipstyler_crops": 64}
"""Settings of the long comparison: steps and crops are those of CLIPstyler's authors."""
QUICK = {"size": 160, "steps": 60, "fit_steps": 30, "clipstyler_crops": 16}
"""Those of the short one: two photos and a prompt within five minutes, on two idle cores or one."""


def _setting(name: str, kind: click.IntRange, metavar: str, text: str) -> Callable[[Any], Any]:
    return click.option(
        f"--{name.replace('_', '-')}",
        type=kind,
        metavar=metavar,
        help=f"{text}  [default: {QUICK[name]}; {FULL[name]} with --full]",
    )


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
    "--full",
    is_flag=True,
    help="Compare with CLIPstyler as published. It takes many times as long.",
)
@_setting(
    "size",
    click.IntRange(SHORTEST_SIDE, 2048),
    "PX",
    "Longer side of the pictures, for all methods.",
)
@_setting(
    "steps",
    click.IntRange(min=1),
    "N",
    "Steps of CLIPstyler and of the pixels; CLIPstyler's result at the last is the reference.",
)
@_setting("fit_steps", click.IntRange(min=1), "N", "Steps of StyleMamba's fit.")
@_setting(
    "clipstyler_crops",
    click.IntRange(min=1),
    "N",
    "Crops that CLIPstyler looks at in a step.",
)
@click.option(
    "--guidance",
    type=click.FloatRange(min=0, max=1000),
    callback=check_finite,
    metavar="X",
    help=f"How closely StyleMamba's fit follows the text.  [default: {FOLLOWING:g}, because "
    "CLIPstyler follows nothing else; 1 with --ablate or --preset paper]",
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
    full: bool,
    size: int | None,
    steps: int | None,
    fit_steps: int | None,
    clipstyler_crops: int | None,
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
    some steps. How long it will take is measured beforehand, and said. What is there is not done
    again: after Ctrl-C the same command goes on where it stopped. Files in DIR that are not of this
    command are not replaced, unless told to --overwrite.

    With --ablate the methods are variants of StyleMamba's fit, --fit-steps long, from the photo
    itself; --steps and --clipstyler-crops do not matter then, and the files are called ablation.
    """
    from stylemamba.files.images import read_image

    prompts = tuple(dict.fromkeys(read_prompts(prompt_file)))
    for prompt in prompts:
        if len(parts_of_prompt(prompt)) > 1:
            raise StyleMambaError(f"{prompt}: methods are compared in one style at a time")
    sources = [read_image(path) for path in photos]
    given = {"size": size, "steps": steps, "fit_steps": fit_steps}
    given["clipstyler_crops"] = clipstyler_crops
    usual = FULL if full else QUICK
    numbers = {name: usual[name] if value is None else value for name, value in given.items()}
    _check_shapes(sources, numbers["size"])
    if guidance is None:
        guidance = 1.0 if ablate or preset == "paper" else FOLLOWING
    settings = {**numbers, "guidance": guidance, "seed": seed, "preset": preset, "full": full}
    report = Report(as_json, quiet)

    def foretell(seconds: float, done: int, jobs: int) -> None:
        if done < jobs:
            so_far = f"{done} of {jobs} pairs of a photo and a prompt are done, " if done else ""
            report.notes([f"{so_far}about {_in_words(seconds)} left on this machine"])

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
            comparison.run(progress.start, progress.step, foretell)
        except KeyboardInterrupt:
            say("interrupted; the same command goes on where it stopped")
            return 130
    summary = comparison.report()
    report.summary(comparison.page, lambda: summary)
    return 0


def _in_words(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{max(round(seconds), 1)} s"
    return f"{minutes} min" if minutes < 120 else f"{seconds / 3600:.1f} h"


def _check_shapes(sources: list[Photo], size: int) -> None:
    from stylemamba.files.images import fit_size

    for source in sources:
        if min(fit_size(source.rgb.size, size)) < SHORTEST_SIDE:
            raise StyleMambaError(
                f"{source.path}: its shorter side would have less than {SHORTEST_SIDE} px; choose "
                "a larger --size or another photo"
            )
