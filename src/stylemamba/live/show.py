"""A source, painted while it runs: the newest frame counts, what is late is dropped.

One thread takes frames, one paints, and one moves the paint along with the photo between paintings
(video/canvas.py): frames come faster than they can be painted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from stylemamba.files.images import fit_size
from stylemamba.live.brush import PATIENCE, Brush, Order, Painted, Taken, Wish
from stylemamba.live.meter import Meter
from stylemamba.live.newest import Newest
from stylemamba.live.sources import Source
from stylemamba.portable.recipe import parts_of_prompt
from stylemamba.video.canvas import Canvas, Painting
from stylemamba.video.clip import Picture
from stylemamba.video.motion import Small, is_cut, motion

if TYPE_CHECKING:
    from stylemamba.pipeline import StyleMambaPipeline

PAINTINGS = 3
"""That the picture is put together from: fewer than in a film are faster."""
QUALITY = 90
"""Of the JPEG files that the page is sent."""


@dataclass(frozen=True, eq=False)
class View:
    """What is to be seen.

    Attributes:
        taken: A frame.
        wish: How it is painted.
        jpeg: The frame, and the picture to its right, as one file.
    """

    taken: Taken
    wish: Wish
    jpeg: bytes


class Show:
    """Runs in threads, from `start` to `close`; all methods may be called from any thread.

    Args:
        pipe: Paints.
        source: What is painted.
        wish: How, at first.
        side: Longer side in pixels at which it is painted.
        flow: Paint is moved along between paintings; else each frame is painted by itself.

    Attributes:
        views: What is to be seen.
        meter: How fast it is.
        over: Set when the source has no more frames, or something went wrong.
        failure: What went wrong.
    """

    def __init__(
        self, pipe: StyleMambaPipeline, source: Source, wish: Wish, side: int, flow: bool = True
    ) -> None:
        self.source, self.side, self.flow = source, side, flow
        self.views: Newest[View] = Newest()
        self.meter = Meter()
        self.over = threading.Event()
        self.failure: Exception | None = None
        self.is_frozen = False
        self.notes: tuple[str, ...] = ()
        self._pipe, self._wish = pipe, wish
        self._frames: Newest[Taken] = Newest()
        self._news, self._end = threading.Event(), threading.Event()
        self._brush = Brush(pipe, self._painted)
        work = [self._take, self._carry if flow else self._paint_each]
        if flow:
            work.append(lambda: self._brush.work(self._goes_on))
        self._threads = [threading.Thread(target=self._guarded, args=(each,)) for each in work]

    @property
    def wish(self) -> Wish:
        """How it is painted now."""
        return self._wish

    def start(self) -> None:
        """Begins."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Ends, when the frame in work is painted."""
        self._end.set()
        self._news.set()
        for thread in self._threads:
            thread.join()

    def change(self, prompt: str | None, strength: float | None, frozen: bool | None) -> None:
        """Paints differently from now on, or stops at a frame; None leaves what it was.

        Raises:
            RecipeError: That is not possible.
        """
        recipe = self._wish.recipe
        if prompt is not None:
            recipe = replace(recipe, parts=parts_of_prompt(prompt))
        if strength is not None:
            recipe = replace(recipe, strength=strength)
        if recipe != self._wish.recipe:
            self._wish = Wish(self._pipe.resolved(recipe), self._wish.words)
        if frozen is not None:
            self.is_frozen = frozen
        self._news.set()

    def state(self) -> dict[str, Any]:
        """What there is to say."""
        view = self.views.value
        return {
            "source": self.source.name,
            "prompt": self._wish.recipe.prompt,
            "shown": None if view is None else view.wish.recipe.prompt,
            "strength": self._wish.recipe.strength,
            "frozen": self.is_frozen,
            "over": self.over.is_set(),
            "pictures_a_second": self.meter.now,
            "notes": list(self.notes),
        }

    def _goes_on(self) -> bool:
        return not self._end.is_set()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.failure = self.failure or error
            self.over.set()
            self._end.set()

    def _take(self) -> None:
        """Takes frames when they are due; while it is frozen, films wait and cameras go by."""
        begun = time.monotonic()
        for shot in self.source.shots():
            if shot.due is not None:
                begun += self._waited()
                self._end.wait(max(0.0, begun + shot.due - time.monotonic()))
            if self._end.is_set():
                return
            if not self.is_frozen:
                self.meter.frame()
                frame = _at_most(shot.picture, self.side)
                self._frames.put(Taken(shot.picture, frame, time.monotonic()))
                self._news.set()
        self.over.set()

    def _waited(self) -> float:
        """Waits while it is frozen; for how long, in seconds."""
        begun = time.monotonic()
        while self.is_frozen and not self._end.wait(PATIENCE / 4):
            pass
        return time.monotonic() - begun

    def _painted(self) -> None:
        self.meter.painting()
        self._news.set()

    def _next(self) -> Taken | None:
        """The newest frame, once there is something new: a frame, a painting, or a wish."""
        self._news.wait(PATIENCE)
        self._news.clear()
        return self._frames.value

    def _paint_each(self) -> None:
        shot = 0
        last: tuple[Taken | None, Wish | None] = (None, None)
        while self._goes_on():
            taken, wish = self._next(), self._wish
            if taken is None or (taken, wish) == last:
                continue
            before = last[0]
            if wish is not last[1] or before is None or before.frame.shape != taken.frame.shape:
                shot += 1
            last = (taken, wish)
            done = self._brush.paint(Order(shot, taken, wish))
            self.meter.painting()
            canvas = Canvas()
            canvas.begin(done.painting)
            self._show(canvas, taken, done)

    def _carry(self) -> None:
        film = Carried(self._brush)
        last: tuple[Taken | None, Painted | None, Wish | None] = (None, None, None)
        while self._goes_on():
            taken, wish = self._next(), self._wish
            if taken is None or (taken, self._brush.done, wish) == last:
                continue
            last = (taken, self._brush.done, wish)
            canvas = film.advanced(taken, wish)
            if canvas is not None and film.shown is not None:
                self._show(canvas, taken, film.shown)

    def _show(self, canvas: Canvas, taken: Taken, done: Painted) -> None:
        picture = canvas.over(taken.frame)
        self.notes = done.notes
        self.views.put(View(taken, done.order.wish, _jpeg(np.hstack([taken.frame, picture]))))
        self.meter.picture(taken.at)


