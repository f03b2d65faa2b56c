"""What the studio asks for: recipes there and back, what excludes what, the search, its words."""

from __future__ import annotations

import base64
import contextlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import picture
from studio_page import Page, difference, needs_chromium

from stylemamba.portable.recipe import LARGEST_SEED, Recipe, Region, StylePart

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `test` is not installed")
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def tab(browser: Any, studio_address: str) -> Iterator[Page]:
    page = Page(browser, studio_address)
    yield page
    page.context.close()


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """The studio anew, in a tab that all tests here share."""
    tab.errors.clear()  # of another test
    yield tab
    errors = list(tab.errors)
    with tab.tab.expect_navigation():
        tab.tab.get_by_role("button", name="Forget it").click()
    tab.pictures(1)
    assert not errors


def drop(page: Page, tmp_path: Path, content: str) -> None:
    """Opens a recipe in the page, whether or not the server takes on to paint it."""
    file = tmp_path / f"dropped-{len(list(tmp_path.iterdir()))}.json"
    file.write_text(content)
    page.tab.locator("#photo-file").set_input_files(file)
    page.tab.locator("#messages", has_text=f"Going on from the recipe in {file.name}").wait_for()
    page.tab.locator("#progress").wait_for(state="hidden")


def saved(page: Page) -> str:
    """The recipe that the page saves. Chromium drops one of many downloads now and then."""
    for _ in range(5):
        with contextlib.suppress(playwright.TimeoutError):
            with page.tab.expect_download(timeout=10_000) as started:
                page.tab.get_by_role("button", name="Recipe", exact=True).click()
            return Path(started.value.path()).read_text()
    raise AssertionError("no recipe comes")


def part(dice: random.Random, weight: float) -> StylePart:
    return StylePart(
        text=dice.choice(["cubism", "a::b (c", "梵高", '"quoted" <b>', "  spaced  ", "x" * 3000]),
        weight=weight,
        look=dice.choice([None, 0, dice.randint(0, LARGEST_SEED)]),
        learnt=dice.choice([None, base64.b64encode(dice.randbytes(30)).decode()]),
    )


def parts(dice: random.Random) -> tuple[StylePart, ...]:
    weights = [dice.uniform(1, 100), *(dice.uniform(-0.1, 3) for _ in range(dice.randint(0, 3)))]
    return tuple(part(dice, weight) for weight in weights)


def region(dice: random.Random) -> Region:
    box = dice.choice([None, (0.25, 0.1, dice.uniform(0.1, 0.75), 0.9)])
    shade = base64.b64encode(picture((9, 6), (dice.randint(1, 255),) * 3)).decode()
    return Region(
        parts(dice),
        box=box,
        mask=shade if box is None else None,
        strength=dice.uniform(0, 10),
        feather=dice.uniform(0, 0.5),
        name=dice.choice([None, "sky", "<i>faces</i>"]),
    )


def any_recipe(dice: random.Random) -> Recipe:
    regions = tuple(region(dice) for _ in range(dice.randint(0, 3)))
    return Recipe(
        parts=() if regions and dice.random() < 0.4 else parts(dice),
        regions=regions,
        colours=tuple(f"#{dice.randrange(1 << 24):06x}" for _ in range(dice.randint(0, 12))),
        steps=dice.choice([None, 0, 2]),
        seed=dice.randint(0, LARGEST_SEED),
        look=dice.choice([None, 0, dice.randint(0, LARGEST_SEED)]),
        size=dice.choice([None, 32, 2048]),
        strength=dice.uniform(0, 100),
        stroke=dice.uniform(0.1, 10),
        texture=dice.uniform(0, 10),
        palette=dice.uniform(0, 1),
        guidance=dice.uniform(0, 1000),
        tile=not regions and dice.random() < 0.5,
    )


def test_any_recipe_comes_out_of_the_page_as_it_went_in(page: Page, tmp_path: Path) -> None:
    dice = random.Random(0)
    for _ in range(12):
        recipe = any_recipe(dice)
        drop(page, tmp_path, recipe.to_json())
        assert Recipe.from_json(saved(page))[0] == recipe
    page.errors.clear()  # browsers say so of texts that are no prompts, and of too long ones


