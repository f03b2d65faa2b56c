"""Directories of tags as TIFF files and EXIF blocks have them, byte for byte.

Pillow decodes the values of tags and guesses their types when it writes them, which loses letters
outside ASCII, among others. Here values stay the bytes that they are.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

EXIF, GPS, INTEROPERABILITY = 0x8769, 0x8825, 0xA005
_POINTERS = (EXIF, GPS, INTEROPERABILITY)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
"""Bytes of a value of each kind; 129 is EXIF 3's UTF-8."""
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7
_PREFIX = b"Exif\0\0"
_LARGEST_VALUE = 16 << 20
_MOST_TAGS = 1000
_HEAD = 8


@dataclass(frozen=True)
class Field:
    """The value of a tag.

    Attributes:
        kind: TIFF's number of the type.
        count: Of values.
        data: Their bytes, in the order of the block that they are in.
    """

    kind: int
    count: int
    data: bytes

    def text(self) -> str:
        """The value as text, for comparisons."""
        return self.data.rstrip(b"\0").decode("latin-1")


Directory = dict[int, "Field | Directory"]
"""Values, and further directories, of tags."""


@dataclass
class Block:
    """A whole EXIF block, or what a TIFF file tells beside its pixels.

    Attributes:
        order: "<" or ">", as `struct` has it.
        tags: The main directory. That of a thumbnail is left out.
    """

    order: str
    tags: Directory

    @classmethod
    def empty(cls) -> Block:
        return cls("<", {})

    @classmethod
    def read(cls, source: bytes | BinaryIO, without: frozenset[int] = frozenset()) -> Block:
        """Reads an EXIF block or a TIFF file, as far as it is whole.

        Args:
            source: The block, with or without its "Exif" prefix, or the file.
            without: Tags of the main directory that are not read.

        Raises:
            ValueError: It begins like neither, or is a BigTIFF.
        """
        if isinstance(source, bytes):
            source = BytesIO(source.removeprefix(_PREFIX))
        source.seek(0)
        head = source.read(_HEAD)
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
        if order is None or len(head) < _HEAD:
            raise ValueError("no EXIF block")
        (start,) = struct.unpack(order + "I", head[4:])
        return cls(order, _read(source, order, start, without, 0))

    def packed(self) -> bytes:
        """The block, as it stands in files, without the "Exif" prefix."""
        head = (b"II" if self.order == "<" else b"MM") + struct.pack(self.order + "HI", 42, _HEAD)
        return head + packed(self.tags, self.order, _HEAD)

    def sub(self, tag: int) -> Directory:
        """A directory within the main one, made if it is missing."""
        found = self.tags.get(tag)
        if not isinstance(found, dict):
            found = self.tags[tag] = {}
        return found

    def short(self, value: int) -> Field:
        return Field(SHORT, 1, struct.pack(self.order + "H", value))

    def long(self, *values: int) -> Field:
        return Field(LONG, len(values), struct.pack(f"{self.order}{len(values)}I", *values))

    def shorts(self, *values: int) -> Field:
        return Field(SHORT, len(values), struct.pack(f"{self.order}{len(values)}H", *values))

    def ratio(self, value: float) -> Field:
        return Field(RATIONAL, 1, struct.pack(self.order + "II", round(value * 10000), 10000))


def prefixed(block: bytes) -> bytes:
    """An EXIF block as JPEG has it."""
    return _PREFIX + block


def packed(tags: Directory, order: str, start: int) -> bytes:
    """A directory with its values and further ones; `start` is where it is going to lie."""
    place = start + 2 + 12 * len(tags) + 4
    entries, values = [], []
    for tag, value in sorted(tags.items()):
        if isinstance(value, dict):
            kind, count, data = LONG, 1, struct.pack(order + "I", place)
            outside = packed(value, order, place)
        elif len(value.data) <= 4:
            kind, count, data, outside = value.kind, value.count, value.data.ljust(4, b"\0"), b""
        else:
            kind, count, data = value.kind, value.count, struct.pack(order + "I", place)
            outside = value.data
        outside += bytes(len(outside) % 2)
        entries.append(struct.pack(order + "HHI", tag, kind, count) + data)
        values.append(outside)
        place += len(outside)
    head = struct.pack(order + "H", len(tags))
    return b"".join([head, *entries, bytes(4), *values])


def _read(file: BinaryIO, order: str, start: int, without: frozenset[int], level: int) -> Directory:
    file.seek(start)
    head = file.read(2)
    if len(head) < 2:
        return {}
    count = min(struct.unpack(order + "H", head)[0], _MOST_TAGS)
    rows = file.read(12 * count)
    tags: Directory = {}
    for place in range(0, len(rows) - 11, 12):
        tag, kind, length = struct.unpack(order + "HHI", rows[place : place + 8])
        size = _SIZES.get(kind, 0) * length
        if tag in without or not 0 < size <= _LARGEST_VALUE:
            continue
        data = rows[place + 8 : place + 8 + size]
        if size > 4 or tag in _POINTERS:
            (where,) = struct.unpack(order + "I", rows[place + 8 : place + 12])
            if tag in _POINTERS:
                if level < 2 and (inner := _read(file, order, where, frozenset(), level + 1)):
                    tags[tag] = inner
                continue
            file.seek(where)
            data = file.read(size)
        if len(data) == size:
            tags[tag] = Field(kind, length, data)
    return tags
