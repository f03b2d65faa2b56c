from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from fake_pipeline import FakePipeline
from PIL import Image

from stylemamba.cli import main
from stylemamba.errors import StyleMambaError


def test_writes_the_picture_and_says_where(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--steps", "7", "--seed", "5", "--size", "64", "--strength", "0.5"]
    arguments += ["--stroke", "2", "--texture", "0", "--guidance", "4"]
    assert main(["stylize", "cat.png", "pencil sketch", "-o", "out.png", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.out == "out.png: 30 x 20, 7 steps, 1.2 s\n" and captured.err == ""
    with Image.open("out.png") as image:
        assert image.size == (30, 20) and image.getpixel((0, 0)) == (5, 155, 255)
    (call,) = pipeline.calls
    assert call.pop("prompt") == "pencil sketch"
    assert [call.pop(name) for name in ("stroke", "texture", "guidance")] == [2, 0, 4]
    assert call == {"steps": 7, "strength": 0.5, "seed": 5, "size": 64}
    none = {"encoder": None, "autoencoder": None, "fusion": None}
    assert pipeline.loaded == [{"preset": "embedded", **none}]


def test_one_pass_is_the_default(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stylize", "cat.png", "pencil sketch", "-o", "out.png"]) == 0
    assert capsys.readouterr().out == "out.png: 30 x 20, one pass, 1.2 s\n"
    (call,) = pipeline.calls
    assert call["steps"] is None and call["stroke"] == call["texture"] == call["guidance"] == 1


def test_models_are_chosen(photo: Path, pipeline: FakePipeline) -> None:
    options = ["--preset", "paper", "--encoder", "enc", "--autoencoder", "vae", "--quiet"]
    assert main(["stylize", "cat.png", "x", *options, "--fusion", "fus"]) == 0
    models = {"encoder": Path("enc"), "autoencoder": Path("vae"), "fusion": Path("fus")}
    assert pipeline.loaded == [{"preset": "paper", **models}]


def test_json_is_one_object_with_the_promised_keys(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stylize", "cat.png", "fauvism", "-o", "out.jpg", "--json", "--seed", "3"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out) == {
        "output": "out.jpg",
        "size": [30, 20],
        "steps": 0,
        "seconds": 1.235,
        "coverage": 0.8,
        "seed": 3,
        "prompt": "fauvism",
        "interrupted": False,
        "notes": [],
    }


def test_default_name_is_in_the_working_directory(photo: Path, pipeline: FakePipeline) -> None:
    Path("photos").mkdir()
    shutil.move(photo, "photos/cat.png")
    assert main(["stylize", "photos/cat.png", "Pop Art!", "--quiet"]) == 0
    assert Path("cat-pop-art.png").is_file()


@pytest.mark.parametrize(
    "prompt",
    ["🎨", "浮世絵", "ليلة", "a" * 10_000, "two words " * 1000, "--", "a\nb\0c", "x" * 251],
)
def test_any_prompt_with_text(photo: Path, pipeline: FakePipeline, prompt: str) -> None:
    assert main(["stylize", "--json", "cat.png", "--", prompt]) == 0
    assert pipeline.calls[0]["prompt"] == prompt
    assert len(os.listdir()) == 2


def test_trace(photo: Path, pipeline: FakePipeline) -> None:
    assert main(["stylize", "cat.png", "x", "--steps", "2", "--trace", "t.json", "--quiet"]) == 0
    assert json.loads(Path("t.json").read_text()) == [
        {"directional": 1.0, "content": 0.5},
        {"directional": 0.5, "content": 0.5},
        {"directional": pytest.approx(1 / 3), "content": 0.5},
    ]


def test_interrupt_writes_the_best_picture_and_exits_130(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.stop_after = 12
    command = ["stylize", "cat.png", "x", "-o", "out.png", "--json", "--trace", "t.json"]
    assert main([*command, "--steps", "40"]) == 130
    captured = capsys.readouterr()
    assert captured.err == "stylemamba: interrupted after 12 steps\n"
    summary = json.loads(captured.out)
    assert summary["interrupted"] is True and summary["steps"] == 12
    assert Image.open("out.png").size == (30, 20)
    assert len(json.loads(Path("t.json").read_text())) == 13


def test_interrupt_while_loading_writes_nothing(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = KeyboardInterrupt()
    assert main(["stylize", "cat.png", "x", "-o", "out.png"]) == 130
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.strip() == "stylemamba: interrupted"
    assert os.listdir() == ["cat.png"]


@pytest.mark.parametrize("name", ["cat.png", "./cat.png", "link.png", "hard.png", "../{}/cat.png"])
def test_the_photo_is_never_overwritten(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    before = photo.read_bytes()
    Path("link.png").symlink_to("cat.png")
    os.link("cat.png", "hard.png")
    name = name.format(Path.cwd().name)
    for option in ("--output", "--trace"):
        assert main(["stylize", "cat.png", "x", option, name]) == 2
        assert "overwrite" in capsys.readouterr().err
    assert photo.read_bytes() == before and pipeline.loaded == []


def test_trace_and_output_must_differ(photo: Path, pipeline: FakePipeline) -> None:
    assert main(["stylize", "cat.png", "x", "-o", "a.png", "--trace", "./a.png"]) == 2


@pytest.mark.parametrize("option", ["--output", "--trace"])
@pytest.mark.parametrize("name", ["none/a.png", "folder.png", "/proc/a.png", "x" * 300 + ".png"])
def test_unwritable_places_are_found_before_any_work(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    option: str,
    name: str,
) -> None:
    Path("folder.png").mkdir()
    assert main(["stylize", "cat.png", "x", option, name]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert pipeline.loaded == [] and sorted(os.listdir()) == ["cat.png", "folder.png"]


def test_unknown_extension(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stylize", "cat.png", "x", "-o", "out.xyz"]) == 1
    assert ".png, .jpg" in capsys.readouterr().err and pipeline.loaded == []


def test_an_earlier_result_is_replaced(photo: Path, pipeline: FakePipeline) -> None:
    Path("out.png").write_bytes(b"old")
    assert main(["stylize", "cat.png", "x", "-o", "out.png", "--quiet"]) == 0
    assert Image.open("out.png").size == (30, 20)


def test_low_coverage_is_one_warning(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.coverage_value = 0.1
    assert main(["stylize", "cat.png", "z" * 10_000, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and len(captured.err) < 300
    assert "0.10" in captured.err and "ukiyo-e, woodcut, etching" in captured.err
    assert json.loads(captured.out)["notes"] == [captured.err.strip().split(": ", 1)[1]]
    assert main(["stylize", "cat.png", "z", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_no_coverage_is_null_and_no_warning(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.coverage_value = None
    assert main(["stylize", "cat.png", "x", "--json", "--preset", "paper"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out)["coverage"] is None


def test_alpha_is_kept_and_its_loss_noted(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGBA", (30, 20), (9, 9, 9, 77)).save("clear.png")
    assert main(["stylize", "clear.png", "x", "-o", "out.png"]) == 0
    assert Image.open("out.png").getpixel((3, 3)) == (246, 246, 246, 77)
    assert capsys.readouterr().err == ""
    assert main(["stylize", "clear.png", "x", "-o", "out.jpg"]) == 0
    assert "no transparency" in capsys.readouterr().err


def test_failures_are_one_line(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for error, words in [
        (StyleMambaError("weights missing: reinstall"), "error: weights missing: reinstall"),
        (MemoryError(), "smaller --size"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory\nhere"), "smaller --size"),
        (TypeError("a bug\non two lines"), "internal error: TypeError: a bug on two lines"),
    ]:
        pipeline.error = error
        assert main(["stylize", "cat.png", "x", "-o", "out.png"]) == 1
        captured = capsys.readouterr()
        assert words in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert os.listdir() == ["cat.png"]
    monkeypatch.setenv("STYLEMAMBA_TRACEBACK", "1")
    with pytest.raises(TypeError, match="a bug"):
        main(["stylize", "cat.png", "x", "-o", "out.png"])


def test_progress_with_losses_on_a_terminal_only(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["stylize", "cat.png", "[bold]pencil", "--json", "--steps", "40"]) == 0
    captured = capsys.readouterr()
    assert "40/40 [bold]pencil" in captured.err and "directional 0.024" in captured.err
    json.loads(captured.out)
    assert main(["stylize", "cat.png", "pencil", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
