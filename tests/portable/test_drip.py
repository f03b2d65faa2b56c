"""Flung paint: few enamels in skeins that are like what they pass over; faces in fine ones."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import flat, tinted

from stylemamba.portable.brushwork.drip import BLACK, CANVAS, WHITE, nearest, paint_drip
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.pours import Pour, followed, poured, swung
from stylemamba.portable.colour import to_oklab
from stylemamba.portable.geometry import Array, luma

SKIN = (0.85, 0.62, 0.5)
WIDE = Pour(1, 200.0, (8.0, 0.0), 8.0, (0.001, 300.0), (0.001, 90.0), 0.0)


def painted(photo: Array, amount: float = 1.0, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return paint_drip(photo, Ground(photo, 1.0, rng), amount, rng)


def halves(left: tuple[float, ...], right: tuple[float, ...]) -> Array:
    photo = tinted(200, 300, left)
    photo[..., 150:] = np.array(right, dtype=np.float32)[:, None, None]
    return photo


def test_skeins_are_of_the_colour_that_they_pass_over() -> None:
    paint = painted(halves((0.75, 0.3, 0.2), (0.2, 0.35, 0.75)))
    full = np.abs(paint - luma(paint)).max(0) > 0.2
    red = full & (paint[0] > paint[2])
    assert red[:, :130].mean() > 5 * red[:, 170:].mean()


def test_paint_is_denser_and_darker_where_the_photo_is_dark() -> None:
    paint = painted(halves((0.15, 0.15, 0.15), (0.85, 0.85, 0.85)))
    dark, light = luma(paint)[:, :130], luma(paint)[:, 170:]
    assert dark.mean() < 0.35 < 0.6 < light.mean()
    bare = np.abs(paint - CANVAS).max(0) < 0.06
    assert bare[:, :130].mean() < bare[:, 170:].mean()


def test_black_and_white_lie_all_over() -> None:
    light = luma(painted(flat(240, 320, 0.5)))
    for share in (light < 0.15, light > 0.85):
        quarters = [half.mean() for row in np.split(share, 2) for half in np.split(row, 2, axis=1)]
        assert min(quarters) > 0.02


def test_a_face_is_seen_with_its_eyes_but_not_smooth() -> None:
    photo = flat(200, 200, 0.4)
    y, x = np.mgrid[:200, :200]
    photo[:, np.hypot((y - 100) / 1.3, x - 100) < 40] = np.array(SKIN, dtype=np.float32)[:, None]
    eye = np.hypot(y - 90, 1.0 * x - 85) < 4
    photo[:, eye] = 0.08
    light = luma(painted(photo))
    cheek = light[105:130, 85:115]
    assert light[eye].mean() < 0.35 < 0.55 < cheek.mean()
    assert cheek.std() > 0.01


def test_the_photos_texture_is_not_painted() -> None:
    texture = 0.02 * np.random.default_rng(0).standard_normal((200, 200), dtype=np.float32)
    paint = luma(painted(flat(200, 200, 0.45) + texture))
    assert np.corrcoef(paint.ravel(), texture.ravel())[0, 1] < 0.1


def test_amount_and_seed() -> None:
    photo = flat(120, 160, 0.5)
    assert np.array_equal(painted(photo, amount=0.0), photo)
    assert np.array_equal(painted(photo), painted(photo))
    assert not np.array_equal(painted(photo), painted(photo, seed=1))


@pytest.mark.parametrize("shape", [(8, 8), (8, 90), (70, 9)])
def test_small_pictures(shape: tuple[int, int]) -> None:
    paint = painted(flat(*shape, 0.5))
    assert paint.shape == (3, *shape)
    assert np.isfinite(paint).all()


def test_the_nearest_enamel_is_chosen() -> None:
    enamels = to_oklab(np.array([BLACK, WHITE, (0.8, 0.2, 0.2)], dtype=np.float32).T)
    seen = np.array([[0.2] * 3, [0.8] * 3, [0.7, 0.3, 0.25]], dtype=np.float32).T
    assert nearest(to_oklab(seen), enamels).tolist() == [0, 1, 2]


def test_skeins_end_in_a_taper_and_are_as_broad_as_they_should() -> None:
    ground = Ground(flat(240, 320, 0.5), 1.0, np.random.default_rng(0))
    middle = np.array([[120.0], [160.0]], dtype=np.float32)
    way = swung(WIDE, middle, ground, np.random.default_rng(0))
    half = way.width.shape[1] // 2
    assert way.width[0, 1] < 0.6 * way.width[0, half] > 1.5 * way.width[0, -2]
    layer = np.full(240 * 320 + 1, 9, dtype=np.uint8)
    poured(layer, way, way.width, np.zeros(way.width.shape, dtype=np.uint8), ground)
    area = way.width[0].mean() * 200
    assert 0.8 * area < (layer[:-1] == 0).sum() < 1.3 * area


def test_skeins_follow_edges_both_ways() -> None:
    photo = flat(240, 320, 0.2)
    photo[:, 120:] = 0.8
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    middle = np.array([[120.0], [160.0]], dtype=np.float32)
    way = followed(WIDE, middle, ground, np.random.default_rng(0))
    assert np.abs(way.y - 120).max() < 12
    assert way.x.min() < 80 < 240 < way.x.max()
    assert np.all(np.diff(way.x) > 0) or np.all(np.diff(way.x) < 0)
