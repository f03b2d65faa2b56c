"""A run over photos and prompts that keeps what is finished: pictures first, then their metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.evaluator import Evaluator
from stylemamba.evaluation.peak_memory import PeakMemory
from stylemamba.evaluation.views import VIEWS
from stylemamba.files import photo_sets
from stylemamba.files.images import Photo, on_white, read_image
from stylemamba.files.store import Entry, Store, code_digest, painting_key, painting_record
from stylemamba.portable.recipe import Recipe

if TYPE_CHECKING:
    from stylemamba.output import StyleMambaOutput

PICTURES, RECORDS = "pictures", "records"
MEASURING = (
    "evaluation/evaluator.py", "evaluation/metrics", "evaluation/views.py", "portable/colour.py",
    "portable/geometry.py", "encoders", "losses", "files",
)  # fmt: skip
"""Parts of the package that decide what a picture measures."""


@dataclass(frozen=True)
class Job:
    """One picture to be made.

    Attributes:
        photo: The photo.
        prompt: The style.
        picture: The result.
        view: What is painted: a name of `VIEWS`, or the photo itself where it is empty.
    """

    photo: photo_sets.Entry
    prompt: str
    picture: Entry
    view: str = ""

    def seen(self, image: Image.Image) -> Image.Image:
        """Its view of the photo, or of the photo's transparency."""
        return VIEWS[self.view](image) if self.view else image


class EvaluationRun:
    """Stylises and measures; a second run with the same arguments finds everything done.

    Args:
        folder: Where pictures and records go; made if it is not there.
        photos: To be stylised.
        recipes: Prompt to recipe.
        weights: Digests of the models' weights.
        numerics: Of the pipeline.
        file_name: A piece of a file name from any text.
        place: The photos' other views are stylised, too.

    Attributes:
        jobs: Photo by photo, other views after the photo itself.
        skipped: A line for each photo that could not be read.

    Raises:
        StyleMambaError: The folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        photos: Sequence[photo_sets.Entry],
        recipes: Mapping[str, Recipe],
        weights: Mapping[str, str],
        numerics: str,
        file_name: Callable[[str], str],
        *,
        place: bool = False,
    ) -> None:
        pictures = Store(folder / PICTURES)
        self.records = Store(folder / RECORDS, {"code": code_digest(*MEASURING)})
        for store in (pictures, self.records):
            store.prepare()
        self.jobs: list[Job] = []
        self.skipped: list[str] = []
        for photo in photos:
            try:
                content = photo.path.read_bytes()
            except OSError as error:
                self.skipped.append(f"{photo.path}: cannot be read ({error.strerror})")
                continue
            for prompt, recipe in recipes.items():
                name = f"{file_name(photo.path.stem)}-{file_name(prompt)}"
                key = painting_key(content, recipe.to_dict(), dict(weights), numerics)
                self.jobs.append(Job(photo, prompt, pictures.entry(name, key)))
                for view in VIEWS if place else ():
                    picture = pictures.entry(f"{name}-{view}", {**key, "view": view})
                    self.jobs.append(Job(photo, prompt, picture, view))

    def find_missing(self) -> list[Job]:
        """The jobs whose pictures are still to be made; it reads every picture that is kept."""
        return [job for job in self.jobs if job.picture.load() is None]

    def stylise(
        self,
        jobs: Sequence[Job],
        make: Callable[[Image.Image, str], StyleMambaOutput],
        memory: PeakMemory,
        on_start: Callable[[str, int, int], None],
    ) -> int:
        """Makes pictures that are missing; a photo that cannot be read is dropped from the jobs.

        Args:
            jobs: What `find_missing` says.
            make: Stylises an RGB picture with a prompt.
            memory: Measures each of its calls.
            on_start: Told label, number and count of the pictures as they begin.

        Returns:
            How many of the jobs are left if a call was interrupted, 0 if none was; what was
            finished by then is kept.
        """
        missing = list({job.picture: job for job in jobs}.values())  # a photo may be twice
        left = {job.picture for job in jobs}
        for done, (job, photo) in enumerate(self._with_photos(missing)):
            label = f"{job.photo.name}, {job.prompt}" + (f", {job.view}" if job.view else "")
            on_start(label, done, len(missing))
            if not memory.unavailable:
                memory.reset()
            result = make(job.seen(photo.rgb), job.prompt)
            if result.interrupted:
                known = set(self.jobs)
                return sum(job in known and job.picture in left for job in jobs)
            peak = None if memory.unavailable else round(memory.mebibytes(), 1)
            record = {**painting_record(result), "peak_memory": peak}
            alpha = None if photo.alpha is None else job.seen(photo.alpha)
            job.picture.save(record, {"": result.image}, alpha)
            left.discard(job.picture)
        return 0

    def measure(
        self, evaluator: Evaluator, on_start: Callable[[str, int, int], None]
    ) -> list[dict[str, Any]]:
        """Measures the pictures that have not been measured by this evaluator.

        Args:
            evaluator: Of the metrics.
            on_start: Told label, number and count of the pictures as they begin.

        Returns:
            The rows of the table, one a photo and prompt, with what is kept beside its picture.
        """
        views: dict[tuple[photo_sets.Entry, str], dict[str, Entry]] = {}
        for job in self.jobs:
            views.setdefault((job.photo, job.prompt), {})[job.view] = job.picture

        def record_of(job: Job) -> Entry:
            key = {"picture": job.picture.stem, "evaluator": evaluator.key}
            return self.records.entry(job.picture.stem, key)

        main = [job for job in self.jobs if not job.view]
        open_jobs = [job for job in main if record_of(job).load() is None]
        reference, of = None, None
        for done, (job, photo) in enumerate(self._with_photos(open_jobs)):
            on_start(f"measuring {job.photo.name}", done, len(open_jobs))
            if reference is None or of != job.photo:
                reference, of = evaluator.reference(on_white(photo.rgb, photo.alpha)), job.photo
            pictures = {
                view: _as_seen(entry) for view, entry in views[job.photo, job.prompt].items()
            }
            metrics = evaluator.measure(pictures.pop(""), reference, job.prompt, pictures)
            record_of(job).save(metrics)
        return [_row(job, record_of(job).require().record) for job in self.jobs if not job.view]

    def _with_photos(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Photo]]:
        """Each job with its photo, opened once for all its prompts, if it can be read."""
        for entry, same in groupby(jobs, key=lambda job: job.photo):
            try:
                photo = read_image(entry.path)
            except StyleMambaError as error:
                self.skipped.append(str(error))
                self.jobs = [job for job in self.jobs if job.photo != entry]
                continue
            for job in same:
                yield job, photo


def _as_seen(entry: Entry) -> Image.Image:
    """A result on a white page."""
    styled = read_image(entry.require().pictures[""])
    return on_white(styled.rgb, styled.alpha)


def _row(job: Job, metrics: Mapping[str, float | None]) -> dict[str, Any]:
    kept = job.picture.require()
    return {
        "photo": job.photo.name,
        "group": job.photo.group,
        "caption": job.photo.caption,
        "prompt": job.prompt,
        "picture": f"{PICTURES}/{kept.pictures[''].name}",
        **metrics,
        **kept.record,
    }
