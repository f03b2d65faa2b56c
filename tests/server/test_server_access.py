from __future__ import annotations

import json
import logging
import struct
import zlib
from collections.abc import Callable

import httpx
import pytest
from serving import SlowPipeline, picture

from stylemamba.errors import StyleMambaError
from stylemamba.server.access import RateLimit
from stylemamba.server.kept import Kept
from stylemamba.server.limits import Limits
from stylemamba.server.problems import Problem
from stylemamba.server.serve import Address

Serve = Callable[..., httpx.Client]


def test_photos_are_refused_by_what_is_wrong_with_them(serve: Serve) -> None:
    client = serve(Limits(megapixels=1, upload=1))
    for content, status, reason in (
        (b"", 415, "not-a-picture"),
        (b"no picture", 415, "not-a-picture"),
        (picture()[:60], 415, "not-a-picture"),
        (picture((1001, 1000)), 413, "too-large"),
        (bomb(50_000, 50_000), 413, "too-large"),
        (bytes(1_000_001), 413, "too-large"),
    ):
        answer = client.post("/v1/pictures", data={"prompt": "fire"}, files={"photo": content})
        assert (answer.status_code, answer.json()["reason"]) == (status, reason), content[:20]


def bomb(width: int, height: int) -> bytes:
    """A PNG file of a few bytes that says it is large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_a_body_without_a_length_is_bounded_too(serve: Serve) -> None:
    client = serve(Limits(upload=1))
    head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
    answer = client.post(
        "/v1/photos",
        content=(head if part == 0 else bytes(100_000) for part in range(20)),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 413 and answer.json()["reason"] == "too-large"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "[a|b]"}, "prompt"),
        ({"prompt": "fire", "recipe": "{}"}, "prompt"),
        ({"recipe": "{"}, "recipe"),
        ({"recipe": '{"version": 1, "parts": []}'}, "recipe.parts"),
        ({"recipe": '{"version": 1, "parts": [{"text": "a", "weight": "2"}]}'},
         "recipe.parts[0].weight"),
        ({"recipe": '{"version": 1, "parts": [{"text": "a"}], "size": 4096}'}, "recipe.size"),
        ({"recipe": '{"version": 1, "parts": [{"text": "a"}], "steps": 201}'}, "recipe.steps"),
        ({"prompt": "a" * 2001}, "prompt"),
        ({"recipe": json.dumps({"version": 1, "parts": [{"text": "a" * 2001}]})}, "recipe.parts"),
        ({"recipe": "[]"}, "recipe"),
        ({"prompt": "fire", "strip_metadata": "perhaps"}, "strip_metadata"),
        ({"prompt": "fire", "draft": "-4"}, "draft"),
        ({"prompt": "fire", "draft": "5"}, "draft"),
        ({"prompt": "fire", "photo_id": "both"}, "photo"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(serve: Serve, data: dict[str, str], field: str) -> None:
    answer = serve(Limits(side=2048)).post("/v1/jobs", data=data, files={"photo": picture()})
    assert answer.status_code == 422 and answer.json()["field"] == field
    assert answer.headers["content-type"] == "application/problem+json"


def test_too_many_requests_wait(serve: Serve) -> None:
    client = serve(Limits(rate=8))
    answers = [client.post("/v1/recipes", files={"file": b"{}"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 429, 429]
    assert int(answers[-1].headers["retry-after"]) <= 8
    assert client.get("/v1/styles").status_code == 200  # looking is free


def test_only_whoever_knows_the_token_gets_in(serve: Serve) -> None:
    client = serve(token="secret")
    assert client.get("/healthz").status_code == 200
    for path in ("/", "/v1/styles", "/metrics", "/v1/jobs/x", "/?token=wrong"):
        refused = client.get(path)
        assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
    for header in ("Bearer wrong", "Bearer", "Basic secret", "secret"):
        assert client.get("/v1/styles", headers={"authorization": header}).status_code == 401
    bearer = {"authorization": "Bearer secret"}
    assert client.get("/v1/styles", headers=bearer).status_code == 200
    opened = client.get("/?token=secret")
    assert opened.status_code == 303 and "HttpOnly" in opened.headers["set-cookie"]
    assert client.get("/").status_code == 200  # by the cookie


def test_other_sites_and_other_names_are_turned_away(serve: Serve) -> None:
    client = serve()
    post = {"data": {"prompt": "fire"}, "files": {"photo": picture()}}
    evil = client.post("/v1/pictures", **post, headers={"origin": "http://evil.example"})
    assert evil.status_code == 403
    own = str(client.base_url).rstrip("/")
    assert client.post("/v1/pictures", **post, headers={"origin": own}).status_code == 200
    rebound = client.get("/v1/styles", headers={"host": "evil.example"})
    assert rebound.status_code == 403 and "access-control-allow-origin" not in rebound.headers


@pytest.mark.parametrize("header", ["host", "origin"])
def test_addresses_that_are_none_are_turned_away(serve: Serve, header: str) -> None:
    client = serve()
    answer = client.post("/v1/recipes", headers={header: "http://[::1"}, files={"file": b"{}"})
    assert answer.status_code == 403 and answer.json()["reason"] == "forbidden"


def test_a_port_that_is_taken_is_found_before_anything_is_loaded(serve: Serve) -> None:
    port = serve().base_url.port
    assert port is not None
    with pytest.raises(StyleMambaError, match="another --port"):
        Address("127.0.0.1", port).check_free()
    Address("127.0.0.1", 0).check_free()


def test_pages_may_load_nothing_from_elsewhere(serve: Serve) -> None:
    client = serve()
    for path in ("/", "/studio.js", "/v1/styles"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert answer.status_code == 200 and "default-src 'self'" in policy
        assert "unsafe" not in policy and answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/app.py", "/..%2fapp.py", "/v1/jobs/..%2f..%2fetc%2fpasswd",
     "/app.py", "/v1/nothing", "/styles/../../app.py"],
)  # fmt: skip
def test_paths_lead_nowhere_else(serve: Serve, path: str) -> None:
    answer = serve().get(path)
    assert answer.status_code == 404 and answer.json()["reason"] == "not-found"


def test_metrics_and_logs_tell_what_happens_and_nothing_of_what_is_sent(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "stylemamba.server")
    client = serve()
    for prompt in ("a secret prompt", ""):
        client.post("/v1/pictures", data={"prompt": prompt}, files={"photo": picture()})
    client.get("/v1/prompts", params={"text": "a secret prompt"})
    metrics = client.get("/metrics").text
    assert 'jobs_total{outcome="done"} 1.0' in metrics
    assert 'route="/v1/pictures",status="422"' in metrics
    lines = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert any("'status': 422" in line for line in lines)
    assert "secret" not in metrics and not any("secret" in line for line in lines)


def test_it_is_ready_once_it_has_painted(serve: Serve, pipe: SlowPipeline) -> None:
    client = serve()
    for _ in range(200):
        ready = client.get("/readyz")
        if ready.status_code == 200:
            break
    assert ready.json() == {"ready": True} and pipe.calls[0]["prompt"] == "oil painting"


def test_only_a_safe_address_is_taken_without_a_word() -> None:
    assert Address.checked("127.0.0.1", 1, None, False, ()).allowed
    with pytest.raises(StyleMambaError, match="--token"):
        Address.checked("0.0.0.0", 1, None, False, ())
    with pytest.raises(StyleMambaError, match="--token"):
        Address.checked("0.0.0.0", 1, "", False, ())  # an empty variable
    assert Address.checked("0.0.0.0", 1, "x", False, ()).allowed == ()
    assert Address.checked("0.0.0.0", 1, None, True, ("a.example",)).allowed == ("a.example",)


def test_what_is_kept_is_bounded_and_ends() -> None:
    now = [0.0]
    kept: Kept[bytes] = Kept("thing", 100, 10, size=len, clock=lambda: now[0])
    first, second = kept.add(bytes(40)), kept.add(bytes(40))
    assert kept.get(first) and kept.size == 80  # now the second is the oldest
    third = kept.add(bytes(40))
    with pytest.raises(Problem, match="no such thing"):
        kept.get(second)
    now[0] = 9.0
    assert kept.get(first)
    now[0] = 11.0
    kept.tidy()
    assert len(kept) == 1 and kept.get(first)
    with pytest.raises(Problem):
        kept.get(third)


def test_what_is_in_use_stays() -> None:
    now = [0.0]
    kept: Kept[bytes] = Kept(
        "thing", 10, 1, size=len, busy=lambda it: it[:1] == b"b", clock=lambda: now[0]
    )
    busy = kept.add(b"busy busy busy")
    now[0] = 0.5
    idle = kept.add(b"idle")
    assert len(kept) == 1 and kept.get(busy)
    with pytest.raises(Problem):
        kept.get(idle)


def test_rates_are_of_each_client_and_recover() -> None:
    now = [0.0]
    rate = RateLimit(60, lambda: now[0])  # one a second, 15 at once
    for _ in range(15):
        rate.take("a")
    with pytest.raises(Problem) as refused:
        rate.take("a")
    assert refused.value.retry_after == 2
    rate.take("b")
    now[0] = 1.0
    rate.take("a")
    with pytest.raises(Problem):
        rate.take("a")
