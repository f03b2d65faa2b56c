"""Photos of 16 bits come back with 16."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from photos import SWAPPED, deep_png, gradient, picture
from PIL import Image
from test_tiff import page, tiff

from stylemamba.files.carried import NOTHING
from stylemamba.files.icc import Curves
from stylemamba.files.images import photo_tensor, read_image, write_image
from stylemamba.painting.full_size import at_full_size
from stylemamba.portable.recipe import Recipe
from stylemamba.progress import ignore

SAMPLES = np.round(gradient() * 65535).astype(np.uint16)


def written(tmp_path: Path, source: str, suffix: str) -> np.ndarray:
    """The samples of a photo's copy, as another reader than ours has them."""
    photo = read_image(tmp_path / source)
    path = tmp_path / f"out{suffix}"
    write_image(photo.rgb, path, photo.alpha, "{}", carried=photo.carried, deep=photo.deep)
    again = read_image(path)
    assert again.deep is not None
    assert np.abs(again.deep / 257 - np.asarray(again.rgb)).max() < 1
    return again.deep


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
def test_tiffs_of_16_bits(tmp_path: Path, compression: str, order: str, suffix: str) -> None:
    predictor = 1 if compression == "raw" else 2
    made = page(SAMPLES, compression=compression, predictor=predictor, order=order)
    (tmp_path / "a.tif").write_bytes(tiff(made, order=order))
    np.testing.assert_array_equal(written(tmp_path, "a.tif", suffix), SAMPLES)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_pngs_of_16_bits_with_alpha(tmp_path: Path, suffix: str) -> None:
    alpha = np.full((16, 24, 1), 40000, np.uint16)
    deep_png(tmp_path / "a.png", np.concatenate([SAMPLES, alpha], -1))
    np.testing.assert_array_equal(written(tmp_path, "a.png", suffix), SAMPLES)
    found = read_image(tmp_path / f"out{suffix}").alpha
    assert found is not None and found.getextrema() == (156, 156)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_grey_with_alpha_of_16_bits(tmp_path: Path, suffix: str) -> None:
    alpha = np.full((16, 24, 1), 40000, np.uint16)
    deep_png(tmp_path / "a.png", np.concatenate([SAMPLES[..., :1], alpha], -1))
    found = written(tmp_path, "a.png", suffix)
    np.testing.assert_array_equal(found, SAMPLES[..., :1].repeat(3, 2))
    kept = read_image(tmp_path / f"out{suffix}").alpha
    assert kept is not None and kept.getextrema() == (156, 156)


def test_grey_of_32_bits_without_sign(tmp_path: Path) -> None:
    samples = (gradient()[..., :1] * (2**32 - 1)).astype(np.uint32)
    (tmp_path / "a.tif").write_bytes(tiff(page(samples)))
    photo = read_image(tmp_path / "a.tif")
    assert photo.deep is not None and photo.notes == ()
    assert np.abs(photo.deep[..., :1].astype(int) - SAMPLES[..., :1]).max() <= 1


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_grey_of_16_bits(tmp_path: Path, suffix: str) -> None:
    deep_png(tmp_path / "a.png", SAMPLES[..., :1])
    found = written(tmp_path, "a.png", suffix)
    np.testing.assert_array_equal(found, SAMPLES[..., :1].repeat(3, 2))


def test_a_filter_for_each_row_of_a_png(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 65536, (150, 70, 3)).astype(np.uint16)
    write_image(Image.new("RGB", (70, 150)), tmp_path / "a.png", deep=noise)
    found = read_image(tmp_path / "a.png").deep
    np.testing.assert_array_equal(found, noise)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_wide_profile_with_16_bits(tmp_path: Path, suffix: str) -> None:
    inside = Curves.of(SWAPPED).from_srgb(np.full((16, 24, 3), [30000, 20000, 40000], np.uint16))
    deep_png(tmp_path / "a.png", inside, icc=SWAPPED)
    photo = read_image(tmp_path / "a.png")
    assert photo.deep is not None and photo.carried.profile == SWAPPED
    assert np.abs(photo.deep[0, 0].astype(int) - [30000, 20000, 40000]).max() < 20
    target = tmp_path / f"out{suffix}"
    write_image(photo.rgb, target, carried=photo.carried, deep=photo.deep)
    again = read_image(target)
    assert again.deep is not None
    assert np.abs(again.deep.astype(int) - photo.deep).max() < 20
    assert again.carried.profile == SWAPPED


@pytest.mark.parametrize("orientation", range(1, 9))
def test_16_bits_are_turned_like_8(tmp_path: Path, orientation: int) -> None:
    (tmp_path / "a.tif").write_bytes(tiff(page(SAMPLES, t274=(orientation,))))
    photo = read_image(tmp_path / "a.tif")
    assert photo.deep is not None
    assert np.abs(photo.deep / 257 - np.asarray(photo.rgb)).max() < 1


def test_float_and_12_bits(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(tiff(page(gradient().astype(np.float32))))
    found = read_image(tmp_path / "a.tif").deep
    assert found is not None and np.abs(found.astype(int) - SAMPLES).max() <= 1
    deep_png(tmp_path / "b.png", SAMPLES // 16)
    found = read_image(tmp_path / "b.png").deep
    assert found is not None and np.abs(found.astype(int) - SAMPLES).max() <= 16


def test_8_bits_stay_8(tmp_path: Path) -> None:
    for suffix in (".png", ".tif", ".jpg"):
        picture().save(tmp_path / f"a{suffix}")
        assert read_image(tmp_path / f"a{suffix}").deep is None
    write_image(picture(), tmp_path / "b.tif", carried=NOTHING)
    assert read_image(tmp_path / "b.tif").deep is None


def test_other_formats_take_8(tmp_path: Path) -> None:
    for suffix in (".jpg", ".webp", ".avif", ".gif"):
        write_image(picture(), tmp_path / f"a{suffix}", deep=SAMPLES)
        assert read_image(tmp_path / f"a{suffix}").deep is None


def test_painting_sees_and_gives_all_bits(tmp_path: Path) -> None:
    deep_png(tmp_path / "a.png", SAMPLES)
    photo = read_image(tmp_path / "a.png")
    seen = photo_tensor(photo, 24)[0].permute(1, 2, 0).numpy()
    assert np.abs(seen - gradient()).max() < 1e-4
    half = photo_tensor(photo, 12)
    image, found = at_full_size(half, photo, Recipe.of("x"), ignore)
    assert found is not None and found.shape == SAMPLES.shape and len(np.unique(found % 257)) > 30
    np.testing.assert_allclose(found / 257, np.asarray(image), atol=0.51)
    assert at_full_size(half, photo, Recipe.of("x", strength=0), ignore) == (photo.rgb, photo.deep)
    _, tile = at_full_size(half, photo, Recipe.of("x", tile=True), ignore)
    assert tile is not None and tile.shape == SAMPLES.shape
