"""Animations: their frames, durations and loops."""

from __future__ import annotations

from pathlib import Path

import pytest
from photos import picture
from PIL import Image, ImageOps

from stylemamba.errors import StyleMambaError
from stylemamba.files import frames
from stylemamba.files.frames import (
    Timing,
    encoded_animation,
    keeps_frames,
    read_animation,
    read_animation_bytes,
)
from stylemamba.files.images import read_image
from stylemamba.files.metadata import read_recipe

SUFFIXES = [".gif", ".webp", ".png", ".avif"]
PICTURES = [picture(), ImageOps.mirror(picture()), ImageOps.invert(picture())]
TIMES = (100, 250, 400)


def save(path: Path, pictures: list[Image.Image] = PICTURES, **options: object) -> None:
    first, *rest = pictures
    first.save(path, save_all=True, append_images=rest, duration=list(TIMES), loop=0, **options)


def write(pictures: list, path: Path, timing: Timing, recipe: str | None = None) -> None:
    content, notes = encoded_animation(pictures, path, timing, recipe)
    path.write_bytes(content)
    assert notes == ()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("target", SUFFIXES)
def test_frames_times_and_loop_come_back(tmp_path: Path, suffix: str, target: str) -> None:
    save(tmp_path / f"a{suffix}")
    found = read_animation(tmp_path / f"a{suffix}")
    assert found is not None and found.timing.milliseconds == TIMES and not found.timing.loop
    pictures = [(photo.rgb, photo.alpha) for photo in found.photos]
    write(pictures, tmp_path / f"b{target}", found.timing, "{}")
    assert read_recipe(tmp_path / f"b{target}") == "{}"
    again = read_animation(tmp_path / f"b{target}")
    assert again is not None and again.timing == found.timing
    for photo, source in zip(again.photos, PICTURES, strict=True):
        there = photo.rgb.getpixel((2, 2)), source.getpixel((2, 2))
        assert all(abs(one - other) < 40 for one, other in zip(*there, strict=True))


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_transparent_frames_do_not_show_the_ones_before(tmp_path: Path, suffix: str) -> None:
    pictures = []
    for place in range(3):
        alpha = Image.new("L", (24, 16), 0)
        alpha.paste(255, (8 * place, 0, 8 * place + 8, 16))
        pictures.append((picture(), alpha))
    write(pictures, tmp_path / f"a{suffix}", Timing(TIMES, 2))
    found = read_animation(tmp_path / f"a{suffix}")
    assert found is not None and found.timing == Timing(TIMES, 2)
    for photo, (_, alpha) in zip(found.photos, pictures, strict=True):
        assert photo.alpha is not None and photo.alpha.tobytes() == alpha.tobytes()


def test_a_gif_that_plays_once(tmp_path: Path) -> None:
    first, *rest = PICTURES
    first.save(tmp_path / "a.gif", save_all=True, append_images=rest, duration=50)
    found = read_animation(tmp_path / "a.gif")
    assert found is not None and found.timing.loop is None
    write([(p, None) for p in PICTURES], tmp_path / "b.gif", found.timing)
    again = read_animation(tmp_path / "b.gif")
    assert again is not None and again.timing == found.timing


def test_what_does_not_move(tmp_path: Path) -> None:
    for suffix in (".gif", ".webp", ".png", ".jpg", ".tif", ".bmp"):
        picture().save(tmp_path / f"a{suffix}")
        assert read_animation(tmp_path / f"a{suffix}") is None
    picture().save(tmp_path / "pages.tif", save_all=True, append_images=PICTURES)
    assert read_animation(tmp_path / "pages.tif") is None
    assert keeps_frames("a.PNG") and not keeps_frames("a.jpg") and not keeps_frames("a.tif")


def test_a_default_picture_is_no_frame(tmp_path: Path) -> None:
    save(tmp_path / "a.png", [Image.new("RGB", (24, 16)), *PICTURES], default_image=True)
    found = read_animation(tmp_path / "a.png")
    assert found is not None and len(found.photos) == 3
    same = read_animation_bytes((tmp_path / "a.png").read_bytes(), Path("standard input"))
    assert same is not None and same.timing == found.timing


def test_frames_up_to_the_damage(tmp_path: Path) -> None:
    save(tmp_path / "a.gif")
    data = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "a.gif").write_bytes(data[: len(data) - len(data) // 5])
    found = read_animation(tmp_path / "a.gif")
    assert found is not None and len(found.photos) == 2 and "damaged" in found.notes[0]


def test_too_many_pixels_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "a.gif")
    monkeypatch.setattr(frames, "MAX_PIXELS", 1000)
    with pytest.raises(StyleMambaError, match="frames have more than 0 megapixels together"):
        read_animation(tmp_path / "a.gif")


def test_one_frame_by_its_number(tmp_path: Path) -> None:
    for suffix in (".gif", ".webp", ".png"):
        save(tmp_path / f"a{suffix}")
        photo = read_image(tmp_path / f"a{suffix}", page=3)
        there = zip(photo.rgb.getpixel((2, 2)), PICTURES[2].getpixel((2, 2)), strict=True)
        assert all(abs(one - other) < 40 for one, other in there) and photo.notes == ()
        with pytest.raises(StyleMambaError, match="has 3 pages, no number 4"):
            read_image(tmp_path / f"a{suffix}", page=4)
