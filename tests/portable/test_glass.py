"""Stained glass: few panes in skies, leads on edges, rich colours, details as enamel."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import flat

from stylemamba.portable.brushwork.glass import LEAD, _panes, paint_glass
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.colour import to_oklab
from stylemamba.portable.geometry import Array


def painted(photo: Array, picture: Array | None = None, scale: float = 1.0) -> Array:
    rng = np.random.default_rng(0)
    picture = photo if picture is None else picture
    return paint_glass(picture, Ground(photo, scale, rng), 1.0, rng)


def leads(glass: Array) -> Array:
    return glass.mean(0) < LEAD.mean() + 0.15


def test_few_leads_on_flat_ground_and_more_on_detail() -> None:
    busy = np.random.default_rng(0).random((3, 40, 40), dtype=np.float32).repeat(8, 1).repeat(8, 2)
    plain = leads(painted(flat(320, 320, 0.6)))
    assert 0.02 < plain.mean() < 0.2
    assert leads(painted(busy, flat(320, 320, 0.6))).mean() > 1.5 * plain.mean()


def test_leads_lie_on_edges() -> None:
    photo = flat(320, 320, 0.3)
    photo[:, :, 160:] = 0.8
    lead = leads(painted(photo))
    assert lead[:, 155:165].any(1).mean() > 0.9 > 2 * lead[:, 120:150].mean()


def test_panes_are_luminous_and_of_fuller_hue() -> None:
    colour = np.array([0.5, 0.35, 0.3], dtype=np.float32)[:, None, None]
    photo = np.broadcast_to(colour, (3, 240, 240)).copy()
    glass = painted(photo)
    pane = np.median(glass.reshape(3, -1), axis=1)
    assert pane[0] > 0.5 and pane[0] - pane[2] > 1.3 * (0.5 - 0.3)


def test_light_falls_off_towards_leads() -> None:
    glass = painted(flat(320, 320, 0.6))
    tone = glass.mean(0)
    lead = leads(glass)
    near = lead.copy()
    for _ in range(6):
        near[1:] |= near[:-1]
        near[:-1] |= near[1:]
        near[:, 1:] |= near[:, :-1]
        near[:, :-1] |= near[:, 1:]
    assert tone[~near].mean() > tone[near & ~lead].mean() + 0.05


def test_what_is_finer_than_panes_is_painted_on_them() -> None:
    photo = flat(240, 240, 0.6)
    photo[:, 100:140, 119:121] = 0.1
    glass = painted(photo, flat(240, 240, 0.6)).mean(0)
    beside = glass[105:135, [108, 109, 131, 132]].mean()
    assert glass[105:135, 119:121].mean() < beside - 0.15


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_panes_scale(scale: float) -> None:
    crossings = np.diff(leads(painted(flat(400, 400, 0.6), scale=scale)), axis=1).mean()
    assert 0.02 < crossings * scale < 0.08


def test_dark_stripes_are_leads() -> None:
    photo = flat(240, 240, 0.7)
    photo[:, 60:180, 116:124] = 0.12
    glass = painted(photo).mean(0)
    assert np.median(glass[80:160, 118:122]) < LEAD.mean() + 0.1


def test_eyes_are_painted_on_skin() -> None:
    """Even where they are too faint for a line, and only there."""
    photo = flat(240, 240, 0.6)
    photo[:, 110:116, 80:92] *= 0.8

    def eye(skin: float) -> float:
        rng = np.random.default_rng(0)
        ground = Ground(photo, 1.0, rng)
        ground.skin = np.full((120, 120), skin, dtype=np.float32)
        glass = paint_glass(photo, ground, 1.0, rng).mean(0)
        return float(np.median(glass[111:115, 82:90]) / np.median(glass[96:104, 82:90]))

    assert eye(1.0) < 0.7 * eye(0.0)


def test_lips_are_rose_on_one_pane_of_skin() -> None:
    photo = flat(240, 240, 0.6)
    photo += np.array([0.2, 0.0, -0.1], dtype=np.float32)[:, None, None]
    photo[:, 116:124, 110:130] = np.array([0.95, 0.48, 0.5], dtype=np.float32)[:, None, None]
    rng = np.random.default_rng(0)
    photo += 0.01 * rng.standard_normal(photo.shape, dtype=np.float32)
    ground = Ground(photo, 1.0, rng)
    ground.skin = np.ones((120, 120), dtype=np.float32)
    glass = paint_glass(photo, ground, 1.0, rng)
    assert not leads(glass)[20:110, 20:-20].any()
    redness = glass[0] - glass[1]
    assert redness[118:122, 114:126].mean() > redness[80:100, 80:160].mean() + 0.1


def test_stripes_are_painted_on_one_pane() -> None:
    """A striped thing is one, with its stripes on it; it is not leaded along each of them."""
    y, x = np.indices((240, 320))
    photo = flat(240, 320, 0.25)
    thing = np.hypot(y - 120, x - 160) < 60
    photo[:, thing] = np.float32((0.85, 0.6, 0.3))[:, None]
    photo[:, thing & (x % 16 < 5)] = np.float32((0.25, 0.15, 0.1))[:, None]
    rng = np.random.default_rng(0)
    number, _, _ = _panes(Ground(photo, 1.0, rng), rng)
    assert np.unique(number[45:75, 60:100]).size <= 6
    tone = painted(photo).mean(0)[90:150, 110:210]
    assert tone[:, (np.arange(110, 210) % 16) == 2].mean() < 0.7 * tone.mean()


def test_stain_colours_parts_of_panes() -> None:
    photo = flat(240, 240, 0.6)
    spot = np.float32((0.95, 0.75, 0.45))[:, None, None]
    photo[:, 114:126, 114:126] = spot
    glass = painted(photo)
    yellow = glass[0] - glass[2]
    assert np.median(yellow[117:123, 117:123]) > np.median(yellow[60:90, 60:90]) + 0.1


def test_dark_amber_is_not_brown() -> None:
    colour = np.float32((0.24, 0.17, 0.08))[:, None, None]
    lab = to_oklab(painted(np.broadcast_to(colour, (3, 240, 240)).copy()))
    hue = np.degrees(np.arctan2(np.median(lab[2]), np.median(lab[1])))
    assert not 45 < hue < 100
