"""The recipe of a result, a text in the picture's own metadata.

A PNG has it as a text chunk named "stylemamba", JPEG and WebP as EXIF's UserComment, TIFF as
ImageDescription (through Pillow, a compressed TIFF keeps no EXIF), behind the word "stylemamba:".
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, PngImagePlugin

from stylemamba.errors import StyleMambaError
from stylemamba.files.reading import LARGEST_TEXT, check_readable_file, open_header, opening

_NAME = "stylemamba"
_MARK = f"{_NAME}: "
_EXIF, _USER_COMMENT, _DESCRIPTION = 0x8769, 0x9286, 0x010E
_ASCII = b"ASCII\0\0\0"  # EXIF's code for the characters of a comment
_LARGEST_SEGMENT = 65533
"""Bytes that a JPEG has room for in one block of metadata."""


def recipe_options(recipe: str, file_format: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What Pillow's `save` needs to write a recipe.

    Args:
        recipe: ASCII text, as `json.dumps` gives it.
        file_format: Pillow's name: PNG, JPEG, WEBP or TIFF.

    Returns:
        Arguments, and notes on what the format has no room for.

    Raises:
        ValueError: The text is not ASCII.
    """
    if not recipe.isascii() or "\0" in recipe:
        raise ValueError("a recipe is ASCII text without NUL, as json.dumps gives it")
    if file_format == "PNG":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_text(_NAME, recipe)  # plain: any program can show it
        return {"pnginfo": chunks}, ()
    if file_format == "TIFF":
        return {"description": _MARK + recipe}, ()
    exif = Image.Exif()
    exif.get_ifd(_EXIF)[_USER_COMMENT] = _ASCII + (_MARK + recipe).encode()
    if file_format == "JPEG" and len(exif.tobytes()) > _LARGEST_SEGMENT:
        return {}, ("JPEG has no room for a recipe over 64 KB: left out; use .png to keep it",)
    return {"exif": exif}, ()


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
        exif = image.getexif()
        text = exif.get(_DESCRIPTION) if image.format == "TIFF" else None
        if text is None:
            comment = exif.get_ifd(_EXIF).get(_USER_COMMENT)
            if isinstance(comment, bytes) and comment.startswith(_ASCII):
                text = comment[len(_ASCII) :].decode("ascii", "replace")
        if isinstance(text, str) and text.startswith(_MARK):
            return text[len(_MARK) :]
        return None


def load_recipe(path: str | Path) -> str:
    """The recipe that a file holds: a text file of its own, or a result.

    Raises:
        StyleMambaError: There is no such file, it cannot be read, or it holds none.
    """
    path = Path(path)
    check_readable_file(path)
    with open(path, "rb") as file:
        is_text = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if is_text:
        if path.stat().st_size > LARGEST_TEXT:
            raise StyleMambaError(f"{path}: is too large for a recipe; check the name")
        try:
            return path.read_text(encoding="utf-8-sig")
        except ValueError as error:
            raise StyleMambaError(f"{path}: is not UTF-8 text; save it as that") from error
    recipe = read_recipe(path)
    if recipe is None:
        raise StyleMambaError(
            f"{path}: holds no recipe; give a file of --save-recipe, or a result with metadata"
        )
    return recipe


def refuse_foreign(path: str | Path, recipe: str) -> None:
    """Makes sure that a result replaces nothing but an earlier result of the very same job.

    Args:
        path: Where the result is to be.
        recipe: The one that is to be written into it.

    Raises:
        StyleMambaError: There is a file with another recipe, or with none.
    """
    path = Path(path)
    if not path.exists():
        return
    try:
        same = read_recipe(path) == recipe
    except StyleMambaError:  # not a picture, or not to be read
        same = False
    if not same:
        raise StyleMambaError(
            f"{path}: exists, and is not the result of this very command; "
            "choose another name with -o, or add --overwrite"
        )
