"""What the routes share: photos, jobs, workers and the pipeline behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.concurrency import run_in_threadpool

from stylemamba.server.jobs import Job, Workers
from stylemamba.server.kept import Kept
from stylemamba.server.limits import Limits
from stylemamba.server.painter import Painter
from stylemamba.server.problems import Problem
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
        self.metrics = Metrics(
            {
                ("jobs_waiting", "Jobs in the queue."): lambda: self.workers.load[0],
                ("jobs_running", "Jobs in work."): lambda: self.workers.load[1],
                ("kept_bytes", "Photos and results in memory."): (
                    lambda: self.photos.size + self.jobs.size + self.decoder.size
                ),
            }
        )
        self.workers = Workers(self.painter, limits, self.metrics.job)
        self.is_ready = False
        self._decoding = asyncio.Semaphore(DECODING)

    async def aside(self, work: Callable[..., Result], *values: Any) -> Result:
        """Does what is no job, such as decoding, in a thread; few at a time, for their memory."""
        async with self._decoding:
            return await run_in_threadpool(work, *values)

    def start(self) -> None:
        """Loads what is loaded on first use."""
        self.painter.warm_up()
        self.is_ready = True

    def close(self, grace: float) -> None:
        """Finishes what there is, for so many seconds at most, and ends."""
        self.is_ready = False
        self.workers.close(grace)

    def tidy(self) -> None:
        """Forgets photos and jobs that have been kept for long enough."""
        self.photos.tidy()
        self.jobs.tidy()

    def submit(self, job: Job) -> str:
        """Puts a job into the queue; its name.

        Raises:
            Problem: There is no room for it.
        """
        self.tidy()
        if self.jobs.size + job.size > self.limits.memory * 1_000_000:
            raise Problem("queue-full", "too many large photos are waiting: try again", None, 10)
        self.workers.submit(job)
        return self.jobs.add(job)
