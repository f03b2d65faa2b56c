"""A look into a video of somebody else's, in a process of its own that cannot take much.

A header of some bytes can ask FFmpeg for gigabytes of indices or for hours of work. What was looked
into within these bounds can be read elsewhere, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError

SECONDS, MEMORY = 20, 4 << 30
"""That a look may take, of time and of address space in bytes, threads' stacks and all."""
LEAST_SIDE = 16
"""In pixels: motion and marks need some room."""
_THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


@dataclass(frozen=True)
class Seen:
    """What a video is.

    Attributes:
        width: Upright, in pixels.
        height: Likewise.
        frames: How many there are.
        seconds: That they take, at the mean rate.
        rate: Frames a second.
    """

    width: int
    height: int
    frames: int
    seconds: float
    rate: float


class TooLargeError(StyleMambaError):
    """A video's frames have more pixels than are taken."""


def look(path: Path, megapixels: float, frame: Path | None = None, at: float | None = None) -> Seen:
    """What a video is, found out in another process.

    Args:
        path: The video.
        megapixels: That a frame may have.
        frame: Where to write one of them, as a PNG; None for none.
        at: Seconds from the beginning that it is shown at; None for the first.

    Raises:
        TooLargeError: It has larger frames.
        StyleMambaError: It cannot be read, within the bounds.
    """
    order = {
        "path": str(path),
        "megapixels": megapixels,
        "frame": None if frame is None else str(frame),
        "at": at,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "stylemamba.video.probe", json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=2 * SECONDS,
            env={**os.environ, **_THREADS},
        )
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise StyleMambaError(f"{path}: takes too long to be looked into; convert it") from error
    except ValueError as error:  # it was ended: out of time or memory, or FFmpeg broke
        raise StyleMambaError(f"{path}: is damaged, or takes too much to be read") from error
    if "seen" in told:
        return Seen(**told["seen"])
    kind = TooLargeError if told["too_large"] else StyleMambaError
    raise kind(told["detail"])


def _look(path: Path, megapixels: float, frame: str | None, at: float | None) -> Seen:
    from stylemamba.video.clip import Clip, size_of

    width, height = size_of(path)  # before anything is decoded
    if width * height > megapixels * 1e6:
        raise TooLargeError(
            f"{path}: its frames are {width} x {height}: at most {megapixels:g} megapixels are "
            "taken here"
        )
    if min(width, height) < LEAST_SIDE:
        raise StyleMambaError(
            f"{path}: its frames are {width} x {height}: at least {LEAST_SIDE} pixels a side are "
            "needed"
        )
    clip = Clip.of(path, start=at)
    if frame is not None:
        from PIL import Image

        first = next(clip.frames(), None)
        if first is None:
            raise StyleMambaError(f"{path}: has no frame that can be read there")
        Image.fromarray(first.picture).save(frame, "PNG", compress_level=1)
    if clip.rotation % 180:
        width, height = height, width
    seconds = float(clip.count / clip.rate)
    return Seen(width, height, clip.count, round(seconds, 3), round(float(clip.rate), 3))


def _bound() -> None:
    try:
        import resource
    except ImportError:  # Windows: the time is bounded from outside
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(order: str) -> None:
    """Answers the order that `look` gives, on standard output."""
    _bound()
    given = json.loads(order)
    try:
        seen = _look(Path(given["path"]), given["megapixels"], given["frame"], given["at"])
        told: dict[str, Any] = {"seen": asdict(seen)}
    except StyleMambaError as error:
        told = {"detail": str(error), "too_large": isinstance(error, TooLargeError)}
    print(json.dumps(told))


if __name__ == "__main__":
    # Run as a script, this module is there twice: errors are told apart by the class of one.
    from stylemamba.video import probe

    probe.main(sys.argv[1])
