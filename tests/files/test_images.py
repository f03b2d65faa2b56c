from __future__ import annotations

import os
import resource
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import (
    check_output,
    fit_size,
    keeps_alpha,
    read_image,
    resize,
    to_pil,
    to_tensor,
    write_image,
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


# --- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".tif", ".TIFF"])
def test_lossless_round_trip_with_alpha(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    alpha = Image.linear_gradient("L").resize((24, 16)).point(lambda v: max(v, 1))
    source = gradient()
    write_image(source, path, alpha=alpha)
    photo = read_image(path)
    np.testing.assert_array_equal(pixels(photo.rgb), pixels(source))
    assert photo.alpha is not None
    np.testing.assert_array_equal(pixels(photo.alpha), pixels(alpha))
    assert source.mode == "RGB"


def test_webp_keeps_alpha_and_jpeg_lays_on_white(tmp_path: Path) -> None:
    alpha = Image.new("L", (24, 16), 0)
    alpha.paste(255, (0, 0, 12, 16))
    write_image(gradient(), tmp_path / "a.webp", alpha=alpha)
    read = read_image(tmp_path / "a.webp").alpha
    assert read is not None
    np.testing.assert_array_equal(pixels(read), pixels(alpha))
    write_image(gradient(), tmp_path / "a.jpg", alpha=alpha)
    flat = read_image(tmp_path / "a.jpg")
    assert flat.alpha is None and min(flat.rgb.getpixel((22, 5))) > 245
    assert keeps_alpha("x.PNG") and not keeps_alpha("x.jpeg")


def test_jpeg_quality(tmp_path: Path) -> None:
    write_image(gradient(), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert max(max(table) for table in image.quantization.values()) <= 20
    assert np.abs(pixels(read_image(tmp_path / "a.jpg").rgb) - pixels(gradient())).mean() < 2


def test_alpha_of_another_size_is_a_programming_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="alpha"):
        write_image(gradient(), tmp_path / "a.png", alpha=Image.new("L", (3, 3)))


def test_unknown_extension_missing_folder_and_folder(tmp_path: Path) -> None:
    for check in (check_output, lambda path: write_image(gradient(), path)):
        for path, word in [
            (tmp_path / "a.xyz", r"\.png"),
            (tmp_path / "a", "no extension"),
            (tmp_path / "none" / "a.png", "create it first"),
            (tmp_path / ("x" * 300 + ".png"), "cannot be written"),
            (tmp_path / "a.png" / "b.png", "no folder"),
        ]:
            with pytest.raises(StyleMambaError, match=word):
                check(path)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(StyleMambaError, match="folder"):
        check_output(tmp_path / "folder.png")


def test_check_output_changes_nothing(tmp_path: Path) -> None:
    old = tmp_path / "old.png"
    old.write_bytes(b"old")
    check_output(old)
    check_output(tmp_path / "new.png")
    assert old.read_bytes() == b"old" and os.listdir(tmp_path) == ["old.png"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder nobody may write to")
def test_read_only_folder() -> None:
    with pytest.raises(StyleMambaError, match="cannot be written"):
        check_output("/proc/a.png")


@contextmanager
def small_disk() -> Iterator[None]:
    """Files over 4 KB cannot be written, as on a full disk.

    Not a fixture: pytest writes its own report, a file in CI, before fixtures are torn down.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_bytes(b"old")
    noise = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    with small_disk(), pytest.raises(StyleMambaError, match="cannot be written") as caught:
        write_image(Image.fromarray(noise), path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == [path.name]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("suffix", "longest"), [(".webp", 16383), (".jpg", 65500)])
@pytest.mark.parametrize("tall", [False, True])
def test_too_large_for_a_format_is_refused_before_any_work(
    tmp_path: Path, suffix: str, longest: int, tall: bool
) -> None:
    path = tmp_path / f"a{suffix}"
    fits, too_large = ((1, n) if tall else (n, 1) for n in (longest, longest + 1))
    check_output(path, fits)
    write_image(Image.new("RGB", fits), path)
    for call in (
        lambda: check_output(path, too_large),
        lambda: write_image(Image.new("RGB", too_large), path),
    ):
        with pytest.raises(StyleMambaError, match=f"{longest}.*use .png") as caught:
            call()
        assert "\n" not in str(caught.value)
    check_output(path)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_png_and_tiff_hold_long_pictures(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    check_output(path, (200_000, 1))
    write_image(Image.new("RGB", (200_000, 1)), path)
    assert read_image(path).rgb.size == (200_000, 1)


def test_too_large_for_webp(tmp_path: Path) -> None:
    with pytest.raises(StyleMambaError, match="16383.*use .png"):
        write_image(Image.new("RGB", (17000, 1)), tmp_path / "a.webp")
    assert os.listdir(tmp_path) == []


def test_interrupt_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Image.Image, file: object, **_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_image(gradient(), tmp_path / "a.png")
    assert os.listdir(tmp_path) == []


def test_mode_is_kept_and_links_are_followed(tmp_path: Path) -> None:
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_image(gradient(), link)
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    np.testing.assert_array_equal(pixels(read_image(real).rgb), pixels(gradient()))


# --- tensors and sizes ---------------------------------------------------------------------------


def test_tensor_round_trip_is_exact() -> None:
    tensor = to_tensor(gradient())
    assert tensor.shape == (1, 3, 16, 24) and tensor.dtype == torch.float32
    assert tensor.min() == 0 and tensor.max() == 1
    np.testing.assert_array_equal(pixels(to_pil(tensor)), pixels(gradient()))
    np.testing.assert_array_equal(pixels(to_pil(tensor[0].requires_grad_())), pixels(gradient()))


def test_to_pil_clamps_and_checks_the_shape() -> None:
    tensor = torch.tensor([-3.0, 0.5, 7.0, float("nan")]).expand(1, 3, 1, 4)
    assert pixels(to_pil(tensor))[0, :, 0].tolist() == [0, 128, 255, 0]
    for shape in [(2, 3, 4, 4), (1, 4, 4), (4, 4)]:
        with pytest.raises(ValueError, match="expected"):
            to_pil(torch.zeros(shape))


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        ((400, 300), 256, (256, 192)),
        ((300, 400), 256, (192, 256)),
        ((100, 50), 256, (256, 128)),
        ((1, 5000), 256, (1, 256)),
        ((1, 1), 64, (64, 64)),
    ],
)
def test_fit_size(size: tuple[int, int], long_side: int, expected: tuple[int, int]) -> None:
    assert fit_size(size, long_side) == expected


@pytest.mark.parametrize(
    "call",
    [lambda: fit_size((0, 4), 10), lambda: fit_size((4, 4), 0)],
)
def test_fit_size_refuses_nothing(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        call()


def test_resize_filters() -> None:
    checks = Image.fromarray((np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8))
    small = pixels(resize(checks.convert("RGB"), (16, 16)))
    assert abs(small.mean() - 127.5) < 3 and small.std() < 5  # nearest would give 0 or 255
    image = gradient()
    assert resize(image, image.size) is image
