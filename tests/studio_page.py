"""The studio's page in a real headless browser."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: apt-get install chromium, to test the studio's page"
)
SECONDS = 60_000


class Page:
    """A tab with the studio in it, and what its console said."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.context = browser.new_context(accept_downloads=True, **options)
        self.tab = self.context.new_page()
        self.tab.set_default_timeout(SECONDS)
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self.photos: list[str] = []
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on(
            "console", lambda line: self.errors.append(line.text) if line.type == "error" else None
        )
        self.tab.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith((address, "data:", "blob:"))
                else self.elsewhere.append(sent.url)
            ),
        )
        self.tab.on("response", self._hear)
        self.tab.goto(address)
        self.pictures(1)

    def _hear(self, answer: Any) -> None:
        """Notes the ids of photos that were sent."""
        if answer.url.endswith("/v1/photos") and answer.ok:
            self.photos.append(answer.json()["id"])

    def pictures(self, count: int) -> None:
        """Waits until there are so many in the history, and nothing is in work."""
        self.tab.locator("#history li").nth(count - 1).wait_for()
        self.tab.locator("#progress").wait_for(state="hidden")

    def shown(self) -> bytes:
        """The picture on the stage, as a PNG file of what is seen."""
        image: bytes = self.tab.locator("#stage").screenshot()
        return image

    def prompt(self, text: str, place: int = 0) -> None:
        self.tab.locator("#parts input[type=text]").nth(place).fill(text)

    def choose(self, name: str) -> None:
        """Takes a style of those that are shown by name, which is painted at once."""
        self.tab.get_by_role("option", name=name, exact=True).click()

    def style_of_region(self, text: str) -> None:
        self.tab.locator("#regions input[type=text]").fill(text)

    def download(self) -> Path:
        with self.tab.expect_download() as started:
            self.tab.get_by_role("button", name="Download full size").click()
        return Path(started.value.path())


def difference(first: bytes, second: bytes) -> float:
    """Mean of the differences of pixels, 0 to 255."""
    images = [Image.open(io.BytesIO(file)).convert("RGB") for file in (first, second)]
    pairs = zip(*(image.resize((64, 64)).tobytes() for image in images), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (64 * 64 * 3)
