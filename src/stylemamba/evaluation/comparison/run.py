"""Every method on every pair of a photo and a prompt, kept in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from stylemamba.baselines.task import Task
from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.comparison.forecast import Costs, Forecast
from stylemamba.evaluation.comparison.jobs import Finished, Job
from stylemamba.evaluation.comparison.methods import one_pass
from stylemamba.evaluation.comparison.plans import Plan
from stylemamba.evaluation.comparison.report import draw_curves, draw_progress
from stylemamba.evaluation.comparison.scores import Score, Scorer, run_method
from stylemamba.evaluation.style_judge import StyleJudge, count_named
from stylemamba.files.atomic import atomic_writer
from stylemamba.files.contact_sheet import draw_contact_sheet
from stylemamba.files.images import Photo, fit_size, resize, to_pil, to_tensor, write_image
from stylemamba.files.json_text import to_json
from stylemamba.files.store import Store
from stylemamba.pipeline import StyleMambaPipeline
from stylemamba.progress import OnProgress, Progress
from stylemamba.runtime.model_files import fingerprint

RUNS = "runs"
SUFFIXES = (".json", ".md", "-side-by-side.jpg", "-curves.png")
"""Of the files in the folder, in the order in which they are written."""
CELL = 192
"""Of the sheets, in pixels."""


class Comparison:
    """A plan carried out on photos and prompts; what is finished is not done again.

    Args:
        plan: What is compared.
        output: Folder of the results, made if it is not there.
        sources: The photos.
        prompts: The styles.
        settings: `size`, `steps`, `fit_steps`, `clipstyler_crops`, `guidance`, `seed`; and `full`,
            whether it is the long comparison.
        pipe: The models, with a style fusion trained for one pass.
        file_name: A piece of a file name from any text.

    Raises:
        StyleMambaError: There is no such fusion, or the folder cannot be made.
    """

    def __init__(
        self,
        plan: Plan,
        output: Path,
        sources: Sequence[Photo],
        prompts: Sequence[str],
        settings: dict[str, Any],
        pipe: StyleMambaPipeline,
        file_name: Callable[[str], str],
    ) -> None:
        if pipe.fusion is None:
            raise StyleMambaError(
                "there is no style fusion trained for one pass with these models: add --fusion DIR"
            )
        self.plan, self.output, self.settings = plan, output, settings
        self.sources, self.prompts = sources, prompts
        self.jobs: list[Job] = []
        runs = Store(output / RUNS, {"encoder": fingerprint(pipe.encoder)})
        config = plan.config(pipe.config).asked(settings["fit_steps"], settings["guidance"])
        for source in sources:
            small = resize(source.rgb, fit_size(source.rgb.size, settings["size"]))
            photo = to_tensor(small).to(pipe.device)
            pixels = hashlib.sha256(small.tobytes()).hexdigest()
            for prompt in prompts:
                task = Task(
                    photo=photo,
                    prompt=prompt,
                    encoder=pipe.encoder,
                    autoencoder=pipe.autoencoder,
                    fusion=pipe.fusion,
                    config=config,
                    steps=settings["steps"],
                    crops=settings["clipstyler_crops"],
                    seed=settings["seed"],
                )
                key = {"photo": pixels, "size": small.size, "prompt": prompt, "seed": task.seed}
                name = f"{file_name(source.path.stem)}-{file_name(prompt)}"
                store = runs.within(name, key)
                store.prepare()
                self.jobs.append(Job(f"{source.path.stem}, {prompt}", task, store))

    def run(
        self,
        on_start: Callable[[str, float, float, float], None],
        on_progress: OnProgress,
        on_forecast: Callable[[float, int, int], None],
    ) -> None:
        """Does what is not there yet.

        Args:
            on_start: Told, as a run begins, its label and the seconds that those before it, all,
                and it were expected to take.
            on_progress: Told of the scored steps.
            on_forecast: Told, before the first job and after each, of the seconds left, and how
                many jobs are done, of how many.

        Raises:
            KeyboardInterrupt: Ctrl-C; what was finished is kept.
        """
        missing = [(job, names) for job in self.jobs if (names := self._missing(job))]
        if not missing:
            return
        forecast = self._forecast(missing)
        on_forecast(forecast.left, 0, len(missing))
        for number, (job, names) in enumerate(missing, 1):
            scorer = Scorer(job.task)
            one_pass(job.task, lambda step, image: None)  # a first call is slower
            for name in names:
                method = self.plan.methods[name]
                last = method.steps(job.task)
                seconds = forecast.expected[forecast.done]
                on_start(f"{name}: {job.label}", forecast.passed, forecast.total, seconds)

                def tell(score: Score, last: int = last) -> None:
                    losses = {"direction": score.directional, "content": score.content}
                    on_progress(Progress("fit", score.step, last, losses))

                job.save(name, method, run_method(method.run, job.task, scorer, last, tell))
                forecast.done += 1
            on_forecast(forecast.left, number, len(missing))

    def _forecast(self, missing: Sequence[tuple[Job, list[str]]]) -> Forecast:
        methods = self.plan.methods
        needed = {name: methods[name] for _, names in missing for name in names}
        costs = Costs.measured(needed, missing[0][0].task)
        return Forecast(
            [costs.of(name, methods[name], job.task) for job, names in missing for name in names]
        )

    def report(self) -> dict[str, Any]:
        """Writes figures, curves and sheets from what is kept; returns the figures.

        Raises:
            StyleMambaError: A run is missing, or a file cannot be written.
        """
        finished = [Finished.load(job, self.plan.methods) for job in self.jobs]
        summary = {
            "output": str(self.output),
            "photos": [str(source.path) for source in self.sources],
            "prompts": list(self.prompts),
            "settings": self.settings,
            **self.plan.summarise(finished),
            "judge": _judged(finished),
        }
        for each in finished:
            path = each.job.store.folder / f"{self.plan.name}-progress.jpg"
            write_image(draw_progress(each, CELL), path)
        json_file, page, side_by_side, curves = (self._file(suffix) for suffix in SUFFIXES)
        pages = {json_file: to_json(summary, indent=1), page: self.plan.to_markdown(summary)}
        for path, text in pages.items():
            with atomic_writer(path) as file:
                file.write(text.encode())
        write_image(_side_by_side(finished), side_by_side)
        write_image(draw_curves([each.curves for each in finished]), curves)
        return summary

    @property
    def page(self) -> str:
        """What `report` wrote for people."""
        return self._file(".md").read_text(encoding="utf-8")

    def _missing(self, job: Job) -> list[str]:
        methods = self.plan.methods.items()
        return [name for name, method in methods if job.entry(name, method).load() is None]

    def _file(self, suffix: str) -> Path:
        return self.output / f"{self.plan.name}{suffix}"


def _side_by_side(finished: Sequence[Finished]) -> Image.Image:
    """The photo and every method's last picture, a row a job."""
    rows = []
    for each in finished:
        pictures = [to_pil(each.job.task.photo), *(each.last(name) for name in each.curves)]
        rows.append([resize(picture, fit_size(picture.size, CELL)) for picture in pictures])
    return draw_contact_sheet(
        rows,
        rows=[each.job.label for each in finished],
        columns=["photo", *finished[0].curves],
        cell=CELL,
    )


def _judged(finished: Sequence[Finished]) -> dict[str, Any]:
    """What the independent judge says of the photos and of every method's last pictures."""
    prompts = [each.job.task.prompt for each in finished]
    judge = StyleJudge.shipped()
    photos = [to_pil(each.job.task.photo) for each in finished]
    try:
        named = {"photo": count_named(judge, photos, prompts)}
        for name in finished[0].curves:
            named[name] = count_named(judge, [each.last(name) for each in finished], prompts)
    except StyleMambaError as error:
        return {"named": None, "left_out": str(error)}
    return {"named": named, "left_out": None}
