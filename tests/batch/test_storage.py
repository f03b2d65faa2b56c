from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stylemamba.errors import StyleMambaError

pa = pytest.importorskip("pyarrow", reason="pip install 'stylemamba[ray]'")
from stylemamba.batch import storage  # noqa: E402
from stylemamba.batch.table import Table  # noqa: E402
from stylemamba.batch.worker import ROWS, KnownResult, read_photos  # noqa: E402


@pytest.fixture(params=["path", "file", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A folder of this machine, by its path and by a URI, and one of a store that keeps objects."""
    if request.param != "memory":
        yield str(tmp_path) if request.param == "path" else f"file://{tmp_path}"
        return
    fsspec = pytest.importorskip("fsspec")
    yield "memory://bucket/a b"
    fsspec.filesystem("memory").store.clear()


def test_files_wherever_they_are(folder: str) -> None:
    places = [storage.within(folder, name) for name in ("é%20.jpg", "sub/b?.png")]
    assert storage.read_if_there(places[0]) is None
    for number, place in enumerate(places):
        storage.write(place, b"before")
        storage.write(place, bytes([number]))
    assert [storage.read(place) for place in places] == [b"\0", b"\1"]
    assert storage.files_in(folder, recursive=False) == ["é%20.jpg"]
    assert storage.files_in(folder, recursive=True) == ["sub/b?.png", "é%20.jpg"]
    assert storage.files_in(storage.within(folder, "no"), recursive=True) == []
    assert storage.is_folder(storage.within(folder, "sub")) and not storage.is_folder(places[0])
    storage.remove(places[0])
    with pytest.raises(StyleMambaError, match="no such file; check the name"):
        storage.read(places[0])
    storage.write(places[0], b"")
    with pytest.raises(StyleMambaError, match="is empty"):
        storage.read(places[0])
    with pytest.raises(StyleMambaError, match="cannot be removed"):
        storage.remove(storage.within(folder, "no"))


def test_schemes_that_nobody_knows() -> None:
    for place in ("nobody://bucket/a.jpg", "://a.jpg"):
        with pytest.raises(StyleMambaError, match="nobody://|is no URI"):
            storage.read(place)


def test_places_are_the_same_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert storage.absolute("a/b.jpg") == os.path.join(os.getcwd(), "a/b.jpg")
    assert storage.absolute("s3://a/../b.jpg") == "s3://a/../b.jpg"
    assert storage.within("s3://a/", "s3://b/c.jpg") == "s3://b/c.jpg"


def row(output: str, state: str, **more: Any) -> dict[str, Any]:
    return {"photo": "a.jpg", "output": output, "state": state, "claimed": True, **more}


def test_a_table_that_was_not_closed_is_known(folder: str) -> None:
    table = Table(folder)
    table.begin([row("a.png", "left"), row("b.png", "left"), row("c.png", "left")])
    table.add(row("a.png", "painted", key="1", sha256="2", notes=["so"]))
    table.flush()
    table.add(row("b.png", "painted", key="3", sha256="4"))
    again = Table(folder)  # of a job that was killed: b is painted again
    states = {output: each["state"] for output, each in again.known.items()}
    assert states == {"a.png": "painted", "b.png": "left", "c.png": "left"}
    assert again.known["a.png"]["sha256"] == "2"
    again.add(row("c.png", "failed", error="x"))
    again.close()
    again.close()
    assert len(storage.files_in(again.place, recursive=False)) == 1
    assert {output: each["state"] for output, each in Table(folder).known.items()} == {
        **{"a.png": "painted", "b.png": "left", "c.png": "failed"},
    }


def test_a_damaged_table_is_refused(folder: str) -> None:
    place = storage.within(folder, "results.parquet/part-000000001.parquet")
    storage.write(place, b"PAR1")
    with pytest.raises(StyleMambaError, match="part-000000001.parquet: is damaged"):
        Table(folder)
    storage.remove(place)
    storage.write(storage.within(folder, "results.parquet/mine.txt"), b"x")
    with pytest.raises(StyleMambaError, match=r"mine\.txt in it is no file of a table"):
        Table(folder)


def known(folder: str, **more: Any) -> KnownResult:
    values = {"overwrite": False, "key": None, "sha256": None, "claimed": False, **more}
    return KnownResult(folder, **values)


def test_which_results_may_be_replaced(folder: str) -> None:
    name, key = Path("sub/a.png"), {"photo": "1"}
    new = known(folder, claimed=True)
    assert not new.has(name, key)
    new.check(name, (8, 8), "{}")
    new.write(name, key, b"made")
    ours = known(folder, key=new.key, sha256=new.sha256, claimed=True)
    assert ours.has(name, key) and not ours.has(name, {"photo": "2"})
    ours.check(name, (8, 8), "{}")
    known(folder, claimed=True).check(name, (8, 8), "{}")  # its job was killed before it was told
    storage.write(storage.within(folder, name), b"retouched")
    assert not ours.has(name, key)
    for result in (ours, known(folder)):
        with pytest.raises(StyleMambaError, match="exists, and is not the result"):
            result.check(name, (8, 8), "{}")
    known(folder, overwrite=True).check(name, (8, 8), "{}")
    with pytest.raises(StyleMambaError, match=r"\.xyz cannot be written"):
        known(folder).check(Path("a.xyz"), (8, 8), "{}")


def test_photos_that_cannot_be_read_are_rows(folder: str) -> None:
    names = [storage.within(folder, name) for name in ("a.jpg", "no.jpg", "taken.jpg")]
    storage.write(names[0], b"photo")
    errors = [None, None, "taken"]
    rows = [{"photo": name, "error": error} for name, error in zip(names, errors, strict=True)]
    read = read_photos(pa.Table.from_pylist(rows, ROWS)).to_pylist()
    assert [each["content"] for each in read] == [b"photo", None, None]
    assert [each["error"] for each in read] == [None, "no such file; check the name", "taken"]
