"""Pictures that clients send: checked from their header before they are decoded."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import Photo
from stylemamba.files.reading import open_header, opening, read_image_bytes
from stylemamba.server.problems import Problem

LONGEST_SIDE = 30_000


@dataclass(frozen=True)
class Upload:
    """A photo of a client.

    Attributes:
        content: Its file, from which it is decoded whenever it is painted.
        size: Width and height, upright.
        notes: What was guessed or left out in reading it.
    """

    content: bytes
    size: tuple[int, int]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, content: bytes, field: str, megapixels: int) -> Upload:
        """A photo that can be read.

        Args:
            content: Its file.
            field: Of the request, that it came in.
            megapixels: It may have.

        Raises:
            Problem: It is too large, damaged or no picture.
        """
        photo = decoded(content, field, megapixels)
        return cls(content, photo.rgb.size, photo.notes)


def decoded(content: bytes, field: str, megapixels: int) -> Photo:
    """A picture, upright and in sRGB.

    Args, Raises:
        As `Upload.of`.
    """
    if not content:
        raise Problem("not-a-picture", f"{field} is empty: send a picture's file", field)
    path = Path(field)
    try:
        with opening(path), io.BytesIO(content) as file:
            width, height = open_header(file, path).size
    except StyleMambaError as error:
        raise Problem("not-a-picture", str(error), field) from error
    if width * height > megapixels * 1_000_000 or max(width, height) > LONGEST_SIDE:
        raise Problem(
            "too-large",
            f"{field} is {width} x {height}: at most {megapixels} megapixels and "
            f"{LONGEST_SIDE} pixels a side are taken here",
            field,
        )
    try:
        return read_image_bytes(content, path)
    except StyleMambaError as error:
        raise Problem("not-a-picture", str(error), field) from error