def test_the_style_that_waits_beside_a_kept_rest_comes_back(page: Page, tmp_path: Path) -> None:
    region = Region((StylePart("fire"),), box=(0, 0, 0.5, 1), name="left")
    drop(page, tmp_path, Recipe((StylePart("cubism", 2), StylePart("ice")), (region,)).to_json())
    page.tab.get_by_label("Leave the rest of the photo").check()
    kept = saved(page)
    assert Recipe.from_json(kept)[0] == Recipe((), (region,))
    drop(page, tmp_path, Recipe.of("mosaic").to_json())
    drop(page, tmp_path, kept)
    styles = page.tab.locator("#parts input[type=text]")
    assert [styles.nth(place).input_value() for place in range(2)] == ["cubism", "ice"]
    playwright.expect(page.tab.locator("#parts .weight output")).to_have_text(["2", "1"])
    playwright.expect(page.tab.locator("#regions .name")).to_have_text("left")
    page.tab.get_by_label("Leave the rest of the photo").uncheck()
    assert [part.text for part in Recipe.from_json(saved(page))[0].parts] == ["cubism", "ice"]


def test_an_answer_about_styles_moves_nothing_below_it(page: Page) -> None:
    answer = {"parts": [], "coverage": 0, "remarks": [], "neighbours": ["some style of words"] * 3}
    understood, below = page.tab.locator("#understood"), page.tab.locator("#add-part")

    def distance() -> float:
        return below.bounding_box()["y"] - understood.bounding_box()["y"]

    before = distance()
    page.tab.route("**/v1/prompts?*", lambda route: route.fulfill(json=answer), times=1)
    page.prompt("tax report")
    playwright.expect(understood).to_contain_text("Hardly known")
    assert distance() == before


def test_numbers_of_a_recipe_fit_their_place(page: Page, tmp_path: Path) -> None:
    recipe = Recipe.of("cubism", strength=1.23456789, stroke=2)
    drop(page, tmp_path, recipe.to_json())
    shown = page.tab.locator("#sliders output")
    playwright.expect(shown).to_have_text(["1.23", "2", "1", "0"])
    assert Recipe.from_json(saved(page))[0] == recipe


def dab(page: Page) -> None:
    """Paints some of the mask that is edited."""
    page.tab.locator("#overlay").press(" ")


def test_a_rest_that_stays_asks_for_a_region_with_a_style_at_once(page: Page) -> None:
    why = page.tab.locator("#rest-why")
    page.tab.get_by_label("Leave the rest of the photo").check()
    playwright.expect(why).to_have_text("Give a region a style first.")
    page.tab.get_by_role("button", name="paint one").click()
    page.style_of_region("mosaic")
    playwright.expect(why).to_have_text("Paint where the region is.")
    dab(page)
    playwright.expect(why).to_have_text("")
    page.pictures(2)


def test_a_region_that_gets_a_style_is_seen_under_its_mask(page: Page) -> None:
    result, photo = (page.tab.get_by_label(name, exact=True) for name in ("Result", "Photo"))
    page.tab.get_by_role("button", name="paint one").click()
    dab(page)
    playwright.expect(photo).to_be_checked()
    page.style_of_region("mosaic")
    playwright.expect(result).to_be_checked()
    seen = page.tab.locator("#before")
    assert seen.evaluate("(image) => getComputedStyle(image).visibility") == "hidden"
    photo.check(force=True)
    dab(page)  # the choice of somebody stays
    playwright.expect(photo).to_be_checked()
    page.tab.locator("#brush-done").click()
    page.tab.get_by_role("button", name="Edit the mask of painted").click()
    playwright.expect(photo).to_be_checked()


def test_steps_of_a_recipe_are_those_of_its_picture_alone(page: Page, tmp_path: Path) -> None:
    drop(page, tmp_path, Recipe.of("cubism", steps=3).to_json())
    page.choose("fauvism")
    assert json.loads(saved(page))["steps"] is None


