"""Names of results."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from stylemamba.errors import StyleMambaError

_SLUG_LENGTH = 40
_SLUG_BYTES = 80
"""Two of them, digests and an extension fit a name."""
_NAME_BYTES = 199
"""File systems take 255; temporary names and other programs add to it."""
_PLAIN_SUFFIXES = (".jpg", ".jpeg")


def slug(text: str, length: int = _SLUG_LENGTH) -> str:
    """A piece of a file name from any text: letters and digits of any script, joined by dashes."""
    return _cut(_words(text)[:length], _SLUG_BYTES).rstrip("-") or "styled"


def default_name(
    source: Path, prompt: str, *, seed: int, look: int | None, suffix: str = ".png"
) -> str:
    """The name of a result where none was given, another one for each photo, prompt and seed.

    Examples:
        `cat.jpg`, "watercolor": `cat-watercolor.png`; with seed 1 and look 2:
        `cat-watercolor-seed1-look2.png`; of `cat.png`: `cat-png-watercolor.png`. A prompt that is
        cut adds 6 digits of its SHA-256.

    Args:
        source: The photo.
        prompt: The style, in words.
        seed: Named if it is not 0.
        look: Named if one was asked for.
        suffix: The extension, with its dot.

    Returns:
        A name of less than 200 bytes, without a folder.
    """
    words = _words(prompt)
    short = slug(prompt)
    tail = f"-{short}"
    if words and short != words:
        tail += f"-{_digest(prompt)}"
    if source.suffix and source.suffix.lower() not in _PLAIN_SUFFIXES:
        tail = f"-{_cut(slug(source.suffix), 16)}{tail}"
    if seed:
        tail += f"-seed{seed}"
    if look is not None:
        tail += f"-look{look}"
    tail += suffix
    room = _NAME_BYTES - len(os.fsencode(tail))
    stem = source.stem
    if len(os.fsencode(stem)) > room:
        mark = f"-{_digest(stem)}"
        stem = _cut(stem, room - len(mark)) + mark
    return stem + tail


def output_path(output: str | os.PathLike[str] | None, name: str) -> Path:
    """Where a result goes.

    Args:
        output: What the user gave. Pass it as text: a `Path` has lost the separator at its end.
        name: The name of the result where none is given.

    Returns:
        `name` in the working folder if `output` is None, or in `output` if that is a folder or
        ends in a separator (it is made if it is not there); otherwise `output`.

    Raises:
        StyleMambaError: The folder cannot be made.
    """
    if output is None:
        return Path(name)
    text = os.fspath(output)
    path = Path(text)
    try:
        if not text.endswith(("/", os.sep)):
            return path / name if path.is_dir() else path
        path.mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StyleMambaError(
            f"{text}: this folder cannot be made ({reason}); choose another place"
        ) from error
    return path / name


def distinct_results(photos: Sequence[Path], results: Sequence[Path]) -> list[Path]:
    """Results under different names, for file systems that ignore case, too.

    Where several would have the same, the name of the photo's folder comes first: `a-cat-oil.png`
    and `b-cat-oil.png`; where that does not tell them apart, 6 digits of the SHA-256 of the photo's
    path come last.

    Args:
        photos: The photos.
        results: What the result of each would be called alone.
    """
    named = list(results)
    for place in _doubles(named):
        folder = _cut(slug(Path(os.path.abspath(photos[place])).parent.name, 20), 40)
        named[place] = named[place].with_name(f"{folder}-{named[place].name}")
    for place in _doubles(named):
        digits = _digest(os.path.abspath(photos[place]))
        named[place] = named[place].with_name(f"{named[place].stem}-{digits}{named[place].suffix}")
    return named


def _doubles(paths: Sequence[Path]) -> list[int]:
    """Places of paths that are there more than once."""
    keys = [same_name(path) for path in paths]
    count = Counter(keys)
    return [place for place, key in enumerate(keys) if count[key] > 1]


def same_name(path: Path) -> str:
    """The same text for names that some file system takes for the same."""
    return unicodedata.normalize("NFC", path.as_posix()).casefold()


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", text).lower()).strip("-")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def _cut(text: str, size: int) -> str:
    """The longest beginning of a text that has at most `size` bytes."""
    while len(os.fsencode(text)) > size:
        text = text[:-1]
    return text
