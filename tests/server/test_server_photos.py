"""Photos of all kinds that the command line reads, and what is carried from them into results."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from serving import SlowPipeline, picture

from stylemamba.files.reading import read_image, read_image_bytes
from stylemamba.server import painter, uploads
from stylemamba.server.limits import Limits

Serve = Callable[..., httpx.Client]
DATE, CAMERA = 0x0132, 0x0110


def heic(size: tuple[int, int]) -> bytes:
    heif = pytest.importorskip("pillow_heif", reason="needs pip install 'stylemamba[heic]'")
    file = io.BytesIO()
    heif.from_pillow(Image.new("RGB", size, (250, 100, 0))).save(file, quality=-1)
    return file.getvalue()


def exr(size: tuple[int, int], folder: Path) -> bytes:
    module = pytest.importorskip("OpenEXR", reason="needs pip install 'stylemamba[exr]'")
    planes = {name: np.full(size[::-1], 0.5, np.float16) for name in "RGB"}
    with module.File({"type": module.scanlineimage}, planes) as file:
        file.write(str(folder / "a.exr"))
    return (folder / "a.exr").read_bytes()


def float_tiff(size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(
        np.linspace(0, 1, size[0] * size[1], dtype=np.float32).reshape(size[::-1])
    ).save(file, "TIFF")
    return file.getvalue()


def painted(client: httpx.Client, content: bytes, name: str = "photo") -> httpx.Response:
    return client.post("/v1/pictures", data={"prompt": "fire"}, files={"photo": (name, content)})


@pytest.mark.parametrize("kind", ["heic", "exr", "float-tiff"])
def test_formats_of_the_command_line_are_taken_and_bounded(
    serve: Serve, tmp_path: Path, kind: str
) -> None:
    make = {"heic": heic, "exr": lambda size: exr(size, tmp_path), "float-tiff": float_tiff}[kind]
    client = serve(Limits(megapixels=1))
    answer = painted(client, make((64, 48)))
    assert answer.status_code == 200, answer.text
    assert Image.open(io.BytesIO(answer.content)).size == (64, 48)
    large = painted(client, make((1250, 801)))
    assert (large.status_code, large.json()["reason"]) == (413, "too-large")
    assert large.json()["detail"].startswith("photo is 1250 x 801: at most 1 megapixels")


def test_camera_raw_is_told_by_the_name_of_the_file(
    serve: Serve, pipe: SlowPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    client = serve()
    for content in (b"FUJIFILMCCD-RAW " + bytes(200), b"\0\0\0\x18ftypcrx " + bytes(200)):
        told = painted(client, content, "../x/IMG_1.CR3").json()
        assert told["reason"] == "not-a-picture"
        assert "pip install 'stylemamba[raw]'" in told["detail"] and "IMG_1" not in told["detail"]
        assert "not a picture that can be read here" in painted(client, content).json()["detail"]


@pytest.mark.parametrize(("package", "content", "extra"), [
    ("pillow_heif", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "heic"),
    ("OpenEXR", b"\x76\x2f\x31\x01\x02\0\0\0" + bytes(40), "exr"),
])  # fmt: skip
def test_a_missing_package_is_named(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, package: str, content: bytes, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    answer = painted(serve(), content)
    assert answer.status_code == 415
    assert f"pip install 'stylemamba[{extra}]'" in answer.json()["detail"]


def with_a_place() -> bytes:
    image = Image.new("RGB", (30, 20), (250, 100, 0))
    exif = image.getexif()
    exif[DATE], exif[CAMERA] = "2026:01:02 03:04:05", "Secret camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.0)})
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def tells(content: bytes) -> bool:
    exif = Image.open(io.BytesIO(content)).getexif()
    assert (CAMERA in exif) == (DATE in exif) == bool(exif.get_ifd(0x8825))
    return CAMERA in exif


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_place_date_and_camera_are_left_out_if_asked_for(serve: Serve, form: str) -> None:
    client = serve()
    sent = {"photo": with_a_place()}
    answers = [
        client.post(f"/v1/pictures?format={form}", data={"prompt": "fire", **more}, files=sent)
        for more in ({}, {"strip_metadata": "false"}, {"strip_metadata": "true"})
    ]
    assert [tells(answer.content) for answer in answers] == [True, True, False]
    for answer in answers:
        found = client.post("/v1/recipes", files={"file": answer.content}).json()
        assert found["recipe"]["parts"][0]["text"] == "fire"


def test_a_download_leaves_them_out_too_and_keeps_the_pixels(serve: Serve) -> None:
    client = serve()
    job = client.post(
        "/v1/pictures", data={"prompt": "fire"}, files={"photo": with_a_place()}
    ).headers["stylemamba-job"]
    whole = client.get(f"/v1/jobs/{job}/picture").content
    bare = client.get(f"/v1/jobs/{job}/picture?strip_metadata=true").content
    assert tells(whole) and not tells(bare)
    pixels = [Image.open(io.BytesIO(content)).tobytes() for content in (whole, bare)]
    assert pixels[0] == pixels[1]
    archive = client.get(f"/v1/archive?job={job}&strip_metadata=true").content
    with zipfile.ZipFile(io.BytesIO(archive)) as pictures:
        assert not tells(pictures.read(pictures.namelist()[0]))


def test_16_bits_stay_in_a_download_without_metadata(serve: Serve, tmp_path: Path) -> None:
    client = serve()
    levels = np.arange(600, dtype=np.uint16).reshape(20, 30) * 100
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG")
    job = painted(client, file.getvalue()).headers["stylemamba-job"]
    bare = tmp_path / "bare.png"
    bare.write_bytes(client.get(f"/v1/jobs/{job}/picture?strip_metadata=true").content)
    deep = read_image(bare).deep
    assert deep is not None and np.array_equal(deep[..., 0], 65535 - levels)


def test_notes_come_with_the_picture_and_are_in_the_job(serve: Serve, pipe: SlowPipeline) -> None:
    pipe.coverage_value = 0.1  # hardly known
    client = serve()
    answer = painted(client, picture())
    notes = json.loads(answer.headers["stylemamba-notes"])
    job = client.get(f"/v1/jobs/{answer.headers['stylemamba-job']}").json()
    assert notes and notes == job["result"]["notes"]


def test_memory_is_given_back_after_large_pictures(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    monkeypatch.setattr(painter, "release_freed_memory", lambda: given.append(1))
    client = serve()
    for size, times in (((300, 200), 0), ((1500, 1400), 1)):
        assert painted(client, picture(size)).status_code == 200
        assert len(given) == times


def test_a_photo_that_is_kept_is_decoded_once(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def reading(content: bytes, path: Path, **options: Any) -> Any:
        read.append(path)
        return read_image_bytes(content, path, **options)

    monkeypatch.setattr(uploads, "read_image_bytes", reading)
    client = serve(Limits(memory=16))  # room for a megapixel of decoded photos
    sizes = ((300, 200), (1100, 1000))
    names = [
        client.post("/v1/photos", files={"photo": picture(size)}).json()["id"] for size in sizes
    ]
    assert len(read) == 2
    for name, times in zip(names, (2, 4), strict=True):
        for _ in range(2):
            form = {"photo_id": (None, name), "prompt": (None, "fire"), "draft": (None, "64")}
            assert client.post("/v1/pictures", files=form).status_code == 200
        assert len(read) == times
