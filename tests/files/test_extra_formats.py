"""HEIC, camera RAW and OpenEXR, and what is said where the packages for them are missing."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from photos import SWAPPED, XMP, exif, gradient, picture
from test_tiff import page, tiff

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import read_image, write_image

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
EXR = b"\x76\x2f\x31\x01\x02\0\0\0" + bytes(40)


def sensor(tmp_path: Path, name: str = "a.dng") -> Path:
    """A small DNG: red, green and blue pixels of a flat orange, and a thumbnail."""
    mosaic = np.zeros((64, 96, 1), np.uint16)
    mosaic[0::2, 0::2], mosaic[1::2, 1::2] = 40000, 5000
    mosaic[0::2, 1::2] = mosaic[1::2, 0::2] = 20000
    tags, strips = page(mosaic, strip=64, t262=(32803,), t33421=(2, 2), t50717=(65535,))
    del tags[317], tags[339]
    data = bytearray(tiff((tags, strips)))
    return _with_dng_tags(tmp_path / name, data)


def _with_dng_tags(path: Path, data: bytearray) -> Path:
    """Adds what a DNG needs in other types than SHORT and LONG."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    rows = [bytes(data[start + 2 + 12 * n : start + 14 + 12 * n]) for n in range(count)]
    end = len(data) + len(data) % 2
    data += bytes(len(data) % 2)
    matrix = struct.pack("<18i", *sum(([v, 10000] for v in MATRIX), []))
    neutral = struct.pack("<6I", 1, 1, 1, 1, 1, 1)
    model = b"Tiny DNG\0\0"
    data += matrix + neutral + model
    rows += [
        struct.pack("<HHI4B", 33422, 1, 4, 0, 1, 1, 2),
        struct.pack("<HHI4B", 50706, 1, 4, 1, 4, 0, 0),
        struct.pack("<HHII", 50721, 10, 9, end),
        struct.pack("<HHII", 50728, 5, 3, end + len(matrix)),
        struct.pack("<HHII", 50708, 2, 9, end + len(matrix) + len(neutral)),
        struct.pack("<HHII", 271, 2, 9, end + len(matrix) + len(neutral)),
        struct.pack("<HHII", 272, 2, 9, end + len(matrix) + len(neutral)),
    ]
    rows.sort(key=lambda row: struct.unpack_from("<H", row)[0])
    place = len(data)
    data += struct.pack("<H", len(rows)) + b"".join(rows) + bytes(4)
    data[4:8] = struct.pack("<I", place)
    path.write_bytes(data)
    return path


MATRIX = (32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572)


@pytest.mark.parametrize(
    ("name", "data", "package", "extra"),
    [
        ("a.heic", HEIC, "pillow_heif", "heic"),
        ("a.jpg", HEIC, "pillow_heif", "heic"),
        ("a.exr", EXR, "OpenEXR", "exr"),
        ("a.nef", tiff(page(gradient().astype("f4"))), "rawpy", "raw"),
        ("a.raf", b"FUJIFILMCCD-RAW " * 9, "rawpy", "raw"),
    ],
)
def test_a_missing_package_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    data: bytes,
    package: str,
    extra: str,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StyleMambaError) as caught:
        read_image(tmp_path / name)
    assert f"pip install 'stylemamba[{extra}]'" in str(caught.value)
    assert "\n" not in str(caught.value) and name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "package"),
    [
        ("a.heic", HEIC, "pillow_heif"),
        ("a.exr", EXR, "OpenEXR"),
        ("a.nef", tiff(page(gradient().astype("f4"))), "rawpy"),
        ("a.raf", b"FUJIFILMCCD-RAW " * 9, "rawpy"),
        ("a.cr3", b"\0\0\0\x18ftypcrx " * 9, "rawpy"),
    ],
)
def test_damaged_ones_are_one_line(tmp_path: Path, name: str, data: bytes, package: str) -> None:
    pytest.importorskip(package)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StyleMambaError) as caught:
        read_image(tmp_path / name)
    assert "\n" not in str(caught.value) and name in str(caught.value)