def test_tile_and_regions_exclude_each_other_with_a_reason(page: Page) -> None:
    tile = page.tab.get_by_label("Seamless tile")
    words = page.tab.locator("#words button")
    page.tab.get_by_role("button", name="paint one").click()
    playwright.expect(tile).to_be_disabled()
    playwright.expect(page.tab.locator("#tile-why")).to_be_visible()
    page.tab.get_by_role("button", name="Remove region 1").click()
    playwright.expect(page.tab.locator("#tile-why")).to_be_hidden()
    tile.check()
    assert all(words.nth(place).is_disabled() for place in range(words.count()))
    playwright.expect(page.tab.locator("#regions-why")).to_be_visible()
    tile.uncheck()
    playwright.expect(words.first).to_be_enabled()


def test_styles_are_found_in_other_scripts_and_spellings(page: Page) -> None:
    first = page.tab.locator("#styles [role=option]").first
    for typed, name in (("梵高", "Vincent van Gogh"), ("watercolor", "watercolour")):
        page.tab.locator("#search").fill(typed)
        playwright.expect(first).to_have_text(name)
        playwright.expect(page.tab.locator("#search-said")).to_have_text("")


def test_a_search_that_finds_nothing_says_what_can_be_done(page: Page) -> None:
    page.tab.locator("#search").fill("zzyzx")
    said = page.tab.locator("#search-said")
    playwright.expect(said).to_contain_text(
        "Nothing found; it can be typed as a prompt all the same."
    )
    playwright.expect(page.tab.locator("#styles [role=option]").first).to_have_text("ukiyo-e")
    said.get_by_role("button", name="Paint “zzyzx”").click()
    playwright.expect(page.tab.locator("#parts input[type=text]")).to_have_value("zzyzx")
    page.pictures(2)


def test_colours_to_begin_with_are_those_of_the_picture(page: Page, tmp_path: Path) -> None:
    before = page.shown()
    page.tab.get_by_role("button", name="Choose colours").click()
    colours = page.tab.locator("#colours input[type=color]")
    colours.nth(3).wait_for()
    found = [colours.nth(place).input_value() for place in range(colours.count())]
    assert len(set(found)) == len(found)
    page.pictures(2)
    assert difference(page.shown(), before) < 30
    page.tab.get_by_role("button", name="Add a colour").click()
    playwright.expect(colours).to_have_count(len(found) + 1)
    assert colours.last.input_value() not in found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"strength": -1}, "Strength should be from 0 to 100, not -1"),
        ({"parts": []}, "The styles should be 1 to 32 styles"),
        (
            {"regions": [{"parts": [{"text": "x", "weight": 1000}], "box": [0, 0, 1, 1]}]},
            "Region 1, style 1, share should be from -100 to 100, not 1000",
        ),
    ],
)
def test_fields_are_named_as_the_page_does(
    page: Page, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({"version": 1, "parts": [{"text": "cubism"}], **change}))
    page.tab.locator("#photo-file").set_input_files(bad)
    message = page.tab.locator("#messages")
    line = f"bad.json holds no recipe that can be read here. {said}"
    playwright.expect(message).to_contain_text(line)
    for name in ("recipe.", "regions[", "Python", "tuple"):
        assert name not in message.inner_text()
    page.errors.clear()  # browsers say so of every answer of that kind


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "The recipe should be a JSON object."),
        ('{"version": 1}', "The styles are missing."),
    ],
)
def test_other_json_is_told_from_pictures(
    page: Page, tmp_path: Path, content: str, said: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(content)
    page.tab.locator("#photo-file").set_input_files(bad)
    playwright.expect(page.tab.locator("#messages")).to_contain_text(said)
    page.errors.clear()  # browsers say so of every answer of that kind


def test_the_known_style_that_is_in_use_is_marked(page: Page) -> None:
    chosen = page.tab.locator("#styles [aria-selected=true]")
    playwright.expect(chosen).to_have_text("watercolour")
    page.prompt("cubism")
    playwright.expect(chosen).to_have_text("cubism")
    page.prompt("none of them")
    playwright.expect(chosen).to_have_count(0)
    page.pictures(2)


def test_what_is_below_the_search_stays_in_its_place(page: Page) -> None:
    top = "(one) => one.getBoundingClientRect().top + scrollY"
    look = page.tab.locator("#sliders")
    options = page.tab.locator("#styles [role=option]")
    options.nth(59).wait_for()
    before = look.evaluate(top)
    for typed in ("mosaic", "zzyzx"):
        page.tab.locator("#search").fill(typed)
        options.nth(59).wait_for(state="detached")
        assert look.evaluate(top) == before
