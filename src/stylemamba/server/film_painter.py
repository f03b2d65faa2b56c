"""What the worker of videos does: a job's video, by the pipeline that all workers share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from stylemamba.portable.pyramid import LARGEST
from stylemamba.progress import Cancelled
from stylemamba.server.clips import told
from stylemamba.server.jobs import Film, FilmJob, Job
from stylemamba.server.limits import Limits
from stylemamba.server.painter import PREVIEW_SECONDS, in_work, small_jpeg
from stylemamba.server.scratch import Scratch

if TYPE_CHECKING:
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.portable.recipe import Recipe
    from stylemamba.video.clip import Frame
    from stylemamba.video.encoding import Packets
    from stylemamba.video.film import Painter

_NAME = Path("video.mp4")


class FilmPainter:
    """Makes the videos of jobs.

    Args:
        pipe: Its models are shared by all workers.
        limits: Of sizes.
        scratch: Has room for results.
    """

    def __init__(self, pipe: StyleMambaPipeline, limits: Limits, scratch: Scratch) -> None:
        self._pipe, self._limits, self._scratch = pipe, limits, scratch

    def __call__(self, job: Job) -> Film:
        """The video of a job; of one that is stopped, what is painted already.

        Raises:
            Problem: There is none.
        """
        assert isinstance(job, FilmJob)
        with in_work(job), told(job.clip.path):
            return self._painted(job)

    def _painted(self, job: FilmJob) -> Film:
        # These need packages that may not be there; then there are no such jobs.
        from stylemamba.video import shot_painter
        from stylemamba.video.muxing import write_video

        recipe = self._pipe.resolved(job.recipe)
        if recipe.size is None:
            recipe = replace(recipe, size=min(self._limits.side, LARGEST))
        painter = shot_painter.ShotPainter(self._pipe, recipe)
        comment = recipe.to_json({"weights": self._pipe.digest})
        file, clip = self._scratch.file(".mp4"), job.clip
        packets = self._packets(job, painter)
        with file.writer() as target:
            notes = write_video(target, _NAME, clip, packets, comment, job.strip)
        size = (clip.height, clip.width) if clip.rotation % 180 else (clip.width, clip.height)
        return Film(file, size, self._about(job, recipe, [*painter.notes, *notes]))

    def _packets(self, job: FilmJob, painter: Painter) -> Iterator[Packets]:
        """Frames a segment at a time; where the job is stopped, those so far, then `Cancelled`."""
        from stylemamba.video import film
        from stylemamba.video.encoding import encoded

        hear = self._hears(job)
        segment: list[Frame] = []
        for frame, _ in film.frames_of(job.clip, painter, None, job.every):
            if job.reason_to_stop is not None:
                break
            segment.append(frame)
            hear(frame)
            if len(segment) >= film.SEGMENT:
                yield encoded(job.clip, segment)
                segment = []
        if segment:
            yield encoded(job.clip, segment)
        if job.step < job.steps and job.reason_to_stop is not None:
            raise Cancelled

    @staticmethod
    def _hears(job: FilmJob) -> Callable[[Frame], None]:
        shown = 0.0

        def hear(frame: Frame) -> None:
            nonlocal shown
            preview = b""
            if time.monotonic() - shown > PREVIEW_SECONDS:
                preview = small_jpeg(Image.fromarray(frame.picture))
                shown = time.monotonic()
            job.shows(job.step + 1, job.steps, preview)

        return hear

    @staticmethod
    def _about(job: FilmJob, recipe: Recipe, notes: list[str]) -> dict[str, Any]:
        why = job.reason_to_stop if job.step < job.steps else None
        if why is not None:
            notes.append(f"{why.detail}: it has {job.step} of {job.steps} frames")
        if job.clip.bits > 8:
            notes.append(f"the video has {job.clip.bits} bits a channel; the result has 8")
        return {"recipe": recipe.to_dict(), "notes": notes, "interrupted": why is not None}
