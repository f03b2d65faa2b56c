"""`stylemamba live` as people run it: a process, its page in a browser, and Ctrl-C."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")
pytest.importorskip("cv2", reason="needs pip install 'stylemamba[video]'")

from tiny_videos import HEIGHT, WIDTH, panned, write  # noqa: E402

from stylemamba.cli import main  # noqa: E402
from stylemamba.files.metadata import read_recipe  # noqa: E402

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
SECONDS = 60.0


class Live:
    """A running command."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "stylemamba", "live", *arguments]
        self.process = subprocess.Popen(
            [*command, "--no-browser", "--port", "0", "--json"],
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert "live at http://127.0.0.1:" in line, line + self.process.stderr.read()
        self.address = line.split()[-1]
        self.client = httpx.Client(base_url=self.address, timeout=SECONDS)

    def view(self, after: int = 0) -> tuple[int, Any, Any]:
        """Number, frame and picture, newer than a number."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            answer = self.client.get("/v1/view", params={"after": after})
            if answer.status_code == 200:
                both = np.asarray(Image.open(io.BytesIO(answer.content))).astype(float)
                assert float(answer.headers["x-age"]) >= 0
                return int(answer.headers["x-number"]), both[:, :WIDTH], both[:, WIDTH:]
        raise AssertionError("no picture came")

    def view_of(self, fits: Callable[[Any, Any], bool]) -> tuple[Any, Any]:
        """The first frame and picture that fit."""
        until, number = time.monotonic() + SECONDS, 0
        while time.monotonic() < until:
            number, frame, picture = self.view(number)
            if fits(frame, picture):
                return frame, picture
        raise AssertionError("no such picture came")

    def wait_for(self, prompt: str) -> None:
        """Waits until a picture in a style is shown."""
        until = time.monotonic() + SECONDS
        while self.client.get("/v1/state").json()["shown"] != prompt:
            assert time.monotonic() < until
            time.sleep(0.05)

    def wish(self, **wish: Any) -> httpx.Response:
        return self.client.post("/v1/wish", json=wish)

    def end(self) -> tuple[int, dict[str, Any], str]:
        """Ctrl-C: the exit status, the summary, and what else was said."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, json.loads(out), err


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    write(folder / "in.mp4", panned(1, 24), sound=False)
    command = Live(folder, "in.mp4", "watercolour", "--loop")
    yield command
    command.client.close()
    command.process.kill()
    command.process.communicate()


@pytest.fixture
def live(running: Live) -> Live:
    """It runs, and shows watercolours."""
    running.wish(prompt="watercolour", strength=1, frozen=False)
    running.wait_for("watercolour")
    return running


def difference(first: Any, second: Any) -> float:
    return float(np.abs(first - second).mean())


def test_pictures_follow_the_video_and_the_prompt(live: Live) -> None:
    number, frame, picture = live.view()
    assert frame.shape == picture.shape == (HEIGHT, WIDTH, 3)
    assert live.view(number)[0] > number
    assert live.wish(frozen=True).json()["frozen"]
    frame, picture = live.view_of(lambda frame, picture: difference(frame, picture) > 10)
    assert live.wish(prompt="charcoal drawing").json()["prompt"] == "charcoal drawing"
    colour = np.ptp(picture, axis=2).mean()
    live.view_of(lambda frame, picture: np.ptp(picture, axis=2).mean() < 0.6 * colour)
    assert live.wish(strength=0).status_code == 200
    same, _ = live.view_of(lambda frame, picture: difference(frame, picture) < 5)
    assert difference(frame, same) < 8  # it is frozen: at most a frame was on its way


def test_a_snapshot_holds_its_recipe_and_comes_back(live: Live, tmp_path: Path) -> None:
    live.wish(frozen=True)
    time.sleep(0.3)
    for name in ("photo.png", "snapshot.png"):
        (tmp_path / name).write_bytes(live.client.get(f"/v1/{name}").content)
    recipe = json.loads(read_recipe(tmp_path / "snapshot.png") or "")
    assert recipe["parts"][0]["text"] == "watercolour" and recipe["size"] is None
    photo, snapshot, again = (
        str(tmp_path / name) for name in ("photo.png", "snapshot.png", "again.png")
    )
    assert main(["stylize", photo, "--recipe", snapshot, "-o", again, "--quiet"]) == 0
    pictures = [np.asarray(Image.open(path)).astype(float) for path in (snapshot, again)]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


def test_what_cannot_be_is_refused_and_it_goes_on(live: Live) -> None:
    for wish, field in (
        ({"prompt": " "}, "text"),
        ({"strength": -1}, "strength"),
        ({"strength": "1"}, "strength"),
        ({"size": 9}, "size"),
        ([1], None),
    ):
        answer = live.client.post("/v1/wish", json=wish)
        assert answer.status_code == 422 and answer.json().get("field") == field
    elsewhere = {"Host": "evil.example"}
    assert live.client.get("/v1/state", headers=elsewhere).status_code == 403
    answer = live.client.post("/v1/wish", json={}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert live.client.get("/v1/view", params={"after": "x"}).status_code in (200, 204)
    live.view(live.view()[0])


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
def test_the_page(live: Live) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra `test` is missing")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = chromium.new_page()
        tab.set_default_timeout(1000 * SECONDS)
        problems: list[str] = []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        tab.on(
            "request",
            lambda sent: (
                None if sent.url.startswith(live.address) else problems.append(f"asks {sent.url}")
            ),
        )
        tab.goto(live.address)
        speed = tab.locator("#speed")
        playwright.expect(speed).to_contain_text("pictures a second", timeout=1000 * SECONDS)
        assert tab.locator("#prompt").input_value() == "watercolour"
        tab.locator("h1").click()
        tab.keyboard.press("Space")
        playwright.expect(speed).to_have_text("Frozen.", timeout=1000 * SECONDS)
        seen = "() => document.getElementById('picture').toDataURL()"
        tab.wait_for_timeout(500)
        before = tab.evaluate(seen)
        tab.locator("#prompt").fill("pop art")
        tab.get_by_role("button", name="Paint").click()
        live.wait_for("pop art")
        tab.wait_for_timeout(500)
        assert tab.evaluate(seen) != before
        with tab.expect_download() as file:
            tab.get_by_role("link", name="Snapshot").click()
        assert "pop art" in (read_recipe(file.value.path()) or "")
        tab.get_by_role("button", name="Freeze").click()
        playwright.expect(speed).to_contain_text("pictures a second", timeout=1000 * SECONDS)
        chromium.close()
        assert not problems


def test_ctrl_c_ends_it_and_says_how_fast_it_was(live: Live) -> None:  # the last one of `live`
    status, summary, said = live.end()
    assert status == 0 and "Traceback" not in said
    assert summary["pictures"] > 2 and summary["latency_ms"]["median"] > 0
    assert summary["pictures"] <= summary["frames"] + summary["paintings"]
    assert (summary["prompt"], summary["size"], summary["flow"]) == ("watercolour", 256, True)


def test_a_source_that_is_over_before_it_is_painted_is_shown(tmp_path: Path) -> None:
    Image.new("RGB", (WIDTH, HEIGHT), (200, 90, 30)).save(tmp_path / "still.png")
    command = Live(tmp_path, "still.png", "watercolour", "--seconds", "0.2")
    out, err = command.process.communicate(timeout=SECONDS)
    assert command.process.returncode == 0, err
    assert json.loads(out)["pictures"] >= 1
