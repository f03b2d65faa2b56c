"""What a photo's file tells beside its pixels, and is carried over to the result.

Carried are EXIF (upright, without the thumbnail), XMP, IPTC, the resolution and an RGB colour
profile, in which the result then is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from PIL import Image

from stylemamba.files.icc import UnusableProfileError, from_srgb, space_of
from stylemamba.files.ifd import EXIF, UNDEFINED, Block, Field

RECIPE_MARK = "stylemamba: "
DESCRIPTION, ORIENTATION, USER_COMMENT, MAKER_NOTE = 0x010E, 0x0112, 0x9286, 0x927C
COMMENT_CODE = b"ASCII\0\0\0"
"""EXIF's code for the characters of a comment."""
_COLOUR_SPACE, _WIDTH, _HEIGHT = 0xA001, 0xA002, 0xA003
_TIFF_XMP, _TIFF_IPTC, _TIFF_PHOTOSHOP = 700, 33723, 34377
LAYOUT = frozenset(
    (*range(254, 267), 273, *range(277, 285), *range(288, 294), 297, 301, *range(317, 348))
    + (
        *range(400, 440),
        *range(512, 522),
        *range(529, 533),
        559,
        33421,
        33422,
        _TIFF_XMP,
        _TIFF_IPTC,
    )
    + (_TIFF_PHOTOSHOP, 34675, 37724, 50341, *range(50706, 52600))
)
"""Tags on how the pixels of a TIFF are stored, or that are carried in another way."""
_IPTC_RESOURCE, _EXIF_RESOURCE, _XMP_RESOURCE = 0x0404, 1058, 1060
_MOST_DPI = 100_000
_XMP_OF_THE_FILE = (
    rb'\s[\w.-]+:(?:Orientation|HasExtendedXMP)="[^"]*"',
    rb"<(tiff:Orientation|xmpNote:HasExtendedXMP)>[^<]*</\1>",
    rb"<(xmp:Thumbnails|xap:Thumbnails)\b.*?</\1>",
)
"""Of XMP, what is not true of the result: how it is turned, and its thumbnails."""


@dataclass(frozen=True)
class Carried:
    """What a photo's file tells beside its pixels.

    Attributes:
        exif: As `Block.packed` gives it; empty for none, as the rest.
        xmp: An XMP packet.
        iptc: IIM records.
        dpi: Pixels to the inch, across and down; None if it is not known.
        profile: The ICC profile, if it is of RGB and can be converted to.
    """

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    dpi: tuple[float, float] | None = None
    profile: bytes = field(default=b"", repr=False)


NOTHING = Carried()


def carried_from(
    image: Image.Image, file: BinaryIO | None, is_upright: bool, notes: list[str]
) -> Carried:
    """What is to be carried over from a photo that is loaded and not yet turned.

    Args:
        image: The photo.
        file: Its file, if that is a TIFF, whose tags are taken then.
        is_upright: It needs no turning, whatever its EXIF data says.
        notes: Gets a line for what is damaged.
    """
    resources = _resources(image)
    exif = image.info.get("exif") or resources.get(_EXIF_RESOURCE, b"")
    block = _tolerant(lambda: _exif(exif if file is None else file, image), notes)
    profile = image.info.get("icc_profile") or b""
    sideways = not is_upright and 5 <= _orientation(block) <= 8
    if block is not None:
        _make_true(block, image.size[::-1] if sideways else image.size)
    return Carried(
        b"" if block is None or not block.tags else block.packed(),
        _xmp(image.info.get("xmp") or resources.get(_XMP_RESOURCE, b"")),
        _iptc(image, resources),
        _dpi(image.info.get("dpi"), sideways),
        profile if _can_be_converted_to(profile) else b"",
    )


def own_comment(exif: bytes) -> str:
    """The comment that a photo has in its EXIF data, if it is not blank."""
    comment = Block.read(exif).sub(EXIF).get(USER_COMMENT) if exif else None
    if not isinstance(comment, Field):
        return ""
    return comment.data[len(COMMENT_CODE) :].strip(b"\0 ").decode("utf-8", "replace")


def _tolerant(read: Callable[[], Block | None], notes: list[str]) -> Block | None:
    try:
        return read()
    except Exception:  # EXIF blocks are often damaged; the picture is not
        notes.append("EXIF data damaged: left out")
        return None


