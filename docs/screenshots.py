"""Makes the pictures of the studio in docs/studio.jpg: `make screenshots`.

It starts a server, opens the page in a headless Chromium, and does what a user would.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from stylemamba.evaluation.benchmarks.serve import server

PAGE = Path(__file__).with_name("studio.jpg")
DESKTOP = {"viewport": {"width": 1280, "height": 844}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
STYLES = ("ukiyo-e woodblock print", "stained glass", "pop art")


def painted(tab: Any, count: int) -> None:
    """Waits until there are so many pictures in the history, and nothing is in work."""
    tab.locator("#history li").nth(count - 1).wait_for()
    tab.locator("#progress").wait_for(state="hidden")


def desktop(tab: Any) -> None:
    """Some styles, then a region of the subject, compared with the photo."""
    for count, style in enumerate(STYLES, 2):
        tab.locator("#parts input[type=text]").fill(style)
        painted(tab, count)
    tab.get_by_role("button", name="background").click()
    tab.locator("#regions input[type=text]").fill("Claude Monet")
    painted(tab, len(STYLES) + 2)
    tab.locator("#brush-done").click()
    tab.locator("#compare").fill("30")
    tab.evaluate("() => scrollTo(0, 0)")


def phone(tab: Any) -> None:
    """One style."""
    tab.locator("#parts input[type=text]").fill("mosaic")
    painted(tab, 2)


def main() -> None:
    """Writes the picture."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    shots = []
    with server([]) as url, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for options, act in ((DESKTOP, desktop), (PHONE, phone)):
            tab = browser.new_context(**options).new_page()
            tab.set_default_timeout(60_000)
            tab.goto(url)
            painted(tab, 1)
            act(tab)
            tab.wait_for_timeout(500)
            shots.append(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))
        browser.close()
    wide = sum(shot.width for shot in shots) + 20
    sheet = Image.new("RGB", (wide, max(shot.height for shot in shots)), "white")
    sheet.paste(shots[0], (0, 0))
    sheet.paste(shots[1], (shots[0].width + 20, 0))
    sheet.save(PAGE, quality=85)


if __name__ == "__main__":
    main()
