"""`stylemamba evaluate`: a folder of photos times prompts, measured."""

from __future__ import annotations

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
    refuse_foreign_tables,
    refuse_overwriting,
    settings_in,
)
from stylemamba.cli.progress import fit_progress
from stylemamba.cli.reporting import Report, output_option, report_options
from stylemamba.errors import StyleMambaError
from stylemamba.files.names import slug
from stylemamba.notes import coverage_notes

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba.output import StyleMambaOutput
    from stylemamba.pipeline import StyleMambaPipeline


@click.command(short_help="Measure results over a folder of photos and prompts.")
@click.argument("content", type=FILE)
@prompt_options
@output_option("Folder of the tables.", "DIR")
@click.option(
    "--annotations", type=FILE, metavar="FILE", help="COCO's JSON file: only what it lists counts."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Take N photos at even distances, not all.",
)
@click.option(
    "--judge",
    "judges",
    multiple=True,
    metavar="NAME",
    help="Encoder that scores: artlip, or a folder or hub name of a CLIP or SigLIP model, which "
    "is downloaded if need be; several times for columns of several.  [default: CLIP ViT-L/14 if "
    "it is in the cache, else the encoder in use]",
)
@click.option(
    "--aesthetic",
    type=FILE,
    metavar="FILE",
    help="LAION's predictor on CLIP ViT-L/14, V1 or V2; adds the aesthetic score.",
)
@click.option(
    "--lpips",
    type=FILE,
    metavar="DIR",
    help="Folder of LPIPS's weights, such as vgg16-397923af.pth and vgg.pth.  [default: those of "
    "SqueezeNet, if they are in their caches]",
)
@click.option(
    "--place",
    is_flag=True,
    help="Paint the mirror image and the left 70 % of each photo as well, and add mirror error and "
    "crop error; painting then takes about 2.7 times as long.",
)
@OVERWRITE
@paint_options
@report_options("Print the means as one JSON object.")
def evaluate(
    content: Path,
    prompts: tuple[str, ...],
    prompt_file: Path | None,
    output: Path,
    annotations: Path | None,
    limit: int | None,
    judges: tuple[str, ...],
    aesthetic: Path | None,
    lpips: Path | None,
    place: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Stylise every photo of CONTENT with every prompt, and measure the results.

    CONTENT is a folder with photos, or with sub-folders of photos (as WikiArt has them), or COCO's
    with --annotations. DIR gets results.md (means), results.csv (every picture), results.json
    (all of it) and the pictures.

    Finished pictures are kept, so the same command goes on where it stopped; after a change of
    photo, settings, weights or version they are made anew. Photos that cannot be read are skipped,
    and the exit status is then 1. Files in DIR that are not of this command are not replaced,
    unless told to --overwrite.

    \b
    stylemamba evaluate photos/ --prompts prompts.txt -o results/
    stylemamba evaluate val2017/ --annotations captions_val2017.json --limit 100 \\
        --prompt "pencil sketch" --judge openai/clip-vit-large-patch14 -o results/
    """
    from stylemamba.files.photo_sets import read_photo_set, spread

    prompts = tuple(dict.fromkeys(collect_prompts(prompts, prompt_file)))
    photos = read_photo_set(content, annotations)
    entries = spread(photos.entries, limit)
    refuse_overwriting(output, "--output", (content,))

    from stylemamba.evaluation.report import FILES, summarise_run, write_tables

    if not overwrite:
        refuse_foreign_tables(output, FILES, ("content", "prompts", "judge", "rows"))

    from stylemamba.evaluation.evaluator import Evaluator
    from stylemamba.evaluation.judges import load_judge
    from stylemamba.evaluation.machine import describe_machine
    from stylemamba.evaluation.peak_memory import PeakMemory
    from stylemamba.evaluation.run import EvaluationRun
    from stylemamba.files.store import Store

    settings = PaintSettings.of(options)
    Store(output).prepare()
    with fit_progress(quiet) as progress:
        pipe = settings.load_pipeline()
        models = _digests(pipe)
        recipes = {prompt: pipe.resolved(settings.recipe(prompt)) for prompt in prompts}
        run = EvaluationRun(output, entries, recipes, models, pipe.numerics, slug, place=place)
        memory = PeakMemory()

        def make(image: Image.Image, prompt: str) -> StyleMambaOutput:
            return pipe(image, recipes[prompt], on_progress=progress.step)

        def load_evaluator() -> Evaluator:
            found = [load_judge(name, pipe.encoder) for name in judges or (None,)]
            return Evaluator(found, aesthetic, lpips, place=place)

        missing = run.find_missing()
        if missing:
            # Refuses a wrong judge now; let go, or its memory would be counted.
            load_evaluator()
            left = run.stylise(missing, make, memory, progress.start)
            if left:
                say(f"interrupted: {left} of {len(run.jobs)} pictures left; run it again to go on")
                return 130
        evaluator = load_evaluator()
        rows = run.measure(evaluator, progress.start)
    for message in run.skipped:
        say(f"skipped: {message}")
    if not rows:
        raise StyleMambaError(f"{content}: none of its pictures can be read; use other copies")
    results = {
        "content": str(content),
        "photos": len(entries) - len(run.skipped),
        "prompts": list(prompts),
        "settings": {"preset": settings.models["preset"], **settings_in(recipes[prompts[0]])},
        "models": models,
        "machine": describe_machine(),
        "notes": [
            *photos.notes,
            *coverage_notes(
                (row["prompt"], row["coverage"], row["neighbours"], row["remarks"]) for row in rows
            ),
        ],
        "skipped": run.skipped,
        **summarise_run(rows, evaluator, memory),
    }
    write_tables(output, results)
    new = sum(not job.view for job in set(missing) & set(run.jobs))
    _tell(results, output, new, Report(as_json, quiet))
    return 1 if run.skipped else 0


def _digests(pipe: StyleMambaPipeline) -> dict[str, str]:
    """Of the weights of each model."""
    from stylemamba.runtime.model_files import fingerprint

    parts = {name: getattr(pipe, name) for name in ("encoder", "autoencoder", "fusion")}
    return {name: fingerprint(part) for name, part in parts.items() if part is not None}


def _tell(results: dict[str, Any], output: Path, new: int, report: Report) -> None:
    report.notes(results["notes"])
    report.notes(f"left out: {name}: {reason}" for name, reason in results["left_out"].items())
    summary = {name: value for name, value in results.items() if name != "rows"}
    report.summary(
        f"{output / 'results.md'}: {len(results['rows'])} pictures, {new} of them new",
        lambda: {"output": str(output), "new": new, **summary},
    )
