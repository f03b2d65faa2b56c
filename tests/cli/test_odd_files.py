"""Odd files of every mode, depth, container and damage: painted, or refused in one line."""

from __future__ import annotations

import io
import json
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_pipeline import FakePipeline
from PIL import Image

from stylemamba.cli import main
from stylemamba.files.images import read_image

sys.path.insert(0, str(Path(__file__).parents[1] / "files"))
from photos import IPTC, SWAPPED, XMP, exif, gradient, picture  # noqa: E402
from test_tiff import page, tiff  # noqa: E402

Content = Callable[[], bytes]
FORMATS = {
    "png": ("1", "L", "LA", "I;16", "P", "RGB", "RGBA"),
    "jpg": ("L", "RGB", "CMYK", "YCbCr"),
    "webp": ("L", "RGB", "RGBA", "P"),
    "tif": ("1", "L", "LA", "I;16", "I", "F", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"),
    "gif": ("1", "L", "P", "RGB", "RGBA"),
    "bmp": ("1", "L", "P", "RGB", "RGBA"),
    "avif": ("L", "RGB", "RGBA"),
    "jp2": ("L", "LA", "RGB", "RGBA", "I;16"),
    "ppm": ("1", "L", "RGB", "I;16"),
    "tga": ("1", "L", "LA", "P", "RGB", "RGBA"),
    "ico": ("RGBA",),
    "qoi": ("RGB", "RGBA"),
}


def in_mode(mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray((gradient()[..., 0] * 65535).astype(np.uint16))
    if mode in ("I", "F"):
        return Image.fromarray(gradient()[..., 0].astype(np.float32)).convert(mode)
    if mode == "LAB":
        return Image.merge("LAB", [picture().getchannel(n) for n in range(3)])
    return picture().convert(mode)


def saved(image: Image.Image, suffix: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format=Image.registered_extensions()[f".{suffix}"], **options)
    return file.getvalue()


def png(samples: np.ndarray, bits: int, kind: int, extra: bytes = b"") -> bytes:
    height, width = samples.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in samples)
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    parts = [chunk(*each) for each in chunks]
    return b"\x89PNG\r\n\x1a\n" + parts[0] + extra + parts[1] + parts[2]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def modes() -> Iterator[tuple[str, Content]]:
    for suffix, names in FORMATS.items():
        for mode in names:
            yield (
                f"{mode.replace(';', '-')}.{suffix}",
                lambda m=mode, s=suffix: saved(in_mode(m), s),
            )


def deep() -> Iterator[tuple[str, Content]]:
    for count, kind in ((1, 0), (2, 4), (3, 2), (4, 6)):
        samples = np.concatenate([gradient(), gradient()[..., :1]], -1)[..., :count]
        big = (samples * 65535).astype(">u2")
        yield f"deep-{count}.png", lambda b=big, k=kind: png(b, 16, k, wide(b))
        for sample in (
            np.uint8,
            np.uint16,
            np.uint32,
            np.int16,
            np.float16,
            np.float32,
            np.float64,
        ):
            top = 1 if np.dtype(sample).kind == "f" else np.iinfo(sample).max
            extra = (2,) if count in (2, 4) else ()
            stored = (samples * top).astype(sample)
            yield (
                f"{np.dtype(sample)}-{count}.tif",
                lambda s=stored, e=extra: tiff(page(s, extra=e)),
            )


def wide(samples: np.ndarray) -> bytes:
    """A tRNS chunk where there may be one."""
    return chunk(b"tRNS", bytes(6)) if samples.shape[2] == 3 else b""


def containers() -> Iterator[tuple[str, Content]]:
    rgb = picture()
    yield "progressive.jpg", lambda: saved(rgb, "jpg", progressive=True)
    yield "png-inside.jpeg", lambda: saved(rgb, "png")
    yield "no-extension", lambda: saved(rgb, "jpg")
    yield "upper.JPG", lambda: saved(rgb, "jpg", icc_profile=SWAPPED, exif=exif())
    yield "xmp.jpg", lambda: saved(rgb, "jpg", xmp=XMP)
    yield "two.tif", lambda: saved(rgb, "tif", save_all=True, append_images=[picture(48, 32)])
    yield "big.tif", lambda: saved(rgb, "tif", big_tiff=True)
    for packing in ("tiff_lzw", "packbits", "jpeg", "tiff_adobe_deflate", "lzma", "zstd"):
        yield f"{packing}.tif", lambda p=packing: saved(rgb, "tif", compression=p)
    for packing in ("group3", "group4"):
        yield f"{packing}.tif", lambda p=packing: saved(in_mode("1"), "tif", compression=p)
    yield "moving.gif", lambda: saved(rgb, "gif", save_all=True, append_images=[rgb.rotate(180)])
    yield "moving.webp", lambda: saved(rgb, "webp", save_all=True, append_images=[rgb.rotate(180)])
    yield "moving.png", lambda: saved(rgb, "png", save_all=True, append_images=[rgb.rotate(180)])
    yield "moving.avif", lambda: saved(rgb, "avif", save_all=True, append_images=[rgb.rotate(180)])
    yield "stereo.mpo", lambda: saved(rgb, "mpo", save_all=True, append_images=[rgb.rotate(180)])
    yield "flat.psd", lambda: psd(3)
    yield "cmyk.psd", lambda: psd(4)
    yield "one.png", lambda: saved(Image.new("RGB", (1, 1)), "png")
    yield "long.png", lambda: saved(Image.new("L", (3000, 1)), "png")
    yield "clear.png", lambda: saved(Image.new("RGBA", (8, 8)), "png")


def psd(channels: int) -> bytes:
    """A flattened Photoshop file with metadata."""
    head = b"8BPS" + struct.pack(">HxxxxxxHIIHH", 1, channels, 16, 24, 8, 3 if channels == 3 else 4)
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC + bytes(len(IPTC) % 2)
    planes = np.asarray(picture().convert("RGB" if channels == 3 else "CMYK"))
    pixels = np.ascontiguousarray(planes.transpose(2, 0, 1)).tobytes()
    return head + bytes(4) + struct.pack(">I", len(block)) + block + bytes(4) + bytes(2) + pixels


def damaged() -> Iterator[tuple[str, Content]]:
    rgb = picture(60, 40)
    for suffix in ("png", "jpg", "webp", "tif", "gif", "avif", "jp2", "qoi", "tga", "bmp", "ppm"):
        data = saved(rgb, suffix)
        for share in (0.1, 0.5, 0.9):
            yield f"cut-{share}.{suffix}", lambda d=data, s=share: d[: int(len(d) * s)]
    yield "nothing.png", lambda: b""
    yield "text.png", lambda: b"no picture at all\n" * 9
    yield "page.html", lambda: b"<!doctype html><title>Not found</title>"
    yield "drawing.svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    yield "paper.pdf", lambda: b"%PDF-1.7\n" + bytes(99)
    yield "print.eps", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    yield "film.mp4", lambda: b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + bytes(99)
    yield "photo.heic", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99)
    yield "photo.cr3", lambda: b"\0\0\0\x18ftypcrx \0\0\0\0crx isom" + bytes(99)
    yield "photo.nef", lambda: tiff(page((gradient() * 255).astype(np.uint8), t262=(32803,)))
    yield "light.exr", lambda: b"\x76\x2f\x31\x01\x02\0\0\0" + bytes(99)
    yield "bad-icc.jpg", lambda: saved(rgb, "jpg", icc_profile=b"x" * 500)
    yield "bad-exif.jpg", lambda: saved(rgb, "jpg", exif=b"Exif\0\0" + b"\xff" * 90)
    yield "bad-crc.png", lambda: saved(rgb, "png")[:60] + b"?" + saved(rgb, "png")[61:]
    yield "huge.png", lambda: png(np.zeros((1, 4), np.uint8), 8, 0)[:16] + b"\x7f" * 8 + bytes(50)
    yield "palette.psd", lambda: psd(3)[:22] + struct.pack(">HH", 16, 3) + psd(3)[26:]


