"""The studio without a mouse: lists, masks, names for screen readers, focus."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from studio_page import Page, difference, needs_chromium

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `test` is not installed")
pytestmark = needs_chromium

FOCUSED = "() => document.activeElement.textContent.trim()"


@pytest.fixture
def page(browser: Any, studio_address: str) -> Iterator[Page]:
    page = Page(browser, studio_address)
    yield page
    assert not page.errors
    page.context.close()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.tab.keyboard.press(key)


def test_known_styles_are_one_tab_stop_with_arrow_keys(page: Page) -> None:
    focused = lambda: page.tab.evaluate(FOCUSED)  # noqa: E731
    options = page.tab.locator("#styles [role=option]")
    options.nth(59).wait_for()
    names = options.all_inner_texts()
    page.tab.locator("#search").focus()
    press(page, "Tab")
    assert focused() == names[0]
    press(page, "ArrowRight", "ArrowRight")
    assert focused() == names[2]
    press(page, "ArrowDown")
    columns = names.index(focused()) - 2
    assert 2 <= columns <= 6
    press(page, "ArrowUp", "ArrowLeft")
    assert focused() == names[1]
    press(page, "End")
    assert focused() == names[59]
    press(page, "Tab")
    assert focused() == "More styles"
    press(page, "Shift+Tab")
    assert focused() == names[59]
    press(page, "Home", "ArrowLeft")
    assert focused() == names[0]
    press(page, "ArrowRight", "Enter")
    page.pictures(2)
    playwright.expect(page.tab.locator("#parts input[type=text]")).to_have_value(names[1])
    playwright.expect(page.tab.locator("#styles [aria-selected=true]")).to_have_text(names[1])


def test_the_history_is_one_tab_stop_too(page: Page) -> None:
    for count, style in enumerate(("cubism", "fauvism"), 2):
        page.choose(style)
        page.pictures(count)
    tabs = page.tab.locator("#history button").evaluate_all("all => all.map((b) => b.tabIndex)")
    assert tabs == [-1, -1, 0]
    page.tab.locator("#history button").last.focus()
    press(page, "ArrowLeft", "Enter")
    playwright.expect(page.tab.locator("#parts input[type=text]")).to_have_value("cubism")


def test_typing_goes_on_while_pictures_come(page: Page) -> None:
    style = page.tab.locator("#parts input[type=text]")
    style.focus()
    style.select_text()
    page.tab.keyboard.type("cub")
    page.pictures(2)
    page.tab.keyboard.type("ism")
    playwright.expect(style).to_have_value("cubism")
    page.pictures(3)
    slider = page.tab.locator("#sliders input").first
    slider.focus()
    press(page, "ArrowRight")
    page.pictures(4)
    press(page, "ArrowRight")
    playwright.expect(slider).to_have_value("1.1")


def mask(page: Page) -> np.ndarray[Any, Any]:
    """The mask of the region in the recipe that the page would save, as booleans."""
    with page.tab.expect_download() as started:
        page.tab.get_by_role("button", name="Recipe").click()
    content = json.loads(Path(started.value.path()).read_text())
    file = base64.b64decode(content["regions"][0]["mask"])
    return np.asarray(Image.open(io.BytesIO(file)).convert("L")) > 127


def test_a_mask_is_painted_and_erased_by_keys(page: Page) -> None:
    page.tab.get_by_role("button", name="paint one").click()
    page.style_of_region("mosaic")
    canvas = page.tab.get_by_role("application", name="Mask of painted")
    canvas.focus()
    cursor = page.tab.locator("#brush-cursor")
    start = cursor.bounding_box()
    press(page, *["ArrowLeft"] * 4)
    moved = cursor.bounding_box()
    assert start and moved and moved["x"] < start["x"] - 20 and moved["y"] == start["y"]
    page.tab.keyboard.down(" ")
    press(page, *["ArrowRight"] * 8)
    page.tab.keyboard.up(" ")
    told = page.tab.locator("#brush-said")
    playwright.expect(told).to_contain_text("in the region")
    painted = mask(page)
    rows, columns = np.nonzero(painted)
    assert np.ptp(columns) > 3 * np.ptp(rows) > 0  # a line
    assert abs(rows.mean() / painted.shape[0] - 0.5) < 0.05
    canvas.focus()
    press(page, "]", "]", "]", "Shift+Space")
    playwright.expect(page.tab.locator("#brush-said")).to_contain_text(
        "outside the region; size 11"
    )
    assert 0 < mask(page).sum() < painted.sum()
    canvas.focus()
    press(page, "[")
    playwright.expect(page.tab.locator("#brush-size")).to_have_value("10")
    press(page, "Escape")
    playwright.expect(canvas).to_be_hidden()
    assert page.tab.evaluate("() => document.activeElement.ariaLabel") == "Edit the mask of painted"


def test_the_photo_lies_under_the_mask_and_the_result_is_back_at_once(page: Page) -> None:
    result = page.shown()
    page.tab.get_by_role("button", name="paint one").click()
    seen = page.tab.locator("#before")
    photo = page.shown()
    assert difference(photo, result) > 8
    assert seen.evaluate("(image) => getComputedStyle(image).clipPath") == "none"
    playwright.expect(page.tab.locator("#brush")).to_contain_text("Magenta and violet stripes")
    page.tab.get_by_label("Result", exact=True).check(force=True)
    assert seen.evaluate("(image) => getComputedStyle(image).visibility") == "hidden"
    page.tab.locator("#brush-done").click()
    page.tab.locator("#stage").evaluate(  # pictures fade in
        "(one) => Promise.all(one.getAnimations({ subtree: true }).map(({ finished }) => finished))"
    )
    assert difference(page.shown(), result) < 1


def test_all_inputs_have_labels_and_news_is_announced(page: Page) -> None:
    page.tab.get_by_role("button", name="paint one").click()
    unnamed = page.tab.evaluate(
        """() => [...document.querySelectorAll("input, select, button, canvas, [role=option]")]
            .filter((one) => one.checkVisibility() || one.type === "file")
            .filter((one) => !(one.labels?.length || one.ariaLabel || one.textContent.trim()))
            .map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    twice = page.tab.evaluate(
        """() => [...document.querySelectorAll("[id]")].map((one) => one.id)
            .filter((id, place, all) => all.indexOf(id) !== place)"""
    )
    assert twice == []
    pointing = page.tab.evaluate(
        """() => [...document.querySelectorAll("[aria-describedby]")]
            .filter((one) => !document.getElementById(one.getAttribute("aria-describedby")))
            .map((one) => one.outerHTML)"""
    )
    assert pointing == []
    for place, live in (("status", "polite"), ("understood", "polite"), ("search-said", "polite")):
        playwright.expect(page.tab.locator(f"#{place}")).to_have_attribute("aria-live", live)
    playwright.expect(page.tab.locator("#messages")).to_have_attribute("role", "alert")


