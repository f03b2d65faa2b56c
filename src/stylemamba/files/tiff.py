"""TIFF files: which of their pages is the picture, and those that Pillow does not open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from stylemamba.errors import StyleMambaError
from stylemamba.files.deep import Opened
from stylemamba.files.deep_tiff import decode_page
from stylemamba.files.extra_formats import RAW_SUFFIXES, Check, open_raw

_SUBFILE_TYPE, _WIDTH, _LENGTH, _PHOTOMETRIC, _SUB_PAGES = 254, 256, 257, 262, 330
_TILE_WIDTH, _TILE_LENGTH, _BITS, _SAMPLE_FORMAT = 322, 323, 258, 339
_DNG_VERSION = 50706
_REDUCED, _MASK = 1, 4  # bits of the subfile type
_SENSOR_DATA = (32803, 34892)  # photometric: colour filter array, linear raw
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MOST_PAGES = 200
_LARGEST_TILE = 2048
"""Longest side of a tile that is longer than the picture's own, rounded up to 16."""


@dataclass(frozen=True)
class Page:
    """A page's tags, and where they are in the file."""

    offset: int
    tags: ImageFileDirectory_v2

    @property
    def pixels(self) -> int:
        width, length = self.tags.get(_WIDTH), self.tags.get(_LENGTH)
        return width * length if isinstance(width, int) and isinstance(length, int) else 0

    @property
    def is_part(self) -> bool:
        """Whether it says of itself that it is a preview or a mask of another page."""
        kind = self.tags.get(_SUBFILE_TYPE, 0)
        return isinstance(kind, int) and bool(kind & (_REDUCED | _MASK))


def is_tiff(file: BinaryIO) -> bool:
    """Whether a file, read from its beginning, says that it is a TIFF."""
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    return magic in _MAGIC


def open_tiff(
    file: BinaryIO, path: Path, check: Check, page: int | None = None
) -> tuple[Opened, list[str]]:
    """Opens the page of a TIFF that is the picture, in whatever layout its samples are.

    That is the largest one, sub-pages included, or the first of those; previews and masks, which
    say of themselves that they are, do not count if there is something else. A camera RAW file is
    developed.

    Args:
        file: The TIFF.
        path: Its name, for messages.
        check: Is called with the size of a page, and `path`, before its pixels are decoded here.
        page: The number of the page to take instead, from 1 on, sub-pages counted.

    Returns:
        The picture, not yet loaded if Pillow opens it, and notes on what was left out.

    Raises:
        StyleMambaError: It is a camera RAW file that cannot be developed, its samples are in a
            layout of no known kind, or take far more memory than its pixels are worth; or it has no
            such page.
    """
    try:
        pages = _pages(file)
    except Exception:  # damaged tags: Pillow says what is wrong
        pages = []
    if path.suffix.lower() in RAW_SUFFIXES or _is_raw(file, pages):
        return open_raw(file, path, check), []
    file.seek(0)
    if not pages:
        return Opened(Image.open(file, formats=["TIFF"])), []
    if page is not None:
        check_page(page, len(pages), path)
    chosen = _largest(pages) if page is None else page - 1
    notes = []
    if page is None and sum(not one.is_part for one in pages) > 1:
        which = f"number {chosen + 1}, the largest," if chosen else "the first"
        notes.append(f"{len(pages)} pages: {which} used; --page N takes another")
    elif page is None and chosen > 0:
        notes.append(f"several pages: the first is a preview, number {chosen + 1} used")
    if chosen > 0:
        file = _beginning_with(file, pages[chosen].offset)
    _check_tiles(pages[chosen].tags, path)
    tags = pages[chosen].tags
    if tags.get(_BITS) != (32,) or tags.get(_SAMPLE_FORMAT, (1,)) != (1,):  # Pillow's have a sign
        try:
            return Opened(Image.open(file, formats=["TIFF"])), notes
        except UnidentifiedImageError:
            pass
    check((int(tags[_WIDTH]), int(tags[_LENGTH])), path)
    image, samples, more = decode_page(file, tags, path)
    return Opened(image, samples), notes + more


def check_page(page: int, count: int, path: Path) -> None:
    """Makes sure that there is such a page.

    Raises:
        StyleMambaError: There is not.
    """
    if not 1 <= page <= count:
        pages = f"{count} pages" if count > 1 else "1 page"
        raise StyleMambaError(f"{path}: has {pages}, no number {page}; choose another --page")


def _pages(file: BinaryIO) -> list[Page]:
    """The pages of a TIFF in order, each followed by its sub-pages."""
    file.seek(0)
    header = file.read(16)
    header = header if 43 in (header[2], header[3]) else header[:8]
    pages: list[Page] = []

    def add(offset: int, level: int) -> int:
        tags = ImageFileDirectory_v2(header)
        file.seek(offset)
        tags.load(file)
        pages.append(Page(offset, tags))
        inner = tags.get(_SUB_PAGES, ()) if level == 0 else ()
        for sub_page in inner if isinstance(inner, tuple) else (inner,):
            if len(pages) < _MOST_PAGES and all(page.offset != sub_page for page in pages):
                add(int(sub_page), level + 1)
        return int(tags.next)

    following = int(ImageFileDirectory_v2(header).next)
    while following and len(pages) < _MOST_PAGES:
        if any(page.offset == following for page in pages):
            break
        try:
            following = add(following, 0)
        except Exception:
            if not pages:
                raise
            break  # a damaged later page does not matter
    return pages


def _is_raw(file: BinaryIO, pages: Sequence[Page]) -> bool:
    file.seek(8)
    if file.read(2) == b"CR":  # Canon's CR2
        return True
    return any(
        _DNG_VERSION in page.tags or page.tags.get(_PHOTOMETRIC) in _SENSOR_DATA for page in pages
    )


def _largest(pages: Sequence[Page]) -> int:
    candidates = [number for number, page in enumerate(pages) if not page.is_part]
    return max(candidates or range(len(pages)), key=lambda number: pages[number].pixels)


def _check_tiles(tags: ImageFileDirectory_v2, path: Path) -> None:
    """Refuses tiles far larger than the picture: each is unpacked whole."""
    for side, tile in ((_WIDTH, _TILE_WIDTH), (_LENGTH, _TILE_LENGTH)):
        whole = -(-int(tags.get(side, 0)) // 16) * 16
        if not 1 <= int(tags.get(tile, 1)) <= max(whole, _LARGEST_TILE):
            raise StyleMambaError(
                f"{path}: tiles of {tags[tile]} px are too large for its {tags.get(side)} px; "
                "save it anew without them"
            )


def _beginning_with(file: BinaryIO, offset: int) -> BytesIO:
    """A copy of a TIFF of which the page at `offset` is the first."""
    file.seek(0)
    data = bytearray(file.read())
    order = "little" if data[:1] == b"I" else "big"
    start, width = (8, 8) if 43 in (data[2], data[3]) else (4, 4)
    data[start : start + width] = offset.to_bytes(width, order)  # type: ignore[arg-type]
    return BytesIO(data)
