"""Brushwork: what every mark owes; mosaics."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import flat, noise, scene, squares

from stylemamba.portable.brushwork import _PAINTERS, MARKS, amounts
from stylemamba.portable.brushwork import brushwork as paint
from stylemamba.portable.brushwork.ground import LEAST_SCALE, SIDE, Ground
from stylemamba.portable.brushwork.tiles import OPACITY, TILES, nearest_tiles
from stylemamba.portable.geometry import Array

FULL = {"tiles": 1 / OPACITY}
"""Amounts from which marks are opaque, where that is not 1."""
every_mark = pytest.mark.parametrize("mark", MARKS)


def brushwork(
    picture: Array,
    photo: Array,
    mark: str = "strokes",
    share: float = 1.0,
    seed: int = 0,
    scale: float = 1.0,
) -> Array:
    """With opaque marks by default, and of a size in pixels that no photo changes."""
    amounts = {mark: share * FULL.get(mark, 1.0)}
    return paint(picture, photo, amounts, seed, scale * SIDE / max(photo.shape[1:]))


@every_mark
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [0.01, 0.2, 1.0, 1e6])
def test_any_size(mark: str, scale: float) -> None:
    for size in ((1, 1), (1, 40), (3, 2), (40, 40)):
        painted = brushwork(noise(*size), noise(*size, seed=1), mark, scale=scale)
        assert painted.shape == (3, *size) and painted.dtype == np.float32
        assert painted.min() >= 0 and painted.max() <= 1


@every_mark
@pytest.mark.filterwarnings("error")
def test_photos_of_a_few_pixels_have_marks_of_some(mark: str) -> None:
    """Marks that scale down with the photo would be countless, and some have no size at all."""
    assert Ground(noise(2, 2), 1e-4, np.random.default_rng(0)).scale == LEAST_SCALE
    for size in ((1, 1), (2, 2), (1, 9)):
        photo = noise(*size)
        assert np.isfinite(paint(photo, photo, {mark: 1.0}, stroke=0.1)).all()


class _Highest(np.random.Generator):
    """Chance at its upper end."""

    def random(self, size=None, dtype=np.float64, out=None):  # type: ignore[no-untyped-def]
        highest = np.nextafter(dtype(1), dtype(0))
        return highest if size is None else np.full(size, highest, dtype)


@every_mark
def test_chance_may_put_marks_on_the_very_border(mark: str) -> None:
    photo = noise(64, 96)
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    painted = _PAINTERS[mark](photo, ground, 1.0, _Highest(np.random.PCG64(0)))
    assert painted.shape == photo.shape and np.isfinite(painted).all()


@every_mark
def test_a_seed_repeats_and_another_differs(mark: str) -> None:
    photo = scene(96, 128)
    first = brushwork(photo, photo, mark, seed=3)
    assert np.array_equal(first, brushwork(photo, photo, mark, seed=3))
    another = np.abs(first - brushwork(photo, photo, mark, seed=4))
    assert another.max() > 0.02 or mark == "masses"  # nothing in them is left to chance


@every_mark
def test_amount_is_opacity(mark: str) -> None:
    picture, photo = 0.2 + 0.6 * squares(64, 96), scene(64, 96)
    assert np.array_equal(brushwork(picture, photo, mark, 0.0), picture)
    whole, half = (brushwork(picture, photo, mark, share) for share in (1.0, 0.5))
    assert np.abs(whole - picture).mean() > 0.01
    np.testing.assert_allclose(half, (whole + picture) / 2, atol=1e-6)
    assert np.array_equal(whole, brushwork(picture, photo, mark, 3.0))


@every_mark
def test_amounts_may_be_maps(mark: str) -> None:
    picture, photo = squares(64, 96), scene(64, 96)
    left = (np.arange(96) < 48) * np.ones((64, 1))
    whole, painted = (paint(picture, photo, {mark: amount}) for amount in (0.7, 0.7 * left))
    assert np.array_equal(painted[..., :48], whole[..., :48]) and painted.dtype == np.float32
    assert np.array_equal(painted[..., 48:], picture[..., 48:])
    assert np.array_equal(paint(picture, photo, {mark: 0 * left}), picture)


@every_mark
def test_a_picture_that_differs_by_rounding_is_painted_alike(mark: str) -> None:
    """As from PyTorch and onnxruntime: where marks are is of the photo alone."""
    photo = scene(64, 96)
    picture = 0.1 + 0.8 * photo
    rounded = picture + 1e-4 * (noise(64, 96) - 0.5)
    painted, again = brushwork(picture, photo, mark), brushwork(rounded, photo, mark)
    assert np.abs(painted - again).max() < 2e-3


@every_mark
def test_marks_grow_with_the_scale(mark: str) -> None:
    """Neighbours are more alike, to places that are farther apart."""

    def roughness(photo: Array, scale: float) -> float:
        painted = brushwork(photo, photo, mark, scale=scale)
        near, far = (
            np.square(painted[:, step:] - painted[:, :-step]).mean()
            + np.square(painted[..., step:] - painted[..., :-step]).mean()
            for step in (1, 24)
        )
        return float((near + 1e-9) / (far + 1e-9))

    busy = 0.6 * scene(160, 240) + 0.4 * squares(160, 240)
    ratios = [roughness(photo, 1.0) / roughness(photo, 3.0) for photo in (busy, flat(160, 240))]
    assert max(ratios) > 1.05


def test_amounts_of_a_style() -> None:
    """Marks are clipped, and never more than whole by strength alone."""
    marks = {"strokes": 1.5, "dots": -0.5, "tiles": 0.5}
    assert amounts(marks) == {"strokes": 1, "dots": 0, "tiles": 0.5}
    assert amounts(marks, 2.0, 0.25) == {"strokes": 0.5, "dots": 0, "tiles": 0.25}
    assert amounts(marks, 2.0, 3.0) == amounts(marks, 2.0) == {"strokes": 2, "dots": 0, "tiles": 1}
    strength = np.array([[0.0, 0.5, 2.0]])
    assert amounts(marks, 1.0, strength)["tiles"].tolist() == [[0, 0.25, 0.5]]


def test_less_texture_is_not_more_crumple() -> None:
    """What lies beneath the marks is there without them."""
    marks = {"masses": 1.0, "tiles": 0.5}
    assert amounts(marks, 0.0) == {"masses": 1, "tiles": 0}
    assert amounts(marks, 5.0, 0.5) == {"masses": 0.5, "tiles": 1.25}


@every_mark
@pytest.mark.filterwarnings("error")
def test_a_picture_a_little_out_of_range_is_cut(mark: str) -> None:
    """As weak changes make them."""
    picture, photo = 1.2 * noise(40, 50) - 0.1, noise(40, 50, seed=1)
    painted = brushwork(picture, photo, mark, 0.5)
    assert np.array_equal(painted, brushwork(picture.clip(0, 1), photo, mark, 0.5))


def test_a_scene_takes_nothing_from_a_medium() -> None:
    assert amounts({"wash": 0.5, "snow": 0.5}) == {"wash": 1.0, "snow": 1.0}
    assert amounts({"snow": 1.0, "masses": 1.0}) == {"snow": 1.0, "masses": 1.0}
    assert amounts({"wash": 0.5, "pencil": 0.5}) == {"wash": 0.5, "pencil": 0.5}


def test_marks_lie_over_each_other() -> None:
    picture, photo = squares(64, 64), flat(64, 64)
    both = paint(picture, photo, {"dots": 0.5, "strokes": 1.0})
    strokes = paint(picture, photo, {"strokes": 1.0})
    assert np.array_equal(both, paint(strokes, photo, {"dots": 0.5}))


def test_a_mosaic_is_of_square_stones_in_grout() -> None:
    """On flat ground, the colours that are seen most are those of the stones, few and uniform."""
    side = 24
    painted = brushwork(squares(192, 192), flat(192, 192), "tiles", scale=side / TILES[0][0])
    steps = np.abs(np.diff(painted, axis=2)).max(0)
    assert (steps < 0.01).mean() > 0.6
    even = brushwork(flat(192, 192), flat(192, 192), "tiles", scale=side / TILES[0][0])
    dark = even.mean(0) < np.median(even) - 0.1
    assert 0.05 < dark.mean() < 0.5


def test_larger_tiles_have_fewer_joints() -> None:
    def joints(scale: float) -> float:
        painted = brushwork(flat(160, 160, 0.7), flat(160, 160), "tiles", scale=scale)
        return float(np.diff(painted.mean(0) < np.median(painted) - 0.1, axis=1).mean())

    assert joints(1.0) > 1.5 * joints(3.0) > 0


def test_tiles_are_the_nearest_in_the_turned_maximum_norm() -> None:
    """Against all distances, in float64."""
    rng = np.random.default_rng(0)
    ground = Ground(squares(40, 56), 1.0, rng)
    side = 8
    places = (np.indices((5, 7)) + 0.5 + 0.4 * (rng.random((2, 5, 7)) - 0.5)) * side
    number, distance = nearest_tiles(places.astype(np.float32), ground, side, ground.angle)
    middles = places.reshape(2, -1, 1, 1)
    angle = ground.at(ground.angle, ground.inside(*places)).astype(np.float64).reshape(-1, 1, 1)
    y, x = np.indices((40, 56))[:, None] - middles
    along, across = np.sin(angle) * y + np.cos(angle) * x, np.sin(angle) * x - np.cos(angle) * y
    every = np.maximum(np.abs(along), np.abs(across)) * 2 / side
    np.testing.assert_allclose(distance, every.min(0), atol=1e-3)
    found = np.take_along_axis(every, number[None], axis=0)[0]
    np.testing.assert_allclose(found, every.min(0), atol=1e-3)


def test_a_mosaic_has_fine_tiles_where_the_photo_has_detail() -> None:
    photo = flat(160, 160)
    photo[:, :, 80:] = squares(160, 80)
    picture = squares(160, 160)
    kept = [
        np.corrcoef(painted.ravel(), part.ravel())[0, 1]
        for painted, part in zip(
            np.split(brushwork(picture, photo, "tiles", scale=2.0), 2, axis=2),
            np.split((picture + photo) / 2, 2, axis=2),
            strict=True,
        )
    ]
    assert kept[1] > kept[0] + 0.1


def test_stones_are_of_fuller_hue_than_the_picture() -> None:
    """And some of the warm light ones are golden."""
    colour = np.array([0.75, 0.65, 0.5], dtype=np.float32)[:, None, None]
    photo = np.broadcast_to(colour, (3, 240, 240)).copy()
    red, _, blue = brushwork(photo, photo, "tiles")
    assert np.median(red - blue) > 0.25
    golden = np.quantile(red - blue, 0.98)
    assert golden > np.median(red - blue) + 0.15
