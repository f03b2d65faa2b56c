from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from serving import SlowPipeline, picture

from stylemamba.portable.recipe import LARGEST_SEED, Recipe, Region, StylePart
from stylemamba.segmentation import Found
from stylemamba.server.catalogue import Catalogue
from stylemamba.server.schema import schemas

Serve = Callable[..., httpx.Client]


class FakeSegmenter:
    """Finds the left half of a photo, as surely as it was told."""

    def __init__(self, confidence: float) -> None:
        self.confidence = confidence

    def find(self, photo: Any, word: str) -> Found:
        mask = np.zeros(photo.rgb.size[::-1], dtype=np.float32)
        mask[:, : mask.shape[1] // 2] = 1
        return Found(mask, self.confidence)


def mask_of(client: httpx.Client, word: str) -> httpx.Response:
    return client.post("/v1/masks", data={"word": word}, files={"photo": picture((40, 20))})


def test_words_find_masks_as_regions_have_them(serve: Serve, pipe: SlowPipeline) -> None:
    pipe.segmenters = FakeSegmenter(0.9)
    client = serve()
    for word, inside in (("person", 5), ("background", 35)):
        mask = mask_of(client, word).json()["mask"]
        image = Image.open(io.BytesIO(base64.b64decode(mask)))
        assert image.getpixel((inside, 10)) == 255 and image.getpixel((40 - inside, 10)) == 0
        Region((StylePart("fire"),), mask=mask).mask_bytes()


def test_a_word_that_is_not_found_has_no_mask(serve: Serve, pipe: SlowPipeline) -> None:
    pipe.segmenters = FakeSegmenter(0.3)
    client = serve()
    assert mask_of(client, "sky").json() == {"word": "sky", "confidence": 0.3, "mask": None}
    wrong = mask_of(client, "giraffe")
    assert wrong.status_code == 422 and wrong.json()["field"] == "word"


def test_prompts_are_taken_apart_and_told_how_well_they_are_known(serve: Serve) -> None:
    client = serve()
    told = client.get("/v1/prompts", params={"text": "cubism::2 neon light"}).json()
    assert [(part["text"], part["weight"]) for part in told["parts"]] == [
        ("cubism", 2.0),
        ("neon light", 1.0),
    ]
    assert told["coverage"] == 0.8 and "woodcut" in told["neighbours"]
    wrong = client.get("/v1/prompts", params={"text": "(("})
    assert wrong.status_code == 422 and wrong.json()["field"] == "text"


def test_pictures_become_a_part_that_recipes_take(serve: Serve) -> None:
    client = serve()
    files = [("pictures", picture(colour=(0, level, 0))) for level in (1, 2)]
    part = client.post("/v1/learnt", data={"name": "quilts"}, files=files).json()
    assert StylePart(**part).text == "quilts"
    none = client.post("/v1/learnt", data={"name": "quilts"}, files={"x": b""})
    assert none.status_code == 422 and none.json()["field"] == "pictures"
    many = [("pictures", b"not even read")] * 21
    assert client.post("/v1/learnt", data={"name": "quilts"}, files=many).status_code == 422
    broken = client.post("/v1/learnt", data={"name": "quilts"}, files={"pictures": b"?"})
    assert broken.status_code == 415 and broken.json()["field"] == "pictures[0]"


def test_a_picture_has_main_colours(serve: Serve) -> None:
    answer = serve().post("/v1/palettes", files={"photo": picture((64, 64), (200, 30, 40))})
    assert Recipe.of("fire", colours=answer.json()["colours"])


@pytest.mark.parametrize("content", [b"", b"{", b"?", picture(), b'{"version": 2, "parts": []}'])
def test_files_without_a_recipe_say_so(serve: Serve, content: bytes) -> None:
    answer = serve().post("/v1/recipes", files={"file": content})
    assert answer.status_code == 422 and answer.json()["field"] == "file"


def test_known_styles_are_found_by_their_words(serve: Serve) -> None:
    client = serve()
    every = client.get("/v1/styles", params={"limit": 5000}).json()
    assert every["count"] == len(every["styles"])
    some = client.get("/v1/styles", params={"search": " Water"}).json()["styles"]
    assert "watercolour" in [style["name"] for style in some]
    sheet = Image.open(io.BytesIO(client.get("/" + every["thumbnails"]["url"]).content))
    side, columns = every["thumbnails"]["side"], every["thumbnails"]["columns"]
    last = max(style["place"] for style in every["styles"])
    assert sheet.width == side * columns and sheet.height >= (last // columns + 1) * side


def test_names_that_begin_with_a_text_come_first() -> None:
    catalogue = Catalogue([("oil painting", "a"), ("painting", "b"), ("pixel art", "c")])
    found = catalogue.search("PAINT")
    assert [(style["name"], style["place"]) for style in found] == [
        ("painting", 1),
        ("oil painting", 0),
    ]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("watercolor", "watercolour"),
        ("WATERCOLOUR", "watercolour"),
        ("acuarela", "watercolour"),
        ("梵高", "Vincent van Gogh"),
        ("梵高的画", "Vincent van Gogh"),
        ("van gohg", "Vincent van Gogh"),
        ("vangogh", "Vincent van Gogh"),
        ("in the style of monet", "Claude Monet"),
        ("salvador dali", "Salvador Dalí"),
        ("impresionism", "impressionism"),
        ("oil", "oil painting"),
    ],
)
def test_styles_are_found_in_other_spellings(typed: str, first: str) -> None:
    assert Catalogue.shipped().search(typed)[0]["name"] == first


