"""What is shown of which frame, without models; sources; and errors of the command."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

cv2 = pytest.importorskip("cv2", reason="needs pip install 'stylemamba[video]'")
pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")

from tiny_videos import HEIGHT, WIDTH, Glass, panned, texture, write  # noqa: E402

from stylemamba.cli import main  # noqa: E402
from stylemamba.errors import StyleMambaError  # noqa: E402
from stylemamba.live import brush  # noqa: E402
from stylemamba.live.brush import Brush, Order, Taken, Wish  # noqa: E402
from stylemamba.live.show import Carried, Show  # noqa: E402
from stylemamba.live.sources import Camera, Shot, Stills, open_file  # noqa: E402
from stylemamba.portable.recipe import Recipe  # noqa: E402


class Pane(Glass):
    """As a shot painter; what it paints is the darker the longer the prompt."""

    made: list[Pane] = []

    def __init__(self, pipe: Any, recipe: Recipe, words: Any) -> None:
        super().__init__()
        self.dark, self.notes = len(recipe.prompt), [f"as {recipe.prompt}"]
        self.made.append(self)

    def paint(self, frame: Any) -> Any:
        return (super().paint(frame) * (1 - self.dark / 20)).astype(np.uint8)


@pytest.fixture(autouse=True)
def panes(monkeypatch: pytest.MonkeyPatch) -> type[Pane]:
    monkeypatch.setattr(brush, "ShotPainter", Pane)
    monkeypatch.setattr(Pane, "made", [])
    return Pane


class Patient(Brush):
    """Keeps what was ordered, until it is told to paint it."""

    waiting: Order | None = None

    def order(self, order: Order) -> None:
        self.waiting = order

    def catch_up(self) -> None:
        assert self.waiting is not None
        self.done, self.waiting = self.paint(self.waiting), None


def taken(frame: Any) -> Taken:
    return Taken(frame, frame, time.monotonic())


def wish(prompt: str = "ink") -> Wish:
    return Wish(Recipe.of(prompt), ())


def test_paint_moves_with_frames_that_are_not_painted() -> None:
    frames, ink = panned(0, 6, 1), wish()
    painter = Patient(SimpleNamespace(), lambda: None)  # type: ignore[arg-type]
    film = Carried(painter)
    assert film.advanced(taken(frames[0]), ink) is None
    painter.catch_up()
    shown = []
    for frame in frames:
        canvas = film.advanced(taken(frame), ink)
        assert canvas is not None
        shown.append(canvas.picture().astype(float))
    assert len(Pane.made[0].painted) == 1
    moved = np.abs(shown[5][8:-8, 8:-16] - shown[0][8:-8, 13:-11]).mean()
    assert moved < 0.3 * np.abs(shown[5][8:-8, 8:-16] - shown[0][8:-8, 8:-16]).mean()
    assert painter.waiting is not None  # what came in at the right is ordered
    assert painter.waiting.taken.frame is frames[5]
    painter.catch_up()
    wanted = Pane.made[0].painted[-1]
    canvas = film.advanced(taken(frames[5]), ink)
    assert canvas is not None and wanted is frames[5]
    border = canvas.picture()[:, -4:].astype(float)
    assert np.abs(border - Pane(None, ink.recipe, ()).paint(frames[5])[:, -4:]).mean() < 15


def test_another_wish_shows_the_old_paint_until_it_is_painted() -> None:
    frame = panned(0, 1)[0]
    painter = Patient(SimpleNamespace(), lambda: None)  # type: ignore[arg-type]
    film, ink, longer = Carried(painter), wish(), wish("ink wash")
    film.advanced(taken(frame), ink)
    painter.catch_up()
    first = film.advanced(taken(frame), ink)
    assert first is not None
    light = first.picture().mean()
    still = film.advanced(taken(frame), longer)
    assert still is not None and abs(still.picture().mean() - light) < 2
    assert film.shown is not None and film.shown.order.wish is ink
    painter.catch_up()
    dark = film.advanced(taken(frame), longer)
    assert dark is not None and dark.picture().mean() < 0.8 * light
    assert film.shown.order.wish is longer


def test_nothing_is_shown_of_a_cut_until_it_is_painted() -> None:
    painter = Patient(SimpleNamespace(), lambda: None)  # type: ignore[arg-type]
    film, ink = Carried(painter), wish()
    before, after = (texture(seed)[:HEIGHT, :WIDTH] for seed in (1, 2))
    after = 255 - after // 2
    film.advanced(taken(before), ink)
    painter.catch_up()
    assert film.advanced(taken(before), ink) is not None
    assert film.advanced(taken(after), ink) is None
    assert film.advanced(taken(after), ink) is None
    painter.catch_up()
    assert film.advanced(taken(after), ink) is not None
    assert len(Pane.made) == 2
    assert film.advanced(taken(after[:40]), ink) is None  # another shape


@pytest.fixture(params=[True, False], ids=["flow", "each"])
def show(request: pytest.FixtureRequest) -> Iterator[Show]:
    pipe = SimpleNamespace(resolved=lambda recipe: recipe)
    source = Stills("still", [panned(0, 1)[0]])
    running = Show(pipe, source, wish(), 64, request.param)  # type: ignore[arg-type]
    running.start()
    yield running
    running.close()
    assert running.failure is None


def test_a_still_is_painted_again_for_another_wish_only(show: Show) -> None:
    first = show.views.after(0, 20)
    assert first is not None and first[1].wish.recipe.prompt == "ink"
    assert show.over.wait(20)
    time.sleep(0.3)
    settled = show.views.after(0, 20)
    assert settled is not None and show.views.after(settled[0], 0.3) is None
    show.change("ink wash", None, None)
    number = settled[0]
    while show.state()["notes"] != ["as ink wash"]:
        found = show.views.after(number, 20)
        assert found is not None
        number = found[0]
    assert show.state()["prompt"] == "ink wash"


def test_a_source_that_breaks_off_ends_the_show() -> None:
    class Torn:
        name = "torn"

        def shots(self) -> Iterator[Shot]:
            yield Shot(panned(0, 1)[0], None)
            raise StyleMambaError("torn: gives no more pictures")

    show = Show(SimpleNamespace(), Torn(), wish(), 64)  # type: ignore[arg-type]
    show.start()
    assert show.over.wait(20)
    show.close()
    assert "no more pictures" in str(show.failure)


class Webcam:
    """Two frames, then nothing."""

    def __init__(self, number: int) -> None:
        self.left, self.released = (2 if number == 1 else 0), False

    def set(self, name: int, value: int) -> None: ...

    def read(self) -> tuple[bool, Any]:
        self.left -= 1
        frame = np.zeros((4, 6, 3), np.uint8)
        frame[:, 0, 0] = 255  # blue, at the left
        return self.left >= 0, frame

    def release(self) -> None:
        self.released = True


def test_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", Webcam)
    camera = Camera(1, mirror=True)
    shots = camera.shots()
    for _ in range(2):
        picture = next(shots).picture
        assert picture[0, -1].tolist() == [0, 0, 255] and not picture[:, :-1].any()
    with pytest.raises(StyleMambaError, match="camera 1: gives no more pictures"):
        next(shots)
    assert camera._device.released


def test_files_of_any_kind(tmp_path: Path) -> None:
    write(tmp_path / "in.mp4", panned(0, 3), sound=False)
    film, _ = open_file(tmp_path / "in.mp4", loop=True)
    shots = film.shots()
    dues = [next(shots).due for _ in range(5)]
    assert np.diff(dues) == pytest.approx([1 / 12] * 4, abs=0.02)  # type: ignore[arg-type]
    Image.new("RGBA", (9, 7)).save(tmp_path / "b.png")
    (tmp_path / "c.jpg").write_bytes(b"no picture")
    still, notes = open_file(tmp_path / "b.png", loop=False)
    assert [shot.picture.shape for shot in still.shots()] == [(7, 9, 3)] and not notes
    (tmp_path / "in.mp4").unlink()
    folder, notes = open_file(tmp_path, loop=False)
    assert len(list(folder.shots())) == 1 and any("c.jpg" in note for note in notes)
    for name in ("c.jpg", "none.mp4"):
        with pytest.raises(StyleMambaError, match=name):
            open_file(tmp_path / name, loop=False)


def test_the_command_says_what_is_missing_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (9, 7)).save("b.png")
    for arguments, status, reason in (
        (["ink", "--camera", "97"], 1, "camera 97: there is none"),
        (["none.mp4", "ink"], 1, "none.mp4: there is no such file"),
        (["b.png"], 2, "Missing argument 'PROMPT'"),
        ([], 2, "Missing argument 'PROMPT'"),
        (["b.png", "ink", "more"], 2, "PROMPT in quotes"),
        (["b.png", " "], 2, "is empty"),
        (["b.png", "ink", "--region", "unicorn=gold"], 1, "--region unicorn"),
    ):
        assert main(["live", *arguments, "--port", "0"]) == status
        said = capfd.readouterr().err
        assert reason in said and said.count("\n") == 1, said
    for name in [name for name in sys.modules if name.startswith("stylemamba.live")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.delitem(sys.modules, "stylemamba.video.motion", raising=False)
    assert main(["live", "b.png", "ink", "--port", "0"]) == 1
    said = capfd.readouterr().err
    assert "pip install 'stylemamba[studio,video]'" in said and said.count("\n") == 1
