"""Videos that clients send: looked into by another process before anything here reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from stylemamba.errors import StyleMambaError
from stylemamba.server.limits import Limits
from stylemamba.server.problems import Problem
from stylemamba.server.scratch import Scratch, Stored
from stylemamba.video import NEEDED, is_installed
from stylemamba.video.probe import Seen, TooLargeError, look


@dataclass(frozen=True, eq=False)
class Clip:
    """A video of a client.

    Attributes:
        file: Where it is kept.
        seen: What it is.
    """

    file: Stored
    seen: Seen

    def about(self) -> dict[str, Any]:
        """What it is, as JSON."""
        return asdict(self.seen)


class Clips:
    """Takes videos in.

    Args:
        limits: Of what is taken.
        scratch: Where they are kept.
    """

    def __init__(self, limits: Limits, scratch: Scratch) -> None:
        self._limits, self._scratch = limits, scratch

    @staticmethod
    def check_installed() -> None:
        """Makes sure that videos can be read here.

        Raises:
            Problem: Packages are missing.
        """
        if not is_installed():
            raise Problem("not-installed", NEEDED)

    def take(self, source: BinaryIO, size: int | None) -> Clip:
        """Keeps a video that can be read.

        Args:
            source: Its file.
            size: Bytes of it.

        Raises:
            Problem: It is too large, damaged or no video, or there is no room for it.
        """
        if not size:
            raise Problem("not-a-video", "video is empty: send a video's file", "video")
        file = self._scratch.copied(source, ".video")
        with told(file.path, "not-a-video"):
            return Clip(file, look(file.path, self._limits.video_megapixels))

    def frame(self, clip: Clip, at: float) -> bytes:
        """What is shown at a time, in seconds, as a PNG file.

        Raises:
            Problem: There is nothing.
        """
        picture = self._scratch.file(".png")
        with told(clip.file.path):
            look(clip.file.path, self._limits.video_megapixels, picture.path, at)
        return picture.path.read_bytes()

    def part(self, clip: Clip, start: float | None, end: float | None) -> Any:
        """The part of a video, a `stylemamba.video.clip.Clip`, that is to be painted.

        Raises:
            Problem: There is nothing, or too much.
        """
        from stylemamba.video.clip import Clip as Part

        with told(clip.file.path):
            part = Part.of(clip.file.path, start, end)
        most = self._limits.video_frames
        if part.count > most:
            detail = f"{part.count} frames are too many: choose start and end, for at most {most}"
            raise Problem("too-large", detail, "end")
        return part


@contextmanager
def told(path: Path, reason: str = "invalid") -> Iterator[None]:
    """Tells what is wrong with a video, whose path is nobody's business.

    Raises:
        Problem: Something is.
    """
    try:
        yield
    except StyleMambaError as error:
        reason = "too-large" if isinstance(error, TooLargeError) else reason
        raise Problem(reason, str(error).replace(str(path), "video"), "video") from error
