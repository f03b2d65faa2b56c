"""What is shown live: a camera, a film, or still pictures in their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import fit_size, on_white, read_image, resize
from stylemamba.files.photo_paths import find_photos
from stylemamba.portable.pyramid import LARGEST
from stylemamba.video.clip import Clip, Picture

SHOWN_SECONDS = 4.0
"""How long each picture of a folder is shown."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture of a source.

    Attributes:
        picture: (h, w, 3).
        due: Seconds from the beginning at which it is to be seen; None for at once.
    """

    picture: Picture
    due: float | None


class Source(Protocol):
    """Where pictures come from."""

    @property
    def name(self) -> str:
        """For people."""

    def shots(self) -> Iterator[Shot]:
        """The pictures, until there are no more.

        Raises:
            StyleMambaError: There should be more, and they cannot be read.
        """


class Camera:
    """A camera of this machine, by OpenCV: Video4Linux, AVFoundation, Media Foundation.

    Args:
        number: Which one, from 0.
        mirror: Left is right, as in a mirror.

    Raises:
        StyleMambaError: It cannot be opened, or gives nothing.
    """

    def __init__(self, number: int, mirror: bool = False) -> None:
        self.name, self._mirror = f"camera {number}", mirror
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # the error says it
        self._device = cv2.VideoCapture(number)
        self._device.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # old pictures are no use
        self._first = self._read()
        if self._first is None:
            self._device.release()
            raise StyleMambaError(
                f"{self.name}: there is none, or another program has it: plug one in, close that "
                "program, try --camera 1, or show a file: stylemamba live FILE PROMPT"
            )

    def shots(self) -> Iterator[Shot]:
        """See `Source`."""
        try:
            picture = self._first
            while picture is not None:
                yield Shot(picture, None)
                picture = self._read()
            raise StyleMambaError(f"{self.name}: gives no more pictures; plug it in again")
        finally:
            self._device.release()

    def _read(self) -> Picture | None:
        there, picture = self._device.read()
        if not there:
            return None
        upright = picture[:, ::-1] if self._mirror else picture
        return np.ascontiguousarray(upright[..., ::-1])


class Film:
    """A video, at its own speed.

    Args:
        clip: The video.
        loop: It begins again when it is over.
    """

    def __init__(self, clip: Clip, loop: bool = False) -> None:
        self.name = str(clip.path)
        self._clip, self._loop = clip, loop

    def shots(self) -> Iterator[Shot]:
        """See `Source`."""
        begin = 0.0
        while True:
            due = 0.0
            for frame in self._clip.frames():
                due = float((frame.time - self._clip.first) * self._clip.time_base)
                yield Shot(frame.picture, begin + due)
            begin += due + float(1 / self._clip.rate)
            if not self._loop:
                return


class Stills:
    """Pictures, one after the other.

    Args:
        name: For people.
        pictures: At least one, (h, w, 3).
        loop: They begin again after the last one.
    """

    def __init__(self, name: str, pictures: list[Picture], loop: bool = False) -> None:
        self.name = name
        self._pictures, self._loop = pictures, loop

    def shots(self) -> Iterator[Shot]:
        """See `Source`."""
        for number in count():
            place = number % len(self._pictures)
            if number and not place and not self._loop:
                return
            yield Shot(self._pictures[place], number * SHOWN_SECONDS)


def open_file(path: Path, loop: bool) -> tuple[Source, list[str]]:
    """A video, a picture, or a folder of pictures, and notes on what was passed over.

    Raises:
        StyleMambaError: It is none of these.
    """
    if not path.exists():
        raise StyleMambaError(f"{path}: there is no such file or folder; check the name")
    if path.is_dir():
        return _folder(path, loop)
    try:
        clip = Clip.of(path)
    except StyleMambaError:
        clip = None
    if clip is not None and clip.count > 1:
        return Film(clip, loop), []
    try:
        return Stills(str(path), [_still(path)], loop), []
    except StyleMambaError as error:
        raise StyleMambaError(f"{path}: is no video and no picture; check the file") from error


def _folder(path: Path, loop: bool) -> tuple[Source, list[str]]:
    found = find_photos([str(path)], recursive=False, leave_out=Path())
    pictures, notes = [], list(found.notes)
    for photo in found.photos:
        try:
            pictures.append(_still(photo.path))
        except StyleMambaError as error:
            notes.append(f"skipped: {error}")
    if not pictures:
        raise StyleMambaError(f"{path}: none of its pictures can be read; choose another folder")
    return Stills(str(path), pictures, loop), notes


def _still(path: Path) -> Picture:
    photo = read_image(path)
    rgb = on_white(photo.rgb, photo.alpha)
    return np.asarray(resize(rgb, fit_size(rgb.size, min(LARGEST, max(rgb.size)))))
