"""A private folder for what is too large for memory: bounded, and gone when the server is.

Names in it are the server's own: nothing that a client sends is ever part of a path.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from stylemamba.server.problems import Problem

CHUNK = 1 << 20


class Scratch:
    """The folder, which only this user can read; it is made when it is needed first.

    Args:
        most: Bytes of all that is in it.
    """

    def __init__(self, most: int) -> None:
        self._most, self._used, self._count = most, 0, 0
        self._lock = threading.Lock()
        self._folder: Path | None = None

    @property
    def used(self) -> int:
        """Bytes that are taken."""
        return self._used

    @property
    def free(self) -> int:
        """Bytes that are not."""
        return self._most - self._used

    @property
    def folder(self) -> Path:
        """Where it is."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="stylemamba-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            return self._folder

    def take(self, size: int) -> None:
        """Takes room, so many bytes.

        Raises:
            Problem: There is none.
        """
        with self._lock:
            if self._used + size > self._most:
                raise Problem("queue-full", "too many videos are kept here: try again", None, 60)
            self._used += size

    def give_back(self, size: int) -> None:
        """Gives room back."""
        with self._lock:
            self._used -= size

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """Room for as long as the block takes.

        Raises:
            Problem: As `take`.
        """
        self.take(size)
        try:
            yield
        finally:
            self.give_back(size)

    def file(self, suffix: str) -> Stored:
        """An empty file."""
        with self._lock:
            self._count += 1
            name = f"{self._count:06}{suffix}"
        return Stored(self, self.folder / name)

    def copied(self, source: BinaryIO, suffix: str) -> Stored:
        """A file with the content of another.

        Raises:
            Problem: There is no room for it.
        """
        stored = self.file(suffix)
        with stored.writer() as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
        return stored

    def close(self) -> None:
        """Removes all of it."""
        with self._lock:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)


class Stored:
    """A file of a scratch folder; it is removed when nobody has this object any more.

    Attributes:
        path: Where it is.
    """

    def __init__(self, scratch: Scratch, path: Path) -> None:
        self.path = path
        self._room = _Room(scratch)
        path.touch(0o600)
        weakref.finalize(self, _removed, path, self._room)

    @property
    def size(self) -> int:
        """Bytes."""
        return self._room.size

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """Writes it, from its beginning.

        Raises:
            Problem: There was no room, whatever came of that in the block.
        """
        with open(self.path, "wb") as file:
            writer = Writer(file, self._room)
            try:
                yield writer
            finally:
                if writer.problem is not None:
                    raise writer.problem


class Writer:
    """A binary file to write to, that takes room as it grows.

    Args:
        file: Where it goes.
        room: That it takes.

    Attributes:
        problem: That there was no room, once.
    """

    def __init__(self, file: BinaryIO, room: _Room) -> None:
        self._file, self._room = file, room
        self.problem: Problem | None = None
        self.seek, self.tell, self.flush = file.seek, file.tell, file.flush

    def write(self, content: bytes) -> int:
        """Writes at the place where it stands.

        Raises:
            Problem: There is no room.
        """
        try:
            self._room.grow(self._file.tell() + len(content))
        except Problem as problem:
            self.problem = problem
            raise
        return self._file.write(content)


class _Room:
    """What a file takes of its scratch folder."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch, self.size = scratch, 0

    def grow(self, size: int) -> None:
        if size > self.size:
            self._scratch.take(size - self.size)
            self.size = size

    def free(self) -> None:
        self._scratch.give_back(self.size)
        self.size = 0


def _removed(path: Path, room: _Room) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
    room.free()
