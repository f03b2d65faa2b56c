"""Lists of photos with what is to become of each: CSV, JSON lines, or rows of a table."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError
from stylemamba.files.names import same_name
from stylemamba.files.places import joined
from stylemamba.files.prompts import decoded_text, read_text

COLUMNS = ("photo", "prompt", "recipe", "output")
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Row:
    """A photo of a list.

    Attributes:
        line: Of the file, from 1.
        photo: Where it is: a path, or a URI.
        prompt: The style, in words; None where the list has none.
        recipe: The file of a recipe; None where the list has none.
        output: The result, within the folder of results; None where the list does not say.
    """

    line: int
    photo: str
    prompt: str | None = None
    recipe: str | None = None
    output: Path | None = None


def read_manifest(path: Path) -> list[Row]:
    """The rows of a list, as `parsed_manifest`.

    Raises:
        StyleMambaError: As `parsed_manifest`, or it cannot be read.
    """
    return _rows(_cells(read_text(path), str(path)), str(path))


def parsed_manifest(content: bytes, name: str) -> list[Row]:
    """The rows of a list.

    It is CSV with a line of names first, separated by commas, semicolons or tabs, or a JSON object
    a line. Paths of photos and recipes start from the folder that the list is in.

    Args:
        content: Of the file, in UTF-8 or what its byte order mark says.
        name: The file's path or URI.

    Raises:
        StyleMambaError: It is no text, a row is of another form, or two have the same output.
    """
    return _rows(_cells(decoded_text(content, name), name), name)


def rows_of_records(records: Iterable[Mapping[str, Any]], name: str) -> list[Row]:
    """As `parsed_manifest`, of a table with those columns; its first row is line 1.

    Args:
        records: What is in each row.
        name: The table's path or URI.

    Raises:
        StyleMambaError: A row is of another form, or two have the same output.
    """
    return _rows(((line, _texts(item, line, name)) for line, item in enumerate(records, 1)), name)


def _rows(cells: Iterable[tuple[int, dict[str, str]]], name: str) -> list[Row]:
    rows = [_row(each, line, name) for line, each in cells]
    if not rows:
        raise StyleMambaError(f"{name}: lists no photos; write one a line")
    named: dict[str, Row] = {}
    for row in rows:
        if row.output is not None:
            other = named.setdefault(same_name(row.output), row)
            if other is not row:
                raise _wrong(name, row.line, f"{row.output} is the output of line {other.line} too")
    return rows


def _cells(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    return (_json_lines if text.lstrip().startswith("{") else _csv)(text, name)


def _row(cells: dict[str, str], line: int, name: str) -> Row:
    unknown = next((column for column in cells if column not in COLUMNS), None)
    if unknown is not None:
        known = ", ".join(COLUMNS)
        raise _wrong(name, line, f"{unknown!r} is no column; there are {known}")
    given = {column: cell.strip() for column, cell in cells.items() if cell.strip()}
    if "photo" not in given:
        raise _wrong(name, line, "there is no photo")
    output = Path(given["output"]) if "output" in given else None
    if output is not None and (output.is_absolute() or ".." in output.parts):
        raise _wrong(name, line, f"output {output} lies outside the folder of -o")
    folder = os.path.dirname(name)
    return Row(
        line=line,
        photo=joined(folder, given["photo"]),
        prompt=given.get("prompt"),
        recipe=joined(folder, given["recipe"]) if "recipe" in given else None,
        output=output,
    )


def _csv(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [column.strip().lower() for column in next(reader, [])]
        if "photo" not in names:
            raise _wrong(name, 1, f"names columns: photo, and some of {', '.join(COLUMNS[1:])}")
        for cells in reader:
            if len(cells) > len(names):
                raise _wrong(name, reader.line_num, "more cells than columns; quote commas")
            if any(cells):
                yield reader.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise _wrong(name, reader.line_num, str(error)) from error


def _json_lines(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            item: Any = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _wrong(name, line, f"is not JSON ({error})") from error
        if not isinstance(item, dict):
            raise _wrong(name, line, "is not a JSON object")
        yield line, _texts(item, line, name)


def _texts(item: Mapping[str, Any], line: int, name: str) -> dict[str, str]:
    cells = {column: value for column, value in item.items() if value is not None}
    if not all(isinstance(value, str) for value in cells.values()):
        raise _wrong(name, line, "all values are texts")
    return cells


def _wrong(name: str, line: int, problem: str) -> StyleMambaError:
    return StyleMambaError(f"{name}: line {line}: {problem}")
