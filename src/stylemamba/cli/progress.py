"""A progress bar on stderr, shown on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from stylemamba.notes import shorten
from stylemamba.progress import Progress


class FitProgress(Protocol):
    """What the commands tell the bar."""

    is_shown: bool

    def start(self, label: str, done: float, jobs: float, share: float = 1) -> None:
        """Fitting begins on a job that is `share` of `jobs`, of which `done` are done."""

    def step(self, progress: Progress) -> None:
        """Something of the current job is done."""


class _Silent:
    is_shown = False

    def start(self, label: str, done: float, jobs: float, share: float = 1) -> None: ...

    def step(self, progress: Progress) -> None: ...


@contextmanager
def fit_progress(quiet: bool) -> Iterator[FitProgress]:
    """Shows "loading the models" until the first `start`; the bar vanishes at the end."""
    if quiet or not sys.stderr.isatty():
        yield _Silent()
        return

    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as ProgressBar
    from rich.table import Column

    def text(field: str, ratio: int) -> TextColumn:
        column = Column(no_wrap=True, overflow="ellipsis", ratio=ratio)
        return TextColumn(field, markup=False, table_column=column)

    bar = ProgressBar(
        text("{task.description}", 2),
        BarColumn(bar_width=16),
        TimeRemainingColumn(),
        text("{task.fields[losses]}", 3),
        console=Console(stderr=True),
        transient=True,
        expand=True,
    )
    task = bar.add_task("loading the models", total=None, losses="")

    class Bar:
        is_shown = True

        def start(self, label: str, done: float, jobs: float, share: float = 1) -> None:
            self.label = shorten(label, 40)
            self.done, self.share = done, share
            bar.update(task, description=self.label, completed=done, total=jobs)

        def step(self, progress: Progress) -> None:
            losses = "  ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
            bar.update(
                task,
                description=f"{progress.step}/{progress.steps} {self.label}",
                completed=self.done + self.share * progress.step / progress.steps,
                losses=losses,
            )

    with bar:
        yield Bar()
