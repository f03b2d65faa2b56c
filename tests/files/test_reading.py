"""Files that other programs open although something about them is unusual."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from stylemamba.errors import StyleMambaError
from stylemamba.files import reading
from stylemamba.files.images import as_photo, read_image, write_image


def gradient(width: int = 96, height: int = 64) -> Image.Image:
    y, x = np.mgrid[:height, :width]
    channels = [255 * x / width, 255 * y / height, 90 + 40 * np.sin(x * y / 50)]
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8))


def noise(width: int = 200, height: int = 200) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(values)


def encoded(image: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, format="JPEG", **options)
    return file.getvalue()


# --- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("international", [True, False])
def test_a_text_chunk_of_3_mb(tmp_path: Path, compressed: bool, international: bool) -> None:
    chunks = PngImagePlugin.PngInfo()
    add = chunks.add_itxt if international else chunks.add_text
    add("workflow", "node " * 600_000, zip=compressed)
    gradient().save(tmp_path / "a.png", pnginfo=chunks)
    before = PngImagePlugin.MAX_TEXT_CHUNK
    assert read_image(tmp_path / "a.png").rgb.getpixel((0, 0)) == gradient().getpixel((0, 0))
    assert before == PngImagePlugin.MAX_TEXT_CHUNK


# --- JPEG files that break off -------------------------------------------------------------------


@pytest.mark.parametrize("size", [(9, 7), (33, 20), (200, 200)])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str
)
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_without_its_end_marker(
    tmp_path: Path, options: dict[str, object], size: tuple[int, int], lost: int
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(noise(*size), **options))
    whole = read_image(path)
    path.write_bytes(path.read_bytes()[:-lost])
    photo = read_image(path)
    np.testing.assert_array_equal(np.asarray(photo.rgb), np.asarray(whole.rgb))
    assert whole.notes == () and len(photo.notes) == 1 and "breaks off" in photo.notes[0]


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_jpegs_without_their_end_marker(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(gradient().convert(mode))[:-2])
    assert read_image(path).rgb.size == (96, 64)


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}], ids=str)
def test_a_jpeg_that_lost_its_last_bytes(tmp_path: Path, options: dict[str, object]) -> None:
    data = encoded(noise(), **options)
    path = tmp_path / "a.jpg"
    path.write_bytes(data[:-40])
    photo = read_image(path)
    path.write_bytes(data)
    same = np.asarray(photo.rgb) == np.asarray(read_image(path).rgb)
    assert same[:180].all() and not same.all()


@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"restart_marker_blocks": 1}],
    ids=str,
)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.9])
def test_a_jpeg_that_lost_more_is_refused(
    tmp_path: Path, options: dict[str, object], share: float
) -> None:
    data = encoded(noise(), **options)
    path = tmp_path / "a.jpg"
    path.write_bytes(data[: round(share * len(data))])
    with pytest.raises(StyleMambaError, match="damaged"):
        read_image(path)


def test_a_turned_jpeg_that_breaks_off_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a.jpg").write_bytes(encoded(gradient(), exif=exif)[:-2])
    assert read_image(tmp_path / "a.jpg").rgb.size == (64, 96)


# --- 12 bits in 16 -------------------------------------------------------------------------------


def rgb_16(values: np.ndarray) -> bytes:
    """A 16-bit RGB PNG of (h, w, 3); Pillow does not write any."""
    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_fewer_bits_in_16_are_made_visible(tmp_path: Path, bits: int, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    ramp = np.linspace(0, 2**bits - 1, 64).reshape(8, 8).round().astype(np.uint16)
    Image.fromarray(ramp).save(path)
    photo = read_image(path)
    np.testing.assert_array_equal(
        np.asarray(photo.rgb)[..., 1], np.round(ramp / (2**bits - 1) * 255)
    )
    assert len(photo.notes) == 1 and f"{bits} bits" in photo.notes[0]


def test_12_bits_of_colour_in_16(tmp_path: Path) -> None:
    ramp = np.linspace(0, 4095, 192).reshape(8, 8, 3).round()
    (tmp_path / "a.png").write_bytes(rgb_16(ramp))
    photo = read_image(tmp_path / "a.png")
    assert np.abs(np.asarray(photo.rgb) - ramp / 4095 * 255).max() <= 17  # 4 bits are left
    assert len(photo.notes) == 1 and "12 bits" in photo.notes[0]


def test_dark_pictures_of_other_depths_stay_dark(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (8, 8), (3, 9, 12)).save(path)
    assert read_image(path).rgb.getpixel((0, 0)) == (3, 9, 12) and read_image(path).notes == ()
    path.write_bytes(rgb_16(np.full((8, 8, 3), 5000)))
    assert read_image(path).rgb.getpixel((0, 0)) == (19, 19, 19) and read_image(path).notes == ()
    path.write_bytes(rgb_16(np.zeros((8, 8, 3))))
    assert read_image(path).rgb.getpixel((0, 0)) == (0, 0, 0) and read_image(path).notes == ()


# --- empty frames, transparency ------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp"])
@pytest.mark.parametrize("first", [(0, 0, 0, 0), (0, 0, 0, 255), (250, 250, 250, 255)])
def test_an_empty_first_frame(
    tmp_path: Path, suffix: str, first: tuple[int, int, int, int]
) -> None:
    path = tmp_path / f"a{suffix}"
    empty, full = Image.new("RGBA", (96, 64), first), gradient().convert("RGBA")
    empty.save(path, save_all=True, append_images=[full], lossless=True, duration=50)
    photo = read_image(path)
    assert np.asarray(photo.rgb).std() > 30
    assert photo.notes == ("animated: frame 2 used, there is nothing in the first",)


def test_an_animation_of_nothing_keeps_its_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    photo = read_image(path)
    assert photo.rgb.getpixel((0, 0)) == (255, 0, 0)
    assert photo.notes == ("animated: first frame used",)


def test_a_fully_transparent_picture_gets_a_note(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (8, 8)).save(path)
    (note,) = read_image(path).notes
    assert "transparent" in note
    Image.new("RGBA", (8, 8), (0, 0, 0, 1)).save(path)
    assert read_image(path).notes == ()


# --- profiles ------------------------------------------------------------------------------------


def swapped_primaries() -> bytes:
    """An sRGB profile in which red means green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    place = {bytes(profile[i : i + 4]): i for i in range(132, len(profile) - 4, 12)}
    red, green = place[b"rXYZ"], place[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def test_colours_are_converted_once(tmp_path: Path) -> None:
    gradient().save(tmp_path / "a.png", icc_profile=swapped_primaries(), dpi=(72, 72))
    read = read_image(tmp_path / "a.png").rgb
    assert np.abs(np.asarray(read).astype(int) - np.asarray(gradient())).max() > 100
    assert read.info == {}
    np.testing.assert_array_equal(np.asarray(as_photo(read).rgb), np.asarray(read))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_no_profile_is_written(tmp_path: Path, suffix: str) -> None:
    picture = gradient()
    picture.info["icc_profile"] = swapped_primaries()
    picture.info["transparency"] = (0, 0, 0)
    write_image(picture, tmp_path / f"a{suffix}")
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert "icc_profile" not in image.info and not image.has_transparency_data
    assert picture.info["icc_profile"] == swapped_primaries()


# --- memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [MemoryError(), OSError(12, "Cannot allocate memory"), OSError("decoder error -9")],
    ids=str,
)
def test_low_memory_is_not_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    gradient().save(tmp_path / "a.png")
    monkeypatch.setattr(reading, "to_srgb", fail)
    with pytest.raises(StyleMambaError, match="not enough memory") as caught:
        read_image(tmp_path / "a.png")
    assert "damaged" not in str(caught.value)
