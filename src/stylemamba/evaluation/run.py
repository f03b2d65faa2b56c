"""A run over photos and prompts that keeps what is finished: pictures first, then their metrics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.evaluator import Evaluator
from stylemamba.evaluation.machine import PeakMemory
from stylemamba.evaluation.records import Record
from stylemamba.files.images import Photo, on_white, read_image, write_image
from stylemamba.files.photo_sets import Entry

if TYPE_CHECKING:
    from stylemamba.pipeline import StyleMambaOutput

PICTURES, RECORDS = "pictures", "records"


@dataclass(frozen=True)
class Job:
    """One photo and one prompt.

    Attributes:
        entry: The photo.
        prompt: The style.
        picture: Where the result goes; the name holds a digest of all that it depends on.
        record: Where its record goes.
    """

    entry: Entry
    prompt: str
    picture: Path
    record: Path

    @property
    def finished(self) -> Record | None:
        """Its record, if the picture is there."""
        return Record.load(self.record) if self.picture.exists() else None


class EvaluationRun:
    """Stylises and measures; a second run with the same arguments finds everything done.

    Args:
        folder: Where pictures and records go, prepared by `make_folders`.
        entries: The photos.
        prompts: The styles.
        made_with: Settings and digests of the weights: pictures made with others are not reused.
        file_name: A piece of a file name from any text.

    Attributes:
        jobs: Photo by photo.
        skipped: A line for each photo that could not be read.
    """

    def __init__(
        self,
        folder: Path,
        entries: Sequence[Entry],
        prompts: Sequence[str],
        made_with: dict[str, Any],
        file_name: Callable[[str], str],
    ) -> None:
        self.jobs: list[Job] = []
        self.skipped: list[str] = []
        for entry in entries:
            try:
                content = entry.path.read_bytes()
            except OSError as error:
                self.skipped.append(f"{entry.path}: cannot be read ({error.strerror})")
                continue
            for prompt in prompts:
                key = hashlib.sha256(content)
                key.update(json.dumps([prompt, made_with], sort_keys=True).encode())
                parts = file_name(entry.path.stem), file_name(prompt), key.hexdigest()[:16]
                name = "-".join(parts)
                picture = folder / PICTURES / f"{name}.png"
                self.jobs.append(Job(entry, prompt, picture, folder / RECORDS / f"{name}.json"))

    @property
    def missing(self) -> list[Job]:
        """The jobs whose pictures are still to be made."""
        return [job for job in self.jobs if job.finished is None]

    def stylise(
        self,
        make: Callable[[Image.Image, str], StyleMambaOutput],
        memory: PeakMemory,
        on_start: Callable[[str, int, int], None],
    ) -> bool:
        """Makes the missing pictures; a photo that cannot be read is dropped from the jobs.

        Args:
            make: Stylises an RGB picture with a prompt.
            memory: Measures each of its calls.
            on_start: Told label, number and count of the pictures as they begin.

        Returns:
            False if a call was interrupted; what was finished by then is kept.
        """
        missing = self.missing
        for done, (job, photo) in enumerate(self._with_photos(missing)):
            if photo is None or job.finished:  # the same photo may be there twice
                continue
            on_start(f"{job.entry.name}, {job.prompt}", done, len(missing))
            if not memory.unavailable:
                memory.reset()
            result = make(photo.rgb, job.prompt)
            if result.interrupted:
                return False
            peak = None if memory.unavailable else round(memory.mebibytes(), 1)
            write_image(result.image, job.picture, photo.alpha)
            Record(round(result.seconds, 3), peak).save(job.record)
        return True

    def measure(
        self, evaluator: Evaluator, on_start: Callable[[str, int, int], None]
    ) -> list[dict[str, Any]]:
        """Measures the pictures that have not been measured by this evaluator.

        Args:
            evaluator: Of the metrics.
            on_start: Told label, number and count of the pictures as they begin.

        Returns:
            The rows of the table, one a job.
        """
        open_jobs = [
            job for job in self.jobs if job.finished and job.finished.measured_with != evaluator.key
        ]
        reference, of = None, None
        for done, (job, photo) in enumerate(self._with_photos(open_jobs)):
            record = job.finished
            if photo is None or record is None:
                continue
            on_start(f"measuring {job.entry.name}", done, len(open_jobs))
            if reference is None or of != job.entry:
                reference, of = evaluator.reference(on_white(photo.rgb, photo.alpha)), job.entry
            styled = read_image(job.picture)
            metrics = evaluator.measure(on_white(styled.rgb, styled.alpha), reference, job.prompt)
            replace(record, measured_with=evaluator.key, metrics=metrics).save(job.record)
        return [_row(job) for job in self.jobs]

    def _with_photos(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Photo | None]]:
        """Each job with its photo, opened once for all its prompts; None if it can't be read."""
        for entry, same in groupby(jobs, key=lambda job: job.entry):
            photo = None
            try:
                photo = read_image(entry.path)
            except StyleMambaError as error:
                self.skipped.append(str(error))
                self.jobs = [job for job in self.jobs if job.entry != entry]
            for job in same:
                yield job, photo


def make_folders(folder: Path) -> None:
    """Makes the folders that a run writes to; they may be there already.

    Raises:
        StyleMambaError: One cannot be made.
    """
    for place in (folder, folder / PICTURES, folder / RECORDS):
        try:
            place.mkdir(exist_ok=True)
        except OSError as error:
            raise StyleMambaError(
                f"{place}: cannot be made ({error.strerror}); choose another place"
            ) from error


def _row(job: Job) -> dict[str, Any]:
    record = job.finished
    assert record is not None
    return {
        "photo": job.entry.name,
        "group": job.entry.group,
        "caption": job.entry.caption,
        "prompt": job.prompt,
        "picture": f"{PICTURES}/{job.picture.name}",
        **record.metrics,
        "seconds": record.seconds,
        "peak_memory": record.peak_memory,
    }
