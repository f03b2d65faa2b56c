"""What the routes share: photos, jobs, workers and the pipeline behind them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.concurrency import run_in_threadpool

from stylemamba.runtime.allocator import release_freed_memory
from stylemamba.server.clips import Clip, Clips
from stylemamba.server.film_painter import FilmPainter
from stylemamba.server.jobs import FilmJob, Job, Workers
from stylemamba.server.kept import Kept
from stylemamba.server.limits import Limits
from stylemamba.server.painter import Painter
from stylemamba.server.problems import Problem
from stylemamba.server.scratch import Scratch
from stylemamba.server.telemetry import Metrics
from stylemamba.server.uploads import Decoder, Upload

if TYPE_CHECKING:
    from stylemamba.pipeline import StyleMambaPipeline


DECODING = 2
"""Pictures that are decoded or encoded at a time, beside those in work."""
Result = TypeVar("Result")


class Service:
    """All that a server has.

    Args:
        pipe: Paints.
        limits: What it takes on.
    """

    def __init__(self, pipe: StyleMambaPipeline, limits: Limits) -> None:
        self.pipe, self.limits = pipe, limits
        memory, seconds = limits.memory * 1_000_000, limits.keep * 60.0
        room = memory * 3 // 8
        self.decoder = Decoder(limits.megapixels, memory // 4)
        self.painter = Painter(pipe, limits, self.decoder)
        self.photos: Kept[Upload] = Kept(
            "photo", room, seconds, size=lambda photo: len(photo.content)
        )
        self.jobs: Kept[Job] = Kept(
            "job", room, seconds, size=lambda job: job.size, busy=lambda job: not job.is_over
        )
        disk = limits.video_disk * 1_000_000
        self.scratch = Scratch(disk)
        self.makers = Clips(limits, self.scratch)
        self.clips: Kept[Clip] = Kept("clip", disk, seconds, size=lambda clip: clip.file.size)
        self.film_jobs: Kept[FilmJob] = Kept(
            "job", disk, seconds, size=lambda job: job.disk, busy=lambda job: not job.is_over
        )
        self.metrics = Metrics(
            {
                ("jobs_waiting", "Jobs in the queue."): lambda: self._load(0),
                ("jobs_running", "Jobs in work."): lambda: self._load(1),
                ("kept_bytes", "Photos and results in memory."): (
                    lambda: self.photos.size + self.jobs.size + self.decoder.size
                ),
                ("disk_bytes", "Videos on the disk."): lambda: self.scratch.used,
            }
        )
        self.workers = Workers(self.painter, limits, self.metrics.job)
        self.films = Workers(
            FilmPainter(pipe, limits, self.scratch),
            replace(limits, workers=1, queue=limits.video_queue, seconds=limits.video_seconds),
            self.metrics.job,
        )
        self.is_ready, self.is_closing = False, False
        self._decoding = asyncio.Semaphore(DECODING)
        self._looking = asyncio.Semaphore(1)

    async def aside(self, work: Callable[..., Result], *values: Any) -> Result:
        """Does what is no job, such as decoding, in a thread; few at a time, for their memory."""
        async with self._decoding:
            return await run_in_threadpool(work, *values)

    async def aside_of_photos(self, work: Callable[..., Result], *values: Any) -> Result:
        """As `aside`, for what takes longer: of videos, one at a time."""
        async with self._looking:
            return await run_in_threadpool(work, *values)

    def start(self) -> None:
        """Loads what is loaded on first use."""
        self.painter.warm_up()
        self.is_ready = True

    def drain(self) -> None:
        """Takes no more work, and goes on with what it has."""
        self.is_ready, self.is_closing = False, True

    @property
    def is_busy(self) -> bool:
        """Whether there are jobs that are not over."""
        return any(self.workers.load) or any(self.films.load)

    def close(self, grace: float) -> None:
        """Finishes what there is, for so many seconds at most, and ends."""
        self.drain()
        end = time.monotonic() + grace
        for workers in (self.workers, self.films):
            workers.close(max(0.0, end - time.monotonic()))
        self.scratch.close()

    def tidy(self) -> None:
        """Forgets photos, videos and jobs that have been kept for long enough."""
        for kept in (self.photos, self.jobs, self.clips, self.film_jobs):
            kept.tidy()

    def rest(self) -> None:
        """Tidies now and then, and gives memory back where nothing is in work."""
        self.tidy()
        if not self.is_busy:
            release_freed_memory()

    @contextmanager
    def room_for_video(self, size: int) -> Iterator[None]:
        """Room on the disk for an upload while it arrives and is copied; old things make way.

        Raises:
            Problem: There is none.
        """
        self.tidy()
        while self.scratch.free < 2 * size and (self.clips.drop() or self.film_jobs.drop()):
            pass
        with self.scratch.room(size):
            yield

    def job(self, name: str) -> Job:
        """A job, of a picture or a video.

        Raises:
            Problem: There is none of that name.
        """
        try:
            return self.film_jobs.get(name)
        except Problem:
            return self.jobs.get(name)

    def forget(self, name: str) -> None:
        """Stops a job, and forgets it.

        Raises:
            Problem: There is none of that name.
        """
        self.stop(self.job(name))
        self.jobs.remove(name)
        self.film_jobs.remove(name)

    def stop(self, job: Job) -> None:
        """Ends a job, with what there is."""
        self._lane(job).stop(job)

    def position(self, job: Job) -> int | None:
        """How many jobs come before it; None when it does not wait any more."""
        return self._lane(job).position(job)

    def _lane(self, job: Job) -> Workers:
        return self.films if isinstance(job, FilmJob) else self.workers

    def _load(self, place: int) -> int:
        return self.workers.load[place] + self.films.load[place]

    def submit(self, job: Job) -> str:
        """Puts a job into the queue; its name.

        Raises:
            Problem: There is no room for it.
        """
        self.tidy()
        if self.jobs.size + job.size > self.limits.memory * 1_000_000:
            raise Problem("queue-full", "too many large photos are waiting: try again", None, 10)
        self._lane(job).submit(job)
        return self.film_jobs.add(job) if isinstance(job, FilmJob) else self.jobs.add(job)
