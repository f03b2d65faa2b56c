"""Unusual photos and prompts through the command line and the models that ship with the package.

How each kind of file is read is tested in test_images.py, refusals before any work in tests/cli.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylemamba import StyleMambaPipeline
from stylemamba.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module", autouse=True)
def models() -> Iterator[None]:
    """Loads them once for all tests."""
    pipe = StyleMambaPipeline.from_pretrained()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StyleMambaPipeline, "from_pretrained", lambda **_: pipe)
        yield


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def gradient(mode: str = "RGB", size: tuple[int, int] = (40, 24)) -> Image.Image:
    y, x = np.mgrid[: size[1], : size[0]]
    channels = [255 * x / size[0], 255 * y / size[1], np.full(x.shape, 90)]
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8)).convert(mode)


def stylize(photo: str, prompt: str = "pencil sketch", output: str = "out.png") -> int:
    return main(["stylize", "-o", output, "--size", "40", photo, "--", prompt])


def animated() -> None:
    gradient().save("in.gif", save_all=True, append_images=[gradient().rotate(180)])


def sixteen_bit() -> None:
    ramp = np.linspace(0, 65535, 40 * 24).reshape(24, 40).astype(np.uint16)
    Image.fromarray(ramp).save("in.png")


def cmyk() -> None:
    gradient("CMYK").save("in.jpg")


def rotated() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    gradient().save("in.jpg", exif=exif)


def one_pixel() -> None:
    gradient(size=(1, 1)).save("in.png")


def tall() -> None:
    gradient(size=(1, 5000)).save("in.png")


def wide() -> None:
    gradient(size=(5000, 1)).save("in.png")


@pytest.mark.parametrize(
    ("draw", "size", "note"),
    [
        (animated, (40, 24), "animated: 2 frames painted"),
        (sixteen_bit, (40, 24), None),
        (cmyk, (40, 24), None),
        (rotated, (24, 40), None),
        (one_pixel, (1, 1), None),
        (tall, (1, 5000), None),
        (wide, (5000, 1), None),
    ],
)
def test_unusual_photos(
    draw: Callable[[], None], size: tuple[int, int], note: str | None, capfd: Capture
) -> None:
    draw()
    (photo,) = os.listdir()
    assert stylize(photo) == 0
    captured = capfd.readouterr()
    assert captured.err == (f"stylemamba: {note}\n" if note else "")
    assert captured.out.startswith(f"out.png: {size[0]} x {size[1]}, one pass")
    with Image.open("out.png") as image:
        image.load()
        assert image.size == size and image.mode == "RGB"
    assert sorted(os.listdir()) == sorted([photo, "out.png"])


def test_transparency_is_kept() -> None:
    photo = gradient()
    alpha = Image.linear_gradient("L").resize(photo.size)
    photo.putalpha(alpha)
    photo.save("in.png")
    assert stylize("in.png") == 0
    with Image.open("out.png") as image:
        assert image.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(image)[..., 3], np.asarray(alpha))


def text() -> bytes:
    return b"not a picture\n" * 50


def truncated() -> bytes:
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save("whole.png")
    whole = Path("whole.png").read_bytes()
    os.remove("whole.png")
    return whole[: len(whole) // 2]


def huge() -> bytes:
    """A picture of 200.02 megapixels that ends where its pixels should begin."""
    chunks = b""
    for name, data in [
        (b"IHDR", struct.pack(">IIBBBBB", 20_000, 10_001, 8, 2, 0, 0, 0)),
        (b"IDAT", b""),
    ]:
        chunks += struct.pack(">I", len(data)) + name + data
        chunks += struct.pack(">I", zlib.crc32(name + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("content", "word"),
    [(text, "not a picture"), (truncated, "damaged"), (bytes, "empty"), (huge, "200.0 megapixels")],
)
def test_refused_photos(content: Callable[[], bytes], word: str, capfd: Capture) -> None:
    Path("in.png").write_bytes(content())
    assert stylize("in.png") == 1
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert captured.err.startswith("stylemamba: error: in.png: ")
    assert word in captured.err
    assert os.listdir() == ["in.png"]


@pytest.mark.parametrize(
    "prompt",
    ["pencil " * 1429, "x" * 10_000, "浮世絵", "🎨🖌️", "رسم", "\u200b?", "0", "a\nb\tc"],
)
def test_unusual_prompts(prompt: str, capfd: Capture) -> None:
    gradient().save("in.png")
    assert stylize("in.png", prompt) == 0
    captured = capfd.readouterr()
    lines = captured.err.splitlines()
    assert len(lines) <= 2  # how it was understood, and that it is far from everything known
    assert max(map(len, lines), default=0) < 400
    with Image.open("out.png") as image:
        assert image.size == (40, 24)


def test_a_prompt_that_is_not_known_is_warned_of(capfd: Capture) -> None:
    gradient().save("in.png")
    assert stylize("in.png", "qwxz vbnmf") == 0
    assert "is far from the styles known here (coverage 0." in capfd.readouterr().err


@pytest.mark.parametrize(
    ("prompt", "output", "status"),
    [
        ("", "out.png", 2),
        (" \n", "out.png", 2),
        (",,,", "out.png", 2),
        ("x", "none/out.png", 1),
        ("x", "in.png", 2),
    ],
)
def test_refused_prompts_and_outputs(prompt: str, output: str, status: int, capfd: Capture) -> None:
    gradient().save("in.png")
    before = Path("in.png").read_bytes()
    assert stylize("in.png", prompt, output) == status
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert os.listdir() == ["in.png"] and Path("in.png").read_bytes() == before
