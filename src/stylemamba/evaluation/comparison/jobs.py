"""The jobs of a comparison: a photo and a prompt each, and what every method made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from stylemamba.baselines.task import Task
from stylemamba.evaluation.comparison.methods import Contestant
from stylemamba.evaluation.comparison.scores import Run, Score
from stylemamba.files.images import read_image, to_pil
from stylemamba.files.store import Entry, Store, code_digest


@dataclass(frozen=True)
class Job:
    """One photo and one prompt.

    Attributes:
        label: Both, for people.
        task: What the methods are given.
        store: Of the runs of this job; its key has the photo, the prompt, the seed and the encoder.
    """

    label: str
    task: Task
    store: Store

    def entry(self, name: str, method: Contestant) -> Entry:
        """Where the run of a method is kept."""
        key = {"settings": method.settings(self.task), "code": code_digest(*method.code)}
        return self.store.entry(name, key)

    def save(self, name: str, method: Contestant, run: Run) -> None:
        """Keeps a finished run: its scores, and its pictures by step.

        Raises:
            StyleMambaError: The folder cannot be written to, or the disk is full.
        """
        pictures = {f"{step:04d}": to_pil(picture) for step, picture in run.pictures.items()}
        curve = [asdict(score) for score in run.curve]
        self.entry(name, method).save({"curve": curve}, pictures)


@dataclass(frozen=True)
class Finished:
    """A job that every method has done.

    Attributes:
        job: The job.
        curves: Method to its scores.
        pictures: Method to the files of its pictures, by step.
    """

    job: Job
    curves: Mapping[str, Sequence[Score]]
    pictures: Mapping[str, Mapping[int, Path]]

    @classmethod
    def load(cls, job: Job, methods: Mapping[str, Contestant]) -> Finished:
        """What is kept of a job.

        Raises:
            StyleMambaError: A run is not there, or damaged.
        """
        curves, pictures = {}, {}
        for name, method in methods.items():
            kept = job.entry(name, method).require()
            curves[name] = [Score(**score) for score in kept.record["curve"]]
            pictures[name] = {int(step): path for step, path in sorted(kept.pictures.items())}
        return cls(job, curves, pictures)

    def last(self, name: str) -> Image.Image:
        """The last picture of a method."""
        return read_image(self.pictures[name][max(self.pictures[name])]).rgb
