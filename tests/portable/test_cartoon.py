"""Cartoon, and faces in prints: few bright colours, whole skin, fine dark features."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import scene

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.faces import features, whole
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.geometry import Array, luma


def face(height: int = 180, width: int = 240) -> Array:
    """An oval of skin with two eyes, before grey."""
    y, x = np.indices((height, width), dtype=np.float32)
    photo = np.full((3, height, width), 0.45, dtype=np.float32)
    oval = ((y - 90) / 55) ** 2 + ((x - 120) / 42) ** 2 < 1
    photo[:, oval] = np.array([[0.85], [0.64], [0.52]])
    for middle in (103, 137):
        photo[:, ((y - 80) / 3) ** 2 + ((x - middle) / 7) ** 2 < 1] = 0.15
    return photo


@pytest.fixture
def ground() -> Ground:
    return Ground(face(), 1.0, np.random.default_rng(0))


def test_skin_is_whole_with_eyes_in_it(ground: Ground) -> None:
    skin = ground.spread(whole(ground))
    assert skin[80, 103] > 0.7 and skin[120, 120] > 0.7
    assert skin[20, 20] < 0.05


def test_eyes_are_features_and_nothing_else_is(ground: Ground) -> None:
    drawn = features(ground)
    assert drawn[80, 103] > 0.9 and drawn[80, 137] > 0.9
    assert drawn[100:130, 100:140].max() < 0.05 and drawn[:, :60].max() < 0.05


@pytest.mark.parametrize("mark", ["cartoon", "flat", "screen", "spray"])
def test_skin_is_not_of_what_the_networks_stained_it(mark: str) -> None:
    """Green stains on a face are gone."""
    photo = face()
    stained = photo.copy()
    stained[:, 60:100, 90:150] = np.array([0.2, 0.7, 0.5])[:, None, None]
    painted = brushwork(stained, photo, {mark: 1.0})
    red, green, _ = np.median(painted[:, 62:74, 110:130], axis=(1, 2))
    assert red > green + 0.01


def test_cartoons_are_brighter_in_colour_than_the_photo() -> None:
    photo = scene(160, 240)
    painted = brushwork(photo, photo, {"cartoon": 1.0})
    vivid, plain = (np.median(np.ptp(maps[:, 120:, 20:60], axis=0)) for maps in (painted, photo))
    assert vivid > 1.2 * plain


def test_cartoons_have_few_colours_and_dark_outlines() -> None:
    photo = scene(160, 240)
    painted = brushwork(photo, photo, {"cartoon": 1.0})
    light = luma(painted)
    levels = np.histogram(light, 64, (0, 1))[0] / light.size
    assert np.sort(levels)[-12:].sum() > 0.85
    edge = np.hypot(*(np.indices((160, 240)) / 240 - np.array([0.3, 0.35])[:, None, None]))
    right = np.arange(240) > 100
    assert light[right & (np.abs(edge - 0.245) < 0.008)].min() < 0.15
