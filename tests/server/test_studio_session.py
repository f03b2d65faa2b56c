"""What a tab of the studio keeps: over reloads, apart from other tabs, from draft to full size."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from serving import picture
from studio_page import Page, difference, needs_chromium

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `test` is not installed")
pytestmark = needs_chromium


@pytest.fixture
def open_page(browser: Any, studio_address: str) -> Iterator[Callable[[], Page]]:
    pages: list[Page] = []

    def open_one() -> Page:
        pages.append(Page(browser, studio_address))
        return pages[-1]

    yield open_one
    for page in pages:
        assert not page.errors
        page.context.close()


def styles(page: Page) -> Any:
    return page.tab.locator("#parts input[type=text]")


def jobs(page: Page) -> list[str]:
    """The jobs behind the pictures of the history."""
    sources = page.tab.locator("#history img").evaluate_all("all => all.map((one) => one.src)")
    return [re.findall("jobs/([^/]+)/", source)[0] for source in sources]


def reload(page: Page) -> None:
    page.tab.wait_for_timeout(250)  # until it is kept
    page.tab.reload()
    page.tab.locator("#status", has_text=re.compile("As it was|Painted")).wait_for()


def forget(studio: Any, page: Page) -> None:
    """Has the server forget all that a page has shown."""
    service = studio.state.service
    for job in jobs(page):
        service.jobs.remove(job)
    for photo in page.photos:
        service.photos.remove(photo)


def test_a_reload_keeps_photo_recipe_and_history(
    open_page: Callable[[], Page], tmp_path: Path
) -> None:
    page = open_page()
    photo = tmp_path / "green.png"
    photo.write_bytes(picture((60, 40), (0, 200, 0)))
    page.tab.locator("#photo-file").set_input_files(photo)
    page.pictures(2)
    page.choose("cubism")
    page.pictures(3)
    page.tab.get_by_role("button", name="Undo").click()
    page.tab.locator("#sliders input").nth(1).fill("2")
    page.pictures(4)
    before, made = page.shown(), jobs(page)
    reload(page)
    assert jobs(page) == made  # painted once
    assert difference(page.shown(), before) < 1
    playwright.expect(styles(page)).to_have_value("watercolour")
    playwright.expect(page.tab.locator("#sliders input").nth(1)).to_have_value("2")
    playwright.expect(page.tab.locator("#status")).to_have_text("As it was before the reload")
    for style in ("cubism", "watercolour", "watercolour"):
        page.tab.get_by_role("button", name="Undo").click()
        playwright.expect(styles(page)).to_have_value(style)
    assert difference(page.shown(), before) > 8  # the sample again


def test_what_was_typed_last_is_there_after_a_reload_and_is_painted(
    open_page: Callable[[], Page],
) -> None:
    page = open_page()
    page.prompt("fauvism")
    reload(page)
    page.pictures(2)
    playwright.expect(styles(page)).to_have_value("fauvism")


def test_a_server_that_forgot_gets_the_photo_again(
    open_page: Callable[[], Page], studio: Any
) -> None:
    page = open_page()
    page.choose("cubism")
    page.pictures(2)
    before = page.shown()
    forget(studio, page)
    reload(page)
    page.tab.locator("#status", has_text="Painted").wait_for()
    assert difference(page.shown(), before) < 1
    assert page.tab.locator("#history li").count() == 2
    assert all("404" in error or "410" in error for error in page.errors) and page.errors
    page.errors.clear()  # browsers say so of every picture that is gone


def test_a_photo_that_cannot_be_sent_again_is_said_in_one_line(
    open_page: Callable[[], Page], studio: Any
) -> None:
    page = open_page()
    forget(studio, page)
    page.tab.route("**/v1/photos", lambda route: route.fulfill(status=503, json={}))
    page.choose("cubism")
    playwright.expect(page.tab.locator("#messages span")).to_have_text(
        "The server has forgotten chelsea.png, and it could not be sent again: open it once more."
    )
    page.errors.clear()


def test_another_tab_begins_anew_and_a_duplicate_has_a_session_of_its_own(
    open_page: Callable[[], Page], studio_address: str
) -> None:
    page = open_page()
    page.choose("cubism")
    page.pictures(2)
    page.tab.wait_for_timeout(250)
    other = page.context.new_page()
    other.goto(studio_address)
    other.locator("#status", has_text="Painted").wait_for()
    assert other.locator("#history li").count() == 1
    with page.context.expect_page() as opened:  # takes a copy of the sessionStorage with it
        page.tab.evaluate("() => { window.open(location.href, '_blank', 'opener'); }")
    copy = opened.value
    copy.locator("#history li").nth(1).wait_for()
    copy.get_by_role("option", name="fauvism", exact=True).click()
    copy.locator("#history li").nth(2).wait_for()
    copy.wait_for_timeout(250)
    reload(page)
    assert page.tab.locator("#history li").count() == 2
    playwright.expect(styles(page)).to_have_value("cubism")
    copy.reload()
    copy.locator("#history li").nth(2).wait_for()


def test_a_session_is_forgotten_when_asked_to(open_page: Callable[[], Page], studio: Any) -> None:
    page = open_page()
    page.choose("cubism")
    page.pictures(2)
    job, photo = jobs(page)[0], page.photos[0]
    with page.tab.expect_navigation():
        page.tab.get_by_role("button", name="Forget it").click()
    page.pictures(1)
    playwright.expect(styles(page)).to_have_value("watercolour")
    for kept, name in ((studio.state.service.jobs, job), (studio.state.service.photos, photo)):
        with pytest.raises(Exception, match="there is no such"):
            kept.get(name)


def draft_of(size: tuple[int, int], page: Page, folder: Path) -> Page:
    """The page, once a photo of that size is painted as a draft."""
    photo = folder / "large.png"
    photo.write_bytes(picture(size, (200, 120, 0)))
    page.tab.locator("#photo-file").set_input_files(photo)
    playwright.expect(page.tab.locator("#draft")).to_have_text("Draft, 640 px")
    return page


def test_a_draft_says_so_and_the_full_size_takes_its_place(
    open_page: Callable[[], Page], tmp_path: Path
) -> None:
    page = draft_of((1280, 800), open_page(), tmp_path)
    playwright.expect(page.tab.locator("#status")).to_contain_text("Draft at 640 px")
    playwright.expect(page.tab.locator("#status")).to_contain_text("1280 × 800 px")
    playwright.expect(page.tab.locator("#draft")).to_have_text("")
    assert page.tab.locator("#history li").count() == 2
    asked: list[str] = []
    page.tab.on("request", lambda sent: asked.append(sent.url) if "/jobs" in sent.url else None)
    job = jobs(page)[1]
    with page.tab.expect_download() as started:
        page.tab.get_by_role("button", name="Download full size").click()
    assert f"/jobs/{job}/picture" in started.value.url  # what is seen, not painted once more
    assert not [url for url in asked if url.endswith("/v1/jobs")]


def test_a_large_photo_is_painted_whole_for_the_download(
    open_page: Callable[[], Page], tmp_path: Path
) -> None:
    page = draft_of((2000, 1250), open_page(), tmp_path)
    playwright.expect(page.tab.locator("#draft")).to_have_text("Preview, 1280 px")
    playwright.expect(page.tab.locator("#status")).to_contain_text("all 2000 × 1250 px")
    with page.tab.expect_download() as started:
        page.tab.get_by_role("button", name="Download full size").click()
    with Image.open(started.value.path()) as made:
        assert made.size == (2000, 1250)
    playwright.expect(page.tab.locator("#draft")).to_have_text("")


def test_a_download_does_not_wait_for_the_pause(
    open_page: Callable[[], Page], tmp_path: Path
) -> None:
    page = draft_of((1280, 800), open_page(), tmp_path)
    with page.tab.expect_download() as started:
        page.tab.get_by_role("button", name="Download full size").click()
    assert jobs(page)[1] in started.value.url
    playwright.expect(page.tab.locator("#draft")).to_have_text("")


COURSE = """async ({ photo, side, events }) => {
    const { Course } = await import("/progress.js");
    let now = 0;
    performance.now = () => now;
    const course = new Course(photo, side);
    return events.map(([at, stage, step, steps, left]) => {
        now = 1000 * at;
        if (steps !== undefined) course.hear({ stage, step, steps, seconds_left: left ?? null });
        return course.now();
    });
}"""


def test_the_bar_moves_evenly_through_passes_and_tiles(open_page: Callable[[], Page]) -> None:
    page = open_page()
    # As measured on two cores: (seconds, stage, step, steps); (seconds,) is a look between them.
    events = [(0, None, 0, 0), (0.9, "pass", 1, 3), (4.4, "pass", 2, 3), (10,), (20,)]
    events += [(32.0, "pass", 3, 3), (34,), (36.2, "tile", 1, 96), (39.5, "tile", 96, 96)]
    asked = {"photo": {"width": 3000, "height": 2000}, "side": None, "events": events}
    seen = page.tab.evaluate(COURSE, asked)
    shares = [one["share"] for one in seen[1:]]
    assert seen[0]["share"] is None and shares == sorted(shares) and shares[-1] == 1
    for share, (at, *_) in zip(shares, events[1:], strict=True):
        assert share == pytest.approx(at / 39.5, abs=0.2)
    assert seen[4]["left"] == pytest.approx(19.5, abs=8)
    events = [(0, None, 0, 0), (5, "fit", 10, 40, 15.0), (20, "fit", 40, 40, 0), (22, "pass", 2, 2)]
    fit = page.tab.evaluate(COURSE, {**asked, "events": events})
    assert [one["text"] for one in fit] == ["", "step 10 of 40", "step 40 of 40", ""]
    assert fit[1]["left"] == 15 and [one["share"] for one in fit[1:]] == [0.225, 0.9, 1]


@pytest.mark.parametrize("junk", ["{", "7", '{"clip": 1}'])
def test_junk_in_the_storage_does_not_stop_the_start(
    open_page: Callable[[], Page], junk: str
) -> None:
    page = open_page()
    for key in ("stylemamba-clip", "stylemamba-tab"):
        page.context.add_init_script(f"sessionStorage.setItem('{key}', {json.dumps(junk)})")
    page.tab.reload()
    playwright.expect(page.tab.locator("#status")).to_contain_text("Painted")


def test_messages_are_few_and_leave_what_is_below_the_picture_in_reach(
    open_page: Callable[[], Page],
) -> None:
    page = open_page()
    say = """async (texts) => {
        const { message } = await import("/controls.js");
        texts.map((text) => message(text));
    }"""
    lines = [f"number {place}, and a long line {'of it ' * 20}" for place in range(5)]
    page.tab.evaluate(say, [*lines, lines[-1], lines[-1]])
    texts = page.tab.locator("#messages span").all_inner_texts()
    assert [text[:8] for text in texts] == ["number 2", "number 3", "number 4"]
    last = page.tab.locator("#messages > :last-child").bounding_box()
    below = page.tab.locator(".under-stage").bounding_box()
    assert last and below and last["y"] + last["height"] < below["y"]


def test_metadata_stay_unless_they_are_to_be_left_out(open_page: Callable[[], Page]) -> None:
    page = open_page()
    addresses = []
    for check in (False, True):
        page.tab.get_by_label("Leave out date, camera and place").set_checked(check)
        with page.tab.expect_download() as started:
            page.tab.get_by_role("button", name="Download full size").click()
        addresses.append(started.value.url)
    assert ["strip_metadata=true" in url for url in addresses] == [False, True]


def test_buttons_of_messages_are_one_line(open_page: Callable[[], Page], tmp_path: Path) -> None:
    page = open_page()
    bad = tmp_path / ("a long name of a file " * 4 + ".png")
    bad.write_bytes(b"no picture at all")
    page.tab.locator("#photo-file").set_input_files(bad)
    close = page.tab.locator("#messages button")
    assert close.evaluate("one => one.offsetHeight < one.offsetWidth")
    page.errors.clear()  # the browser says so of the answer


def test_what_is_said_of_styles_goes_with_them(open_page: Callable[[], Page]) -> None:
    page = open_page()
    page.prompt("cubism::2 neon light")
    page.tab.locator("#parts input[type=text]").press("Enter")
    playwright.expect(page.tab.locator("#understood")).to_contain_text("·")
    page.tab.get_by_role("button", name="Remove style 2").click()
    playwright.expect(page.tab.locator("#understood")).not_to_contain_text("·")


def test_pictures_of_the_history_stay_when_one_is_added(open_page: Callable[[], Page]) -> None:
    page = open_page()
    page.tab.locator("#history img").evaluate("image => { image.dataset.seen = 'yes'; }")
    page.prompt("mosaic")
    page.pictures(2)
    assert page.tab.locator("#history img").first.get_attribute("data-seen") == "yes"


def test_the_photo_that_was_opened_last_is_shown(
    open_page: Callable[[], Page], tmp_path: Path
) -> None:
    page = open_page()
    for name, size in (("slow.png", (48, 32)), ("fast.png", (32, 48))):
        (tmp_path / name).write_bytes(picture(size))
    held: list[Any] = []
    page.tab.route("**/v1/photos", lambda route: held.append(route), times=1)
    page.tab.locator("#photo-file").set_input_files(tmp_path / "slow.png")
    playwright.expect(page.tab.locator("#status")).to_have_text("Sending slow.png…")
    page.tab.locator("#photo-file").set_input_files(tmp_path / "fast.png")
    page.pictures(2)
    with page.tab.expect_request(lambda sent: sent.method == "DELETE" and "photos" in sent.url):
        held[0].continue_()
    assert page.tab.locator("#before").evaluate("image => image.naturalWidth") == 32
    assert page.tab.locator("#history li").count() == 2


def test_a_full_queue_is_waited_for(open_page: Callable[[], Page]) -> None:
    page = open_page()
    full = {"status": 503, "reason": "queue-full", "detail": "too many pictures are waiting"}
    page.tab.route("**/v1/jobs", lambda route: route.fulfill(status=503, json=full), times=1)
    page.choose("cubism")
    playwright.expect(page.tab.locator("#status")).to_have_text("Waiting for a place…")
    page.pictures(2)
    assert page.tab.locator("#messages div").count() == 0
    page.errors.clear()  # the browser says so of the answer


def test_what_the_server_did_not_answer_is_tried_again(open_page: Callable[[], Page]) -> None:
    page = open_page()
    page.tab.route("**/v1/jobs", lambda route: route.abort(), times=1)
    page.choose("cubism")
    playwright.expect(page.tab.locator("#status")).to_have_text("Not painted")
    playwright.expect(page.tab.locator("#messages")).to_contain_text("does not answer")
    page.tab.get_by_role("button", name="Try again").click()
    page.pictures(2)
    playwright.expect(page.tab.locator("#again")).to_be_hidden()
    page.errors.clear()  # the browser says so of the request


def drop(page: Page, *paths: Path) -> None:
    """Drops files and folders on the page, as a file manager does."""
    browser = page.context.new_cdp_session(page.tab)
    data: Any = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        event = {"type": kind, "x": 200, "y": 200, "data": data}
        browser.send("Input.dispatchDragEvent", event)


def test_a_folder_that_is_dropped_is_several_photos(
    open_page: Callable[[], Page], tmp_path: Path
) -> None:
    page = open_page()
    folder, empty = tmp_path / "trip", tmp_path / "empty"
    (folder / "day two").mkdir(parents=True)
    empty.mkdir()
    for path in (folder / "a.png", folder / "day two" / "b.png"):
        path.write_bytes(picture((48, 32)))
    with page.tab.expect_download() as started:
        drop(page, folder)
    with zipfile.ZipFile(started.value.path()) as archive:
        assert sorted(archive.namelist()) == ["001-a.png", "002-b.png"]
    playwright.expect(page.tab.locator("#status")).to_have_text("2 of 2 painted")
    drop(page, empty)
    playwright.expect(page.tab.locator("#messages")).to_contain_text("There are no files in it.")
    drop(page, folder / "a.png")
    page.pictures(2)


def test_a_recipe_may_have_its_ending_in_capitals(
    open_page: Callable[[], Page], tmp_path: Path
) -> None:
    page = open_page()
    file = tmp_path / "R.JSON"
    file.write_text('{"version": 1, "parts": [{"text": "mosaic"}]}')
    page.tab.locator("#photo-file").set_input_files(file)
    playwright.expect(styles(page)).to_have_value("mosaic")
    page.pictures(2)
