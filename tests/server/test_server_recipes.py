"""What is wrong with a recipe is told by its place in the request's JSON, in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from serving import picture

from stylemamba.server.limits import Limits
from stylemamba.server.schema import schemas

Serve = Callable[..., httpx.Client]
PYTHON = ("tuple", "None", "True", "False", "Region(", "StylePart(")
PART = {"text": "fire"}
REGION = {"parts": [PART], "box": [0, 0, 0.5, 0.5]}
PLACES = {
    "Recipe": ("recipe", lambda values: {"parts": [PART], **values}),
    "StylePart": ("recipe.parts[0]", lambda values: {"parts": [{**PART, **values}]}),
    "Region": (
        "recipe.regions[0]",
        lambda values: {"parts": [PART], "regions": [{**REGION, **values}]},
    ),
}


def beyond_bounds() -> Iterator[tuple[str, dict[str, Any]]]:
    """A field's path, and a recipe in which it is just beyond a bound or of another type."""
    for name, schema in schemas().items():
        path, recipe = PLACES[name]
        for field, known in schema["properties"].items():
            known = known.get("anyOf", [known])[0]
            wrong: list[Any] = []
            if known.get("type") in ("integer", "number"):
                least = 1 if known["type"] == "integer" else 0.001
                wrong = [known["minimum"] - least, known["maximum"] + least, "1", True, [1], {}]
                wrong += [1.5] if known["type"] == "integer" else []
            elif known.get("type") == "boolean":
                wrong = [None, 1, "yes"]
            elif known.get("type") == "array":
                item = {"parts": PART, "regions": REGION, "colours": "#ffffff", "box": 0.5}[field]
                wrong = [None, "x", 1, {"0": item}] if field != "box" else ["x", 1]
                wrong += [[item] * (known["maxItems"] + 1)]
                wrong += [[]] if "minItems" in known or (name, field) == ("Recipe", "parts") else []
            for value in wrong:
                yield f"{path}.{field}", {"version": 1, **recipe({field: value})}


def refused(client: httpx.Client, recipe: Any) -> dict[str, Any]:
    answer = client.post(
        "/v1/jobs", data={"recipe": json.dumps(recipe)}, files={"photo": picture((8, 8))}
    )
    assert answer.status_code == 422, (recipe, answer.text)
    told: dict[str, Any] = answer.json()
    return told


def test_every_bound_is_told_by_its_json_path(serve: Serve) -> None:
    client = serve(Limits(rate=1_000_000))
    count = 0
    for field, recipe in beyond_bounds():
        told = refused(client, recipe)
        assert told["field"] == field, (recipe, told)
        assert told["detail"].startswith(field.removeprefix("recipe.")), told
        assert not any(word in told["detail"] for word in PYTHON), told
        count += 1
    assert count > 90


@pytest.mark.parametrize(
    ("recipe", "field", "words"),
    [
        ([], "recipe", "recipe should be a JSON object"),
        ({"parts": [PART]}, "recipe.version", "version is missing: it should be 1"),
        ({"version": 1}, "recipe.parts", "parts is missing"),
        ({"version": 1, "parts": [{}]}, "recipe.parts[0].text", "parts[0].text is missing"),
        ({"version": 1, "parts": [None]}, "recipe.parts[0]", "parts[0] should be a JSON object"),
        ({"version": 1, "parts": []}, "recipe.parts", "parts should be 1 to 32 styles, not 0"),
        ({"version": 1, "parts": [PART], "seed": None}, "recipe.seed",
         "seed should be a whole number, from 0 to 4294967295, not nothing"),
        ({"version": 1, "parts": [PART], "tile": True, "regions": [REGION]}, "recipe.tile",
         "tile goes with one style all over, not with regions or masks"),
        ({"version": 1, "parts": [PART], "colours": ["red"]}, "recipe.colours",
         "colours should be like #aa3322, not 'red'"),
        ({"version": 1, "parts": [PART],
          "regions": [REGION, {**REGION, "parts": [{"text": "a" * 2001}]}]},
         "recipe.regions[1].parts", "regions[1].parts has 2001 letters, at most 2000 are read"),
    ],
)  # fmt: skip
def test_it_is_told_in_plain_words(serve: Serve, recipe: Any, field: str, words: str) -> None:
    told = refused(serve(), recipe)
    assert (told["field"], told["detail"]) == (field, words)
