"""Files of prompts."""

from __future__ import annotations

import codecs
from pathlib import Path

from stylemamba.errors import StyleMambaError

_MARKS = (  # the longer ones first: UTF-32's begins as UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_prompts(path: Path) -> tuple[str, ...]:
    """Prompts of a text file, one a line; empty lines and lines that begin with # are skipped.

    Raises:
        StyleMambaError: The file cannot be read, see `read_text`, or has none.
    """
    text = read_text(path)
    lines = [line.strip() for line in text.splitlines()]
    prompts = tuple(line for line in lines if line and not line.startswith("#"))
    if not prompts:
        raise StyleMambaError(f"{path}: has no prompts; write one a line")
    return prompts


def read_text(path: Path) -> str:
    """The text of a file, as `decoded_text`.

    Raises:
        StyleMambaError: It cannot be read.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise StyleMambaError(f"{path}: cannot be read ({reason}); check the file") from error
    return decoded_text(content, str(path))


def decoded_text(content: bytes, name: str) -> str:
    """A text in UTF-8 or what its byte order mark says: UTF-8, UTF-16 or UTF-32.

    Args:
        content: Of a file.
        name: What messages call it.

    Raises:
        StyleMambaError: It is no such text.
    """
    try:
        return _decode(content)
    except UnicodeError as error:
        raise StyleMambaError(
            f"{name}: cannot be read (not UTF-8 text); save it as UTF-8"
        ) from error


def _decode(data: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8-sig")
    text = data.decode(encoding)
    if "\0" in text:  # UTF-16 without a mark, or no text at all
        raise UnicodeError("NUL in a text")
    return text
