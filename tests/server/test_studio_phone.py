"""The studio on a phone: all of it, in reach of a finger, beside a picture that leaves room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from studio_page import Page, needs_chromium

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `test` is not installed")
pytestmark = needs_chromium

WIDTH, HEIGHT, FINGER = 390, 844, 44
SMALL = """(finger) => [...document.querySelectorAll(
        "button, select, summary, label.button, .check, [role=option], input:not(.hidden)")]
    .filter((one) => one.checkVisibility())
    .map((one) => (one.type === "checkbox" ? one.closest("label") : one))
    .map((one) => ({ box: one.getBoundingClientRect(), html: one.outerHTML.slice(0, 80) }))
    .filter(({ box }) => Math.min(box.width, box.height) < finger - 0.5)
    .map(({ box, html }) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${html}`)"""


@pytest.fixture(params=["light", "dark"])
def page(browser: Any, studio_address: str, request: Any) -> Iterator[Page]:
    page = Page(
        browser,
        studio_address,
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme=request.param,
        has_touch=True,
        is_mobile=True,
    )
    yield page
    assert not page.errors
    page.context.close()


def wide(page: Page) -> int:
    width: int = page.tab.evaluate("() => document.documentElement.scrollWidth")
    return width


def test_all_of_it_fits_a_phone_and_a_finger(page: Page) -> None:
    assert wide(page) <= WIDTH
    for name in ("Refine", "Download full size", "paint one"):
        assert page.tab.get_by_role("button", name=name).is_visible()
    assert page.tab.evaluate(SMALL, FINGER) == []
    page.tab.get_by_role("button", name="Add a style", exact=True).click()
    page.tab.get_by_role("button", name="Choose colours").click()
    page.tab.locator("#colours input").first.wait_for()
    page.tab.get_by_role("button", name="paint one").click()
    page.tab.locator("#brush").wait_for()
    assert page.tab.evaluate(SMALL, FINGER) == []
    assert wide(page) <= WIDTH
    brush = page.tab.locator("#brush").bounding_box()
    assert brush is not None and brush["y"] + brush["height"] == pytest.approx(HEIGHT, abs=1)


def test_the_picture_stays_in_view_and_takes_a_third_at_most(page: Page) -> None:
    page.tab.locator("#download").scroll_into_view_if_needed()
    shown = page.tab.locator("#stage").bounding_box()
    assert shown is not None
    assert shown["y"] == pytest.approx(0, abs=1)
    assert 150 < shown["height"] < HEIGHT / 3
    held = page.tab.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => one.checkVisibility()
            && ["sticky", "fixed"].includes(getComputedStyle(one).position)
            && one.offsetHeight > 0).map((one) => one.id)"""
    )
    assert held == ["stage"]


def test_what_is_in_work_is_seen_while_sliders_are_moved(page: Page, studio: Any) -> None:
    studio.state.service.pipe.go.clear()
    try:
        slider = page.tab.get_by_label("Keep colours")
        slider.scroll_into_view_if_needed()
        slider.fill("1")
        bar = page.tab.locator("#stage-progress")
        bar.wait_for()
        box, shown = bar.bounding_box(), page.tab.locator("#stage").bounding_box()
        assert box and shown and box["width"] == WIDTH
        assert box["y"] + box["height"] == pytest.approx(shown["y"] + shown["height"], abs=1)
    finally:
        studio.state.service.pipe.go.set()
    page.pictures(2)
    playwright.expect(bar).to_be_hidden()
