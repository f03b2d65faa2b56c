"""Clips in the studio, in a real browser, with the shipped models behind a real server."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from serving import serving
from studio_page import Page, needs_chromium

from stylemamba.pipeline import StyleMambaPipeline
from stylemamba.server.app import create_app
from stylemamba.server.limits import Limits

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `test` is not installed")
av = pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")
pytest.importorskip("cv2", reason="needs pip install 'stylemamba[video]'")
sys.path.insert(0, str(Path(__file__).parent.parent / "video"))

from tiny_videos import HEIGHT, RATE, WIDTH, panned, write  # noqa: E402

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pipe = StyleMambaPipeline.from_pretrained(device="cpu")
    with serving(create_app(pipe, Limits(rate=10_000), grace=5.0)) as address:
        yield address


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Page]:
    page = Page(browser, address)
    yield page
    assert not page.errors and not page.elsewhere
    page.context.close()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write(tmp_path / "walk.mp4", panned(0, 2 * RATE))


def test_a_clip_is_directed_on_a_frame_painted_watched_and_taken_away(
    page: Page, clip: Path
) -> None:
    tab = page.tab
    tab.locator("#photo-file").set_input_files(clip)
    page.pictures(2)
    playwright.expect(tab.locator("#clip")).to_contain_text(
        f"walk.mp4: {2 * RATE} frames, 2.0 s, {WIDTH} × {HEIGHT} px"
    )
    page.prompt("pencil sketch")
    page.pictures(3)
    tab.locator("#clip-start").fill("0.5")
    tab.locator("#clip-end").fill("1.5")
    tab.get_by_role("button", name="Paint the clip").click()
    tab.locator("#clip-video").wait_for()
    playwright.expect(tab.locator("#clip-status")).to_contain_text("Painted in")
    # The player has it: this browser may not know H.264, but the address is that of a video.
    source = tab.locator("#clip-video").get_attribute("src")
    kind = tab.evaluate("async (url) => (await fetch(url)).headers.get('content-type')", source)
    assert kind == "video/mp4"
    tab.reload()
    with tab.expect_download() as started:
        tab.get_by_role("link", name="Download the clip").click()
    assert started.value.suggested_filename == "walk-painted.mp4"
    with av.open(str(started.value.path())) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        recipe = json.loads(file.metadata["comment"])
    assert len(frames) == RATE and recipe["parts"][0]["text"] == "pencil sketch"
    assert np.ptp(frames[0].astype(int), axis=-1).mean() < 60  # hardly any colour is left
    tab.get_by_role("button", name="Close the clip").click()
    tab.locator("#clip").wait_for(state="hidden")
    page.errors.clear()  # of the player, if it does not know H.264


def test_another_second_of_the_clip_is_shown(page: Page, clip: Path) -> None:
    tab = page.tab
    tab.locator("#photo-file").set_input_files(clip)
    page.pictures(2)
    tab.locator("#clip-start").fill("1")
    tab.get_by_role("button", name="Show the first frame from there").click()
    page.pictures(3)
    shown = tab.evaluate(
        """async () => {
            const image = document.querySelector("#before");
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            canvas.getContext("2d").drawImage(image, 0, 0);
            return canvas.toDataURL("image/png").split(",")[1];
        }"""
    )
    with av.open(str(clip)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(base64.b64decode(shown))).convert("RGB")), frames[RATE]
    )


def test_another_clip_ends_the_one_that_is_painted(page: Page, clip: Path) -> None:
    tab = page.tab
    tab.locator("#photo-file").set_input_files(clip)
    page.pictures(2)
    tab.get_by_role("button", name="Paint the clip").click()
    tab.locator("#clip-stop").wait_for()
    with tab.expect_request("**/v1/jobs/*/cancel"):
        tab.locator("#photo-file").set_input_files(clip)
    playwright.expect(tab.locator("#clip-paint")).to_be_enabled()
    page.pictures(3)


def test_numbers_of_a_clip_are_checked_and_outlive_a_reload(page: Page, clip: Path) -> None:
    tab = page.tab
    tab.locator("#photo-file").set_input_files(clip)
    page.pictures(2)
    start, end, every = (tab.locator(f"#clip-{name}") for name in ("start", "end", "every"))
    asked: list[str] = []
    tab.on("request", lambda sent: asked.append(sent.url) if "/v1/videos" in sent.url else None)
    for begin, last, bad in (("1", "0.5", end), ("0", "9", end), ("7", "", start)):
        start.fill(begin)
        end.fill(last)
        tab.get_by_role("button", name="Paint the clip").click()
        assert bad.evaluate("(one) => !one.validity.valid")
    assert asked == []
    for field, value in ((start, "0.5"), (end, "1.5"), (every, "3")):
        field.fill(value)
        field.press("Tab")
    tab.reload()
    for field, value in ((start, "0.5"), (end, "1.5"), (every, "3")):
        playwright.expect(field).to_have_value(value)
    tab.get_by_role("button", name="Close the clip").click()


def test_a_clip_says_at_once_what_it_cannot_be_painted_with(page: Page, clip: Path) -> None:
    tab = page.tab
    tab.locator("#photo-file").set_input_files(clip)
    page.pictures(2)
    go, why = tab.locator("#clip-paint"), tab.locator("#clip-why")
    rest = tab.get_by_label("Leave the rest of the photo")
    rest.check()
    playwright.expect(why).to_contain_text("Nothing of a clip can be left as it is")
    rest.uncheck()
    playwright.expect(go).to_be_enabled()
    tab.get_by_role("button", name="paint one").click()
    playwright.expect(why).to_contain_text("Regions are of one photo")
    playwright.expect(go).to_be_disabled()
    tab.get_by_role("button", name="Remove region 1").click()
    playwright.expect(go).to_be_enabled()


def test_what_is_no_clip_says_so(page: Page, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"#EXTM3U")
    page.tab.locator("#photo-file").set_input_files(bad)
    message = page.tab.locator("#messages")
    playwright.expect(message).to_contain_text("bad.mp4: cannot be read as a video")
    assert page.errors and all("415" in line for line in page.errors)
    page.errors.clear()


def test_without_the_packages_it_says_what_to_install(
    browser: Any, address: str, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    page = Page(browser, address)
    page.tab.locator("#photo-file").set_input_files(clip)
    message = page.tab.locator("#messages")
    playwright.expect(message).to_contain_text("pip install 'stylemamba[video]'")
    assert not page.errors
    page.context.close()
