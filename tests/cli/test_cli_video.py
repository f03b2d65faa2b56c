from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_pipeline import FakePipeline

from stylemamba.cli import main


class Negative:
    """Inverts frames; stops, as Ctrl-C does, where it is told to."""

    stop_after = 99
    painted = 0
    seen = rest = None

    def __init__(self, pipe: Any, recipe: Any, words: Any) -> None:
        self.recipe = recipe
        self.notes = [f"painted as {recipe.prompt}"]

    def begin(self, first: Any) -> None: ...

    def in_first(self, first: Any) -> Any:
        return self.recipe

    def paint(self, frame: Any) -> Any:
        if type(self).painted >= self.stop_after:
            raise KeyboardInterrupt
        type(self).painted += 1
        return 255 - frame


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight frames of eight shots."""
    av = pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")
    pytest.importorskip("cv2", reason="needs pip install 'stylemamba[video]'")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    with av.open("in.mp4", "w") as file:
        stream = file.add_stream("libx264", rate=8, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(8):
            tiles = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
            picture = av.VideoFrame.from_ndarray(tiles.repeat(8, 0).repeat(8, 1), format="rgb24")
            file.mux(stream.encode(picture))
        file.mux(stream.encode())
    return Path("in.mp4")


@pytest.fixture
def painter(pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch) -> type[Negative]:
    module = pytest.importorskip("stylemamba.video.shot_painter")
    monkeypatch.setattr(module, "ShotPainter", Negative)
    monkeypatch.setattr(Negative, "painted", 0)
    return Negative


def test_a_video_is_painted_and_holds_its_recipe(
    clip: Path, painter: type[Negative], capsys: pytest.CaptureFixture[str]
) -> None:
    import av

    assert main(["video", "in.mp4", "cubism", "-o", "out.mp4", "--seed", "3", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["frames"] == 8
    assert "painted as cubism" in said.err
    with av.open("out.mp4") as file, av.open("in.mp4") as original:
        recipe = json.loads(file.metadata["comment"])
        pairs = zip(file.decode(video=0), original.decode(video=0), strict=True)
        for ours, theirs in pairs:
            shown = ours.to_ndarray(format="rgb24").astype(int)
            assert np.abs(shown + theirs.to_ndarray(format="rgb24") - 255).mean() < 8
    assert recipe["seed"] == 3
    assert [path.name for path in Path().iterdir()] in (
        ["in.mp4", "out.mp4"],
        ["out.mp4", "in.mp4"],
    )


def test_ctrl_c_leaves_no_file_and_the_same_command_goes_on(
    clip: Path,
    painter: type[Negative],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("stylemamba.video.film.SEGMENT", 3)
    monkeypatch.setattr(painter, "stop_after", 5)
    command = ["video", "in.mp4", "cubism", "-o", "out.mp4"]
    assert main(command) == 130
    assert "3 of 8 frames are kept" in capsys.readouterr().err
    assert not Path("out.mp4").exists()
    monkeypatch.setattr(painter, "stop_after", 99)
    monkeypatch.setattr(painter, "painted", 0)
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["resumed"] == 3
    assert painter.painted == 5
    assert main(command) == 1
    assert "add --overwrite" in capsys.readouterr().err


def test_what_is_of_one_photo_is_refused_in_a_line(
    clip: Path, painter: type[Negative], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, reason in (
        (["ink", "--tile"], "--tile"),
        (["ink", "--steps", "5"], "--steps"),
        (["ink", "--start", "2", "--end", "1"], "after --start"),
        ([], "Missing argument"),
    ):
        assert main(["video", "in.mp4", *arguments, "-o", "out.mp4"]) == 2
        said = capsys.readouterr().err
        assert reason in said and said.count("\n") == 1
    assert main(["video", "in.mp4", "ink", "-o", "out.avi"]) == 1
    assert "written as" in capsys.readouterr().err
    assert main(["video", "in.mp4", "ink", "-o", "in.mp4"]) == 2


def test_without_the_extra_one_line_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("stylemamba.video.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "av", None)
    assert main(["video", "in.mp4", "cubism", "-o", "out.mp4"]) == 1
    said = capsys.readouterr().err
    assert "pip install 'stylemamba[video]'" in said and said.count("\n") == 1
