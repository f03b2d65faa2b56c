"""What a photo's file tells beside its pixels is in the result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from photos import EXIF, GPS, IPTC, OWNER, SWAPPED, XMP, camera_jpeg, exif, picture, profile
from PIL import ExifTags, Image

from stylemamba.files.carried import NOTHING
from stylemamba.files.icc import Curves, UnusableProfileError, from_srgb, is_srgb
from stylemamba.files.ifd import Block, Field
from stylemamba.files.images import read_image, write_image
from stylemamba.files.metadata import read_recipe

SUFFIXES = [".png", ".jpg", ".webp", ".tif", ".avif"]
RECIPE = '{"version": 1}'


def carried_to(tmp_path: Path, suffix: str, source: str = "a.jpg") -> Image.Image:
    photo = read_image(tmp_path / source)
    target = tmp_path / f"out{suffix}"
    notes = write_image(photo.rgb, target, None, RECIPE, carried=photo.carried)
    place = ("IPTC" in note for note in notes)
    assert all(place) and read_recipe(target) == RECIPE
    image = Image.open(target)
    image.load()
    return image


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_exif_is_carried_over_upright_and_without_its_thumbnail(
    tmp_path: Path, suffix: str, order: str
) -> None:
    camera_jpeg(tmp_path / "a.jpg", exif=exif(6, order))
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif().get_ifd(ExifTags.IFD.IFD1) and image.size == (24, 16)
    image = carried_to(tmp_path, suffix)
    found = image.getexif()
    assert (
        image.size == (16, 24)
        and found.get(0x0112, 1) == 1
        and not found.get_ifd(ExifTags.IFD.IFD1)
    )
    inner, place = found.get_ifd(EXIF), found.get_ifd(GPS)
    assert (found[0x010F], inner[0x9003]) == ("Kamera", "2026:01:02 03:04:05")
    assert (inner[0xA002], inner[0xA003]) == (16, 24)
    assert inner[0x9204] == pytest.approx(-1 / 3) and len(inner[0x927C]) == 40
    assert place[1] == "N" and [float(part) for part in place[2]] == [52, 31, 12.34]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_letters_stay_the_bytes_that_they_are(tmp_path: Path, suffix: str) -> None:
    camera_jpeg(tmp_path / "a.jpg", exif=exif())
    carried_to(tmp_path, suffix)
    artist = Block.read(read_image(tmp_path / f"out{suffix}").carried.exif).tags[0x013B]
    assert isinstance(artist, Field) and artist.data.rstrip(b"\0") == OWNER


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_xmp_iptc_and_resolution(tmp_path: Path, suffix: str) -> None:
    camera_jpeg(tmp_path / "a.jpg")
    carried_to(tmp_path, suffix)
    again = read_image(tmp_path / f"out{suffix}").carried
    assert b"<dc:title>Hafen</dc:title>" in again.xmp and b'xmp:Rating="5"' in again.xmp
    assert b"Orientation" not in again.xmp and b"Thumbnails" not in again.xmp
    assert again.iptc == (b"" if suffix in (".webp", ".avif") else IPTC)
    with Image.open(tmp_path / f"out{suffix}") as image:
        found = image.info.get("dpi") or [float(image.getexif()[tag]) for tag in (282, 283)]
    assert [float(part) for part in found] == pytest.approx([200, 300], abs=0.1)  # it was turned


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_result_is_in_the_profile_of_the_photo(tmp_path: Path, suffix: str) -> None:
    picture().save(tmp_path / "a.png", icc_profile=SWAPPED)
    image = carried_to(tmp_path, suffix, "a.png")
    assert image.info["icc_profile"] == SWAPPED
    apart = np.abs(np.asarray(image.convert("RGB")).astype(int) - np.asarray(picture()))
    assert apart.mean() < 3  # beyond sRGB's gamut nothing was painted
    shown = read_image(tmp_path / f"out{suffix}").rgb
    here = read_image(tmp_path / "a.png").rgb
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(here)).mean() < 3


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_photo_in_srgb_is_not_converted(tmp_path: Path, suffix: str) -> None:
    picture().save(tmp_path / "a.png", icc_profile=profile())
    image = carried_to(tmp_path, suffix, "a.png")
    assert image.info["icc_profile"] == profile() and is_srgb(profile())
    shown = read_image(tmp_path / "a.png").rgb
    np.testing.assert_array_equal(np.asarray(image), np.asarray(shown))


def test_profiles_that_are_not_of_rgb_are_left_out(tmp_path: Path) -> None:
    Image.new("CMYK", (9, 9), (0, 99, 9, 0)).save(tmp_path / "a.jpg", icc_profile=b"\0" * 200)
    assert read_image(tmp_path / "a.jpg").carried.profile == b""


def test_curves_agree_with_the_colour_engine() -> None:
    samples = np.asarray(picture()).astype(np.uint16) * 257
    ours = Curves.of(SWAPPED).from_srgb(samples)
    theirs = np.asarray(from_srgb(picture(), SWAPPED)).astype(int)
    assert np.abs(ours / 257 - theirs).max() < 1.1
    inside = Curves.of(SWAPPED).to_srgb(ours)
    assert np.abs(inside.astype(int) - samples).max() <= 40  # of 65535
    for broken in (b"", SWAPPED[:200], b"x" * 400):
        with pytest.raises(UnusableProfileError):
            Curves.of(broken)


@pytest.mark.parametrize("source", [".png", ".webp", ".tif", ".avif"])
@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_other_photos_tell_the_same(tmp_path: Path, source: str, suffix: str) -> None:
    camera_jpeg(tmp_path / "a.jpg")
    carried_to(tmp_path, source)
    Path(tmp_path / f"out{source}").rename(tmp_path / f"b{source}")
    image = carried_to(tmp_path, suffix, f"b{source}")
    assert image.getexif()[0x010F] == "Kamera" and image.getexif().get_ifd(GPS)[1] == "N"
    again = read_image(tmp_path / f"out{suffix}").carried
    assert b"Hafen" in again.xmp and again.profile == SWAPPED


def test_a_recipe_is_not_carried_over(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        write_image(picture(), tmp_path / f"a{suffix}", recipe='{"old": 1}')
        carried = read_image(tmp_path / f"a{suffix}").carried
        write_image(picture(), tmp_path / "b.jpg", carried=carried)
        assert read_recipe(tmp_path / "b.jpg") is None
    picture().save(tmp_path / "c.tif", description="stylemamba: {}")
    assert read_recipe(tmp_path / "c.tif") == "{}"  # as results of earlier versions have it
    assert b"stylemamba" not in read_image(tmp_path / "c.tif").carried.exif


def test_makers_data_give_way_to_the_recipe(tmp_path: Path) -> None:
    camera_jpeg(tmp_path / "a.jpg", exif=exif(maker_note=64_000))
    photo = read_image(tmp_path / "a.jpg")
    recipe = '{"text": "' + "x" * 2000 + '"}'
    (note,) = write_image(photo.rgb, tmp_path / "b.jpg", None, recipe, carried=photo.carried)
    assert "maker" in note and read_recipe(tmp_path / "b.jpg") == recipe
    assert Image.open(tmp_path / "b.jpg").getexif()[0x010F] == "Kamera"
    assert not write_image(photo.rgb, tmp_path / "b.png", None, recipe, carried=photo.carried)


def test_a_comment_of_the_photo_is_said_to_give_way(tmp_path: Path) -> None:
    block = Image.Exif()
    block.get_ifd(EXIF)[0x9286] = b"ASCII\0\0\0holiday"
    picture().save(tmp_path / "a.jpg", exif=block)
    photo = read_image(tmp_path / "a.jpg")
    (note,) = write_image(photo.rgb, tmp_path / "b.jpg", None, RECIPE, carried=photo.carried)
    assert "comment" in note
    assert write_image(photo.rgb, tmp_path / "c.jpg", carried=photo.carried) == ()
    assert b"holiday" in (tmp_path / "c.jpg").read_bytes()


def test_damaged_exif_does_not_matter(tmp_path: Path) -> None:
    whole = exif()
    random = np.random.default_rng(0)
    for _ in range(150):
        data = bytearray(whole)
        for place in random.integers(6, len(data), random.integers(1, 30)):
            data[place] = random.integers(256)
        data = data[: random.integers(10, len(data) + 1)]
        picture().save(tmp_path / "a.jpg", exif=bytes(data))
        photo = read_image(tmp_path / "a.jpg")
        for suffix in (".jpg", ".png", ".tif"):
            write_image(photo.rgb, tmp_path / f"b{suffix}", None, RECIPE, carried=photo.carried)
            assert read_recipe(tmp_path / f"b{suffix}") == RECIPE
            assert read_image(tmp_path / f"b{suffix}").rgb.size == photo.rgb.size


def test_big_xmp_has_no_room_in_a_jpeg(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.webp", xmp=XMP + b" " * 70_000 + b"<end/>")
    photo = read_image(tmp_path / "a.webp")
    (note,) = write_image(photo.rgb, tmp_path / "b.jpg", carried=photo.carried)
    assert "XMP over 64 KB" in note
    assert write_image(photo.rgb, tmp_path / "b.png", carried=photo.carried) == ()


def test_a_gif_says_what_it_has_no_place_for(tmp_path: Path) -> None:
    camera_jpeg(tmp_path / "a.jpg")
    photo = read_image(tmp_path / "a.jpg")
    (note,) = write_image(photo.rgb, tmp_path / "b.gif", None, RECIPE, carried=photo.carried)
    assert note == "GIF has no place for EXIF, XMP, IPTC, profile: left out"
    assert read_recipe(tmp_path / "b.gif") == RECIPE


def test_layout_of_a_tiff_is_not_carried(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.tif", compression="tiff_lzw", software="Scan", dpi=(72, 72))
    carried = read_image(tmp_path / "a.tif").carried
    tags = Block.read(carried.exif).tags
    assert set(tags) <= {282, 283, 296, 305} and 305 in tags and carried.dpi == (72, 72)
    write_image(picture(), tmp_path / "b.tif", carried=carried)
    with Image.open(tmp_path / "b.tif") as image:
        assert image.tag_v2[305] == "Scan"  # type: ignore[attr-defined]


def test_nothing_is_carried_from_what_tells_nothing(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.bmp")
    picture().save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").carried == NOTHING
    assert read_image(tmp_path / "a.bmp").carried.exif == b""
