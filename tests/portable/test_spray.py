"""Graffiti: skin is one region, shaded by tone; letters are whole; what is out of focus is soft."""

from __future__ import annotations

import numpy as np
from scenes import flat, tinted

from stylemamba.portable.brushwork.ground import Ground, People
from stylemamba.portable.brushwork.spray import _flesh, _outline, _writing
from stylemamba.portable.filters import blurred
from stylemamba.portable.geometry import Array

SKIN = np.array([0.85, 0.62, 0.5], dtype=np.float32)[:, None]


def portrait() -> tuple[Ground, Array]:
    """A face in shade above, under a green hat, and where it is."""
    photo = tinted(200, 200, (0.3, 0.35, 0.4))
    y, x = np.mgrid[:200, :200]
    face = np.hypot((y - 100) / 1.3, x - 100) < 40
    photo[:, face] = SKIN
    photo[:, face & (y < 85)] = 0.72 * SKIN
    photo[:, face & (y < 65)] = np.array([0.5, 0.6, 0.4], dtype=np.float32)[:, None]
    found = face.astype(np.float32)
    return Ground(photo, 1.0, np.random.default_rng(0), People(found, found)), face


def test_shaded_parts_of_a_face_are_skin_and_a_hat_is_not() -> None:
    ground, _ = portrait()
    flesh = ground.spread(_flesh(ground))
    assert flesh[70:80, 85:115].mean() > 0.9
    assert flesh[100:130, 85:115].mean() > 0.9
    assert flesh[50:60, 85:115].mean() < 0.1


def test_letters_are_whole() -> None:
    photo = flat(100, 100, 0.8)
    photo[:, 40:60, 48:51] = photo[:, 48:51, 40:60] = 0.2
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    writing = _writing(ground)
    assert writing[42:58, 49].min() > 0.9 and writing[49, 42:58].min() > 0.9
    assert writing[:30].max() < 0.1


def test_what_is_out_of_focus_has_no_outline() -> None:
    photo = flat(160, 160, 0.7)
    photo[:, :, 40:60] = 0.4
    photo[:, :, 100:] = 0.4
    soft = np.concatenate([blurred(photo[..., :80], 9.0), photo[..., 80:]], axis=2)
    ground = Ground(soft, 1.0, np.random.default_rng(0))
    line = _outline(ground, 0 * ground.skin, np.random.default_rng(1))
    assert line[40:120, 90:110].max() > 0.8
    assert line[40:120, 10:75].max() < 0.2
