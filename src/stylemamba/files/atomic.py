"""Files that are either complete or not there: write under a temporary name, then rename.

A process that is killed leaves its temporary file. The next one that is about to write into the
folder removes it: a living process holds a lock on its own, which the system lets go with it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

from stylemamba.errors import StyleMambaError

if sys.platform != "win32":
    import fcntl

_BEGIN, _END = ".stylemamba-", ".tmp"
YOUNG = 60.0
"""Seconds for which a temporary file is left alone: it may not be locked yet."""


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
    temporary = _temporary(target)
    try:
        with open(temporary, "xb") as file, _held(file):
            yield file
            file.close()
            if target.exists():
                shutil.copymode(target, temporary)
            os.replace(temporary, target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: str | Path) -> None:
    """Finds out, before any work is spent, whether `atomic_writer(path)` can succeed.

    A temporary file is made in the folder and removed. Nothing that existed is changed, but for
    temporary files of processes that were killed: they are removed, too.

    Raises:
        StyleMambaError: As `atomic_writer`.
    """
    target = _regular_target(Path(path))
    probe = _temporary(target)
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error
    _tidy(target.parent)


def make_folder(path: Path) -> None:
    """Makes a folder, and those that it lies in, where there is none.

    One that is there is tidied, as `check_writable` does.

    Raises:
        StyleMambaError: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StyleMambaError(f"{path}: cannot be made ({reason}); choose another place") from error
    _tidy(path.absolute())


def _temporary(target: Path) -> Path:
    return target.with_name(f"{_BEGIN}{secrets.token_hex(8)}{_END}")


@contextmanager
def _held(file: BinaryIO) -> Iterator[None]:
    """Locks a file until the block ends, though it may be closed before.

    Where files cannot be locked, as on Windows and on some shares, nothing is removed either.
    """
    if sys.platform == "win32":
        yield
        return
    held = os.dup(file.fileno())
    try:
        with suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


@cache
def _tidy(folder: Path) -> None:
    """Removes what killed processes left in a folder; once a process."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        for path in [Path(entry.path) for entry in os.scandir(folder) if _is_old(entry)]:
            with suppress(OSError), open(path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails if somebody holds it
                path.unlink()


def _is_old(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a temporary file that is not just being made."""
    if not (entry.name.startswith(_BEGIN) and entry.name.endswith(_END)):
        return False
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > YOUNG


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
