from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stylemamba.errors import StyleMambaError
from stylemamba.files.photo_sets import Entry, read_photo_set, spread


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names(folder: Path, annotations: Path | None = None) -> list[str]:
    return [entry.name for entry in read_photo_set(folder, annotations).entries]


def test_plain_folder(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a.png", "notes.txt", "._a.png", ".hidden/x.png", "empty/readme.md")
    assert names(tmp_path) == ["a.png", "b.JPG"]
    assert read_photo_set(tmp_path).entries[0] == Entry(tmp_path / "a.png", "a.png")


def test_wikiart_folder(tmp_path: Path) -> None:
    touch(tmp_path, "Ukiyo_e/hokusai.jpg", "Cubism/gris.jpg", "Cubism/braque.jpg", "Cubism/a/b.jpg")
    entries = read_photo_set(tmp_path).entries
    assert [(entry.name, entry.group) for entry in entries] == [
        ("Cubism/braque.jpg", "Cubism"),
        ("Cubism/gris.jpg", "Cubism"),
        ("Ukiyo_e/hokusai.jpg", "Ukiyo_e"),
    ]


def test_what_is_passed_over_is_counted_and_named(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", ".hidden", "._a.mov", "1.mov", "b/2.MOV", "3.avi", "x.ico", "README")
    touch(tmp_path, "b/deep/c.jpg", "d/deep/c.jpg", "d/more/c.jpg", "d/.git/c.jpg")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    photos = read_photo_set(tmp_path)
    assert [entry.name for entry in photos.entries] == ["a.jpg"]
    assert photos.notes == (
        "passed over: 2 .mov, 1 .avi, 1 .ico, 1 .jpg that lead nowhere, 1 without an extension, "
        "3 folders deeper down (b/deep, d/deep, ...)",
    )


def test_many_kinds_of_files_are_summed_up(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b/c/d.jpg", *(f"{kind}.{kind}" for kind in "defghijk"))
    (note,) = read_photo_set(tmp_path).notes
    assert note.endswith("1 .h, 1 .i, 2 other files, 1 folder deeper down (b/c)")


def test_a_folder_without_pictures_says_what_it_has(tmp_path: Path) -> None:
    touch(tmp_path, "a.mov", "b.mov")
    with pytest.raises(StyleMambaError, match="has no pictures.*2 .mov"):
        read_photo_set(tmp_path)


def test_nothing_passed_over_is_no_note(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b/c.png", ".DS_Store")
    assert read_photo_set(tmp_path).notes == ()


def coco(folder: Path, content: Any) -> Path:
    path = folder / "captions.json"
    path.write_text(json.dumps(content))
    return path


def test_coco_folder(tmp_path: Path) -> None:
    touch(tmp_path, "002.jpg", "001.jpg", "unlisted.jpg")
    images = [{"file_name": f"00{number}.jpg", "id": number} for number in (2, 1, 3)]
    texts = [(1, 10, "second"), (1, 9, "A  cat.\n"), (3, 1, "absent")]
    annotations = [{"image_id": i, "id": n, "caption": text} for i, n, text in texts]
    file = coco(tmp_path, {"images": images, "annotations": annotations})
    photos = read_photo_set(tmp_path, file)
    assert [(entry.name, entry.caption) for entry in photos.entries] == [
        ("001.jpg", "A cat."),
        ("002.jpg", ""),
    ]
    (note,) = photos.notes
    assert note.startswith("1 of the 3 pictures")
    instances = coco(tmp_path, {"images": images[:2], "annotations": [{"bbox": [], "image_id": 1}]})
    assert read_photo_set(tmp_path, instances).notes == ()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ([], "images"),
        ({}, "images"),
        ({"images": 3}, "images"),
        ({"images": [{"id": 1}]}, "file_name"),
        ({"images": ["a.jpg"]}, "file_name"),
        ({"images": [{"file_name": "a.jpg"}], "annotations": [3]}, "images"),
        ({"images": [{"file_name": "../a.jpg"}]}, "outside"),
        ({"images": [{"file_name": "none.jpg"}]}, "has none of the 1 pictures"),
        ({"images": []}, "has none of the 0 pictures"),
    ],
)
def test_malformed_annotations(tmp_path: Path, content: Any, word: str) -> None:
    touch(tmp_path, "a.jpg")
    with pytest.raises(StyleMambaError, match=word) as caught:
        read_photo_set(tmp_path, coco(tmp_path, content))
    assert "\n" not in str(caught.value) and "captions.json" in str(caught.value)


def test_what_is_no_set_of_photos(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "empty/notes.txt")
    (tmp_path / "text.json").write_text("{")
    for folder, listed, word in [
        ("none", None, "no such folder"),
        ("a.jpg", None, "is not a folder"),
        ("empty", None, "has no pictures"),
        ("", "none.json", "none.json: cannot be read"),
        ("", "text.json", "is not JSON"),
        ("", "", "cannot be read"),
    ]:
        file = None if listed is None else tmp_path / listed
        with pytest.raises(StyleMambaError, match=word) as caught:
            read_photo_set(tmp_path / folder, file)
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    with pytest.raises(StyleMambaError, match="cannot be listed"):
        read_photo_set(tmp_path)


def test_spread_takes_some_of_every_group() -> None:
    entries = [Entry(Path(), f"{group}{number}", group) for group in "abc" for number in range(4)]
    assert [entry.name for entry in spread(entries, 3)] == ["a0", "b0", "c0"]
    assert [entry.name for entry in spread(entries, 6)] == ["a0", "a2", "b0", "b2", "c0", "c2"]
    assert spread(entries, None) == spread(entries, 99) == entries


def test_files_that_a_package_reads_are_pictures_where_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.jpg", "b.HEIC", "c.nef")
    found: list[str] = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in found else None)
    photos = read_photo_set(tmp_path)
    assert len(photos.entries) == 1 and photos.notes == ("passed over: 1 .heic, 1 .nef",)
    found += ["pillow_heif", "rawpy"]
    assert len(read_photo_set(tmp_path).entries) == 3