@pytest.mark.parametrize("orientation", [1, 6])
def test_heic(tmp_path: Path, orientation: int) -> None:
    heif = pytest.importorskip("pillow_heif")
    file = heif.from_pillow(picture(64, 48))
    xmp = XMP.replace(b'Orientation="6"', f'Orientation="{orientation}"'.encode())
    options = {"exif": exif(orientation), "xmp": xmp, "quality": -1}
    file.save(tmp_path / "a.heic", **options)
    photo = read_image(tmp_path / "a.heic")
    turned = orientation == 6
    assert photo.rgb.size == ((48, 64) if turned else (64, 48))
    expected = np.asarray(picture(64, 48)).astype(int)
    expected = np.rot90(expected, -1) if turned else expected
    assert np.abs(np.asarray(photo.rgb) - expected).mean() < 8
    write_image(photo.rgb, tmp_path / "b.jpg", carried=photo.carried)
    carried = read_image(tmp_path / "b.jpg").carried
    assert b"Kamera" in carried.exif and b"Hafen" in carried.xmp
    assert read_image(tmp_path / "b.jpg").rgb.size == photo.rgb.size


def test_heic_in_a_wide_profile(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    wide = picture()
    wide.info["icc_profile"] = SWAPPED
    heif.from_pillow(wide).save(tmp_path / "a.heic", quality=-1)
    photo = read_image(tmp_path / "a.heic")
    assert photo.carried.profile == SWAPPED
    assert np.abs(np.asarray(photo.rgb).astype(int) - np.asarray(picture())).max() > 100


def test_heic_of_10_bits(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    samples = np.round(gradient(64, 48) * 65535).astype(np.uint16)
    file = heif.from_bytes("RGB;16", (64, 48), samples.tobytes())
    file.save(tmp_path / "a.heic", quality=-1)
    photo = read_image(tmp_path / "a.heic")
    assert photo.deep is not None and len(np.unique(photo.deep)) > 300
    assert np.abs(photo.deep.astype(int) - samples).mean() < 2000


@pytest.mark.parametrize("name", ["a.dng", "a.tif"])
def test_camera_raw_is_developed(tmp_path: Path, name: str) -> None:
    pytest.importorskip("rawpy")
    photo = read_image(sensor(tmp_path, name))
    assert photo.rgb.size == (96, 64) and photo.deep is not None
    red, green, blue = photo.rgb.getpixel((48, 32))
    assert red > green > blue
    assert b"Tiny DNG" in photo.carried.exif and len(photo.carried.exif) < 200


@pytest.mark.parametrize("channels", ["RGB", "RGBA", "Y"])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_openexr(tmp_path: Path, channels: str, kind: type) -> None:
    exr = pytest.importorskip("OpenEXR")
    light = np.full((16, 24), 0.2140411, kind)
    planes = {name: light if name != "A" else np.full((16, 24), 0.5, kind) for name in channels}
    header = {"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}
    with exr.File(header, planes) as file:
        file.write(str(tmp_path / "a.exr"))
    photo = read_image(tmp_path / "a.exr")
    assert photo.rgb.size == (24, 16) and photo.deep is not None
    assert np.abs(photo.deep / 65535 - 0.5).max() < 1e-3  # linear light, as sRGB
    assert (photo.alpha is not None) == (channels == "RGBA")


def test_bright_light_is_said(tmp_path: Path) -> None:
    exr = pytest.importorskip("OpenEXR")
    light = (gradient() * 20).astype(np.float32)
    planes = {name: np.ascontiguousarray(light[..., n]) for n, name in enumerate("RGB")}
    with exr.File({"type": exr.scanlineimage}, planes) as file:
        file.write(str(tmp_path / "a.exr"))
    photo = read_image(tmp_path / "a.exr")
    assert "shown as white" in photo.notes[0] and photo.rgb.getextrema()[0][1] == 255