def test_the_download_is_near(page: Page) -> None:
    names = []
    for _ in range(12):
        press(page, "Tab")
        names.append(page.tab.evaluate(FOCUSED))
    assert names[:2] == ["Skip to the style", "Skip to the download"] and "Download" in names
    page.tab.locator("a.skip").last.focus()
    press(page, "Enter")
    assert page.tab.evaluate("() => document.activeElement.id") == "download"
    page.tab.locator("a.skip").first.focus()
    press(page, "Enter")
    press(page, "Tab")
    assert page.tab.evaluate("() => document.activeElement.ariaLabel") == "Style"
    box = page.tab.locator("#download-here").bounding_box()
    size = page.tab.viewport_size
    assert box and size and box["y"] + box["height"] <= size["height"]


def test_focus_is_seen_wherever_the_tab_key_goes(page: Page) -> None:
    page.tab.locator("#parts input[type=text]").focus()
    seen = 0
    for _ in range(30):
        press(page, "Tab")
        shown = page.tab.evaluate(
            """() => {
                const focused = document.activeElement;
                if (focused === document.body) return null;
                const places = [focused, focused.nextElementSibling, focused.previousElementSibling,
                    focused.closest("label")].filter(Boolean);
                return places.some((one) => getComputedStyle(one).outlineStyle !== "none")
                    || focused.outerHTML;
            }"""
        )
        if shown is None:
            break
        assert shown is True
        seen += 1
    assert seen > 15
