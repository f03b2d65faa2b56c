"""Pack files: the pictures of a training in one file, or in parts that are carried one by one.

    "stylemamba pack 1\\n", the pictures' files one after the other, an index, its length (8 bytes,
    little-endian), "SMPACK1\\n"

The index is JSON: {"bytes": where it begins, "pictures": [[name, where it begins, bytes, CRC-32],
...], "groups": {name: [numbers of pictures]}}. Nothing in a pack is code. Parts are the file cut
after so many bytes, named data.pack.001, data.pack.002, ...
"""

from __future__ import annotations

import json
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import accumulate, count, takewhile
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer
from stylemamba.files.reading import read_image_bytes

HEAD = b"stylemamba pack 1\n"
END = struct.Struct("<Q8s")
MARK = b"SMPACK1\n"


@dataclass(frozen=True)
class PackedPicture:
    """A picture in a pack.

    Attributes:
        pack: Where it is.
        name: What it was called.
        offset: Where its file begins.
        size: Bytes.
        checksum: CRC-32 of them.
    """

    pack: Pack
    name: str
    offset: int
    size: int
    checksum: int

    @property
    def stem(self) -> str:
        """Its name without folder and extension."""
        return Path(self.name).stem

    def read(self) -> Image.Image:
        """The picture, upright, in sRGB.

        Raises:
            StyleMambaError: It is damaged, or the pack is gone.
        """
        path = self.pack.paths[0]
        content = self.pack.bytes_at(self.offset, self.size)
        if zlib.crc32(content) != self.checksum:
            raise StyleMambaError(f"{path}: {self.name} in it is damaged; carry or make it again")
        return read_image_bytes(content, path / self.name).rgb


class Pack:
    """A pack to read from, in any order and from any number of processes: it holds no open file.

    Args:
        path: Of the file, of its first part, or of the file that parts were made in place of.

    Raises:
        StyleMambaError: It is missing, incomplete or not a pack.
    """

    def __init__(self, path: Path) -> None:
        self.paths = _parts_of(path)
        try:
            sizes = [part.stat().st_size for part in self.paths]
            self._starts = [0, *accumulate(sizes)]
            self._pictures, self._groups = self._index()
        except OSError as error:
            raise _unreadable(path, error) from error

    @property
    def size(self) -> int:
        """Bytes, of all parts together."""
        return self._starts[-1]

    def pictures(self, group: str) -> list[PackedPicture]:
        """The pictures of a group in its order; none if there is no such group.

        Raises:
            StyleMambaError: The index is damaged.
        """
        try:
            return [self._pictures[number] for number in self._groups.get(group, ())]
        except (TypeError, IndexError) as error:
            raise _cut_short(self.paths[0]) from error

    def bytes_at(self, offset: int, size: int) -> bytes:
        """A stretch of the file, wherever the parts are cut.

        Raises:
            StyleMambaError: A part cannot be read.
        """
        pieces = []
        number = bisect_right(self._starts, offset) - 1
        while size > 0 and number < len(self.paths):
            length = min(size, self._starts[number + 1] - offset)
            try:
                with self.paths[number].open("rb") as file:
                    file.seek(offset - self._starts[number])
                    pieces.append(file.read(length))
            except OSError as error:
                raise _unreadable(self.paths[number], error) from error
            offset, size, number = offset + length, size - length, number + 1
        return b"".join(pieces)

    def _index(self) -> tuple[list[PackedPicture], dict[str, list[int]]]:
        path = self.paths[0]
        if not _is_pack(path):
            raise StyleMambaError(f"{path}: is not a pack; make one with stylemamba train pack")
        end = self.size - END.size
        try:
            length, mark = END.unpack(self.bytes_at(end, END.size))
            if mark != MARK or length > end:
                raise _cut_short(path)
            index = json.loads(self.bytes_at(end - length, length))
            pictures = [PackedPicture(self, *row) for row in index["pictures"]]
            groups = dict(index["groups"])
            whole = index["bytes"] == end - length
        except (ValueError, TypeError, KeyError, RecursionError, struct.error) as error:
            raise _cut_short(path) from error
        if not whole:
            raise _cut_short(path)
        return pictures, groups


