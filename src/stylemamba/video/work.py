"""Finished segments of a video, kept until all of it is: what a run that was stopped has done.

A segment's packets are written first, then the state after it; both are whole or not there. The
last state says how many segments there are.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer
from stylemamba.files.store import Store
from stylemamba.video.canvas import Canvas, Painting, Source
from stylemamba.video.clip import Picture
from stylemamba.video.encoding import Packets
from stylemamba.video.motion import Small
from stylemamba.video.places import Seen

_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True)
class State:
    """Where a painter of a video stands.

    Attributes:
        frames: That are finished.
        time: Of the last one.
        first: Frame of the shot.
        photo: The last one.
        canvas: After it.
        seen: Where regions were in the frame that was painted last; None without any.
    """

    frames: int
    time: int
    first: Picture
    photo: Small
    canvas: Canvas
    seen: Seen | None


class Work:
    """A folder beside a video that is being made.

    Args:
        output: The video.
        key: All that its pictures depend on.

    Attributes:
        state: After its segments; None where there are none.
        segments: How many there are.
    """

    def __init__(self, output: Path, key: Mapping[str, Any]) -> None:
        store = Store(output.parent).within(f"{output.name}.work", key)
        store.prepare()
        self.folder = store.folder
        self.segments, self.state = 0, None
        for path in sorted(self.folder.glob("state-*.npz"), reverse=True):
            try:
                self.state = _state(path)
                self.segments = int(path.stem.partition("-")[2])
                break
            except _DAMAGED:
                continue

    def add(self, packets: Packets, state: State) -> None:
        """Keeps one more segment.

        Raises:
            StyleMambaError: The folder cannot be written to, or the disk is full.
        """
        number = self.segments + 1
        _write(self._segment(number), vars(packets))
        _write(self._state(number), _arrays(state))
        self._state(self.segments).unlink(missing_ok=True)
        self.segments, self.state = number, state

    def packets(self) -> Iterator[Packets]:
        """Those of all segments.

        Raises:
            StyleMambaError: One is gone or damaged.
        """
        for number in range(1, self.segments + 1):
            path = self._segment(number)
            try:
                with np.load(path) as arrays:
                    packets = Packets(**arrays)
            except _DAMAGED as error:
                raise StyleMambaError(f"{path}: is damaged; remove {self.folder}") from error
            yield packets

    def remove(self) -> None:
        """Removes the folder, when the video is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _segment(self, number: int) -> Path:
        return self.folder / f"segment-{number:06}.npz"

    def _state(self, number: int) -> Path:
        return self.folder / f"state-{number:06}.npz"


def _write(path: Path, arrays: Mapping[str, Any]) -> None:
    with atomic_writer(path) as file:
        np.savez(file, **arrays)


def _arrays(state: State) -> dict[str, Any]:
    sources = state.canvas.sources
    columns: dict[str, list[Any]] = {
        "pictures": [source.painting.picture for source in sources],
        "photos": [source.painting.photo.picture for source in sources],
        "places": [source.places for source in sources],
        "weights": [source.weight for source in sources],
    }
    if all(source.painting.rest is not None for source in sources):
        columns["rests"] = [source.painting.rest for source in sources]
    if state.seen is not None:
        columns |= {"seen_photo": [state.seen.photo.picture], "seen_masks": [state.seen.masks]}
    return {
        "frames": state.frames,
        "time": state.time,
        "first": state.first,
        "photo": state.photo.picture,
        **{name: np.stack(rows) for name, rows in columns.items()},
    }


def _state(path: Path) -> State:
    with np.load(path) as arrays:
        columns = [arrays[name] for name in ("pictures", "photos", "places", "weights")]
        rests = arrays["rests"] if "rests" in arrays else [None] * len(columns[0])
        sources = tuple(
            Source(Painting(picture, Small.at(photo), rest), places, weight)
            for picture, photo, places, weight, rest in zip(*columns, rests, strict=True)
        )
        seen = None
        if "seen_photo" in arrays:
            seen = Seen(Small.at(arrays["seen_photo"][0]), arrays["seen_masks"][0])
        return State(
            frames=int(arrays["frames"]),
            time=int(arrays["time"]),
            first=arrays["first"],
            photo=Small.at(arrays["photo"]),
            canvas=Canvas(sources),
            seen=seen,
        )
