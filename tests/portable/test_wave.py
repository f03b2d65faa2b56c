"""Hokusai's prints: few crisp inks, a graded sky, water that foams, and a wave below faces."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import flat, scene, tinted

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.foam import FARTHEST, fingers, swells
from stylemamba.portable.brushwork.ground import Ground, People
from stylemamba.portable.colour import to_oklab
from stylemamba.portable.geometry import Array

BLUE, GREY = (0.25, 0.42, 0.75), (0.62, 0.6, 0.58)


def printed(photo: Array, picture: Array | None = None, seed: int = 0) -> Array:
    return brushwork(photo if picture is None else picture, photo, {"waveprint": 1.0}, seed)


def ground(photo: Array, people: People | None = None) -> Ground:
    return Ground(photo, 1.0, np.random.default_rng(0), people)


def lake(height: int = 240, width: int = 320) -> Array:
    photo = tinted(height, width, (0.8, 0.8, 0.78))
    photo[:, height // 2 :] = np.float32(BLUE)[:, None, None]
    return photo


def test_prints_are_blue_where_a_photo_is() -> None:
    painted = printed(tinted(160, 240, BLUE), tinted(160, 240, (0.5, 0.5, 0.4)))
    assert (painted[2] - painted[0]).mean() > 0.12


def test_seeds_move_waves() -> None:
    photo = scene(120, 160)
    assert np.array_equal(printed(photo), printed(photo))
    assert not np.array_equal(printed(photo), printed(photo, seed=1))


def test_a_sky_is_graded_downwards_and_even_across() -> None:
    painted = to_oklab(printed(flat(240, 320, 0.7)))[0, :150]
    rows = painted.reshape(15, 10, 320).mean((1, 2))
    assert (np.diff(rows) > -0.005).all() and rows[-1] > rows[0] + 0.3
    assert np.ptp(painted.reshape(150, 8, 40).mean((0, 2))) < 0.01


def test_borders_of_fields_are_crisp() -> None:
    photo = flat(240, 320, 0.75)
    y, x = np.indices((240, 320))
    photo[:, np.hypot(y - 90, x - 200) < 45] = 0.3
    row = printed(photo).mean(0)[90, 100:300]
    change = np.abs(np.diff(row))
    assert change.max() > 0.15 and (change > 0.03).sum() < 16


def test_water_of_a_photo_foams_and_its_land_does_not() -> None:
    painted = to_oklab(printed(lake()))
    white = painted[0, 125:] > 0.9
    assert 0.01 < white.mean() < 0.3
    bands = np.unique(np.round(painted[0, 200, painted[0, 200] < 0.7], 1))
    assert bands.size >= 2


def test_swells_grow_towards_us() -> None:
    wet = np.ones((120, 160), dtype=bool)
    band, foam, near = swells(wet, ground(flat(240, 320)), np.random.default_rng(0))
    far, close = (np.diff(part.astype(int), axis=0) != 0 for part in (band[:60], band[60:]))
    assert far.mean() > 1.3 * close.mean()
    assert foam.any() and not (foam & ~wet).any()
    assert near[0].max() < 0.02 and near[-1].min() > 0.9


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_fingers_reach_from_crests_into_water(scale: float) -> None:
    crest = np.zeros((100, 100), dtype=bool)
    crest[:50] = True
    shown = Ground(flat(200 * int(scale), 200 * int(scale)), scale, np.random.default_rng(0))
    large = np.ones((100, 100), dtype=np.float32)
    far = fingers(crest, ~crest, large, shown, np.random.default_rng(0))
    below = (far < 0)[int(100 * scale) :].mean(1)
    reach = int(np.flatnonzero(below)[-1]) / scale
    assert below[: int(4 * scale)].mean() > 0.2 and 8 < reach < 45
    none = fingers(crest, np.zeros_like(crest), large, shown, np.random.default_rng(0))
    assert (none == FARTHEST).all()
