"""Jobs, and the workers that do them one after the other."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from stylemamba.portable.recipe import Recipe
from stylemamba.progress import Stage
from stylemamba.runtime.pool import CORES
from stylemamba.server.limits import Limits
from stylemamba.server.problems import Problem, going_down
from stylemamba.server.scratch import Stored
from stylemamba.server.uploads import Upload

if TYPE_CHECKING:
    from stylemamba.video.clip import Clip

State = Literal["queued", "running", "done", "failed"]
ENDS: tuple[State, ...] = ("done", "failed")


@dataclass(frozen=True)
class Result:
    """A finished picture.

    Attributes:
        picture: A PNG file, which holds its recipe.
        size: Width and height.
        about: What there is to say about it, as JSON has it.
    """

    picture: bytes
    size: tuple[int, int]
    about: dict[str, Any]


@dataclass(frozen=True)
class Film:
    """A finished video.

    Attributes:
        file: An MP4 file, which holds its recipe.
        size: Width and height.
        about: What there is to say about it, as JSON has it.
    """

    file: Stored
    size: tuple[int, int]
    about: dict[str, Any]


@dataclass(eq=False)
class Job:
    """A picture to be made.

    Attributes:
        recipe: How.
        upload: Of what; None when it is over.
        draft: Longer side in pixels of the copy of the photo that is painted; None for the photo.
        strip: Leave out what the photo's file tells beside its pixels.
        state: How far it is. A job that was stopped has failed, unless there was a picture.
        stage: Of a picture, what `step` counts, as `stylemamba.progress.Progress` has it.
        step: Of `steps`, how many are done.
        preview: A JPEG file of what it looks like now.
        threads: That it may take of the machine's cores.
        changes: Grows with every change.
        result: When it is done.
        problem: When it has failed.
        ended: Comes to an end with it.
        seconds: It took.
    """

    recipe: Recipe
    upload: Upload | None
    draft: int | None = None
    strip: bool = False
    state: State = "queued"
    stage: Stage | None = None
    step: int = 0
    steps: int = 0
    preview: bytes = b""
    threads: int = CORES
    changes: int = 0
    result: Result | Film | None = None
    problem: Problem | None = None
    ended: Future[None] = field(default_factory=Future)
    seconds: float = 0.0
    _since: tuple[float, int] = (0.0, 0)
    _stop: threading.Event = field(default_factory=threading.Event)
    _deadline: float = float("inf")

    @property
    def size(self) -> int:
        """Bytes that are kept for it."""
        photo = 0 if self.upload is None else len(self.upload.content)
        made = len(self.result.picture) if isinstance(self.result, Result) else 0
        return photo + len(self.preview) + made

    @property
    def seconds_left(self) -> float | None:
        """How long these steps may still take, by those that are done; None where none is."""
        since, first = self._since
        if self.state != "running" or self.step <= first:
            return None
        return (time.monotonic() - since) / (self.step - first) * (self.steps - self.step)

    @property
    def pixels(self) -> int:
        """Of what it is made of."""
        width, height = (0, 0) if self.upload is None else self.upload.size
        return width * height

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self.state in ENDS

    @property
    def reason_to_stop(self) -> Problem | None:
        """Why it should not go on, if it should not."""
        if self._stop.is_set():
            return Problem("cancelled", "it was cancelled")
        if time.monotonic() > self._deadline:
            return Problem("timeout", "it took too long: ask for a smaller size or fewer steps")
        return None

    def stop(self) -> None:
        """Asks it to end with what there is."""
        self._stop.set()

    def start(self, seconds: float, threads: int) -> None:
        """It is in work, for so long at most, on so many cores."""
        now = time.monotonic()
        self._since, self._deadline, self.threads = (now, 0), now + seconds, threads
        self.state = "running"
        self.changes += 1

    def shows(
        self, step: int, steps: int, preview: bytes = b"", stage: Stage | None = None
    ) -> None:
        """How far it is, and what it looks like, if that is new."""
        if stage != self.stage or steps != self.steps or step < self.step:
            self._since = time.monotonic(), step
        self.stage, self.step, self.steps = stage, step, steps
        self.preview = preview or self.preview
        self.changes += 1

    def end(
        self, result: Result | Film | None, problem: Problem | None, seconds: float = 0.0
    ) -> None:
        """It is over; once only."""
        if self.is_over:
            return
        self.result, self.problem, self.seconds = result, problem, seconds
        self.forget_source()
        self.state = "failed" if result is None else "done"
        self.changes += 1
        self.ended.set_result(None)

    def forget_source(self) -> None:
        """Lets go of what it is made of."""
        self.upload = None


@dataclass(eq=False, kw_only=True)
class FilmJob(Job):
    """A video to be made; of `steps` frames, `step` are done.

    Attributes:
        source: Of what; None when it is over.
        clip: The part of it that is painted.
        every: One of how many frames is painted at least.
    """

    source: Stored | None
    clip: Clip
    every: int

    @property
    def pixels(self) -> int:
        """Of all frames together."""
        return self.clip.width * self.clip.height * self.clip.count

    @property
    def disk(self) -> int:
        """Bytes on the disk that are kept for it alone."""
        return self.result.file.size if isinstance(self.result, Film) else 0

    def forget_source(self) -> None:
        """Lets go of what it is made of."""
        super().forget_source()
        self.source = None


class Workers:
    """Threads that do jobs in the order in which they came.

    Args:
        do: Makes what a job asks for; raises `Problem`.
        limits: Of their number, of the queue and of the time.
        on_end: Hears of every job that is over.
    """

    def __init__(
        self,
        do: Callable[[Job], Result | Film],
        limits: Limits,
        on_end: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._do, self._limits, self._on_end = do, limits, on_end
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._change = threading.Condition()
        self._closing = False
        self._threads = [
            threading.Thread(target=self._work, name=f"painter-{number}", daemon=True)
            for number in range(limits.workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Puts a job into the queue.

        Raises:
            Problem: It is full, or the server is going down.
        """
        with self._change:
            if self._closing:
                raise going_down()
            if len(self._waiting) >= self._limits.queue:
                raise Problem("queue-full", "too many pictures are waiting: try again", None, 10)
            self._waiting.append(job)
            self._change.notify()

    def stop(self, job: Job) -> None:
        """Ends a job: at once while it waits, soon when it is in work, with what there is."""
        job.stop()
        with self._change:
            if job not in self._waiting:
                return
            self._waiting.remove(job)
        self._end(job, None, job.reason_to_stop, 0.0)

    def position(self, job: Job) -> int | None:
        """How many jobs come before it; None when it does not wait any more."""
        with self._change:
            return self._waiting.index(job) if job in self._waiting else None

    @property
    def load(self) -> tuple[int, int]:
        """How many jobs wait, and how many are in work."""
        with self._change:
            return len(self._waiting), len(self._running)

    def close(self, seconds: float) -> None:
        """Takes no more jobs, finishes those that it has for so long, and stops the rest."""
        with self._change:
            self._closing = True
            self._change.notify_all()
            self._change.wait_for(lambda: not self._waiting and not self._running, seconds)
            left, running = list(self._waiting), list(self._running)
            self._waiting.clear()
        gone = going_down()
        for job in running:
            job.stop()
        for job in left:
            self._end(job, None, gone, 0.0)
        for thread in self._threads:
            thread.join(seconds)

    def _work(self) -> None:
        while self._work_on_next():
            pass  # nothing of the last job is kept here

    def _work_on_next(self) -> bool:
        """Waits for a job, and does it; false when there will be none any more."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closing)
            if not self._waiting:
                return False
            job = self._waiting.popleft()
            self._running.add(job)
            # Many pictures are made soonest on a core each, a single one on all of them.
            at_once = min(len(self._running) + len(self._waiting), len(self._threads))
        started = time.monotonic()
        job.start(self._limits.seconds, max(1, CORES // at_once))
        result: Result | Film | None = None
        problem: Problem | None = None
        try:
            result = self._do(job)
        except Problem as error:
            problem = error.alone()
        with self._change:
            self._running.discard(job)
            self._change.notify_all()
        self._end(job, result, problem, time.monotonic() - started)
        return True

    def _end(
        self, job: Job, result: Result | Film | None, problem: Problem | None, seconds: float
    ) -> None:
        job.end(result, problem, seconds)
        self._on_end(job)