FILES = dict([*modes(), *deep(), *containers(), *damaged()])
REFUSED = {
    name
    for name in FILES
    if name.startswith(("cut-0.1", "cut-0.5", "nothing", "text", "page", "drawing", "paper"))
} | {
    "print.eps", "film.mp4", "photo.heic", "photo.cr3", "photo.nef", "light.exr", "huge.png",
    "palette.psd", "bad-crc.png",
}  # fmt: skip


def test_there_are_many() -> None:
    assert len(FILES) >= 130


@pytest.mark.parametrize("name", FILES)
def test_each_is_painted_or_refused_in_one_line(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pipeline: FakePipeline,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(FILES[name]())
    for target in ("out.png", "out.tif", "out.jpg"):
        status = main(["stylize", name, "x", "-o", target])
        said = capfd.readouterr().err
        assert "Traceback" not in said and "internal error" not in said
        if name in REFUSED or status:
            assert status == 1 and not Path(target).exists()
            assert said.startswith(f"stylemamba: error: {name}: ") and said.count("\n") == 1
        else:
            assert read_image(target).rgb.size == read_image(name).rgb.size
        if not name.startswith("cut"):
            assert (status == 1) == (name in REFUSED), said


def test_all_of_them_in_a_folder_are_painted_or_listed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pipeline: FakePipeline,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for name, content in FILES.items():
        Path("photos", name).write_bytes(content())
    assert main(["stylize", "photos/", "x", "-o", "out/", "--json"]) == 1
    said = capfd.readouterr()
    assert "Traceback" not in said.err and "internal error" not in said.err
    summary = json.loads(said.out)
    states = {Path(photo["photo"]).name: photo for photo in summary["photos"]}
    unlike = {Path(name).name for name in FILES} - states.keys()
    assert unlike <= {
        "RGBA.ico",
        "no-extension",
        "page.html",
        "drawing.svg",
        "paper.pdf",
        "film.mp4",
        "print.eps",
    }
    for name, photo in states.items():
        if photo["state"] == "painted":
            assert read_image(photo["output"]).rgb.size == tuple(photo["size"])
        else:
            assert photo["state"] == "failed" and photo["problem"].startswith(f"photos/{name}: ")
        if not name.startswith("cut"):
            assert (photo["state"] == "failed") == (name in REFUSED), photo
    assert summary["painted"] > 100
