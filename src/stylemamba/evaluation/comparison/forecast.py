"""How long a comparison takes on this machine: each method is timed for two steps beforehand."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from stylemamba.baselines.task import Task
from stylemamba.evaluation.comparison.methods import Contestant
from stylemamba.evaluation.comparison.scores import Scorer, is_scored

TIMED_STEPS = 2


@dataclass(frozen=True)
class Costs:
    """Seconds for a task of so many pixels.

    Attributes:
        start: Of each method, to its first picture.
        step: Of each method, from one picture to the next.
        score: Of scoring a picture.
        pixels: Of the task.
    """

    start: Mapping[str, float]
    step: Mapping[str, float]
    score: float
    pixels: int

    @classmethod
    def measured(cls, methods: Mapping[str, Contestant], task: Task) -> Costs:
        """Runs each method for `TIMED_STEPS` steps.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        short = replace(task, steps=TIMED_STEPS, config=replace(task.config, steps=TIMED_STEPS))
        scorer = Scorer(task)
        scorer(task.photo, 0, 0.0)  # the first one is slower
        begun = time.perf_counter()
        scorer(task.photo, 0, 0.0)
        score = time.perf_counter() - begun
        start, step = {}, {}
        for name, method in methods.items():
            started = time.perf_counter()
            done: list[float] = []

            def record(number: int, image: Tensor, done: list[float] = done) -> None:
                done.append(time.perf_counter())

            method.run(short, record)
            start[name] = done[0] - started
            # The least: the first step of a kind is slower.
            step[name] = min((b - a for a, b in zip(done, done[1:], strict=False)), default=0.0)
        return cls(start, step, score, _pixels(task))

    def of(self, name: str, method: Contestant, task: Task) -> float:
        """Seconds that a method will take for a task, scores included."""
        last = method.steps(task)
        scored = sum(is_scored(step, last) for step in range(last + 1))
        seconds = self.start[name] + last * self.step[name] + scored * self.score
        return seconds * _pixels(task) / self.pixels


class Forecast:
    """The time that is left, by what was expected and by how long what is done took.

    Args:
        expected: Seconds of each run, in their order.
    """

    def __init__(self, expected: Sequence[float]) -> None:
        self.expected = tuple(expected)
        self.total = sum(expected)
        self.done = 0
        self._begun = time.perf_counter()

    @property
    def passed(self) -> float:
        """Of `total`, what the finished runs were expected to take."""
        return sum(self.expected[: self.done])

    @property
    def left(self) -> float:
        """Seconds."""
        rest = self.total - self.passed
        if not self.passed:
            return rest
        return rest * (time.perf_counter() - self._begun) / self.passed


def _pixels(task: Task) -> int:
    return task.photo.shape[-2] * task.photo.shape[-1]
