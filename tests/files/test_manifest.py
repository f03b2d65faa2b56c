from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from stylemamba.errors import StyleMambaError
from stylemamba.files.manifest import Row, read_manifest


def rows(folder: Path, text: str, encoding: str = "utf-8") -> list[Row]:
    path = folder / "list"
    path.write_bytes(text.encode(encoding))
    return read_manifest(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["Photo", " prompt ", "output", "recipe"])
    writer.writerow(["é.jpg", f'ink{delimiter} "old"', "a/b.png", ""])
    writer.writerow([])
    writer.writerow(["x/b.jpg", "", "", "r.png"])
    assert rows(tmp_path, text.getvalue(), encoding) == [
        Row(2, str(tmp_path / "é.jpg"), prompt=f'ink{delimiter} "old"', output=Path("a/b.png")),
        Row(4, str(tmp_path / "x/b.jpg"), recipe=str(tmp_path / "r.png")),
    ]


def test_json_lines(tmp_path: Path) -> None:
    items = [{"photo": "a.jpg", "prompt": "ink, 浮世絵"}, {"photo": "/b.jpg", "recipe": None}]
    text = "\n\n".join(map(json.dumps, items))
    assert rows(tmp_path, text) == [
        Row(1, str(tmp_path / "a.jpg"), prompt="ink, 浮世絵"),
        Row(3, "/b.jpg"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: names columns: photo"),
        ("a.jpg,oil\n", "line 1: names columns: photo"),
        ("photo\n", "lists no photos"),
        ("photo,promt\na.jpg,oil\n", "line 2: 'promt' is no column; there are photo, prompt"),
        ("photo,prompt\na.jpg,oil, red\n", "line 2: more cells than columns; quote commas"),
        ("photo,prompt\n,oil\n", "line 2: there is no photo"),
        ('photo,prompt\na.jpg,"oil\n', "line 2: unexpected end of data"),
        ("photo,output\na.jpg,../b.png\n", "line 2: output ../b.png lies outside"),
        ("photo,output\na.jpg,/b.png\n", "line 2: output /b.png lies outside"),
        ("photo,output\na.jpg,é.png\nb.jpg,E\u0301.PNG\n", "line 3: .* is the output of line 2"),
        ('{"photo": "a.jpg"}\n{"photo"}\n', "line 2: is not JSON"),
        ('{"photo": "a.jpg"}\n[1]\n', "line 2: is not a JSON object"),
        ('{"photo": 5}\n', "line 1: all values are texts"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(StyleMambaError, match=said):
        rows(tmp_path, text)
