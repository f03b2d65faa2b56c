"""What every training loop needs: a learning rate schedule, and progress on stderr."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar

Item = TypeVar("Item")

WARMUP_STEPS = 100


def warmup_cosine(step: int, progress: float) -> float:
    """Share of the peak learning rate: a linear rise over 100 steps, a cosine to zero.

    lr / lr_peak = min(1, (i + 1) / 100) * (1 + cos(pi p)) / 2

    Args:
        step: i, 0 for the first one.
        progress: p, the share of the whole run that is done: i / steps, or of its minutes.
    """
    return min(1.0, (step + 1) / WARMUP_STEPS) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


class Budget:
    """Of a run: so many steps, or so many minutes, whichever are over first.

    Args:
        steps: Of the whole run.
        minutes: Of the whole run, on the clock; None for no limit.
        spent: Seconds that a run which is resumed has taken already.
    """

    def __init__(self, steps: int, minutes: float | None = None, spent: float = 0.0) -> None:
        self.steps = steps
        self.seconds = math.inf if minutes is None else 60 * minutes
        self._began = time.monotonic() - spent
        self._longest, self._last = 0.0, time.monotonic()

    @property
    def spent(self) -> float:
        """Seconds so far, those before a resumption too."""
        return time.monotonic() - self._began

    def progress(self, step: int) -> float:
        """Share of the run that is over before a step, 0 to 1."""
        return max(step / self.steps, self.spent / self.seconds)

    def allows(self, step: int) -> bool:
        """Whether there is time for a step as long as the longest so far; asked before each."""
        now = time.monotonic()
        self._longest, self._last = max(self._longest, now - self._last), now
        return step < self.steps and self.spent + self._longest < self.seconds


class Feed(Generic[Item]):
    """Iterates over a loader, and knows how long it was waited for.

    On a GPU, which is given its work ahead of time, that is more than it stood still.

    Args:
        loader: Of items.

    Attributes:
        waited: Seconds, from the second item on: at the first, the loader's processes begin.
        items: How many that counts.
    """

    def __init__(self, loader: Iterable[Item]) -> None:
        self._loader = loader
        self.waited, self.items = 0.0, 0
        self._began = time.monotonic()

    def __iter__(self) -> Iterator[Item]:
        iterator = iter(self._loader)
        for first in iterator:
            self._began = time.monotonic()
            yield first
            break
        while True:
            asked = time.monotonic()
            try:
                item = next(iterator)
            except StopIteration:
                return
            self.waited += time.monotonic() - asked
            self.items += 1
            yield item

    def rate(self) -> tuple[float, float]:
        """Items a second, and the share of the time that they were waited for."""
        seconds = max(time.monotonic() - self._began, 1e-9)
        return self.items / seconds, self.waited / seconds


def grouped(items: Iterable[Item], count: int) -> Iterator[list[Item]]:
    """Lists of so many items each; an incomplete last one is left out."""
    iterator = iter(items)
    while len(group := list(islice(iterator, count))) == count:
        yield group


def log(message: str) -> None:
    """Prints a line of progress on stderr; stdout is left to results."""
    print(message, file=sys.stderr, flush=True)
