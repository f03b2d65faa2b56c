"""The metadata of a result: its recipe, and what is carried over from the photo.

A PNG has the recipe as a text chunk named "stylemamba", a GIF as its comment, the others as EXIF's
UserComment behind the word "stylemamba:".
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from PIL import PngImagePlugin

from stylemamba.errors import StyleMambaError
from stylemamba.files.carried import (
    COMMENT_CODE,
    DESCRIPTION,
    RECIPE_MARK,
    USER_COMMENT,
    Carried,
    own_comment,
    with_recipe,
    without_maker_note,
)
from stylemamba.files.ifd import EXIF, Block, prefixed
from stylemamba.files.reading import LARGEST_TEXT, check_readable_file, open_header, opening

_NAME = "stylemamba"
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_LARGEST_SEGMENT = 65533
"""Bytes that a JPEG has room for in one block of metadata."""


def saving_options(
    carried: Carried, recipe: str | None, file_format: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What Pillow's `save` needs to write a recipe, and what is carried over from the photo.

    Args:
        carried: From the photo; of the profile and the like only what the format has room for.
        recipe: ASCII text, as `json.dumps` gives it.
        file_format: Pillow's name: PNG, JPEG, WEBP, AVIF, GIF; not TIFF.

    Returns:
        Arguments, and notes on what the format has no room for.

    Raises:
        ValueError: The text is not ASCII.
    """
    if recipe is not None:
        check_recipe(recipe)
    if file_format == "GIF":
        found = [carried.exif, carried.xmp, carried.iptc, carried.profile]
        names = [
            n for n, data in zip(("EXIF", "XMP", "IPTC", "profile"), found, strict=True) if data
        ]
        return {} if recipe is None else {"comment": (RECIPE_MARK + recipe).encode()}, _no_place(
            "GIF", names
        )
    options: dict[str, Any] = {}
    if carried.profile:
        options["icc_profile"] = carried.profile
    if file_format == "PNG":
        return options | _png_options(carried, recipe), ()
    exif, notes = exif_with(carried, recipe, file_format)
    if carried.dpi is not None and file_format != "JPEG":  # which has a place of its own
        _add_resolution(exif, carried.dpi)
    if exif.tags:
        options["exif"] = prefixed(exif.packed())
    if file_format == "JPEG":
        more, left_out = _jpeg_options(carried)
        return options | more, (*notes, *left_out)
    if carried.xmp:
        options["xmp"] = carried.xmp
    return options, (*notes, *_no_place(file_format, ["IPTC"] if carried.iptc else []))


def exif_with(
    carried: Carried, recipe: str | None, file_format: str
) -> tuple[Block, tuple[str, ...]]:
    """The EXIF data of a result, with its recipe, and notes on what had no room.

    Raises:
        ValueError: The recipe is not ASCII.
    """
    plain = Block.read(carried.exif) if carried.exif else Block.empty()
    if recipe is not None:
        check_recipe(recipe)
    notes: list[str] = []
    block = plain if recipe is None else with_recipe(carried.exif, recipe)
    if file_format == "JPEG" and not _fits(block):
        if without_maker_note(block):
            notes.append("JPEG has no room for the camera maker's data: left out")
        if recipe is not None and not _fits(block):
            notes = ["JPEG has no room for a recipe over 64 KB: left out; use .png to keep it"]
            block, recipe = plain, None
        if not _fits(block):
            return Block.empty(), (*notes, "JPEG has no room for EXIF data over 64 KB: left out")
    if recipe is not None and own_comment(carried.exif):
        notes.append("the photo's comment gave way to the recipe; --no-metadata keeps it")
    return block, tuple(notes)


def check_recipe(recipe: str) -> None:
    """Makes sure that a recipe can be written.

    Raises:
        ValueError: It is not ASCII.
    """
    if not recipe.isascii() or "\0" in recipe:
        raise ValueError("a recipe is ASCII text without NUL, as json.dumps gives it")


def _fits(block: Block) -> bool:
    return len(prefixed(block.packed())) <= _LARGEST_SEGMENT


def _no_place(file_format: str, names: list[str]) -> tuple[str, ...]:
    return (f"{file_format} has no place for {', '.join(names)}: left out",) if names else ()


def _png_options(carried: Carried, recipe: str | None) -> dict[str, Any]:
    chunks = PngImagePlugin.PngInfo()
    if recipe is not None:
        chunks.add_text(_NAME, recipe)  # plain: any program can show it
    if carried.xmp:
        chunks.add_itxt("XML:com.adobe.xmp", carried.xmp.decode("utf-8", "replace"))
    if carried.iptc:
        block = _photoshop_block(carried.iptc)
        chunks.add_text("Raw profile type iptc", f"\niptc\n{len(block):8}\n{block.hex()}\n")
    options: dict[str, Any] = {"pnginfo": chunks}
    if carried.exif:
        options["exif"] = carried.exif
    if carried.dpi is not None:
        options["dpi"] = carried.dpi
    return options


