from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files import atomic
from stylemamba.files.atomic import check_writable
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


def gradient(width: int = 24, height: int = 16) -> Image.Image:
    """Red grows to the right, green downwards, so that any turn or flip shows."""
    x = np.linspace(0, 255, width)[None].repeat(height, 0)
    y = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    return Image.fromarray(np.stack([x, y, np.full_like(x, 64)], -1).round().astype(np.uint8))


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


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


WRITER = """
import sys, time
from stylemamba.files.atomic import atomic_writer
with atomic_writer(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    print("there", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="files are not locked there")
def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    def left() -> list[Path]:
        return sorted(tmp_path.glob(".stylemamba-*.tmp"))

    command = [sys.executable, "-c", WRITER, str(tmp_path / "a.png")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        (written,) = left()
        young = tmp_path / ".stylemamba-0123.tmp"
        young.touch()
        old = time.time() - 2 * atomic.YOUNG
        os.utime(written, (old, old))
        atomic._tidy.cache_clear()
        check_writable(tmp_path / "b.png")
        assert left() == sorted([written, young])
        writer.kill()
        writer.wait()
    check_writable(tmp_path / "b.png")  # once a process
    assert written in left()
    atomic._tidy.cache_clear()
    check_writable(tmp_path / "b.png")
    assert left() == [young]
