from __future__ import annotations

from pathlib import Path

import pytest
from fake_pipeline import FakePipeline
from PIL import Image

from stylemamba.cli import main
from stylemamba.files.style_files import StyleFile


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of styles, which is not there yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "data"))
    return tmp_path / "data" / "stylemamba" / "styles"


def test_into_a_file(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (8, 8), (1, 2, 3)).save("rug.png")
    command = ["learn", "my rugs", "rug.png", "cat.png", "--also", "rugs", "--licence", "CC0"]
    assert main([*command, "-o", "rugs.style"]) == 0
    assert capsys.readouterr().out == "rugs.style: my rugs, of 2 pictures\n"
    made = StyleFile.load(Path("rugs.style"))
    assert (made.names, made.licence, len(made.previews)) == (("my rugs", "rugs"), "CC0", 2)
    assert made.learnt.codes[:, 0].tolist() == [1, 250 - 256]
    assert main([*command, "-o", "rugs.style"]) == 1
    assert "rugs.style: exists" in capsys.readouterr().err
    assert main([*command, "-o", "rugs.style", "--overwrite"]) == 0


def test_into_the_own_folder(
    photo: Path, own: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "Grandma's Quilts", "cat.png"]) == 0
    (made,) = own.glob("*.style")
    assert made.name == "grandma-s-quilts.style" and str(made) in capsys.readouterr().out
    assert main(["stylize", "cat.png", "x", "--styles", "more.style", "--json"]) == 0
    assert pipeline.loaded[-1]["styles"] == [own, Path("more.style")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x"], "Missing argument 'PICTURE...'"),
        ([" ", "cat.png"], "is empty"),
        (["x", "no.png"], "no.png"),
        (["a,b", "cat.png"], "'a,b': prompts are split there"),
        (["x", *["cat.png"] * 21], "learnt from 1 to 20 pictures"),
        (["x", "cat.png", "-o", "cat.png"], "would overwrite cat.png"),
        (["x", "cat.png", "-o", "no/x.style"], "no"),
    ],
)
def test_refused(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    assert main(["learn", *arguments]) in (1, 2)
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1 and pipeline.loaded == []


def test_own_styles_are_listed_and_removed(
    photo: Path, own: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["styles", "--list"]) == 0
    assert "none of your own yet" in capsys.readouterr().err
    assert main(["learn", "my rugs", "cat.png", "--also", "rugs", "--licence", "CC0"]) == 0
    (path,) = own.glob("*.style")
    (own / "broken.style").write_bytes(b"x")
    capsys.readouterr()
    assert main(["styles", "--list"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"my rugs / rugs: 1 pictures, CC0, {path}\n"
    assert "skipped" in captured.err and "broken.style" in captured.err
    assert main(["styles", "--remove", "RUGS"]) == 0 and not path.exists()
    assert main(["styles", "--remove", "rugs"]) == 1
    assert "no style of that name" in capsys.readouterr().err
    assert main(["styles", "oil", "--list"]) == 2
