"""Flat inks: few colours, crisp edges, colours of the picture in shapes of the photo."""

from __future__ import annotations

import numpy as np
from scenes import halves, scene

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.flat import INKS, areas, opponent, weights
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.filters import blurred
from stylemamba.portable.geometry import luma


def test_texture_is_evened_out_and_edges_stay() -> None:
    photo = halves(120, 160, 0.3, 0.7)
    grain = 0.05 * np.random.default_rng(0).standard_normal(photo.shape, dtype=np.float32)
    painted = brushwork(photo + grain, photo + grain, {"flat": 1.0})
    assert painted[:, 20:100, 20:60].std((1, 2)).max() < 0.5 * grain.std()
    assert (luma(painted)[:, 84] - luma(painted)[:, 75]).min() > 0.9 * 0.4


def test_colours_are_the_pictures_and_shapes_the_photos() -> None:
    """A crumple in the picture is gone; what is red in it is red."""
    photo, picture = halves(120, 160, 0.2, 0.8), halves(120, 160, 0.5, 0.5)
    picture[0, :, :80], picture[2, :, 80:] = 0.9, 0.9
    crumple = 0.2 * np.sin(np.arange(160, dtype=np.float32) / 1.5)
    painted = brushwork((picture + crumple).clip(0, 1), photo, {"flat": 1.0})
    left, right = painted[:, 20:100, 20:60], painted[:, 20:100, 100:140]
    assert left[0].mean() > left[2].mean() + 0.2 and right[2].mean() > right[0].mean() + 0.2
    assert max(left.std((1, 2)).max(), right.std((1, 2)).max()) < 0.02


def test_a_sky_has_no_steps() -> None:
    """Bokashi: tones that change slowly do so on the print."""
    sky = np.broadcast_to(np.linspace(0.3, 0.9, 200, dtype=np.float32)[:, None], (3, 200, 200))
    painted = blurred(brushwork(sky, sky, {"flat": 1.0}), 1.5)
    assert np.abs(np.diff(painted, axis=1)).max() < 0.02


def test_areas_cover_all_and_are_dark_first() -> None:
    photo = scene(90, 120)
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    colour = opponent(ground.masses)
    area = areas(ground, colour, INKS, 0.006)
    np.testing.assert_allclose(area.sum(0), 1, atol=1e-5)
    there = area.sum((1, 2)) > 1
    light = (area * colour[0]).sum((1, 2))[there] / area.sum((1, 2))[there]
    assert (np.diff(light) > -0.05).all() and light[-1] > light[0] + 0.3


def test_weights_take_means_over_areas() -> None:
    area = np.zeros((2, 4, 4), dtype=np.float32)
    area[0, :, :1], area[1, :, 1:] = 0.5, 1.0
    values = np.broadcast_to(np.arange(4, dtype=np.float32), (4, 4))
    np.testing.assert_allclose(weights(area) @ values.ravel(), [0, 2], atol=1e-5)
