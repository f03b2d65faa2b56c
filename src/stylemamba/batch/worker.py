"""What runs on Ray's machines: tasks that read photos, and actors that paint them."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from stylemamba.batch import storage
from stylemamba.batch.table import SCHEMA
from stylemamba.errors import StyleMambaError
from stylemamba.files.encoding import check_size, format_for
from stylemamba.files.ledger import content_digest, key_digest
from stylemamba.files.metadata import refuse_foreign_bytes

ROWS = pa.schema(
    [
        ("photo", pa.string()),
        ("output", pa.string()),
        ("prompt", pa.string()),
        ("recipe", pa.string()),
        ("key", pa.string()),
        ("sha256", pa.string()),
        ("claimed", pa.bool_()),
        ("error", pa.string()),
    ]
)
"""Photos to be painted. `prompt` and `recipe`, a path or URI, are the row's own; `key`, `sha256`
and `claimed` what the table says of an earlier result; with an `error` it is refused."""
UNFIT = "unfit"
"""The state of rows of a worker whose models cannot be loaded or used."""


class Paint(Protocol):
    """Paints photos with models that are loaded."""

    def __call__(
        self, row: Mapping[str, Any], content: bytes, results: KnownResult
    ) -> dict[str, Any]:
        """Paints one.

        Args:
            row: Of `ROWS`.
            content: The photo's file.
            results: Where the result goes.

        Returns:
            Columns of the table, among them `state`; an error is one of them, and never raised.
        """


class Work(Protocol):
    """How to paint, in a form that can be sent to other machines."""

    def load(self) -> Paint:
        """Loads the models.

        Raises:
            Exception: They cannot be loaded, or not do what is asked for.
        """

    def describe(self, error: Exception) -> str:
        """What went wrong, in a line."""


@dataclass
class KnownResult:
    """A result, and what the table says of it; it becomes what is to be said.

    Attributes:
        folder: Of all results, path or URI.
        overwrite: Replace a file that is not a result of this folder.
        key: A digest of what it depends on; None if there is none.
        sha256: Of the file; None if there is none.
        claimed: Nothing was there when the job began.
    """

    folder: str
    overwrite: bool
    key: str | None
    sha256: str | None
    claimed: bool

    def has(self, result: Path, key: Mapping[str, Any]) -> bool:
        """Whether it is there as it was made, and depends on the same as now."""
        if self.key is None or self.key != key_digest(key):
            return False
        content = storage.read_if_there(storage.within(self.folder, result))
        return content is not None and content_digest(content) == self.sha256

    def check(self, result: Path, size: tuple[int, int], document: str) -> None:
        """Refuses what cannot be written, or replaces what others made.

        Raises:
            StyleMambaError: It is so.
        """
        format_for(result)
        check_size(result, size)
        if self.overwrite or (self.claimed and self.sha256 is None):
            return
        content = storage.read_if_there(storage.within(self.folder, result))
        if content is not None and content_digest(content) != self.sha256:
            refuse_foreign_bytes(content, result, document)

    def write(self, result: Path, key: Mapping[str, Any], content: bytes | memoryview) -> None:
        """Writes it.

        Raises:
            StyleMambaError: It cannot be written.
        """
        storage.write(storage.within(self.folder, result), content)
        self.key, self.sha256 = key_digest(key), content_digest(content)


class Worker:
    """An actor that holds the models.

    Args:
        work: How to paint.
        folder: Of the results, path or URI.
        overwrite: Replace files that are not results of this folder.
        threads: That a photo is painted with.
    """

    def __init__(self, work: Work, folder: str, overwrite: bool, threads: int) -> None:
        self._folder, self._overwrite, self._threads = folder, overwrite, threads
        self._name = f"{platform.node()}:{os.getpid()}"
        self._unfit: str | None = None
        try:
            self._paint = work.load()
        except Exception as error:
            self._unfit = work.describe(error)

    def __call__(self, photos: pa.Table) -> pa.Table:
        """Paints the photos of a block; a row of the table for each."""
        self._set_threads()
        return pa.Table.from_pylist([self._row(row) for row in photos.to_pylist()], SCHEMA)

    def _set_threads(self) -> None:
        torch = sys.modules.get("torch")  # nobody computes with it before it is imported
        if torch is not None and torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)  # of this thread alone

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        content, known = row.pop("content"), ("photo", "output", "claimed")
        told = {**{name: row[name] for name in known}, "worker": self._name}
        if self._unfit is not None:
            return {**told, "state": UNFIT, "error": self._unfit}
        result = KnownResult(
            self._folder, self._overwrite, row["key"], row["sha256"], row["claimed"]
        )
        if row["error"] is not None:
            told |= {"state": "failed", "error": row["error"]}
        else:
            spent = time.process_time()
            told |= self._paint(row, content, result)
            told["cpu_seconds"] = round(time.process_time() - spent, 3)
        finished = datetime.now(timezone.utc)
        return {**told, "finished": finished, "key": result.key, "sha256": result.sha256}


def read_photos(rows: pa.Table) -> pa.Table:
    """Adds the content of the photos' files; what cannot be read has an error instead."""
    contents: list[bytes | None] = []
    errors: list[str | None] = []
    for row in rows.select(["photo", "error"]).to_pylist():
        content, error = None, row["error"]
        if error is None:
            try:
                content = storage.read(row["photo"])
            except StyleMambaError as problem:
                error = str(problem).removeprefix(f"{row['photo']}: ")
        contents.append(content)
        errors.append(error)
    place = rows.schema.get_field_index("error")
    rows = rows.set_column(place, ROWS.field("error"), pa.array(errors, pa.string()))
    return rows.append_column("content", pa.array(contents, pa.large_binary()))
