"""Pictures that clients send: checked from their header before they are decoded."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

from stylemamba.errors import StyleMambaError
from stylemamba.files.extra_formats import RAW_SUFFIXES
from stylemamba.files.images import Photo
from stylemamba.files.reading import read_image_bytes
from stylemamba.server.problems import Problem

LONGEST_SIDE = 30_000


@dataclass(frozen=True, eq=False)
class Upload:
    """A photo of a client.

    Attributes:
        content: Its file.
        suffix: Of the name that it had, where that tells what it is, as of camera RAW files.
        size: Width and height, upright.
        notes: What was guessed or left out in reading it.
    """

    content: bytes = field(repr=False)
    suffix: str
    size: tuple[int, int]
    notes: tuple[str, ...]


class Decoder:
    """Reads photos; those that were read last are kept decoded.

    Args:
        megapixels: That a picture may have.
        most: Bytes of the pictures that are kept decoded.
    """

    def __init__(self, megapixels: int, most: int) -> None:
        self._megapixels, self._most = megapixels, most
        # Forgotten with the upload; the one used last is the last.
        self._kept: WeakKeyDictionary[Upload, Photo] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def upload(self, content: bytes, field: str, name: str = "") -> Upload:
        """A photo that can be read.

        Args:
            content: Its file.
            field: Of the request, that it came in.
            name: That the client has for it.

        Raises:
            Problem: It is too large, damaged or no picture.
        """
        suffix = Path(name).suffix.lower()
        suffix = suffix if suffix in RAW_SUFFIXES else ""
        photo = self.decoded(content, field, suffix)
        upload = Upload(content, suffix, photo.rgb.size, photo.notes)
        self._keep(upload, photo)
        return upload

    def photo(self, upload: Upload) -> Photo:
        """An upload's picture, upright and in sRGB; it may be shared, and stays as it is."""
        with self._lock:
            photo = self._kept.pop(upload, None)
        if photo is None:
            photo = self.decoded(upload.content, "photo", upload.suffix)
        self._keep(upload, photo)
        return photo

    def decoded(self, content: bytes, field: str, suffix: str = "") -> Photo:
        """A picture, upright and in sRGB.

        Raises:
            Problem: As `upload`.
        """
        if not content:
            raise Problem("not-a-picture", f"{field} is empty: send a picture's file", field)
        path = Path(field + suffix)
        try:
            return read_image_bytes(content, path, check=self._check)
        except _TooLargeError as error:
            raise Problem("too-large", str(error), field) from error
        except StyleMambaError as error:
            raise Problem("not-a-picture", str(error), field) from error

    @property
    def size(self) -> int:
        """Bytes of what is kept decoded."""
        with self._lock:
            return sum(map(_bytes_of, self._kept.values()))

    def _keep(self, upload: Upload, photo: Photo) -> None:
        room = self._most - _bytes_of(photo)
        if room < 0:
            return
        with self._lock:
            kept = list(self._kept.items())
            total = sum(_bytes_of(other) for _, other in kept)
            for other, its in kept:
                if total <= room:
                    break
                total -= _bytes_of(its)
                del self._kept[other]
            self._kept[upload] = photo

    def _check(self, size: tuple[int, int], path: Path) -> None:
        width, height = size
        if width * height > self._megapixels * 1_000_000 or max(width, height) > LONGEST_SIDE:
            raise _TooLargeError(
                f"{path} is {width} x {height}: at most {self._megapixels} megapixels and "
                f"{LONGEST_SIDE} pixels a side are taken here"
            )


class _TooLargeError(StyleMambaError):
    """A picture has more pixels than are taken here."""


def _bytes_of(photo: Photo) -> int:
    pixels = photo.rgb.width * photo.rgb.height
    a_pixel = 4 + (photo.alpha is not None) + 6 * (photo.deep is not None)
    return pixels * a_pixel
