from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import (
    read_image,
)

ORIENTATION = 0x0112


def gradient(width: int = 24, height: int = 16) -> Image.Image:
    """Red grows to the right, green downwards, so that any turn or flip shows."""
    x = np.linspace(0, 255, width)[None].repeat(height, 0)
    y = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    return Image.fromarray(np.stack([x, y, np.full_like(x, 64)], -1).round().astype(np.uint8))


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


def png(width: int, height: int, bit_depth: int, colour_type: int, rows: bytes) -> bytes:
    """A PNG file from raw scan lines; Pillow can't write 16-bit colour itself."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, bit_depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def assert_refused(path: Path, *words: str) -> None:
    with pytest.raises(StyleMambaError) as caught:
        read_image(path)
    message = str(caught.value)
    assert "\n" not in message
    for word in (str(path), *words):
        assert word in message


# --- refused -------------------------------------------------------------------------------------


def test_missing_file_folder_empty_and_text(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none.png", "no such file")
    assert_refused(tmp_path, "folder")
    empty = tmp_path / "empty.jpg"
    empty.touch()
    assert_refused(empty, "empty")
    text = tmp_path / "text.png"
    text.write_text("not a picture\n" * 50)
    assert_refused(text, "not a picture")


def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert_refused(pipe, "regular file")


def test_nul_and_overlong_names() -> None:
    for name in ("a\0b.png", "x" * 5000 + ".png"):
        with pytest.raises(StyleMambaError, match="cannot be read"):
            read_image(name)


def test_postscript_never_starts_another_program(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    gradient().save(path, format="EPS")
    assert_refused(path, "not a picture")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp", ".gif", ".avif"])
def test_truncated(tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"photo{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    data = path.read_bytes()
    for kept in (len(data) // 2, 20, 3):
        path.write_bytes(data[:kept])
        assert_refused(path)
    assert capfd.readouterr().err == ""


def test_random_damage_never_escapes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for suffix in (".png", ".jpg", ".webp", ".tif", ".gif", ".bmp"):
        path = tmp_path / f"photo{suffix}"
        gradient().save(path)
        data = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(40):
            damaged = data.copy()
            damaged[rng.integers(0, len(data), 6)] = rng.integers(0, 256, 6)
            path.write_bytes(damaged.tobytes())
            try:
                assert read_image(path).rgb.mode == "RGB"
            except StyleMambaError as error:
                assert "\n" not in str(error)


def test_over_200_megapixels_is_refused_from_the_header(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    path.write_bytes(png(20_000, 10_001, 8, 2, b""))  # no pixels follow: decoding would fail
    assert_refused(path, "20000 x 10001", "200.0 megapixels", "limit is 200")
    path.write_bytes(png(100_000, 100_000, 1, 0, b""))
    assert_refused(path, "10,000.0 megapixels")
    path.write_bytes(png(20_000, 10_000, 8, 2, b""))
    assert_refused(path, "damaged")  # allowed by its size, but the pixels are missing


def test_pillows_own_limit_is_left_as_it_was(tmp_path: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    assert_refused(tmp_path / "none.png")
    gradient().save(tmp_path / "a.png")
    read_image(tmp_path / "a.png")
    assert before == Image.MAX_IMAGE_PIXELS


# --- depth and colour ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P"])
def test_plain_modes(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    source = gradient().convert(mode)
    source.save(path)
    photo = read_image(path)
    assert (photo.rgb.mode, photo.alpha, photo.notes) == ("RGB", None, ())
    np.testing.assert_array_equal(pixels(photo.rgb), pixels(source.convert("RGB")))
    assert photo.path == path


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"grey{suffix}"
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(values).save(path)
    assert pixels(read_image(path).rgb)[0].tolist() == [[v] * 3 for v in (0, 1, 128, 255)]


def test_16_bit_colour_with_and_without_alpha(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    pixel = struct.pack(">HHH", 0x1234, 0x8080, 0xFFFF)
    path.write_bytes(png(1, 1, 16, 2, b"\0" + pixel))
    assert read_image(path).rgb.getpixel((0, 0)) == (0x12, 0x80, 0xFF)
    path.write_bytes(png(1, 1, 16, 6, b"\0" + pixel + struct.pack(">H", 0x8080)))
    photo = read_image(path)
    assert photo.rgb.getpixel((0, 0)) == (0x12, 0x80, 0xFF)
    assert photo.alpha is not None and photo.alpha.getpixel((0, 0)) == 0x80


def test_16_bit_grey_png_with_a_transparent_value(tmp_path: Path) -> None:
    path = tmp_path / "key.png"
    Image.fromarray(np.array([[0, 40000]], np.uint16)).save(path, transparency=40000)
    photo = read_image(path)
    assert photo.alpha is not None and pixels(photo.alpha).tolist() == [[255, 0]]
    assert photo.rgb.getpixel((1, 0)) == (255, 255, 255)


def test_float_tiff(tmp_path: Path) -> None:
    path = tmp_path / "float.tif"
    Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)).save(path)
    photo = read_image(path)
    assert pixels(photo.rgb)[0, :, 0].tolist() == [0, 128, 255] and photo.notes == ()
    Image.fromarray(np.array([[-2.0, np.nan, 6.0, np.inf]], np.float32)).save(path)
    photo = read_image(path)
    assert pixels(photo.rgb)[0, :, 0].tolist() == [0, 0, 255, 0]
    assert any("stretched" in note for note in photo.notes) and len(photo.notes) == 2
    Image.fromarray(np.full((2, 2), 7.0, np.float32)).save(path)
    assert pixels(read_image(path).rgb).max() == 0


def test_cmyk_without_profile(tmp_path: Path) -> None:
    for name in ("a.tif", "a.jpg"):
        Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / name)
        r, g, b = read_image(tmp_path / name).rgb.getpixel((4, 4))
        assert r > 240 and g < 15 and b < 15


def test_lab(tmp_path: Path) -> None:
    path = tmp_path / "lab.tif"
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    source = gradient()
    ImageCms.profileToProfile(source, srgb, lab, outputMode="LAB").save(path)
    difference = np.abs(pixels(read_image(path).rgb) - pixels(source))
    assert difference.mean() < 3


def test_srgb_profile_changes_nothing_and_a_broken_one_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for source in (gradient(), gradient().convert("L")):
        source.save(path, icc_profile=profile)
        photo = read_image(path)
        assert np.abs(pixels(photo.rgb) - pixels(source.convert("RGB"))).max() <= 1
        assert photo.notes == ()
    gradient().save(path, icc_profile=b"nonsense" * 40)
    photo = read_image(path)
    np.testing.assert_array_equal(pixels(photo.rgb), pixels(gradient()))
    assert photo.notes == ("colour profile unusable: ignored",)


def swapped_primaries_profile() -> bytes:
    """An sRGB profile whose red and green primaries are exchanged: red means green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    offsets = {bytes(profile[i : i + 4]): i for i in range(132, 132 + 12 * count, 12)}
    red, green = offsets[b"rXYZ"], offsets[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def test_profile_is_applied(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    source = Image.new("RGBA", (4, 4), (250, 10, 10, 128))
    source.save(path, icc_profile=swapped_primaries_profile())
    photo = read_image(path)
    r, g, b = photo.rgb.getpixel((0, 0))
    assert r < 30 and g > 230 and b < 30
    assert photo.alpha is not None and photo.alpha.getpixel((0, 0)) == 128


def test_cmyk_with_a_profile_for_rgb_falls_back(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    source = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    source.save(path, icc_profile=swapped_primaries_profile())
    photo = read_image(path)
    assert photo.rgb.getpixel((0, 0)) == (255, 0, 0) and len(photo.notes) == 1


# --- transparency --------------------------------------------------------------------------------


def test_colours_stay_straight_and_hidden_ones_become_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    source = Image.new("RGBA", (3, 1))
    for x, value in enumerate([(200, 30, 40, 255), (200, 30, 40, 10), (13, 77, 99, 0)]):
        source.putpixel((x, 0), value)
    source.save(path)
    photo = read_image(path)
    assert [photo.rgb.getpixel((x, 0)) for x in range(3)] == [
        (200, 30, 40),
        (200, 30, 40),
        (255, 255, 255),
    ]
    assert photo.alpha is not None and pixels(photo.alpha).tolist() == [[255, 10, 0]]


def test_opaque_alpha_is_dropped(tmp_path: Path) -> None:
    gradient().convert("RGBA").save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").alpha is None


@pytest.mark.parametrize("kind", ["palette", "colour key", "grey", "gif"])
def test_other_kinds_of_transparency(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("a.gif" if kind == "gif" else "a.png")
    if kind == "grey":
        Image.merge("LA", [Image.new("L", (2, 1), 9), Image.new("L", (2, 1), 0)]).save(path)
    elif kind == "colour key":
        Image.new("RGB", (2, 1), (1, 2, 3)).save(path, transparency=(1, 2, 3))
    else:
        Image.new("P", (2, 1), 0).save(path, transparency=0)
    photo = read_image(path)
    assert photo.alpha is not None and pixels(photo.alpha).max() == 0
    assert pixels(photo.rgb).min() == 255


# --- orientation, frames, sizes ------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_exif_orientation(tmp_path: Path, orientation: int, suffix: str) -> None:
    to_stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = gradient(48, 32)
    upright.putalpha(Image.linear_gradient("L").resize(upright.size))
    method = to_stored.get(orientation)
    stored = upright.transpose(method) if method is not None else upright
    if suffix == ".jpg":
        stored = stored.convert("RGB")
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / f"a{suffix}"
    stored.save(path, exif=exif, **({"quality": 95} if suffix in (".jpg", ".webp") else {}))
    photo = read_image(path)
    assert photo.rgb.size == (48, 32)
    shown = pixels(upright)[..., 3] > 0 if suffix != ".jpg" else np.ones((32, 48), bool)
    difference = np.abs(pixels(photo.rgb) - pixels(upright.convert("RGB")))[shown]
    assert difference.mean() < 4
    if photo.alpha is not None:
        assert np.abs(pixels(photo.alpha) - pixels(upright)[..., 3]).max() <= 1


@pytest.mark.parametrize("mode", ["I;16", "F", "LAB", "CMYK", "1", "LA"])
def test_orientation_of_unusual_modes(tmp_path: Path, mode: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    path = tmp_path / "a.tif"
    Image.new(mode, (6, 3)).save(path, exif=exif)
    assert read_image(path).rgb.size == (3, 6)


def test_damaged_exif(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    gradient().save(path, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 30)
    assert read_image(path).rgb.size == (24, 16)


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".tif"])
def test_first_frame_is_used_and_noted(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)
    photo = read_image(path)
    assert photo.rgb.getpixel((3, 3)) == (255, 0, 0)
    assert len(photo.notes) == 1 and "first" in photo.notes[0]


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_extreme_shapes(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, (9, 8, 7)).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png").rgb
    assert image.size == size and image.getpixel((0, 0)) == (9, 8, 7)
