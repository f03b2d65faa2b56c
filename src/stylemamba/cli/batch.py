"""Many photos painted, each into a file of a folder."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from stylemamba.cli.direction import Direction
from stylemamba.cli.messages import described, say
from stylemamba.cli.progress import FitProgress, fit_progress
from stylemamba.cli.reporting import Report
from stylemamba.cli.saving import Saving, painted
from stylemamba.errors import StyleMambaError
from stylemamba.progress import Cancelled, Progress

if TYPE_CHECKING:
    from stylemamba.files.images import Photo
    from stylemamba.files.ledger import Ledger
    from stylemamba.pipeline import StyleMambaPipeline

State = Literal["painted", "kept", "failed", "left"]
MOST_AT_A_TIME = 2
"""Where nobody says how many: a photo of 2048 px takes 2 GB."""


@dataclass(frozen=True)
class Job:
    """A photo to be painted.

    Attributes:
        place: Among all, from 0.
        photo: The file.
        result: Its result within the folder of results.
        direction: How.
    """

    place: int
    photo: Path
    result: Path
    direction: Direction


@dataclass(frozen=True)
class Outcome:
    """What became of a photo.

    Attributes:
        photo: The file.
        output: Its result.
        state: Painted now, kept from an earlier run, failed, or left for the next one.
        problem: Why it failed.
        prompt: The style, in words.
        size: Width and height; None if it was not painted now.
        seconds: It took.
        coverage: How well the prompt is known; None if it was not painted now or nobody can tell.
        notes: What there is to say.
    """

    photo: str
    output: str
    state: State
    problem: str | None = None
    prompt: str | None = None
    size: tuple[int, int] | None = None
    seconds: float = 0.0
    coverage: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Painter:
    """Paints photos, several at a time.

    Attributes:
        pipe: With which models.
        ledger: Where the results go.
        inputs: Device and number of files that no result may replace.
        saving: How results are written.
        overwrite: Replace files that are not results of this folder.
        progress: Hears how far it is.
        jobs: How many there are.
        alone: They are painted one after the other.
        loading: Held by the first photo: what is loaded on first use is loaded once.
        loaded: Set when one was painted.
        stop: Set when the work is to end.
        outcomes: Of what is done, by place.
    """

    pipe: StyleMambaPipeline
    ledger: Ledger
    inputs: frozenset[tuple[int, int]]
    saving: Saving
    overwrite: bool
    progress: FitProgress
    jobs: int
    alone: bool
    loading: threading.Lock = field(default_factory=threading.Lock)
    loaded: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def __call__(self, job: Job) -> None:
        """Paints a photo, unless it is painted already; what went wrong becomes its outcome."""
        if self.stop.is_set():
            return
        done = len(self.outcomes)
        self.progress.start(f"{done + 1} of {self.jobs}: {job.photo.name}", done, self.jobs)
        try:
            with self.loading:
                if not self.loaded.is_set():
                    self.outcomes[job.place] = self._outcome(job)
                    return
            self.outcomes[job.place] = self._outcome(job)
        except Cancelled:
            return
        except Exception as error:
            problem = described(error).removeprefix("error: ")
            self.outcomes[job.place] = self.told(job, "failed", problem=problem)

    def _outcome(self, job: Job) -> Outcome:
        from stylemamba.files.reading import check_readable_file, read_image_bytes
        from stylemamba.files.store import painting_key

        check_readable_file(job.photo)
        content = job.photo.read_bytes()
        asked = job.direction
        saving = self.saving.of_photo(asked.loaded, content)
        source: Photo | None = None
        notes: tuple[str, ...] = ()
        if asked.needs_photo:
            source = read_image_bytes(content, job.photo, saving.page)
            directed = asked.of_photo(source)
            recipe, notes = directed.recipe, directed.notes
        else:
            recipe = asked.outline
        recipe = self.pipe.resolved(recipe)
        key = painting_key(content, recipe.to_dict(), self.pipe.digest, self.pipe.numerics)
        key["saving"] = asdict(saving)
        if self.ledger.has(job.result, key):
            return self.told(job, "kept", prompt=recipe.prompt)
        source = source or read_image_bytes(content, job.photo, saving.page)
        animation = saving.animation(content, job.photo, job.result)
        made = saving.made(self.pipe, content)
        document = recipe.to_json(made)
        self._check_place(job.result, source, document)
        results = painted(self.pipe, source, animation, recipe, self._hear, lambda done, of: None)
        result = results[-1]
        if result.interrupted:
            raise Cancelled
        self.loaded.set()
        picture, more = saving.encoded(results, source, animation, job.result, document)
        self.ledger.write(job.result, key, picture)
        read = source if animation is None else animation
        return self.told(
            job,
            "painted",
            prompt=recipe.prompt,
            size=result.image.size,
            seconds=round(sum(each.seconds for each in results), 3),
            coverage=result.coverage,
            notes=(*read.notes, *notes, *result.notes, *more, *asked.notes_on(recipe, made)),
        )

    def told(self, job: Job, state: State, **values: Any) -> Outcome:
        """What became of a photo."""
        return Outcome(str(job.photo), str(self.ledger.folder / job.result), state, **values)

    def _check_place(self, result: Path, source: Photo, document: str) -> None:
        """Refuses to replace photos, and what is not a result of this folder."""
        from stylemamba.files.atomic import make_folder
        from stylemamba.files.images import check_output
        from stylemamba.files.metadata import refuse_foreign

        target = self.ledger.folder / result
        make_folder(target.parent)
        check_output(target, source.rgb.size)
        if target.exists() and _identity(target) in self.inputs:
            raise StyleMambaError(f"{target} would overwrite a photo; choose another folder")
        if not self.overwrite and not self.ledger.made(result):
            refuse_foreign(target, document)

    def _hear(self, event: Progress) -> None:
        if self.stop.is_set():
            raise Cancelled
        if self.alone:
            self.progress.step(event)


@dataclass(frozen=True)
class Batch:
    """Photos to be painted into a folder.

    Attributes:
        jobs: At least one.
        folder: Of the results.
        notes: What was passed over.
        failures: What could not be listed.
        saving: How results are written.
        overwrite: Replace files that are not results of this folder.
        at_a_time: How many pictures are painted at a time; None for what suits the machine.
    """

    jobs: Sequence[Job]
    folder: Path
    notes: Sequence[str]
    failures: Sequence[str]
    saving: Saving
    overwrite: bool
    at_a_time: int | None

    def paint(self, report: Report) -> int:
        """Paints all of them, and says so; the exit status."""
        from stylemamba.files.ledger import Ledger
        from stylemamba.runtime.allocator import keep_freed_memory
        from stylemamba.runtime.pool import do_all

        started = time.perf_counter()
        ledger = Ledger(self.folder)
        ledger.prepare()
        keep_freed_memory()
        with fit_progress(report.quiet) as progress:
            first = self.jobs[0].direction
            pipe = first.settings.load_pipeline(first.segmenters)
            workers = min(self._workers(pipe), len(self.jobs))
            painter = Painter(
                pipe,
                ledger,
                self._inputs,
                self.saving,
                self.overwrite,
                progress,
                len(self.jobs),
                workers == 1,
            )
            do_all(self._known(pipe), painter, workers, painter.stop)
        outcomes = [
            painter.outcomes.get(job.place) or painter.told(job, "left") for job in self.jobs
        ]
        return self._tell(outcomes, pipe, time.perf_counter() - started, report)

    def _workers(self, pipe: StyleMambaPipeline) -> int:
        from stylemamba.runtime.pool import CORES

        if self.at_a_time is not None:
            return self.at_a_time
        return min(CORES, MOST_AT_A_TIME) if pipe.device.type == "cpu" else 1

    @property
    def _inputs(self) -> frozenset[tuple[int, int]]:
        files = {job.photo for job in self.jobs}
        files |= {path for job in self.jobs for path in job.direction.picture_files}
        return frozenset(_identity(path) for path in files if path.exists())

    def _known(self, pipe: StyleMambaPipeline) -> Iterable[Job]:
        """The jobs with the styles of their pictures known, and the models found to be fit."""
        pictures = self.jobs[0].direction.with_learnt(pipe).pictures
        for direction in {id(job.direction): job.direction for job in self.jobs}.values():
            pipe.resolved(direction.outline)
        return (
            replace(job, direction=replace(job.direction, pictures=pictures)) for job in self.jobs
        )

    def _tell(
        self,
        outcomes: Sequence[Outcome],
        pipe: StyleMambaPipeline,
        seconds: float,
        report: Report,
    ) -> int:
        counts = Counter(outcome.state for outcome in outcomes)
        failed = [_failure(outcome) for outcome in outcomes if outcome.problem is not None]
        failures, left = [*self.failures, *failed], counts["left"]
        report.notes((*self.notes, *_summed_up(outcomes)))
        for failure in failures:
            say(f"failed: {failure}")
        if left:
            say(f"interrupted: {left} of {len(self.jobs)} photos left; the same command goes on")
        said = [f"{counts[state]} {state}" for state in get_args(State) if counts[state]]
        report.summary(
            f"{self.folder}: {len(outcomes)} photos, {', '.join(said)}, {seconds:.1f} s",
            lambda: {
                "output": str(self.folder),
                "photos": [asdict(outcome) for outcome in outcomes],
                **{state: counts[state] for state in get_args(State)},
                "seconds": round(seconds, 3),
                "device": str(pipe.device),
                "notes": [*self.notes],
                "failures": [*self.failures],
            },
        )
        return 130 if left else 1 if failures else 0


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _failure(outcome: Outcome) -> str:
    problem = outcome.problem or ""
    return problem if problem.startswith(outcome.photo) else f"{outcome.photo}: {problem}"


def _summed_up(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Each note once, with the photos that it is on."""
    painted = sum(outcome.state == "painted" for outcome in outcomes)
    photos: dict[str, list[str]] = {}
    for outcome in outcomes:
        for note in outcome.notes:
            photos.setdefault(note, []).append(outcome.photo)
    for note, on in photos.items():
        if len(on) == 1 < painted:
            yield f"{on[0]}: {note}"
        else:
            yield note if len(on) == painted else f"{note} ({len(on)} photos)"
