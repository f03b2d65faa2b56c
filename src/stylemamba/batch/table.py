"""The table of results: a folder of Parquet files that is read as one, with a row for each result.

A job begins by writing a row of state `left` for each new result, and appends what became of it in
further files, of which the last one counts. At its end they become one file. So whenever a job is
killed, the table says which results are this folder's, and which photos are left.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from stylemamba.batch import storage
from stylemamba.errors import StyleMambaError

NAME = "results.parquet"
"""In the folder of results."""
SCHEMA = pa.schema(
    [
        ("photo", pa.string()),
        ("output", pa.string()),
        ("state", pa.string()),
        ("error", pa.string()),
        ("prompt", pa.string()),
        ("recipe", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("seconds", pa.float64()),
        ("cpu_seconds", pa.float64()),
        ("coverage", pa.float64()),
        ("notes", pa.list_(pa.string())),
        ("worker", pa.string()),
        ("finished", pa.timestamp("ms", tz="UTC")),
        ("key", pa.string()),
        ("sha256", pa.string()),
        ("claimed", pa.bool_()),
    ]
)
"""`output` lies within the folder, `state` is painted, failed or left, `recipe` a digest of all
that was asked for, `key` one of all that the result depends on, `sha256` one of the result's file;
`claimed` says that no file was there when the first job began; `worker` is its machine and process.
`seconds` are those of painting by the clock, `cpu_seconds` those that the worker's process computed
for the photo, with decoding, encoding and writing.
"""
_ROWS, _SECONDS = 1000, 10.0
"""After which a file is appended."""


class Table:
    """The table of a folder of results, and what is added to it.

    Args:
        folder: Path or URI.

    Raises:
        StyleMambaError: What is there cannot be read.
    """

    def __init__(self, folder: str) -> None:
        self.place = storage.within(folder, NAME)
        self._files = storage.files_in(self.place, recursive=False)
        self._next = 1 + max((_number(name) for name in self._files), default=0)
        self._rows: list[Mapping[str, Any]] = []
        self._flushed = time.monotonic()
        self.known: dict[str, dict[str, Any]] = {}
        """What is known of earlier results, by output."""
        columns = ["output", "state", "key", "sha256", "claimed"]
        for row in self._read(columns).to_pylist():
            self.known[row["output"]] = row

    def begin(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes rows at once."""
        self._rows += rows
        self.flush()

    def add(self, row: Mapping[str, Any]) -> None:
        """Appends a row, which is on disk soon."""
        self._rows.append(row)
        late = time.monotonic() - self._flushed > _SECONDS
        if late or len(self._rows) >= _ROWS:
            self.flush()

    def flush(self) -> None:
        """Writes what was added.

        Raises:
            StyleMambaError: It cannot be written.
        """
        if self._rows:
            self._write(pa.Table.from_pylist([dict(row) for row in self._rows], SCHEMA))
            self._rows = []
        self._flushed = time.monotonic()

    def close(self) -> None:
        """Makes one file of all; the last row of each result stays.

        Raises:
            StyleMambaError: It cannot be written.
        """
        self.flush()
        if len(self._files) < 2:
            return
        table = self._read()
        last = {output: row for row, output in enumerate(table["output"].to_pylist())}
        old = self._files[:]
        self._write(table.take(pa.array(last.values(), pa.int64())))
        for name in old:
            storage.remove(storage.within(self.place, name))
        self._files = self._files[len(old) :]

    def _write(self, table: pa.Table) -> None:
        file = BytesIO()
        parquet.write_table(table, file, compression="zstd")
        name = f"part-{self._next:09}.parquet"
        storage.write(storage.within(self.place, name), file.getbuffer())
        self._files.append(name)
        self._next += 1

    def _read(self, columns: list[str] | None = None) -> pa.Table:
        """All rows, in the order in which they were written."""
        tables = []
        for name in self._files:
            place = storage.within(self.place, name)
            try:
                tables.append(parquet.read_table(BytesIO(storage.read(place)), columns=columns))
            except (pa.ArrowInvalid, KeyError) as error:
                raise StyleMambaError(
                    f"{place}: is damaged, or no table of results ({error}); remove it: what it "
                    "says is painted again"
                ) from error
        return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def records_of(content: bytes, name: str) -> list[dict[str, Any]]:
    """The rows of a Parquet file.

    Args:
        content: Of the file.
        name: What messages call it.

    Raises:
        StyleMambaError: It is none.
    """
    try:
        rows: list[dict[str, Any]] = parquet.read_table(BytesIO(content)).to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise StyleMambaError(f"{name}: is not Parquet ({error}); use another copy") from error
    return rows


def _number(name: str) -> int:
    digits = name.removeprefix("part-").removesuffix(".parquet")
    if not digits.isdecimal():
        raise StyleMambaError(f"{NAME}: {name} in it is no file of a table of results; remove it")
    return int(digits)
