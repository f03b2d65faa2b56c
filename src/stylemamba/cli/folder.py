"""Many photos painted, each into a file of a folder."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from stylemamba.cli.direction import Direction
from stylemamba.cli.messages import described, say
from stylemamba.cli.painter import Outcome, Painter, State
from stylemamba.cli.progress import FitProgress, fit_progress
from stylemamba.cli.reporting import Report
from stylemamba.cli.saving import Saving
from stylemamba.errors import StyleMambaError
from stylemamba.files.places import is_uri
from stylemamba.progress import Cancelled, Progress

if TYPE_CHECKING:
    from stylemamba.files.ledger import Ledger
    from stylemamba.pipeline import StyleMambaPipeline

MOST_AT_A_TIME = 2
"""Where nobody says how many: a photo of 2048 px takes 2 GB."""


@dataclass(frozen=True)
class Job:
    """A photo to be painted.

    Attributes:
        place: Among all, from 0.
        photo: The file: a path or, where others read them, a URI.
        result: Its result within the folder of results.
        direction: How.
    """

    place: int
    photo: str
    result: Path
    direction: Direction


@dataclass(frozen=True)
class FolderResults:
    """Results in a folder of this machine.

    Attributes:
        ledger: What is known of them.
        inputs: Device and number of files that no result may replace.
        overwrite: Replace files that are not results of this folder.
    """

    ledger: Ledger
    inputs: frozenset[tuple[int, int]]
    overwrite: bool

    def has(self, result: Path, key: Mapping[str, Any]) -> bool:
        """As `Results.has`."""
        return self.ledger.has(result, key)

    def check(self, result: Path, size: tuple[int, int], document: str) -> None:
        """As `Results.check`; makes the result's folder."""
        from stylemamba.files.atomic import make_folder
        from stylemamba.files.images import check_output
        from stylemamba.files.metadata import refuse_foreign

        target = self.ledger.folder / result
        make_folder(target.parent)
        check_output(target, size)
        if target.exists() and _identity(target) in self.inputs:
            raise StyleMambaError(f"{target} would overwrite a photo; choose another folder")
        if not self.overwrite and not self.ledger.made(result):
            refuse_foreign(target, document)

    def write(self, result: Path, key: Mapping[str, Any], content: bytes | memoryview) -> None:
        """As `Results.write`."""
        self.ledger.write(result, key, content)


@dataclass(frozen=True)
class Crew:
    """Paints photos, several at a time.

    Attributes:
        paint: Paints one.
        results: Where the results go.
        progress: Hears how far it is.
        jobs: How many there are.
        alone: They are painted one after the other.
        loading: Held by the first photo: what is loaded on first use is loaded once.
        loaded: Set when one was painted.
        stop: Set when the work is to end.
        outcomes: Of what is done, by place.
    """

    paint: Painter
    results: FolderResults
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
        name = Path(job.photo).name
        self.progress.start(f"{done + 1} of {self.jobs}: {name}", done, self.jobs)
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
        from stylemamba.files.reading import check_readable_file

        if is_uri(job.photo):
            raise StyleMambaError(f"{job.photo}: is a URI, which `stylemamba batch` can read")
        photo = Path(job.photo)
        check_readable_file(photo)
        content = photo.read_bytes()
        outcome = self.paint(content, photo, job.result, job.direction, self.results, self._hear)
        if outcome.state == "painted":
            self.loaded.set()
        return replace(outcome, output=self._output(job))

    def told(self, job: Job, state: State, **values: Any) -> Outcome:
        """What became of a photo."""
        return Outcome(job.photo, self._output(job), state, **values)

    def _output(self, job: Job) -> str:
        return str(self.results.ledger.folder / job.result)

    def _hear(self, event: Progress) -> None:
        if self.stop.is_set():
            raise Cancelled
        if self.alone:
            self.progress.step(event)


@dataclass(frozen=True)
class Folder:
    """Photos to be painted into a folder of this machine.

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
            results = FolderResults(ledger, self._inputs, self.overwrite)
            painter = Painter(pipe, self.saving)
            crew = Crew(painter, results, progress, len(self.jobs), workers == 1)
            do_all(self._known(pipe), crew, workers, crew.stop)
        outcomes = [crew.outcomes.get(job.place) or crew.told(job, "left") for job in self.jobs]
        return self._tell(outcomes, pipe, time.perf_counter() - started, report)

    def _workers(self, pipe: StyleMambaPipeline) -> int:
        from stylemamba.runtime.pool import CORES

        if self.at_a_time is not None:
            return self.at_a_time
        return min(CORES, MOST_AT_A_TIME) if pipe.device.type == "cpu" else 1

    @property
    def _inputs(self) -> frozenset[tuple[int, int]]:
        files = {Path(job.photo) for job in self.jobs}
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