@pytest.mark.parametrize("typed", ["qwrtzx", "☃", "', --"])
def test_what_is_no_name_finds_none(typed: str) -> None:
    assert Catalogue.shipped().search(typed) == []


def test_a_search_without_names_has_what_is_near_in_meaning(
    serve: Serve, pipe: SlowPipeline
) -> None:
    client = serve()
    answer = client.get("/v1/styles", params={"search": "zzyzx prints"}).json()
    assert answer["count"] == 0
    assert [style["name"] for style in answer["near"]] == ["ukiyo-e", "woodcut", "etching"]
    pipe.coverage_value = 0.01
    assert client.get("/v1/styles", params={"search": "zzyzx"}).json()["near"] == []


def test_regions_keep_their_names() -> None:
    region = Region((StylePart("fire"),), box=(0, 0, 1, 1), name="sky")
    again, _ = Recipe.from_json(Recipe((), (region,)).to_json())
    assert again.regions[0].name == "sky"
    with pytest.raises(ValueError, match="name should be a text"):
        Region((StylePart("fire"),), box=(0, 0, 1, 1), name="x" * 201)


def test_the_schema_has_the_bounds_of_the_fields() -> None:
    recipe = schemas()["Recipe"]["properties"]
    assert recipe["seed"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": LARGEST_SEED,
        "default": 0,
        "description": recipe["seed"]["description"],
    }
    assert {"type": "null"} in recipe["look"]["anyOf"]
    assert set(recipe) - {"version", "made_with"} == set(Recipe.__dataclass_fields__)
    for name, kind in (("StylePart", StylePart), ("Region", Region)):
        assert set(schemas()[name]["properties"]) == set(kind.__dataclass_fields__)


def test_every_reference_of_the_document_leads_somewhere(serve: Serve) -> None:
    document = serve().get("/openapi.json").json()
    references = list(referred(document))
    assert "#/components/schemas/Recipe" in references
    for reference in references:
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    assert {"/v1/pictures", "/v1/jobs", "/v1/jobs/{name}", "/v1/styles"} <= set(document["paths"])


def referred(content: Any) -> Any:
    if isinstance(content, dict):
        yield from (value for key, value in content.items() if key == "$ref")
        for value in content.values():
            yield from referred(value)
    elif isinstance(content, list):
        for value in content:
            yield from referred(value)
