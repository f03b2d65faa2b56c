"""`stylize`: formats, metadata, depth, animations and pages."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from fake_pipeline import FakePipeline
from PIL import ExifTags, Image

from stylemamba.cli import main
from stylemamba.files.frames import read_animation
from stylemamba.files.images import read_image
from stylemamba.files.metadata import read_recipe

sys.path.insert(0, str(Path(__file__).parents[1] / "files"))
from photos import GPS, IPTC, SWAPPED, camera_jpeg, deep_png, gradient, picture  # noqa: E402


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp", "out.tif", "out.avif"])
def test_a_result_has_all_that_the_photo_had_and_is_replayed(
    here: Path, pipeline: FakePipeline, name: str
) -> None:
    camera_jpeg(here / "a.jpg")
    assert main(["stylize", "a.jpg", "x", "-o", name, "--quiet"]) == 0
    with Image.open(name) as image:
        exif = image.getexif()
        assert exif[0x010F] == "Kamera" and exif.get_ifd(GPS)[1] == "N"
        assert exif.get(0x0112, 1) == 1 and not exif.get_ifd(ExifTags.IFD.IFD1)
        assert image.info["icc_profile"] == SWAPPED and image.size == (16, 24)
    carried = read_image(name).carried
    assert b"Hafen" in carried.xmp and carried.iptc in (IPTC, b"")
    assert main(["stylize", "a.jpg", "--recipe", name, "-o", f"again-{name}", "--quiet"]) == 0
    assert Path(name).read_bytes() == Path(f"again-{name}").read_bytes()


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp", "out.tif", "out.avif"])
def test_metadata_are_stripped_when_told_so(here: Path, pipeline: FakePipeline, name: str) -> None:
    camera_jpeg(here / "a.jpg")
    assert main(["stylize", "a.jpg", "x", "-o", name, "--strip-metadata", "--quiet"]) == 0
    data = Path(name).read_bytes()
    assert b"Hafen" not in data and b"Kamera" not in data
    assert not Image.open(name).info.get("icc_profile") and read_recipe(name)
    both = ["--strip-metadata", "--no-metadata", "--overwrite", "--quiet"]
    assert main(["stylize", "a.jpg", "x", "-o", name, *both]) == 0
    with Image.open(name) as image:
        assert not set(image.getexif()) & {0x010F, 0x8825, 0x8769}


def test_quality(here: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    Image.fromarray(noise).save("a.png")
    for suffix in ("jpg", "webp", "avif"):
        for quality in ("20", "60"):
            command = ["stylize", "a.png", "x", "-o", f"{quality}.{suffix}", "--quiet"]
            assert main([*command, "--quality", quality]) == 0
        assert Path(f"20.{suffix}").stat().st_size < 0.8 * Path(f"60.{suffix}").stat().st_size
    assert main(["stylize", "a.png", "x", "-o", "a2.png", "--quality", "20"]) == 2
    assert "--quality is of .jpg, .webp and .avif, not of .png" in capsys.readouterr().err
    assert main(["stylize", "a.png", "a.png", "x", "-o", "out/", "--quality", "20"]) == 0
    assert "--quality is of .jpg, .webp and .avif: .png has none" in capsys.readouterr().err
    assert main(["stylize", "a.png", "x", "-o", "a2.jpg", "--quality", "0"]) == 2


@pytest.mark.parametrize("name", ["out.png", "out.tif"])
def test_16_bits_in_16_bits_out(here: Path, pipeline: FakePipeline, name: str) -> None:
    samples = np.round(gradient() * 65535).astype(np.uint16)
    deep_png(here / "a.png", samples)
    assert main(["stylize", "a.png", "x", "-o", name, "--quiet"]) == 0
    np.testing.assert_array_equal(read_image(name).deep, 65535 - samples)
    assert main(["stylize", "a.png", "--recipe", name, "-o", f"b-{name}", "--quiet"]) == 0
    assert Path(name).read_bytes() == Path(f"b-{name}").read_bytes()


@pytest.mark.parametrize("name", ["out.png", "out.gif", "out.webp", "out.avif"])
def test_an_animation_is_painted_frame_by_frame(
    here: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    frames = [Image.new("RGB", (24, 16), colour) for colour in ("red", "blue", "lime")]
    frames = [Image.blend(frame, picture(), 0.2) for frame in frames]
    frames[0].save(
        "a.gif", save_all=True, append_images=frames[1:], duration=[50, 100, 150], loop=3
    )
    command = ["stylize", "a.gif", "x", "--seed", "4"]
    assert main([*command, "-o", name]) == 0
    assert capsys.readouterr().err == "stylemamba: animated: 3 frames painted\n"
    assert [call["seed"] for call in pipeline.calls] == [4, 4, 4]
    found = read_animation(name)
    assert found is not None and found.timing.milliseconds == (50, 100, 150)
    assert found.timing.loop == (0 if name.endswith(".avif") else 3)
    red, blue, lime = (photo.rgb.getpixel((12, 8)) for photo in found.photos)
    assert red[0] < 100 and blue[2] < 100 and lime[1] < 100
    assert main(["stylize", "a.gif", "--recipe", name, "-o", f"b-{name}", "--quiet"]) == 0
    assert Path(name).read_bytes() == Path(f"b-{name}").read_bytes()


def test_a_still_of_an_animation(
    here: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    frames = [Image.blend(frame, picture(8, 8), 0.2) for frame in frames]
    frames[0].save("a.gif", save_all=True, append_images=frames[1:])
    assert main(["stylize", "a.gif", "x", "-o", "out.jpg"]) == 0
    assert "animated: first frame used" in capsys.readouterr().err
    assert main(["stylize", "a.gif", "x", "-o", "out.png", "--page", "2"]) == 0
    assert capsys.readouterr().err == "" and len(pipeline.calls) == 2
    assert Image.open("out.png").getpixel((4, 4))[2] < 100  # type: ignore[index]
    assert main(["stylize", "a.gif", "x", "-o", "out.png", "--page", "3"]) == 1
    assert "is not the result of this very command" in capsys.readouterr().err
    assert main(["stylize", "a.gif", "--recipe", "out.png", "-o", "again.png"]) == 0
    assert "page 2, as the recipe says" in capsys.readouterr().err
    assert Path("again.png").read_bytes() == Path("out.png").read_bytes()
    assert main(["stylize", "a.gif", "--recipe", "out.png", "-o", "one.png", "--page", "1"]) == 0
    assert capsys.readouterr().err == ""
    frames[1].save("b.gif", save_all=True, append_images=frames[:1])  # not the recipe's photo
    assert main(["stylize", "b.gif", "a.gif", "--recipe", "out.png", "-o", "both/"]) == 0
    photos = [Image.open(path).convert("RGB") for path in sorted(Path("both").glob("*.png"))]
    assert [photo.getpixel((4, 4))[2] < 100 for photo in photos] == [True, True]  # type: ignore[index]
    assert main(["stylize", "a.gif", "x", "-o", "c.png", "--page", "4"]) == 1
    assert "has 3 pages, no number 4; choose another --page" in capsys.readouterr().err


def test_a_fit_of_an_animation_that_is_interrupted(
    here: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    first = picture()
    first.save("a.gif", save_all=True, append_images=[first.rotate(180)])
    pipeline.stop_after = 2
    assert main(["stylize", "a.gif", "x", "-o", "out.gif", "--steps", "9"]) == 130
    assert "1 of 2 frames" in capsys.readouterr().err and Path("out.gif").is_file()


def test_a_folder_keeps_all_of_it_too(here: Path, pipeline: FakePipeline) -> None:
    (here / "in").mkdir()
    camera_jpeg(here / "in" / "a.jpg")
    deep_png(here / "in" / "b.png", np.round(gradient() * 65535).astype(np.uint16))
    first = picture()
    first.save("in/c.gif", save_all=True, append_images=[first.rotate(180)])
    assert main(["stylize", "in", "x", "-o", "out", "--quiet"]) == 0
    with Image.open("out/a-x.png") as image:
        assert image.getexif()[0x010F] == "Kamera" and image.info["icc_profile"] == SWAPPED
    (deep,) = Path("out").glob("b*.png")
    (moving,) = Path("out").glob("c*.png")
    assert read_image(deep).deep is not None and read_animation(moving) is not None
    assert main(["stylize", "in", "x", "-o", "out", "--quiet", "--strip-metadata"]) == 0
    assert b"Kamera" not in Path("out/a-x.png").read_bytes()
