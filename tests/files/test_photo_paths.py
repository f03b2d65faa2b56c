from __future__ import annotations

from pathlib import Path

import pytest

from stylemamba.errors import StyleMambaError
from stylemamba.files.photo_paths import PhotoPath, find_photos, is_one_photo, names_photos


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def found(*names: str, recursive: bool = False, leave_out: str = "out") -> list[str]:
    photos = find_photos(names, recursive, Path(leave_out)).photos
    return [photo.path.as_posix() for photo in photos]


def test_what_is_a_name_of_photos(here: Path) -> None:
    touch("a.jpg", "ink", "oil/b.jpg", "a[1].jpg")
    for name in ("a.jpg", "./a.jpg", "oil/", "./oil", "*.jpg", "oil/*", "a[1].jpg", "**/b.*"):
        assert names_photos(name), name
    prompts = ("ink", "oil", "no.jpg", "[oil]", "[a|b]", "oil*", "x" * 10_000, "a\0*", "", "a/b")
    for prompt in prompts:
        assert not names_photos(prompt), prompt


def test_what_is_one_photo(here: Path) -> None:
    touch("oil/b.jpg", "a[1].jpg")
    for name in ("no.jpg", "a[1].jpg", "-", "a\0b"):
        assert is_one_photo(name), name
    for name in ("oil", "oil/", "*.jpg", "b[1].jpg"):
        assert not is_one_photo(name), name


def test_photos_come_in_order_and_once(here: Path) -> None:
    touch("b/2.jpg", "b/1.PNG", "a/1.jpg", "c.jpg")
    assert found("c.jpg", "b", "a/*.jpg", "b/1.PNG", "./c.jpg") == [
        "c.jpg",
        "b/1.PNG",
        "b/2.jpg",
        "a/1.jpg",
    ]


def test_layout_of_folders(here: Path) -> None:
    touch("in/1.jpg", "in/x/y/1.jpg", "in/out/1.jpg", "in/.x/1.jpg", "in/x/.1.jpg", "other/x/2.jpg")
    Path("in/x/up").symlink_to(here / "in")
    Path("in/link").symlink_to(here / "other")
    photos = find_photos(["in/"], True, Path("in/out")).photos
    assert photos == [
        PhotoPath(Path("in/1.jpg"), Path()),
        PhotoPath(Path("in/link/x/2.jpg"), Path("link/x")),
        PhotoPath(Path("in/x/y/1.jpg"), Path("x/y")),
    ]


def test_what_is_passed_over_is_said(here: Path) -> None:
    touch("in/1.jpg", "in/2.avi", "in/README", "in/a/1.jpg", "in/b/1.jpg", "in/out/1.jpg")
    Path("in/gone.jpg").symlink_to("nowhere")
    assert find_photos(["in"], False, Path("in/out")).notes == [
        "passed over: 1 .avi, 1 .jpg that lead nowhere, 1 without an extension",
        "passed over: 2 sub-folders (in/a, ...); --recursive goes into them",
    ]
    assert find_photos(["in/1.jpg"], False, Path("out")).notes == []


def test_a_folder_without_photos_says_what_it_has(here: Path) -> None:
    touch("in/1.mov", "in/a/1.jpg")
    with pytest.raises(StyleMambaError, match=r"in: no photos are there .*1 \.mov.*--recursive"):
        find_photos(["in"], False, Path("out"))
