"""Reading a video: what a painted copy of it has to keep, and its frames, upright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from stylemamba.errors import StyleMambaError

Picture = NDArray[np.uint8]
"""(h, w, 3), RGB."""

SEEK = 10.0
"""Seconds that are decoded and thrown away rather than skipped: indices can be wrong."""
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg", "flv", "asf", "ogg",
)  # fmt: skip
"""FFmpeg's names of what is read. Others open more files, or addresses: playlists (HLS, DASH),
lists of files (concat), pictures by number."""
LARGEST = 50_000_000
"""Pixels of a frame beyond which a decoder refuses it; 8K has 33 million."""
_OPTIONS = {
    "format_whitelist": ",".join(FORMATS),
    "protocol_whitelist": "file",
    "max_pixels": str(LARGEST),
}
USUAL_RATE = Fraction(25)
"""Frames a second of a file that does not say."""


@dataclass(frozen=True)
class Frame:
    """One of a video.

    Attributes:
        picture: Held upright.
        time: When it is shown first, in the video's time base.
        duration: How long, likewise; 0 where the file does not say.
    """

    picture: Picture
    time: int
    duration: int


@dataclass(frozen=True)
class Colours:
    """How a stream says that its numbers are colours; FFmpeg's numbers."""

    matrix: int
    range: int
    transfer: int
    primaries: int


@dataclass(frozen=True)
class Clip:
    """A video, or a part of it.

    Attributes:
        path: Its file.
        width: As it is stored, in pixels.
        height: Likewise.
        rotation: By which it is turned to be seen, counterclockwise, in degrees: 0, 90, 180, 270.
        aspect: Width of a pixel over its height, as it is stored.
        rate: Frames a second, on average.
        time_base: Unit of times, in seconds.
        colours: Their tags.
        bits: Of a channel.
        first: Time from which frames are taken.
        cut: That is not its beginning.
        last: Time from which none are; None to the end.
        count: Of the frames.
    """

    path: Path
    width: int
    height: int
    rotation: int
    aspect: Fraction | None
    rate: Fraction
    time_base: Fraction
    colours: Colours
    bits: int
    first: int
    cut: bool
    last: int | None
    count: int

    @classmethod
    def of(cls, path: Path, start: float | None = None, end: float | None = None) -> Clip:
        """Looks into a file.

        Args:
            path: A video.
            start: Seconds from its beginning.
            end: Likewise.

        Raises:
            StyleMambaError: It cannot be read, shows nothing, or nothing between these times.
        """
        with opened(path) as source:
            stream = _pictures(source, path)
            frame = next(source.decode(stream), None)
            if frame is None:
                raise StyleMambaError(f"{path}: has no frames that can be read")
            base = stream.time_base or 1 / USUAL_RATE
            begin = frame.pts or 0
            first = begin + round(start / base) if start else begin
            last = None if end is None else begin + round(end / base)
            clip = cls(
                path=path,
                width=frame.width,
                height=frame.height,
                rotation=round(frame.rotation / 90) % 4 * 90,
                aspect=stream.sample_aspect_ratio,
                rate=stream.average_rate or USUAL_RATE,
                time_base=base,
                colours=Colours(
                    frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries
                ),
                bits=max(component.bits for component in frame.format.components),
                first=first,
                cut=first != begin,
                last=last,
                count=0,
            )
        with opened(path) as source:
            packets = source.demux(_pictures(source, path))
            times = [packet.pts for packet in packets if packet.size]
        count = sum(time is None or clip.includes(time) for time in times)
        if not count:
            raise StyleMambaError(f"{path}: has no frames between start and end")
        return cls(**{**vars(clip), "count": count})

    def includes(self, time: int) -> bool:
        """Whether a frame of that time is taken."""
        return self.first <= time and (self.last is None or time < self.last)

    def frames(self, after: int | None = None) -> Iterator[Frame]:
        """The frames, one after the other.

        Args:
            after: The time of the last one that is not wanted.

        Raises:
            StyleMambaError: The file is damaged.
        """
        since = self.first if after is None else after + 1
        seen = since - 1
        with opened(self.path) as source:
            stream = _pictures(source, self.path)
            stream.thread_type = "AUTO"
            if (since - (stream.start_time or 0)) * self.time_base > SEEK:
                source.seek(since - int(SEEK / self.time_base), stream=stream)
            step = max(1, round(1 / (self.rate * self.time_base)))
            for frame in source.decode(stream):
                time = seen + step if frame.pts is None else frame.pts
                if self.last is not None and time >= self.last:
                    return
                if time > seen:
                    seen = time
                    # Scaled, where it is not as large as the first.
                    picture = frame.to_ndarray(format="rgb24", width=self.width, height=self.height)
                    yield Frame(self.upright(picture), time, frame.duration or 0)

    def upright(self, picture: Picture) -> Picture:
        """A picture as it is stored, held upright."""
        return np.ascontiguousarray(np.rot90(picture, self.rotation // 90))

    def stored(self, picture: Picture) -> Picture:
        """An upright picture, as it is stored."""
        return np.ascontiguousarray(np.rot90(picture, -(self.rotation // 90)))


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in pixels, as they are stored, from the header of a video.

    Raises:
        StyleMambaError: As `opened`, or there are no pictures in it.
    """
    with opened(path) as source:
        pictures = _pictures(source, path)
        return pictures.width, pictures.height


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A video to read from.

    Raises:
        StyleMambaError: It is not there, damaged or of none of the `FORMATS`, now or in the block.
    """
    try:
        with av.open(f"file:{path}", options=_OPTIONS) as source:
            yield source
    except av.FFmpegError as error:
        raise StyleMambaError(
            f"{path}: cannot be read as a video ({error.strerror}); check the file"
        ) from error


def _pictures(source: Any, path: Path) -> Any:
    """The stream of them; a cover is none."""
    found = source.streams.best("video")
    if found is None:
        raise StyleMambaError(f"{path}: has no pictures, only sound or text")
    if found.codec_context is None:
        raise StyleMambaError(f"{path}: is encoded in a way that is not known here; convert it")
    found.codec_context.options = {"max_pixels": _OPTIONS["max_pixels"]}
    return found
