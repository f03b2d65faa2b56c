"""What nobody should send: every answer is an error that names what is wrong, or a picture."""

from __future__ import annotations

import io
import json
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from serving import picture

from stylemamba.portable.recipe import Recipe, Region, StylePart
from stylemamba.server.limits import Limits

Serve = Callable[..., httpx.Client]
GENEROUS = Limits(rate=1_000_000, megapixels=1, upload=4)
UPLOADS = 100
PATHS = ("../../etc/passwd", "..\\..\\x", "/etc/passwd", "a\x00b", "http://x/", "C:\\x", "%2e%2e")
MARKUP = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}", "'; DROP--")


def uploads() -> Iterator[bytes]:
    """Damaged, swapped and lying files, the same in every run."""
    rng = random.Random(0)
    whole = [picture((40, 30), form=form) for form in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")]
    yield from (
        b"",
        b"\0",
        b"%PDF-1.7",
        b"<svg xmlns='x'/>",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"PK\3\4",
    )
    yield bomb()
    while True:
        content = bytearray(rng.choice(whole))
        kind = rng.randrange(4)
        if kind == 0:
            del content[rng.randrange(1, len(content)) :]
        elif kind == 1:
            for _ in range(rng.randrange(1, 40)):
                content[rng.randrange(len(content))] = rng.randrange(256)
        elif kind == 2:
            content[rng.randrange(4, 40) : 40] = struct.pack(
                ">I", rng.choice((0, 2**31, 2**32 - 1))
            )
        else:
            content = bytearray(rng.randbytes(rng.randrange(1, 400)))
        yield bytes(content)


def bomb() -> bytes:
    """A PNG of 900 x 900 whose pixels are far more than its header says."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", 900, 900, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(50_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)


def checked(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text and 'File "' not in answer.text
    if answer.status_code >= 400:
        assert answer.json()["reason"] and answer.json()["detail"]
    else:
        Image.open(io.BytesIO(answer.content)).load()


def test_hostile_uploads(serve: Serve) -> None:
    client = serve(GENEROUS)
    for content, _ in zip(uploads(), range(UPLOADS), strict=False):
        checked(client.post("/v1/pictures", data={"prompt": "fire"}, files={"photo": content}))


def recipes() -> Iterator[Any]:
    """Recipes with something impossible, or at least odd, in one place each."""
    plain = Recipe(
        (StylePart("fire"), StylePart("ice", 2.0)),
        regions=(Region((StylePart("snow"),), box=(0, 0, 0.5, 0.5)),),
    ).to_dict()
    odd = (
        *(None, True, [], {}, "", "1", -1, 2**70, 1e308, float("inf"), float("nan"), [[[]]]),
        *PATHS,
        *MARKUP,
        "x" * 200_000,
    )
    for name in plain:
        for value in odd:
            yield {**plain, name: value}
    for name in ("text", "weight", "look", "learnt"):
        for value in odd:
            yield {**plain, "parts": [{"text": "fire", name: value}]}
    for name in ("parts", "box", "mask", "strength", "feather"):
        for value in odd:
            yield {**plain, "regions": [{**plain["regions"][0], name: value}]}
    yield {**plain, "unknown": 1}
    yield {**plain, "parts": plain["parts"] * 100}
    yield {**plain, "regions": plain["regions"] * 100}
    yield []


def test_hostile_recipes(serve: Serve) -> None:
    client = serve(GENEROUS)
    sent = client.post("/v1/photos", files={"photo": picture()}).json()["id"]
    count = 0
    for recipe in recipes():
        content = json.dumps(recipe).encode()
        files = {"recipe": content}
        checked(client.post("/v1/pictures", data={"photo_id": sent}, files=files))
        count += 1
    assert count > 200


@pytest.mark.parametrize(
    "text", [*PATHS, *MARKUP, "x" * 1000, "\u202e", "🦊" * 50, "a\r\nSet-Cookie: x"]
)
def test_texts_of_clients_are_texts(serve: Serve, text: str) -> None:
    client = serve(GENEROUS)
    answer = client.post("/v1/jobs", data={"prompt": text}, files={"photo": (text, picture())})
    assert answer.status_code in (202, 422)
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"].split(";")[0].endswith("json")
    for path in ("/v1/prompts", "/v1/styles"):
        shown = client.get(path, params={"text": text, "search": text})
        assert shown.status_code in (200, 422)
        assert shown.headers["content-type"].split(";")[0].endswith("json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(sorted({"version", *Recipe.__dataclass_fields__}))
ODD = st.dictionaries(NAMES, JSON, max_size=6).map(
    lambda values: {"version": 1, "parts": [{"text": "fire"}], **values}
)


@pytest.fixture
def client(serve: Serve) -> httpx.Client:
    return serve(GENEROUS)


@given(recipe=JSON | ODD)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_json_is_a_recipe_or_is_told_why_not(client: httpx.Client, recipe: Any) -> None:
    content = json.dumps(recipe).encode()
    checked(client.post("/v1/pictures", files={"photo": picture((8, 8)), "recipe": content}))
