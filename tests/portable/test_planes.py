"""Cubist planes: straight, shaded across, and each showing a little of elsewhere."""

from __future__ import annotations

import numpy as np
from scenes import flat

from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.planes import LAYERS, _Planes, paint_planes
from stylemamba.portable.geometry import Array


def painted(photo: Array, picture: Array | None = None, scale: float = 1.0) -> Array:
    rng = np.random.default_rng(0)
    picture = photo if picture is None else picture
    return paint_planes(picture, Ground(photo, scale, rng), 1.0, rng)


def test_planes_are_where_their_coordinates_are_within_one() -> None:
    rng = np.random.default_rng(0)
    planes = _Planes(Ground(flat(150, 200), 1.0, rng), 50.0, 0.0, 1.0, rng)
    top = planes.topmost()
    y, x = np.indices((150, 200))
    uy, ux, u0, vy, vx, v0 = planes.values[:6, top]
    inside = np.maximum(np.abs(uy * y + ux * x + u0), np.abs(vy * y + vx * x + v0)) < 1 + 1e-4
    assert inside[top >= 0].all() and (top >= 0).mean() > 0.7


def test_fine_planes_only_where_there_is_detail() -> None:
    photo = flat(200, 400)
    photo[:, :, 200:] = np.random.default_rng(0).random((3, 25, 25)).repeat(8, 1).repeat(8, 2)
    rng = np.random.default_rng(0)
    planes = _Planes(Ground(photo, 1.0, rng), *LAYERS[-1], rng)
    there = planes.topmost() >= 0
    assert there[:, :160].mean() == 0 and there[:, 240:].mean() > 0.5


def test_flat_ground_is_shaded_and_keeps_its_hue() -> None:
    colour = np.array([0.6, 0.5, 0.4], dtype=np.float32)[:, None, None]
    planes = painted(np.broadcast_to(colour, (3, 240, 240)).copy())
    assert planes.mean(0).std() > 0.03
    warm, cool = planes.mean((1, 2))[[0, 2]]
    assert warm > planes[1].mean() > cool
    assert abs(planes.mean() - 0.5) < 0.1


def test_planes_show_the_subject_from_elsewhere() -> None:
    """What is seen is near its place, but not at it."""
    ramp = np.broadcast_to(np.linspace(0, 1, 240, dtype=np.float32), (3, 240, 240)).copy()
    planes = painted(ramp)
    assert np.corrcoef(planes.ravel(), ramp.ravel())[0, 1] > 0.85
    steps = np.abs(np.diff(planes.mean(0), axis=1))
    assert (steps > 0.08).mean() > 0.01


def test_larger_planes_have_fewer_contours() -> None:
    def contours(scale: float) -> float:
        return float((np.diff(painted(flat(300, 300, 0.7), scale=scale).mean(0)) < -0.2).mean())

    assert contours(1.0) > 1.5 * contours(2.5) > 0
