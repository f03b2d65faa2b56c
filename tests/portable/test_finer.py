from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stylemamba.portable import finer as module
from stylemamba.portable import pyramid
from stylemamba.portable.finer import MOST, finer, goes_beyond, sizes
from stylemamba.portable.geometry import Array, luma
from stylemamba.portable.recipe import Recipe


def shrunk(photo: Array, size: tuple[int, int]) -> Array:
    """(H, W, 3) of 8 bits, as (3, h, w) in [0, 1]."""
    planes = [
        np.asarray(Image.fromarray(plane.astype(np.float32)).resize(size[::-1], 3))
        for plane in np.moveaxis(photo, -1, 0)
    ]
    return np.stack(planes).clip(0, 255) / np.float32(255)


def photo_of(height: int = 150, width: int = 210) -> Array:
    """Ground that is smooth here, rough there, and a few bright things."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:height, :width].astype(float)
    base = np.stack([80 + 0.5 * x, 90 + 0.4 * y, 120 + 0 * x], -1)
    rough = rng.normal(0, 18, (height, width, 1)) * (x > width / 2)[..., None]
    things = 90 * (np.hypot(y - 50, x - 60) < 22)[..., None]
    return np.asarray((base + rough + things).clip(0, 255).astype(np.uint8))


def disc(side: int, radius: float) -> Array:
    """A bright disc (side, side, 3) on dark ground, with soft pixels at its border."""
    place = (np.arange(side) + 0.5) / side - 0.5
    away = np.hypot(place[:, None], place) * side
    level = np.clip(radius * side - away + 0.5, 0, 1)
    return np.asarray((40 + 180 * level)[..., None].repeat(3, -1))


@pytest.mark.parametrize("tile", [16, 50, 1000])
def test_tiles_leave_no_trace_and_threads_no_difference(
    monkeypatch: pytest.MonkeyPatch, tile: int
) -> None:
    photo = photo_of()
    picture = shrunk(photo, (40, 56))[::-1].copy()
    monkeypatch.setattr(module, "TILE", 64)
    once = finer(picture, photo)
    monkeypatch.setattr(module, "TILE", tile)
    np.testing.assert_array_equal(finer(picture, photo, workers=3), once)


def test_a_picture_that_is_the_photo_becomes_the_photo() -> None:
    photo = photo_of()
    made = finer(shrunk(photo, (80, 112)), photo).astype(int)
    enlarged = shrunk(255 * shrunk(photo, (80, 112)).transpose(1, 2, 0), (150, 210)) * 255
    wrong = np.abs(made - photo)[8:-8, 8:-8].mean()
    assert wrong < 0.25 * np.abs(enlarged.transpose(1, 2, 0) - photo)[8:-8, 8:-8].mean()


def test_flat_paint_stays_flat_over_a_rough_photo() -> None:
    flat = np.full((3, 80, 112), 0.6, np.float32)
    made = finer(flat, photo_of()).astype(int)
    assert np.ptp(made) <= 1


def test_grey_paint_stays_grey() -> None:
    photo = photo_of()
    photo[..., 0] = 255 - photo[..., 2]
    grey = luma(shrunk(photo, (80, 112)))[None].repeat(3, 0)
    made = finer(grey, photo).astype(int)
    assert np.ptp(made, axis=-1).max() <= 2


def test_borders_of_marks_are_as_sharp_as_in_a_larger_painting() -> None:
    large, small = 200, 100
    truth = disc(large, 0.3)
    photo = np.full((large, large, 3), 128, np.uint8)
    picture = disc(small, 0.3).transpose(2, 0, 1).astype(np.float32) / 255
    made = finer(picture, photo).astype(float)
    enlarged = 255 * shrunk(255 * picture.transpose(1, 2, 0), (large, large)).transpose(1, 2, 0)
    error, before = (np.square(maps - truth).mean() for maps in (made, enlarged))
    assert error < 0.7 * before


@pytest.mark.parametrize(("kind", "top"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1)])
def test_kinds_of_photos(kind: Any, top: int) -> None:
    photo = photo_of(60, 80)
    same = (photo / 255 * top).astype(kind)
    picture = shrunk(photo, (24, 32))
    made = finer(picture, same)
    assert made.dtype == kind and made.shape == photo.shape
    np.testing.assert_allclose(made / top, finer(picture, photo) / 255, atol=2 / 255)


def test_long_and_narrow_photos() -> None:
    photo = photo_of(3, 300)
    made = finer(shrunk(photo, (1, 100)), photo)
    assert made.shape == photo.shape


def test_steps_are_even_and_end_at_the_photo() -> None:
    assert sizes((100, 200), (150, 300)) == [(150, 300)]
    assert sizes((100, 100), (100, 100)) == [(100, 100)]
    steps = sizes((1366, 2048), (8192, 12288))
    assert steps[-1] == (8192, 12288) and len(steps) == 3
    lengths = [2048, *(width for _, width in steps)]
    assert all(b / a <= MOST for a, b in zip(lengths, lengths[1:], strict=False))


def test_each_tile_is_heard_of_and_what_is_raised_ends_the_work() -> None:
    photo = photo_of(600, 300)
    picture = shrunk(photo, (200, 100))
    heard: list[tuple[int, int]] = []
    finer(picture, photo, on_tile=lambda done, tiles: heard.append((done, tiles)))
    # From 200 x 100 to 346 x 173, of two tiles, and to 600 x 300, of six.
    assert heard == [(done, 8) for done in range(1, 9)]

    class StopError(Exception):
        pass

    def stop(done: int, tiles: int) -> None:
        raise StopError

    with pytest.raises(StopError):
        finer(picture, photo, workers=2, on_tile=stop)


def test_what_is_painted_finer() -> None:
    recipe, large = Recipe.of("cubism"), pyramid.LARGEST + 1
    assert goes_beyond(recipe, large) and not goes_beyond(recipe, pyramid.LARGEST)
    assert not goes_beyond(replace(recipe, size=pyramid.LARGEST), large)
    assert not goes_beyond(replace(recipe, tile=True), large)