def _exif(source: bytes | BinaryIO, image: Image.Image) -> Block | None:
    if not source:
        block = image.getexif().tobytes() if image.format == "PNG" else b""  # ImageMagick's text
        return Block.read(block, LAYOUT) if len(block) > len(b"Exif\0\0") + 14 else None
    if not isinstance(source, bytes):
        source.seek(2)
        if b"+" in source.read(2):
            return None  # a BigTIFF
    return Block.read(source, LAYOUT)


def _orientation(block: Block | None) -> int:
    value = None if block is None else block.tags.get(ORIENTATION)
    if block is None or not isinstance(value, Field) or len(value.data) < 2:
        return 1
    return int.from_bytes(value.data[:2], "little" if block.order == "<" else "big")


def _make_true(block: Block, size: tuple[int, int]) -> None:
    """Leaves what is true of the result, which is upright and of that size."""
    if ORIENTATION in block.tags:
        del block.tags[ORIENTATION]
    description = block.tags.get(DESCRIPTION)
    if isinstance(description, Field) and description.text().startswith(RECIPE_MARK):
        del block.tags[DESCRIPTION]
    inner = block.tags.get(EXIF)
    if not isinstance(inner, dict):
        return
    for tag, side in zip((_WIDTH, _HEIGHT), size, strict=True):
        if tag in inner:
            inner[tag] = block.long(side)
    comment = inner.get(USER_COMMENT)
    mark = COMMENT_CODE + RECIPE_MARK.encode()
    if isinstance(comment, Field) and comment.data.startswith(mark):
        del inner[USER_COMMENT]
    if not inner:
        del block.tags[EXIF]


def with_recipe(exif: bytes, recipe: str) -> Block:
    """EXIF data with a recipe in place of the comment."""
    block = Block.read(exif) if exif else Block.empty()
    text = COMMENT_CODE + (RECIPE_MARK + recipe).encode("ascii")
    block.sub(EXIF)[USER_COMMENT] = Field(UNDEFINED, len(text), text)
    return block


def without_maker_note(block: Block) -> bool:
    """Drops the maker's own data, which is large; whether there was any."""
    return block.sub(EXIF).pop(MAKER_NOTE, None) is not None


def _xmp(packet: object) -> bytes:
    if isinstance(packet, str):
        packet = packet.encode()
    if not isinstance(packet, bytes):
        return b""
    for pattern in _XMP_OF_THE_FILE:
        packet = re.sub(pattern, b"", packet, flags=re.DOTALL)
    return packet.strip(b"\0")


def _iptc(image: Image.Image, resources: dict[int, bytes]) -> bytes:
    records: object = resources.get(_IPTC_RESOURCE)
    tags: Any = getattr(image, "tag_v2", {})
    if records is None:
        records = tags.get(_TIFF_IPTC, b"")
    if isinstance(records, tuple) and all(isinstance(part, int) for part in records):
        order = "little" if tags.prefix == b"II" else "big"
        records = b"".join(part.to_bytes(4, order) for part in records)
    if not records and isinstance(text := image.info.get("Raw profile type iptc"), str):
        records = _unhexed(text)
    return records if isinstance(records, bytes) else b""


def _unhexed(text: str) -> bytes:
    """The bytes of a "raw profile" of ImageMagick: its name, their number, and hex digits."""
    try:
        content = bytes.fromhex("".join(text.split()[2:]))
    except ValueError:
        return b""
    return content[content.find(b"\x1c") :] if b"\x1c" in content else b""


def _resources(image: Image.Image) -> dict[int, bytes]:
    """Photoshop's blocks of a JPEG, a TIFF or a PSD."""
    listed = getattr(image, "resources", None)
    if isinstance(listed, list):
        return {number: data for number, _, data in listed}
    blocks = image.info.get("photoshop")
    return {n: data for n, data in blocks.items() if isinstance(data, bytes)} if blocks else {}


def _dpi(value: object, sideways: bool) -> tuple[float, float] | None:
    try:
        across, down = (float(part) for part in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not all(math.isfinite(part) and 1 < part <= _MOST_DPI for part in (across, down)):
        return None  # JPEG's 1 x 1 says that pixels are square
    return (down, across) if sideways else (across, down)


def _can_be_converted_to(profile: bytes) -> bool:
    if space_of(profile) != "RGB":
        return False
    try:
        from_srgb(Image.new("RGB", (1, 1)), profile)
    except UnusableProfileError:
        return False
    return True
