"""The studio in a real browser, with the shipped models behind a real server."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from serving import picture, serving
from studio_page import Page, difference, needs_chromium

from stylemamba.cli import main
from stylemamba.pipeline import StyleMambaPipeline
from stylemamba.server.app import SAMPLE, create_app
from stylemamba.server.limits import Limits

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `test` is not installed")
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


def test_it_opens_on_a_painted_sample_and_follows_the_prompt(page: Page) -> None:
    first = page.shown()
    page.tab.locator("#compare").fill("100")
    photo = page.shown()
    page.tab.locator("#compare").fill("0")
    assert difference(first, photo) > 8
    page.prompt("pencil sketch")
    page.pictures(2)
    assert difference(page.shown(), first) > 8
    assert "Known" in page.tab.locator("#understood").inner_text()
    page.tab.get_by_role("button", name="Undo").click()
    playwright.expect(page.tab.locator("#parts input[type=text]")).to_have_value("watercolour")


def test_undo_ends_what_is_in_work_and_keeps_what_was_made(page: Page) -> None:
    for count, style in enumerate(("cubism", "fauvism"), 2):
        page.prompt(style)
        page.pictures(count)
    page.prompt("mosaic")
    page.tab.get_by_role("button", name="Undo").click()
    page.tab.wait_for_timeout(2500)
    playwright.expect(page.tab.locator("#parts input[type=text]")).to_have_value("cubism")
    assert page.tab.locator("#history li").count() == 3
    page.prompt("pencil sketch")
    page.pictures(4)  # the later ones are still there


def test_a_prompt_that_cannot_be_read_is_said_and_not_painted(page: Page) -> None:
    page.prompt("[a|b]")
    playwright.expect(page.tab.locator("#understood")).to_contain_text("[")
    page.tab.wait_for_timeout(1500)
    assert page.tab.locator("#history li").count() == 1
    page.errors.clear()


def test_shares_in_a_prompt_become_sliders(page: Page) -> None:
    page.prompt("cubism::2 neon light")
    page.tab.locator("#parts input[type=text]").press("Tab")
    playwright.expect(page.tab.locator("#parts .weight output")).to_have_text(["2", "1"])


def test_a_style_is_taken_from_its_thumbnail(page: Page) -> None:
    page.tab.locator("#search").fill("mosaic")
    page.tab.get_by_role("option", name="mosaic", exact=True).click()
    page.pictures(2)
    playwright.expect(page.tab.locator("#parts input[type=text]")).to_have_value("mosaic")


def test_a_region_by_the_brush_changes_what_is_painted_over_alone(page: Page) -> None:
    before = page.shown()
    page.tab.get_by_role("button", name="paint one").click()
    page.style_of_region("blueprint")
    box = page.tab.locator("#overlay").bounding_box()
    assert box is not None
    for row in range(6):
        y = box["y"] + box["height"] * (row + 0.5) / 6
        page.tab.mouse.move(box["x"] + 5, y)
        page.tab.mouse.down()
        page.tab.mouse.move(box["x"] + box["width"] * 0.35, y, steps=4)
        page.tab.mouse.up()
    page.tab.locator("#brush-done").click()
    page.pictures(2)
    after = page.shown()
    assert difference(half(before, 0.0), half(after, 0.0)) > 15
    assert difference(half(before, 0.7), half(after, 0.7)) < 4


def half(file: bytes, start: float) -> bytes:
    image = Image.open(io.BytesIO(file))
    cut = image.crop((int(start * image.width), 0, int((start + 0.3) * image.width), image.height))
    kept = io.BytesIO()
    cut.save(kept, "PNG")
    return kept.getvalue()


def test_a_word_finds_a_region_that_the_overlay_shows(page: Page) -> None:
    page.tab.get_by_role("button", name="subject").click()
    page.tab.locator("#overlay").wait_for()
    page.style_of_region("mosaic")
    page.pictures(2)


def test_refining_shows_pictures_and_stops(page: Page) -> None:
    page.tab.locator("#steps").fill("200")
    page.tab.get_by_role("button", name="Refine").click()
    page.tab.wait_for_event("request", lambda sent: "/preview" in sent.url)
    held: list[Any] = []
    page.tab.route("**/cancel", lambda route: held.append(route), times=1)
    page.tab.get_by_role("button", name="Stop").click()
    playwright.expect(page.tab.locator("#status")).to_have_text("Stopping…")
    held[0].continue_()
    page.pictures(2)
    playwright.expect(page.tab.locator("#status")).to_contain_text("Stopped in")


def test_a_download_is_replayed_by_its_recipe_to_the_byte(page: Page, tmp_path: Path) -> None:
    page.prompt("ukiyo-e woodblock print")
    page.pictures(2)
    downloaded = page.download()
    again = tmp_path / "again.png"
    photo = tmp_path / "photo.png"
    photo.write_bytes(Path(str(SAMPLE)).read_bytes())
    command = ["stylize", str(photo), "--recipe", str(downloaded), "-o", str(again), "--quiet"]
    recipe = tmp_path / "copy.png"
    recipe.write_bytes(downloaded.read_bytes())
    command[3] = str(recipe)
    assert main(command) == 0
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (recipe, again)}
    assert len(digests) == 1


def test_a_result_dropped_in_goes_on_from_its_recipe(page: Page, tmp_path: Path) -> None:
    page.prompt("mosaic")
    page.pictures(2)
    result = tmp_path / "result.png"
    result.write_bytes(page.download().read_bytes())
    page.prompt("pencil sketch")
    page.pictures(3)
    page.tab.locator("#photo-file").set_input_files(result)
    page.pictures(4)
    playwright.expect(page.tab.locator("#parts input[type=text]")).to_have_value("mosaic")


def test_files_that_are_no_photos_say_so_and_lose_nothing(page: Page, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture at all")
    page.tab.locator("#photo-file").set_input_files(bad)
    playwright.expect(page.tab.locator("#messages")).to_contain_text("not a picture")
    assert page.errors and all("415" in line or "422" in line for line in page.errors)
    page.errors.clear()  # browsers say so of every answer of that kind
    assert page.tab.locator("#history li").count() == 1


def test_several_photos_come_back_as_one_archive(page: Page, tmp_path: Path) -> None:
    photos = [tmp_path / f"{name}.png" for name in "ab"]
    for photo in photos:
        photo.write_bytes(picture((48, 32)))
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture at all")
    with page.tab.expect_download() as started:
        page.tab.locator("#photo-file").set_input_files([*photos, bad])
    assert started.value.suggested_filename == "stylemamba.zip"
    playwright.expect(page.tab.locator("#messages")).to_contain_text("bad.png: not a picture")
    page.errors.clear()  # photos without a recipe


def test_markup_in_prompts_is_text(page: Page) -> None:
    page.prompt("<img src=x onerror=document.title='broken'> watercolour")
    page.pictures(2)
    page.tab.locator("#history button").last.hover()
    assert page.tab.title() == "StyleMamba studio"
    assert page.tab.locator("#understood img, #messages img, #parts img").count() == 0


def test_tabs_do_not_see_each_other(browser: Any, address: str, page: Page) -> None:
    page.prompt("mosaic")
    page.pictures(2)
    other = Page(browser, address)
    assert other.tab.locator("#history li").count() == 1
    playwright.expect(other.tab.locator("#parts input[type=text]")).to_have_value("watercolour")
    other.context.close()
