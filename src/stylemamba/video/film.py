"""Painting a video: shot by shot, a few frames at a time, segment by segment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol

from stylemamba.video.canvas import Canvas, Painting
from stylemamba.video.clip import Clip, Frame, Picture
from stylemamba.video.encoding import encoded
from stylemamba.video.motion import Array, Motion, Small, is_cut, motion
from stylemamba.video.places import Seen
from stylemamba.video.work import State, Work

SEGMENT = 24
"""Frames that are kept together: no more than these are lost when a run is stopped."""
Report = Callable[[int, int, "Picture | None"], None]
"""Hears of frames done, of all of them, and what the last one looks like, once there is one."""


class Painter(Protocol):
    """Paints single frames."""

    seen: Seen | None
    """Where regions were in the frame that was painted last: the next ones are found from there."""
    rest: Array | None
    """How much of that frame is to stay, (h, w), small; None for nothing."""

    def begin(self, first: Picture) -> None:
        """A shot begins with a frame (h, w, 3): looks and palettes that suit it are chosen."""

    def paint(self, frame: Picture) -> Picture:
        """A frame (h, w, 3) of the shot, painted."""


@dataclass(frozen=True)
class Step:
    """From one frame to the next.

    Attributes:
        frame: The next.
        photo: Its small copy.
        way: From it into the frame before; None where it begins a shot.
    """

    frame: Frame
    photo: Small
    way: Motion | None


def paint_film(clip: Clip, painter: Painter, work: Work, every: int, report: Report) -> None:
    """Paints what is not painted yet of a video, into a folder of work.

    Args:
        clip: The video.
        painter: Of its frames.
        work: What is done is kept there.
        every: One of how many frames is painted, at least where something is new.
        report: Hears of every frame.
    """
    if work.state is not None:
        painter.begin(work.state.first)
        painter.seen = work.state.seen
    for segment, state in segments(clip, painter, work.state, every, report):
        work.add(encoded(clip, segment), state)


def segments(
    clip: Clip, painter: Painter, state: State | None, every: int, report: Report
) -> Iterator[tuple[list[Frame], State]]:
    """Painted frames, at least `SEGMENT` together but for the last, and where the painter stands.

    Args:
        clip, painter, every, report: As of `paint_film`.
        state: After which to go on; None from the beginning.
    """
    done = 0 if state is None else state.frames
    report(done, clip.count, None)
    segment: list[Frame] = []
    for frame, after in frames_of(clip, painter, state, every):
        segment.append(frame)
        report(done + len(segment), clip.count, frame.picture)
        if after is None:
            continue
        state = after
        if len(segment) >= SEGMENT:
            yield segment, state
            done, segment = state.frames, []
    if segment:
        assert state is not None
        yield segment, state


def frames_of(
    clip: Clip, painter: Painter, state: State | None, every: int
) -> Iterator[tuple[Frame, State | None]]:
    """Painted frames one by one, each that a run can go on after with where the painter stands.

    Args:
        clip, painter, state, every: As of `segments`.
    """
    canvas = Canvas() if state is None else state.canvas
    done = 0 if state is None else state.frames
    first = None if state is None else state.first
    for group in groups(steps(clip, state), every):
        if group[0].way is None:
            first = group[0].frame.picture
            painter.begin(first)
        last = group[-1]
        for step, frame in zip(group, painted(group, canvas, painter), strict=True):
            done += 1
            after = None
            if step is last:
                assert first is not None
                sources = Canvas(canvas.sources)
                after = State(done, last.frame.time, first, last.photo, sources, painter.seen)
            yield frame, after


def steps(clip: Clip, state: State | None = None) -> Iterator[Step]:
    """The frames of a clip after a state, with the motion between them."""
    before = None if state is None else state.photo
    for frame in clip.frames(None if state is None else state.time):
        photo = Small.of(frame.picture)
        way = None if before is None else motion(before, photo)
        if before is not None and way is not None and is_cut(before, photo, way):
            way = None
        yield Step(frame, photo, way)
        before = photo


def groups(frames: Iterable[Step], every: int) -> Iterator[list[Step]]:
    """Steps that share one painting, that of the last; the first of a shot is alone."""
    group: list[Step] = []
    for step in frames:
        if group and (step.way is None or group[0].way is None or len(group) == every):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def painted(group: list[Step], canvas: Canvas, painter: Painter) -> Iterator[Frame]:
    """The frames of a group, painted; the canvas goes on to the last of them."""

    @cache
    def paint(place: int) -> Painting:
        step = group[place]
        picture = painter.paint(step.frame.picture)
        return Painting(picture, step.photo, painter.rest)

    for place, step in enumerate(group):
        if step.way is None:
            canvas.begin(paint(place))
        else:
            ahead, now = partial(paint, len(group) - 1), partial(paint, place)
            canvas.advance(step.photo, step.way, ahead, now)
        yield Frame(canvas.over(step.frame.picture), step.frame.time, step.frame.duration)
