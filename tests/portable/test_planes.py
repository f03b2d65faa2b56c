"""Cubist planes: in touches of few tones and colours, with contours on what is seen."""

from __future__ import annotations

import numpy as np
from scenes import flat

from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.planes import paint_planes
from stylemamba.portable.colour import to_oklab
from stylemamba.portable.geometry import Array


def painted(photo: Array, scale: float = 1.0, amount: float = 1.0, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return paint_planes(photo, Ground(photo, scale, rng), amount, rng)


def square() -> Array:
    photo = flat(240, 320, 0.75)
    photo[:, 70:170, 100:220] = 0.25
    return photo


def test_amount_and_seed() -> None:
    photo = square()
    assert np.array_equal(painted(photo, amount=0.0), photo)
    assert np.array_equal(painted(photo), painted(photo))
    assert not np.array_equal(painted(photo), painted(photo, seed=1))


def test_contours_lie_on_what_is_seen() -> None:
    dark = painted(square()).mean(0) < 0.2
    edge = dark[80:160, 98:103].any(1).mean()
    assert edge > 0.9 > 2 * dark[80:160, 40:45].any(1).mean()


def test_texture_vanishes_in_planes() -> None:
    rng = np.random.default_rng(0)
    texture = 0.04 * rng.standard_normal((240, 320), dtype=np.float32)
    fine = np.abs(np.diff(painted((square() + texture).clip(0, 1)).mean(0), axis=1))
    assert np.median(fine) < 0.25 * np.median(np.abs(np.diff(texture, axis=1)))


def test_few_colours_of_little_chroma() -> None:
    rng = np.random.default_rng(0)
    vivid = rng.random((3, 6, 8), dtype=np.float32).repeat(40, 1).repeat(40, 2)
    lab, before = to_oklab(painted(vivid)), to_oklab(vivid)
    assert np.hypot(*lab[1:]).mean() < 0.6 * np.hypot(*before[1:]).mean()


def test_what_is_dark_stays_dark() -> None:
    planes = painted(square()).mean(0)
    assert planes[80:160, 110:210].mean() < planes[80:160, :90].mean() - 0.3


def test_larger_planes_have_fewer_contours() -> None:
    photo = np.random.default_rng(0).random((3, 15, 15), dtype=np.float32).repeat(20, 1)
    photo = photo.repeat(20, 2)

    def contours(scale: float) -> float:
        return float((np.diff(painted(photo, scale=scale).mean(0)) < -0.2).mean())

    assert contours(1.0) > 1.5 * contours(2.5) > 0


def test_edges_are_straight() -> None:
    """Those of a disc are few straight lines."""
    y, x = np.mgrid[:240, :240]
    photo = flat(240, 240, 0.8)
    photo[:, np.hypot(y - 120, x - 120) < 70] = 0.2
    dark = painted(photo).mean(0) < 0.45
    rim = [int(np.flatnonzero(row)[0]) for row in dark[70:170]]
    assert (np.abs(np.diff(rim, 2)) <= 1).mean() > 0.9


def test_edges_run_on_beyond_what_is_seen() -> None:
    planes = painted(square())
    step = np.abs(np.diff(planes.mean(0), axis=1))
    assert (step[10:60] > 0.08).any(1).mean() > 0.8


def test_no_plane_ends_on_a_face() -> None:
    photo = flat(240, 320, 0.5)
    y, x = np.mgrid[:240, :320]
    skin = np.array([0.85, 0.62, 0.5], dtype=np.float32)
    photo[:, np.hypot((y - 120) / 1.3, x - 160) < 45] = skin[:, None]
    face = painted(photo).mean(0)[95:145, 140:180]
    assert np.abs(np.diff(face, axis=1)).max() < 0.12


def test_planes_are_painted_in_touches_of_few_tones() -> None:
    """Most neighbours are of one tone, and a few steps apart: no airbrush."""
    tone = painted(flat(240, 320, 0.6)).mean(0)
    step = np.abs(np.diff(tone, axis=0))
    assert np.median(step) < 0.004 < 0.02 < np.quantile(step, 0.97)
