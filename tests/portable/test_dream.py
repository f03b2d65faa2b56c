"""Dreams: a clear evening over a desert, without halos or texture."""

from __future__ import annotations

import numpy as np
from scenes import flat

from stylemamba.portable.brushwork.dream import HORIZON, paint_dream
from stylemamba.portable.brushwork.ground import Ground, People
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


def test_a_level_edge_droops_onto_calm_ground_in_soft_tongues() -> None:
    photo = flat(240, 320, 0.85)
    photo[:, 90:130, 40:280] = 0.1
    dark = luma(painted(photo)) < 0.3
    lowest = (dark * np.arange(240)[:, None]).max(0)[70:250]
    assert np.ptp(lowest) > 20
    assert np.abs(np.diff(lowest)).max() <= 4


def test_a_head_stays_as_it_is() -> None:
    photo = flat(240, 320, 0.85)
    photo[:, 60:200, 120:200] = 0.2
    face = np.zeros((240, 320), dtype=np.float32)
    face[70:150, 110:210] = 1

    def moved(people: People | None) -> float:
        rng = np.random.default_rng(0)
        paint = paint_dream(photo, Ground(photo, 1.0, rng, people), 1.0, rng)
        dark = luma(paint)[90:130] < 0.4
        return float(np.abs(dark.sum(1) - 80).max())

    nobody = np.zeros_like(face)
    assert moved(People(face, face)) < 3 < moved(People(nobody, nobody))


def test_dark_clothes_below_a_face_are_no_sky() -> None:
    photo = flat(240, 320, 0.15)
    face = np.zeros((240, 320), dtype=np.float32)
    face[40:80, 140:180] = 1
    photo[:, 40:80, 140:180] = np.array([[[0.8]], [[0.6]], [[0.5]]])
    ground = Ground(photo, 1.0, np.random.default_rng(0), People(face, face))
    light = luma(paint_dream(photo, ground, 1.0, np.random.default_rng(0)))
    assert light[120:160, 150:170].mean() < 0.3 < light[120:160, :40].mean()


def test_shadows_are_long_and_fall_to_the_right() -> None:
    photo = flat(240, 320, 0.85)
    photo[:, 150:200, 60:100] = 0.1
    light = luma(painted(photo))
    plain = luma(painted(flat(240, 320, 0.85)))
    darker = plain - light
    assert darker[185:215, 130:190].mean() > darker[185:215, :40].mean() + 0.03
