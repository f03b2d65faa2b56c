"""Dreams: a clear evening over a desert, without halos or texture."""

from __future__ import annotations

import numpy as np
from scenes import flat

from stylemamba.portable.brushwork.dream import HORIZON, paint_dream
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.watch import with_watch
from stylemamba.portable.geometry import Array, luma


def painted(photo: Array, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return paint_dream(photo, Ground(photo, 1.0, rng), 1.0, rng)


def test_calm_ground_has_a_horizon_with_rocks() -> None:
    result = painted(flat(240, 320, 0.7))
    row = round(HORIZON * 240)
    sky, rocks = luma(result)[row - 40], luma(result)[row - 14 : row]
    assert sky.std() < 0.03 < rocks.std()


def test_calm_ground_is_an_evening_up_to_what_stands_before_it() -> None:
    photo = flat(240, 320, 0.85)
    photo[:, 60:130, 130:190] = 0.1
    result = painted(photo)
    far, near = result[:, 100, 20:60].mean(1), result[:, 100, 112:122].mean(1)
    assert np.abs(far - near).max() < 0.12


def test_texture_is_glazed_over() -> None:
    rng = np.random.default_rng(0)
    texture = 0.03 * rng.standard_normal((240, 320), dtype=np.float32)
    plain = flat(240, 320, 0.5)
    ground = Ground(plain + texture, 1.0, np.random.default_rng(0))
    fine = np.abs(np.diff(luma(paint_dream(plain, ground, 1.0, rng)), axis=1))
    assert np.median(fine) < 0.4 * np.median(np.abs(np.diff(texture, axis=1)))


def test_things_drip_onto_calm_ground() -> None:
    photo = flat(240, 320, 0.85)
    photo[:, 90:130, 40:280] = 0.1
    dark = luma(painted(photo)) < 0.25
    below = dark[140:180].any(0)[60:260]
    assert 0.05 < below.mean() < 0.7


def test_a_watch_lies_in_the_calmer_corner() -> None:
    ground = Ground(flat(240, 320, 0.6), 1.0, np.random.default_rng(0))
    busy = np.zeros_like(ground.skin)
    busy[:, : busy.shape[1] // 2] = 1
    paint = flat(240, 320, 0.6)
    changed = np.abs(with_watch(paint, busy, ground) - paint).max(0) > 0.05
    rows, columns = np.nonzero(changed)
    assert rows.min() > 120 and columns.min() > 160
    assert np.array_equal(paint, flat(240, 320, 0.6))
    everywhere = with_watch(paint, np.ones_like(busy), ground)
    assert np.array_equal(everywhere, paint)


def test_no_watch_is_smaller_than_can_be_read() -> None:
    ground = Ground(flat(40, 60, 0.6), 1.0, np.random.default_rng(0))
    paint = flat(40, 60, 0.6)
    assert np.array_equal(with_watch(paint, np.zeros_like(ground.skin), ground), paint)
