from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from stylemamba.errors import StyleMambaError
from stylemamba.files.names import default_name, distinct_results, output_path, slug


def test_slug() -> None:
    assert slug("Claude Monet, water lilies!") == "claude-monet-water-lilies"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("浮世絵 版画") == "浮世絵-版画"
    assert slug("🎨🖌️") == "styled"
    assert len(slug("word " * 2000)) <= 40
    assert slug("浮世絵" * 40) == ("浮世絵" * 9)[:26]  # 80 bytes: two of them fit a file name


@pytest.mark.parametrize(
    ("source", "prompt", "seed", "look", "expected"),
    [
        ("cat.jpg", "watercolor", 0, None, "cat-watercolor.png"),
        ("a/b/cat.JPEG", "Watercolor!", 0, None, "cat-watercolor.png"),
        ("cat.jpg", "watercolor", 1, None, "cat-watercolor-seed1.png"),
        ("cat.jpg", "watercolor", 0, 0, "cat-watercolor-look0.png"),
        ("cat.jpg", "watercolor", 3, 2, "cat-watercolor-seed3-look2.png"),
        ("cat.png", "watercolor", 0, None, "cat-png-watercolor.png"),
        ("cat.tar.PNG", "watercolor", 0, None, "cat.tar-png-watercolor.png"),
        ("cat", "watercolor", 0, None, "cat-watercolor.png"),
        ("cat.jpg", "x" * 40, 0, None, f"cat-{'x' * 40}.png"),
        ("cat.jpg", "x" * 41, 0, None, f"cat-{'x' * 40}-316459.png"),
        ("cat.jpg", "🎨", 0, None, "cat-styled.png"),
    ],
)
def test_default_name(source: str, prompt: str, seed: int, look: int | None, expected: str) -> None:
    assert default_name(Path(source), prompt, seed=seed, look=look) == expected


def test_another_suffix() -> None:
    assert default_name(Path("a.jpg"), "x", seed=0, look=None, suffix=".webp") == "a-x.webp"


def test_names_differ_where_jobs_do() -> None:
    long = "an oil painting with thick impasto strokes in the manner of "
    prompts = [long + "Monet", long + "Manet", "浮世絵" * 14, "浮世絵" * 14 + "版画"]
    sources = ["a.jpg", "a.png", "é" * 120 + "1.jpg", "é" * 120 + "2.jpg"]
    names = {
        default_name(Path(source), prompt, seed=seed, look=look)
        for source in sources
        for prompt in prompts
        for seed in (0, 2**32 - 1)
        for look in (None, 0, 10**6)
    }
    assert len(names) == 4 * 4 * 2 * 3
    assert max(len(os.fsencode(name)) for name in names) < 200


def test_names_that_are_no_unicode() -> None:
    name = default_name(Path(os.fsdecode(b"\xff" * 250 + b".jpg")), "x", seed=0, look=None)
    assert len(os.fsencode(name)) < 200


def test_output_path(tmp_path: Path) -> None:
    assert output_path(None, "a.png") == Path("a.png")
    assert output_path(tmp_path, "a.png") == tmp_path / "a.png"
    assert output_path(str(tmp_path), "a.png") == tmp_path / "a.png"
    assert output_path(tmp_path / "b.png", "a.png") == tmp_path / "b.png"
    assert output_path(f"{tmp_path}/new/", "a.png") == tmp_path / "new" / "a.png"
    assert (tmp_path / "new").is_dir()
    assert output_path(f"{tmp_path}/new/", "a.png").parent.is_dir()


def test_folders_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("none/new/", "file/", "a\0b/"):
        with pytest.raises(StyleMambaError, match="cannot be made") as caught:
            output_path(f"{tmp_path}/{name}", "a.png")
        assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["file"]


def test_results_of_photos_of_one_name() -> None:
    photos = [Path(name) for name in ("a/cat.jpg", "b/cat.jpg", "dog.jpg", "x/b/cat.jpg")]
    names = [Path("cat-x.png"), Path("Cat-x.png"), Path("dog-x.png"), Path("cat-x.png")]
    first, second, dog, third = distinct_results(photos, names)
    assert first == Path("a-cat-x.png") and dog == Path("dog-x.png")
    assert re.fullmatch(r"b-Cat-x-[0-9a-f]{6}\.png", second.name)
    assert re.fullmatch(r"b-cat-x-[0-9a-f]{6}\.png", third.name) and third != second
    same = [Path("cat.jpg"), Path("cat.jpeg")]
    one, other = distinct_results(same, [Path("s/cat-x.png")] * 2)
    assert one != other and one.parent == other.parent == Path("s")


def test_distinct_results_fit_a_name() -> None:
    photos = [Path("浮世絵" * 28) / name for name in ("a.jpg", "a.jpeg")]
    names = distinct_results(photos, [Path("é" * 97 + ".png")] * 2)
    assert all(len(os.fsencode(name.name)) <= 255 for name in names)
