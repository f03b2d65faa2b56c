from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_pipeline import FakePipeline
from PIL import Image

from stylemamba.cli import main

TWO = ["blend", "cat.png", "cubism", "ink::3 wash::1", "--frames", "3"]


def test_a_strip(photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TWO, "--seed", "4", "-o", "a.png"]) == 0
    assert capsys.readouterr().out == "a.png: 3 pictures\n"
    prompts = [call["prompt"] for call in pipeline.calls]
    assert prompts == ["cubism", "cubism::0.5 ink::0.375 wash::0.125", "ink::0.75 wash::0.25"]
    assert {call["seed"] for call in pipeline.calls} == {4}
    with Image.open("a.png") as image:
        assert image.size == (3 * 30 + 2 * 4, 20)
        assert [image.getpixel((x, 5)) for x in (7, 32)] == [(5, 155, 255), (255, 255, 255)]


def test_a_square(photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["blend", "cat.png", "a", "b", "c", "d", "--frames", "3", "-o", "a.jpg", "--json"]
    assert main(command) == 0
    prompts = json.loads(capsys.readouterr().out)["prompts"]
    assert [prompts[place] for place in (0, 2, 6, 8)] == ["a", "b", "c", "d"]
    assert prompts[1] == "a::0.5 b::0.5" and prompts[3] == "a::0.5 c::0.5"
    assert prompts[4] == "a::0.25 b::0.25 c::0.25 d::0.25"
    with Image.open("a.jpg") as image:
        assert image.size == (3 * 30 + 2 * 4, 3 * 20 + 2 * 4)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_an_animation(photo: Path, pipeline: FakePipeline, suffix: str) -> None:
    assert main([*TWO, "-o", f"a.{suffix}", "--seconds", "0.3", "--quiet"]) == 0
    with Image.open(f"a.{suffix}") as image:
        assert image.format == suffix.upper() and image.size == (30, 20)
    assert len(pipeline.calls) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "b", "c", "-o", "a.png"], "two prompts, or four for a sheet, not 3"),
        (["a", "b", "c", "d", "-o", "a.gif"], "Four prompts make a sheet"),
        (["a", "b", "-o", "a.mp4"], "a.mp4"),
        (["a", "b::x", "-o", "a.png"], "should be a number"),
        (["a", "b", "-o", "cat.png"], "would overwrite cat.png"),
        (["a", "b", "-o", "old.gif"], "old.gif: exists; choose another name"),
    ],
)
def test_refused(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    Path("old.gif").write_bytes(b"mine")
    assert main(["blend", "cat.png", *arguments]) in (1, 2)
    assert said in capsys.readouterr().err
    assert pipeline.loaded == [] and Path("old.gif").read_bytes() == b"mine"