class Carried:
    """Paint that moves along with frames; where there is none, a brush is asked for some.

    Args:
        brush: Paints, in another thread.

    Attributes:
        shown: What the canvas has last been given.
    """

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._canvas = Canvas(most=PAINTINGS)
        self._before: Small | None = None
        self._shot = 0
        self._wish: Wish | None = None
        self._waits = True  # for the first painting of a shot
        self._stands = True  # a cut: the old paint is of no use
        self._used: Painted | None = None
        self.shown: Painted | None = None

    def advanced(self, taken: Taken, wish: Wish) -> Canvas | None:
        """The canvas of a frame; None while there is none."""
        small = taken.small
        if self._before is None or self._before.luma.shape != small.luma.shape:
            self._begin_anew(stands=True)
        elif wish is not self._wish:
            self._begin_anew(stands=self._stands)
        self._wish = wish
        done = self._brush.done
        if done is not None and done.order.shot == self._shot:
            if self._waits:
                self._canvas.begin(done.painting)
                self._before = done.painting.photo
                self._waits = self._stands = False
                self._used = done
            self.shown = done
        if not self._stands and self._before is not None:
            way = motion(self._before, small)
            if is_cut(self._before, small, way):
                self._begin_anew(stands=True)
            else:
                self._canvas.advance(small, way, lambda: self._newest(taken))
        self._before = small
        if self._waits:
            self._brush.order(Order(self._shot, taken, wish))
        return None if self._stands else self._canvas

    def _begin_anew(self, stands: bool) -> None:
        self._shot += 1
        self._waits, self._stands = True, stands

    def _newest(self, taken: Taken) -> Painting | None:
        """A painting that is not in the canvas yet, where something is lost; this frame is ordered.

        What is not seen in the ones before is not seen in them now: they are not asked again.
        """
        assert self.shown is not None and self._wish is not None
        if not self._waits:
            self._brush.order(Order(self._shot, taken, self._wish))
        if self.shown is self._used:
            return None
        self._used = self.shown
        return self.shown.painting


def _at_most(picture: Picture, side: int) -> Picture:
    height, width = picture.shape[:2]
    if max(height, width) <= side:
        return picture
    return cv2.resize(picture, fit_size((width, height), side), interpolation=cv2.INTER_AREA)


def _jpeg(picture: Picture) -> bytes:
    bgr = np.ascontiguousarray(picture[..., ::-1])
    done, file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return bytes(file)
