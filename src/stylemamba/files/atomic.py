"""Files that are either complete or not there: write under a temporary name, then rename."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from stylemamba.errors import StyleMambaError


@contextmanager
def atomic_writer(path: str | Path) -> Iterator[BinaryIO]:
    """Opens a temporary file beside `path` that takes its place when the block ends well.

    If the block raises, the temporary file is removed and whatever was at `path` stays. A link is
    followed: its target is replaced, the link stays. The mode of an existing file is kept.

    Args:
        path: Where the file is to be.

    Yields:
        A binary file to write to.

    Raises:
        StyleMambaError: The folder is missing or read-only, the disk is full, or `path` is
            something other than a regular file.
    """
    target = _regular_target(Path(path))
    temporary = target.with_name(f".stylemamba-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: str | Path) -> None:
    """Finds out, before any work is spent, whether `atomic_writer(path)` can succeed.

    Nothing that existed is changed: a temporary file is made in the folder and removed.

    Raises:
        StyleMambaError: As `atomic_writer`.
    """
    target = _regular_target(Path(path))
    probe = target.with_name(f".stylemamba-{secrets.token_hex(8)}.tmp")
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def make_folder(path: Path) -> None:
    """Makes a folder, and those that it lies in, where there is none.

    Raises:
        StyleMambaError: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StyleMambaError(f"{path}: cannot be made ({reason}); choose another place") from error


def _regular_target(path: Path) -> Path:
    try:
        target = path.resolve()
        if target.is_dir():
            raise StyleMambaError(f"{path}: is a folder; add a file name")
        if target.exists():
            if not target.is_file():
                raise StyleMambaError(f"{path}: is not a regular file; choose another name")
            if not os.access(target, os.W_OK):
                raise StyleMambaError(f"{path}: is write-protected; choose another name")
        elif not target.parent.is_dir():
            raise StyleMambaError(f"{path}: there is no folder {target.parent}; create it first")
    except (OSError, RuntimeError, ValueError) as error:  # name too long, link loop, NUL in name
        raise _unwritable(path, error) from error
    return target


def _unwritable(path: str | Path, error: Exception) -> StyleMambaError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return StyleMambaError(
        f"{path}: cannot be written ({reason}); choose another place or free some space"
    )
