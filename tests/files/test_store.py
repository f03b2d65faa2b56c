from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from stylemamba import StyleMambaError
from stylemamba.evaluation.comparison.ablation import ABLATIONS
from stylemamba.evaluation.comparison.methods import METHODS
from stylemamba.evaluation.run import MEASURING
from stylemamba.files import store as module
from stylemamba.files.images import read_image
from stylemamba.files.store import PAINTING, Entry, Store, code_digest, painting_key

RED, BLUE = (Image.new("RGB", (4, 3), colour) for colour in ("red", "blue"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "kept")
    store.prepare()
    return store


def saved(store: Store) -> Entry:
    entry = store.entry("cat", {"size": 3})
    entry.save({"seconds": 1.5}, {"": RED, "0001": BLUE})
    return entry


def test_what_is_saved_is_found_by_an_equal_key(store: Store) -> None:
    assert store.entry("cat", {"size": 3}).load() is None
    saved(store)
    again = store.entry("cat", {"size": 3})
    kept = again.load()
    assert kept is not None and kept.record == {"seconds": 1.5}
    assert {label: path.name for label, path in kept.pictures.items()} == {
        "": f"{again.stem}.png", "0001": f"{again.stem}-0001.png"
    }  # fmt: skip
    assert read_image(kept.pictures["0001"]).rgb.getpixel((0, 0)) == (0, 0, 255)
    assert again.stem.startswith("cat-")
    assert store.entry("cat", {"size": 4}).load() is None


def test_transparency_is_kept(store: Store) -> None:
    entry = store.entry("cat", {})
    entry.save({}, {"": RED}, Image.new("L", (4, 3), 77))
    alpha = read_image(entry.require().pictures[""]).alpha
    assert alpha is not None and alpha.getpixel((0, 0)) == 77


def test_keys_are_those_of_the_store_and_the_entry(store: Store) -> None:
    inside = store.within("task", {"photo": "a"})
    inside.prepare()
    entry = inside.entry("method", {"steps": 2})
    entry.save({})
    assert entry.path.parent.parent == store.folder
    assert json.loads(entry.path.read_text())["key"] == {"photo": "a", "steps": 2}
    other = store.within("task", {"photo": "b"})
    assert other.folder != inside.folder
    assert other.entry("method", {"steps": 2}).stem != entry.stem


@pytest.mark.parametrize("damage", ["no json", "half a json", "no picture", "cut", "other", "key"])
def test_a_damaged_entry_counts_as_absent(store: Store, damage: str) -> None:
    entry = saved(store)
    picture = entry.require().pictures["0001"]
    if damage == "no json":
        entry.path.unlink()
    elif damage == "half a json":
        entry.path.write_bytes(entry.path.read_bytes()[:-30])
    elif damage == "no picture":
        picture.unlink()
    elif damage == "cut":
        picture.write_bytes(picture.read_bytes()[:-9])
    elif damage == "other":
        RED.save(picture)
    else:  # two keys of one digest
        content = json.loads(entry.path.read_text())
        entry.path.write_text(json.dumps({**content, "key": {"size": 4}}))
    assert entry.load() is None
    with pytest.raises(StyleMambaError, match="run the command again"):
        entry.require()
    entry.save({"seconds": 2}, {"": RED})
    assert entry.require().record == {"seconds": 2}


def test_the_record_comes_last(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash on the way leaves an entry that is not there."""
    write = module.write_image

    def crash(image: Image.Image, path: Path, alpha: Image.Image | None) -> None:
        if path.stem.endswith("0001"):
            raise KeyboardInterrupt
        write(image, path, alpha)

    monkeypatch.setattr(module, "write_image", crash)
    with pytest.raises(KeyboardInterrupt):
        saved(store)
    assert store.entry("cat", {"size": 3}).load() is None


def test_a_place_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StyleMambaError, match="cannot be made"):
        Store(tmp_path / "file" / "kept").prepare()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of two folders in place of this one."""
    for name in ("a/one.py", "a/deep/two.cpp", "b/three.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    code_digest.cache_clear()
    yield tmp_path
    code_digest.cache_clear()


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ("a/one.py", True),
        ("a/deep/two.cpp", True),
        ("a/new.py", True),
        ("b/three.py", False),
        ("a/weights.bin", False),
    ],
)
def test_code_is_the_sources_of_its_parts(package: Path, change: str, counts: bool) -> None:
    before = code_digest("a")
    (package / change).write_text("other")
    assert code_digest("a") == before  # read once a process
    code_digest.cache_clear()
    assert (code_digest("a") != before) == counts


def test_code_may_be_single_files_and_their_names_count(package: Path) -> None:
    one = code_digest("a/one.py")
    assert one != code_digest("b/three.py")
    (package / "a" / "one.py").rename(package / "b" / "one.py")
    assert code_digest("b/one.py") != one
    with pytest.raises(FileNotFoundError):
        code_digest("a/none.py")


def test_another_painting_code_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = b"photo", {"prompt": "a"}, "weights", "cpu"
    key = painting_key(*arguments)
    assert key == painting_key(*arguments) and key["code"] == code_digest(*PAINTING)
    assert painting_key(b"other", *arguments[1:]) != key
    monkeypatch.setattr(module, "code_digest", lambda *parts: "other code")
    assert painting_key(*arguments) != key


@pytest.mark.parametrize(
    "parts",
    [PAINTING, MEASURING, *(method.code for method in (*METHODS.values(), ABLATIONS["full"]))],
)
def test_all_parts_are_there_and_have_sources(parts: tuple[str, ...]) -> None:
    """One that was renamed would go unnoticed."""
    nothing = code_digest()
    for part in parts:
        assert code_digest(part) != nothing, part
