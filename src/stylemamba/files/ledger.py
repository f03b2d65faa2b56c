"""What a folder of results holds, so that a second run makes only what is missing or changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stylemamba.files.atomic import atomic_writer
from stylemamba.files.names import slug
from stylemamba.files.store import Entry, Store

FOLDER = ".stylemamba"
"""In the folder of results."""


class Ledger:
    """Results in a folder, and what each depends on.

    A record is written before its result, with the digests of the file that is there and of the one
    that takes its place: whenever the process ends, either is known again.

    Args:
        folder: Of the results; made by `prepare`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._store = Store(folder / FOLDER)

    def prepare(self) -> None:
        """Makes the folder where there is none.

        Raises:
            StyleMambaError: It cannot be made.
        """
        self._store.prepare()

    def has(self, result: Path, key: Mapping[str, Any]) -> bool:
        """Whether a result is there as it was made, and depends on the same as now.

        Args:
            result: Its path within the folder.
            key: From `painting_key`.
        """
        record = self._record(result)
        return record.get("key") == key_digest(key) and record["files"][-1] == self._digest(result)

    def made(self, result: Path) -> bool:
        """Whether a file is a result of this folder, and nobody has changed it since.

        Args:
            result: Its path within the folder.
        """
        return self._digest(result) in self._record(result).get("files", ())

    def write(self, result: Path, key: Mapping[str, Any], content: bytes | memoryview) -> None:
        """Writes a result in the place of what is there; its folder has to be there.

        Args:
            result: Its path within the folder.
            key: What it depends on.
            content: Of the file.

        Raises:
            StyleMambaError: The disk is full, or the place cannot be written to.
        """
        target = self.folder / result
        files = [*([self._digest(result)] if self.made(result) else []), content_digest(content)]
        self._entry(result).save({"key": key_digest(key), "files": files})
        with atomic_writer(target) as file:
            file.write(content)

    def _entry(self, result: Path) -> Entry:
        return self._store.entry(slug(result.stem), {"result": result.as_posix()})

    def _record(self, result: Path) -> dict[str, Any]:
        kept = self._entry(result).load()
        return {} if kept is None else kept.record

    def _digest(self, result: Path) -> str | None:
        """Of the file; None if it is not there."""
        try:
            return content_digest((self.folder / result).read_bytes())
        except OSError:
            return None


def key_digest(key: Mapping[str, Any]) -> str:
    """A digest of all that a result depends on."""
    return content_digest(json.dumps(key, sort_keys=True).encode())


def content_digest(content: bytes | memoryview) -> str:
    """A digest of a file's content."""
    return hashlib.sha256(content).hexdigest()
