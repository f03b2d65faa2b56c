"""Lists of photos with what is to become of each: CSV, or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError
from stylemamba.files.names import same_name
from stylemamba.files.prompts import read_text

COLUMNS = ("photo", "prompt", "recipe", "output")
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Row:
    """A photo of a list.

    Attributes:
        line: Of the file, from 1.
        photo: Where it is.
        prompt: The style, in words; None where the list has none.
        recipe: The file of a recipe; None where the list has none.
        output: The result, within the folder of results; None where the list does not say.
    """

    line: int
    photo: Path
    prompt: str | None = None
    recipe: Path | None = None
    output: Path | None = None


def read_manifest(path: Path) -> list[Row]:
    """The rows of a list.

    It is CSV with a line of names first, separated by commas, semicolons or tabs, or a JSON object
    a line. Paths of photos and recipes start from the folder that the list is in.

    Raises:
        StyleMambaError: It cannot be read, a row is of another form, or two have the same output.
    """
    text = read_text(path)
    read = _json_lines if text.lstrip().startswith("{") else _csv
    rows = [_row(cells, line, path) for line, cells in read(text, path)]
    if not rows:
        raise StyleMambaError(f"{path}: lists no photos; write one a line")
    named: dict[str, Row] = {}
    for row in rows:
        if row.output is not None:
            other = named.setdefault(same_name(row.output), row)
            if other is not row:
                raise _wrong(path, row.line, f"{row.output} is the output of line {other.line} too")
    return rows


def _row(cells: dict[str, str], line: int, path: Path) -> Row:
    unknown = next((name for name in cells if name not in COLUMNS), None)
    if unknown is not None:
        known = ", ".join(COLUMNS)
        raise _wrong(path, line, f"{unknown!r} is no column; there are {known}")
    given = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    if "photo" not in given:
        raise _wrong(path, line, "there is no photo")
    output = Path(given["output"]) if "output" in given else None
    if output is not None and (output.is_absolute() or ".." in output.parts):
        raise _wrong(path, line, f"output {output} lies outside the folder of -o")
    return Row(
        line=line,
        photo=path.parent / given["photo"],
        prompt=given.get("prompt"),
        recipe=path.parent / given["recipe"] if "recipe" in given else None,
        output=output,
    )


def _csv(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if "photo" not in names:
            raise _wrong(path, 1, f"names columns: photo, and some of {', '.join(COLUMNS[1:])}")
        for cells in reader:
            if len(cells) > len(names):
                raise _wrong(path, reader.line_num, "more cells than columns; quote commas")
            if any(cells):
                yield reader.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise _wrong(path, reader.line_num, str(error)) from error


def _json_lines(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            item: Any = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _wrong(path, line, f"is not JSON ({error})") from error
        if not isinstance(item, dict):
            raise _wrong(path, line, "is not a JSON object")
        cells = {name: value for name, value in item.items() if value is not None}
        if not all(isinstance(value, str) for value in cells.values()):
            raise _wrong(path, line, "all values are texts")
        yield line, cells


def _wrong(path: Path, line: int, problem: str) -> StyleMambaError:
    return StyleMambaError(f"{path}: line {line}: {problem}")
