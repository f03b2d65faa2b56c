"""Photos larger than what is painted whole: here, than 64 pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba import StyleMambaPipeline
from stylemamba.files.images import Photo
from stylemamba.portable import pyramid
from stylemamba.portable.geometry import Array
from stylemamba.portable.recipe import Recipe, Region, StylePart
from stylemamba.progress import Cancelled, Progress

SIZE = (160, 120)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "LARGEST", 64)


def scene() -> Image.Image:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(float)
    waves = 60 * np.sin(x / 3) * np.sin(y / 4)
    levels = np.stack([120 + waves, 100 + y / 2, 60 + x / 2], -1)
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def edges(picture: Image.Image | Array) -> float:
    grey = np.asarray(picture, float).mean(-1)
    return float(np.abs(np.diff(grey, 2, axis=1)).mean())


def test_detail_beyond_what_is_painted_whole(painter: StyleMambaPipeline) -> None:
    heard: list[Progress] = []
    out = painter(scene(), "red stripes", on_progress=heard.append)
    enlarged = painter(scene(), "red stripes", size=64)
    assert out.image.size == enlarged.image.size == SIZE
    assert edges(out.image) > 1.3 * edges(enlarged.image)
    assert not out.notes
    tiles = [event for event in heard if event.stage == "tile"]
    assert tiles[-1].step == tiles[-1].steps == len(tiles)
    assert all(max(event.image.shape) <= 64 for event in heard if event.image is not None)


def test_a_size_in_between(painter: StyleMambaPipeline) -> None:
    whole = painter(scene(), "red stripes")
    some = painter(scene(), "red stripes", size=100)
    none = painter(scene(), "red stripes", size=64)
    assert edges(none.image) < edges(some.image) < edges(whole.image)


def test_tensors_are_painted_alike(painter: StyleMambaPipeline) -> None:
    photo = torch.from_numpy(np.asarray(scene(), np.float32).transpose(2, 0, 1)[None] / 255)
    recipe = Recipe.of("red stripes")
    pictures = painter.paint(photo, painter.styles(recipe), recipe).pictures
    assert pictures.shape == photo.shape
    levels = 255 * pictures[0].permute(1, 2, 0).numpy()
    other, enlarged = (
        np.asarray(painter(scene(), "red stripes", size=size).image, float) for size in (None, 64)
    )
    # Of the two, one is made smaller by Pillow's filter, and the other by torch's.
    assert np.abs(levels - other).mean() < 0.4 * np.abs(levels - enlarged).mean()


def test_sixteen_bits(painter: StyleMambaPipeline) -> None:
    levels = np.asarray(scene()).astype(np.uint16) * 257
    photo = Photo(scene(), None, Path(), deep=levels)
    for size in (None, 100):
        out = painter(photo, "red stripes", size=size)
        assert out.deep is not None and out.deep.shape == (*SIZE[::-1], 3)
        plain = painter(scene(), "red stripes", size=size)
        # Pillow makes photos of 8 bits smaller in 8 bits, which the fusion makes more of.
        assert np.abs(out.deep / 257 - np.asarray(plain.image, float)).mean() < 3
        np.testing.assert_allclose(out.deep / 257, np.asarray(out.image), atol=0.51)
        assert len(np.unique(out.deep)) > 256


def test_the_rest_is_the_photo_to_the_bit(painter: StyleMambaPipeline) -> None:
    left = Region((StylePart("red stripes"),), box=(0, 0, 0.5, 1))
    out = painter(scene(), Recipe((), regions=(left,)))
    before, after = (np.asarray(picture, int) for picture in (scene(), out.image))
    np.testing.assert_array_equal(after[:, 100:], before[:, 100:])
    assert np.abs(after - before)[:, :60].mean() > 2


def test_strength_0_is_the_photo(painter: StyleMambaPipeline) -> None:
    out = painter(scene(), "red stripes", strength=0)
    np.testing.assert_array_equal(np.asarray(out.image), np.asarray(scene()))


def test_tiles_are_enlarged_and_say_so(painter: StyleMambaPipeline) -> None:
    out = painter(scene(), "red stripes", tile=True)
    assert out.image.size == SIZE
    (note,) = out.notes
    assert "tiles" in note and "64 px" in note


def test_it_can_be_stopped_between_tiles(painter: StyleMambaPipeline) -> None:
    def stop(event: Progress) -> None:
        if event.stage == "tile":
            raise Cancelled

    with pytest.raises(Cancelled):
        painter(scene(), "red stripes", on_progress=stop)