class PackWriter:
    """Writes a pack; made by `writing_pack`."""

    def __init__(self, file: _Parts) -> None:
        self._file = file
        self._pictures: list[tuple[str, int, int, int]] = []
        self._groups: dict[str, list[int]] = {}
        file.write(HEAD)

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._file.size

    def add(self, name: str, content: bytes) -> int:
        """Adds the file of a picture.

        Args:
            name: For messages and labels.
            content: Of the file.

        Returns:
            The picture's number.
        """
        self._pictures.append((name, self._file.size, len(content), zlib.crc32(content)))
        self._file.write(content)
        return len(self._pictures) - 1

    def group(self, name: str, numbers: Sequence[int]) -> None:
        """Makes a group of pictures, in an order of its own."""
        self._groups[name] = list(numbers)

    def finish(self) -> None:
        """Writes the index."""
        index = {"bytes": self.size, "pictures": self._pictures, "groups": self._groups}
        encoded = json.dumps(index, separators=(",", ":")).encode()
        self._file.write(encoded + END.pack(len(encoded), MARK))


@contextmanager
def writing_pack(path: Path, part: int | None = None) -> Iterator[PackWriter]:
    """A pack that is there when the block ends well; otherwise what was there before still is.

    It takes the place of an earlier pack of that name, whether in one file or in parts.

    Args:
        path: Of the file.
        part: Bytes a part; None for one file.

    Raises:
        StyleMambaError: It cannot be written, or there is a file that is not a pack.
    """
    for place in (path, _part(path, 1)):
        if place.is_file() and not _is_pack(place):
            raise StyleMambaError(f"{place}: exists, and is not a pack; choose another name")
    with ExitStack() as stack:
        file = _Parts(stack, path, part)
        writer = PackWriter(file)
        yield writer
        writer.finish()
    written = 0 if part is None else file.parts
    for left_over in _parts_from(path, written + 1):
        left_over.unlink()
    if written:
        path.unlink(missing_ok=True)


class _Parts:
    """A file to write to, cut after every `limit` bytes; each piece is an `atomic_writer`'s."""

    def __init__(self, stack: ExitStack, path: Path, limit: int | None) -> None:
        self._stack, self._path, self._limit = stack, path, limit
        self.parts, self.size, self._room = 0, 0, 0
        self._file: BinaryIO | None = None

    def write(self, content: bytes) -> None:
        """Appends bytes."""
        self.size += len(content)
        left = memoryview(content)
        while left:
            if self._file is None or (self._limit is not None and not self._room):
                self._open()
            assert self._file is not None
            taken = left if self._limit is None else left[: self._room]
            self._file.write(taken)
            self._room -= len(taken)
            left = left[len(taken) :]

    def _open(self) -> None:
        self.parts += 1
        path = self._path if self._limit is None else _part(self._path, self.parts)
        self._file, self._room = self._stack.enter_context(atomic_writer(path)), self._limit or 0


def _part(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number:03d}")


def _parts_from(path: Path, first: int) -> list[Path]:
    return list(takewhile(Path.exists, (_part(path, number) for number in count(first))))


def _is_pack(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(HEAD)) == HEAD
    except OSError as error:
        raise _unreadable(path, error) from error


def _parts_of(path: Path) -> list[Path]:
    whole = path.with_suffix("") if path.suffix == ".001" else path
    if path == whole and path.exists():
        return [path]
    parts = _parts_from(whole, 1)
    if not parts:
        raise StyleMambaError(f"{path}: no such file; make one with stylemamba train pack")
    return parts


def _cut_short(path: Path) -> StyleMambaError:
    return StyleMambaError(
        f"{path}: is cut short, or a part is missing or of another pack; carry it again"
    )


def _unreadable(path: Path, error: OSError) -> StyleMambaError:
    return StyleMambaError(f"{path}: cannot be read ({error.strerror}); check the name")
