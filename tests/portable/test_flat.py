"""Flat inks: few colours, crisp edges, colours of the picture in shapes of the photo."""

from __future__ import annotations

import numpy as np
from test_print_marks import scene

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.filters import blurred, evened
from stylemamba.portable.brushwork.flat import INKS, areas, opponent
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.sampling import blocks, enlarged
from stylemamba.portable.geometry import Array


def halves(left: float, right: float, height: int = 120, width: int = 160) -> Array:
    level = np.where(np.arange(width) < width // 2, left, right).astype(np.float32)
    return np.broadcast_to(level, (3, height, width)).copy()


def test_texture_is_evened_out_and_edges_stay() -> None:
    photo = halves(0.3, 0.7)
    grain = 0.05 * np.random.default_rng(0).standard_normal(photo.shape, dtype=np.float32)
    painted = brushwork(photo + grain, photo + grain, {"flat": 1.0})
    assert painted[:, 20:100, 20:60].std((1, 2)).max() < 0.5 * grain.std()
    assert (painted[:, :, 84] - painted[:, :, 75]).min() > 0.9 * 0.4


def test_colours_are_the_pictures_and_shapes_the_photos() -> None:
    """A crumple in the picture is gone; what is red in it is red."""
    photo, picture = halves(0.2, 0.8), halves(0.5, 0.5)
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


def test_evened_keeps_an_edge_in_its_place() -> None:
    even = evened(halves(0.2, 0.8), 2.0, 2)
    np.testing.assert_allclose(
        even[:, :, [60, 78, 81, 100]].mean((0, 1)), [0.2, 0.2, 0.8, 0.8], atol=0.03
    )


def test_blocks_and_their_enlargement_are_in_register() -> None:
    ramp = np.broadcast_to(np.arange(60, dtype=np.float32), (2, 30, 60))
    for side in (1, 2, 3, 5):
        back = enlarged(blocks(ramp, side), side, (30, 60))
        np.testing.assert_allclose(back[..., side:-side], ramp[..., side:-side], atol=1e-4)


def test_a_blur_has_its_deviation() -> None:
    for deviation in (0.8, 2.0, 6.0):
        point = np.zeros((81, 81), dtype=np.float32)
        point[40, 40] = 1
        spread = blurred(point, deviation)
        variance = (spread.sum(0) * (np.arange(81) - 40.0) ** 2).sum()
        np.testing.assert_allclose(spread.sum(), 1, atol=1e-3)
        np.testing.assert_allclose(np.sqrt(variance), deviation, rtol=0.12)