def _jpeg_options(carried: Carried) -> tuple[dict[str, Any], tuple[str, ...]]:
    options: dict[str, Any] = {}
    left_out = []
    if carried.dpi is not None:
        options["dpi"] = carried.dpi
    if carried.xmp:
        if len(_XMP_HEAD + carried.xmp) > _LARGEST_SEGMENT:
            left_out.append("XMP")
        else:
            options["xmp"] = carried.xmp
    if carried.iptc:
        body = b"Photoshop 3.0\0" + _photoshop_block(carried.iptc)
        if len(body) > _LARGEST_SEGMENT:
            left_out.append("IPTC")
        else:
            options["extra"] = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    return options, _no_place("JPEG", [f"{name} over 64 KB" for name in left_out])


def _photoshop_block(iptc: bytes) -> bytes:
    return b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + bytes(len(iptc) % 2)


def _add_resolution(exif: Block, dpi: tuple[float, float]) -> None:
    across, down, unit = 282, 283, 296
    exif.tags |= {across: exif.ratio(dpi[0]), down: exif.ratio(dpi[1]), unit: exif.short(2)}


def read_recipe(path: str | Path) -> str | None:
    """The recipe that `write_image` wrote into a picture; None if the picture has none.

    Raises:
        StyleMambaError: There is no such file, it is not a picture, or its metadata is damaged.
    """
    path = Path(path)
    check_readable_file(path)
    with opening(path), open(path, "rb") as file:
        return _recipe_in(file, path)


def read_recipe_bytes(content: bytes, path: Path) -> str | None:
    """As `read_recipe`, from the content of a file; `path` is what messages call it.

    Raises:
        StyleMambaError: It is not a picture, or its metadata is damaged.
    """
    with opening(path), BytesIO(content) as file:
        return _recipe_in(file, path)


def _recipe_in(file: BinaryIO, path: Path) -> str | None:
    with open_header(file, path) as image:
        if image.format == "PNG":
            text = image.info.get(_NAME)
            return text if isinstance(text, str) else None
        if image.format == "GIF":
            comment = image.info.get("comment", b"")
            return _text(comment.decode("ascii", "replace"))
        exif = image.getexif()
        comment = exif.get_ifd(EXIF).get(USER_COMMENT)
        if isinstance(comment, bytes) and comment.startswith(COMMENT_CODE):
            text = _text(comment[len(COMMENT_CODE) :].decode("ascii", "replace"))
            if text is not None:
                return text
        return _text(exif.get(DESCRIPTION))  # where TIFF results had it once


def _text(value: object) -> str | None:
    if isinstance(value, str) and value.startswith(RECIPE_MARK):
        return value[len(RECIPE_MARK) :]
    return None


def load_recipe(path: str | Path) -> str:
    """The recipe that a file holds: a text file of its own, or a result.

    Raises:
        StyleMambaError: There is no such file, it cannot be read, or it holds none.
    """
    path = Path(path)
    check_readable_file(path)
    with open(path, "rb") as file:
        start = file.read(LARGEST_TEXT + 1)
    if _is_recipe_text(start):
        return load_recipe_bytes(start, path)
    return _held(read_recipe(path), path)


def load_recipe_bytes(content: bytes, path: Path) -> str:
    """As `load_recipe`, from the content of a file; `path` is what messages call it.

    Raises:
        StyleMambaError: It holds no recipe, or is damaged.
    """
    if not _is_recipe_text(content):
        return _held(read_recipe_bytes(content, path), path)
    if len(content) > LARGEST_TEXT:
        raise StyleMambaError(f"{path}: is too large for a recipe; check the name")
    try:
        return content.decode("utf-8-sig")
    except ValueError as error:
        raise StyleMambaError(f"{path}: is not UTF-8 text; save it as that") from error


def _is_recipe_text(content: bytes) -> bool:
    return content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _held(recipe: str | None, path: Path) -> str:
    if recipe is None:
        raise StyleMambaError(
            f"{path}: holds no recipe; give a file of --save-recipe, or a result with metadata"
        )
    return recipe


def photo_mark(content: bytes) -> str:
    """By what a recipe tells which photo it was used with: a digest of the file's content."""
    return hashlib.sha256(content).hexdigest()[:16]


def refuse_foreign(path: str | Path, recipe: str) -> None:
    """Makes sure that a result replaces nothing but an earlier result of the very same job.

    Args:
        path: Where the result is to be.
        recipe: The one that is to be written into it.

    Raises:
        StyleMambaError: There is a file with another recipe, or with none.
    """
    path = Path(path)
    if path.exists():
        _refuse_foreign(lambda: read_recipe(path), path, recipe)


def refuse_foreign_bytes(content: bytes, path: Path, recipe: str) -> None:
    """As `refuse_foreign`, from the content of the file that is there.

    Raises:
        StyleMambaError: It has another recipe, or none.
    """
    _refuse_foreign(lambda: read_recipe_bytes(content, path), path, recipe)


def _refuse_foreign(read: Callable[[], str | None], path: Path, recipe: str) -> None:
    try:
        same = read() == recipe
    except StyleMambaError:  # not a picture, or not to be read
        same = False
    if not same:
        raise StyleMambaError(
            f"{path}: exists, and is not the result of this very command; "
            "choose another name with -o, or add --overwrite"
        )
