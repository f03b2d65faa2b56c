"""Lines, and the marks that are made of them: ink, chalk, neon."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import halves

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.ground import SIDE, Ground
from stylemamba.portable.brushwork.lines import contours, drawing, outlines, response, tangents
from stylemamba.portable.brushwork.tones import contrasty
from stylemamba.portable.geometry import Array, luma


def disc(contrast: float = 0.3, side: int = 160) -> Array:
    """(3, side, side), darker inside."""
    y, x = np.indices((side, side), dtype=np.float32) - side / 2
    inside = y**2 + x**2 < (side / 4) ** 2
    grey = np.where(inside, 0.75 - contrast, 0.75).astype(np.float32)
    return np.broadcast_to(grey, (3, side, side)).copy()


def drawn(photo: Array) -> Array:
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    return np.maximum(*drawing(ground, np.random.default_rng(1)))


def test_a_contour_is_closed_and_all_else_empty() -> None:
    line = drawn(disc())
    y, x = np.indices(line.shape) - 80.0
    radius, turn = np.hypot(y, x), np.arctan2(y, x)
    on_it = np.abs(radius - 40) < 4
    for low in np.linspace(-np.pi, np.pi, 37)[:-1]:
        assert line[on_it & (turn >= low) & (turn < low + 0.18)].max() > 0.9
    assert line[np.abs(radius - 40) > 10].max() < 0.05


def test_stronger_edges_have_heavier_lines() -> None:
    assert drawn(disc(0.4)).sum() > 1.15 * drawn(disc(0.03)).sum() > 0


def test_colours_of_one_lightness_have_a_contour() -> None:
    photo = disc(0.0)
    inside = disc()[0] < 0.6
    photo[:, inside] = np.array([[0.9], [luma(photo)[0, 0] - 0.1], [0.5]])
    photo[1, inside] += (luma(photo)[0, 0] - luma(photo)[80, 80]) / 0.587
    assert np.ptp(luma(photo)) < 0.01 < 0.1 < np.ptp(contrasty(photo))
    assert drawn(photo).max() > 0.9


def test_lines_are_smoothed_along_the_tangents() -> None:
    """A broken contour is felt through its gap."""
    edge = np.broadcast_to(np.where(np.arange(60) < 30, 0.8, 0.2)[:, None], (60, 60))
    edge = edge.astype(np.float32)
    gap = edge.copy()
    gap[:, 29:31] = 0.5
    tangent, _ = tangents(edge, 3.0)
    whole, broken = (response(grey, 1.0, tangent, 1)[:, 30].max() for grey in (edge, gap))
    assert broken > 0.4 * whole > 0


def test_contours_are_on_the_dark_side() -> None:
    photo = halves(160, 160)
    edge = contours(luma(photo), Ground(photo, 1.0, np.random.default_rng(0)), 1.0, 6.0)
    assert edge[80, 79] > 0.05 and edge[80, 80] < -0.05
    assert abs(edge[80, 20]) < 1e-3


def test_outlines_are_where_areas_differ_enough() -> None:
    for right, drawn in ((0.3, False), (0.6, True)):
        line = outlines(halves(40, 60, 0.2, right), 1.5, (0.2, 0.4))
        assert (line[:, 28:32].max() > 0.9) == drawn
        assert line[:, :22].max() < 0.01 and line[:, 38:].max() < 0.01


def test_texture_takes_more_to_be_drawn_than_a_contour() -> None:
    _, coherence = tangents(disc()[0], 3.0)
    grain = np.random.default_rng(0).random((160, 160), dtype=np.float32)
    _, confusion = tangents(grain, 3.0)
    assert coherence[80, 38:42].min() > 0.9 > 0.7 > np.median(confusion)


def test_ink_is_dark_with_a_tint_of_the_picture() -> None:
    picture = disc(0.0) * np.array([1.0, 0.8, 0.5], dtype=np.float32)[:, None, None]
    painted = brushwork(picture, disc(), {"ink": 1.0}, stroke=SIDE / 160)
    ink = painted.reshape(3, -1)[:, luma(painted).argmin()]
    assert luma(ink[:, None, None])[0, 0] < 0.15 and ink[0] > ink[2] + 0.03


@pytest.mark.parametrize(("light", "solid"), [(0.3, True), (0.9, False)])
def test_shadows_are_solid_black_where_the_picture_has_them(light: float, solid: bool) -> None:
    photo = np.full((3, 80, 80), 0.02, dtype=np.float32)
    painted = brushwork(np.full_like(photo, light), photo, {"ink": 1.0})
    assert (painted.max() < 0.1) == solid


def test_chalk_is_light_on_a_dark_ground_of_the_pictures_hue() -> None:
    picture = disc(0.0) * np.array([0.3, 0.5, 0.9], dtype=np.float32)[:, None, None]
    painted = brushwork(picture, disc(), {"chalk": 1.0}, stroke=SIDE / 160)
    light = luma(painted)
    assert np.median(light) < 0.35 and light.max() > 0.8
    board = np.median(painted, axis=(1, 2))
    assert board[2] > board[1] > board[0]
    assert light[80, 38:46].max() > 0.7


def test_neon_glows_along_contours_in_the_pictures_hues() -> None:
    photo = disc()
    picture = np.full_like(photo, 0.2)
    picture[0, :, :80], picture[2, :, 80:] = 0.8, 0.8
    painted = brushwork(picture, photo, {"neon": 1.0}, stroke=SIDE / 160)
    light = painted.max(0)
    near, far = light[80, 30:34].mean(), light[80, :8].mean()
    assert light[80, 38:44].max() > 0.9 and near > far + 0.03
    assert painted[0, 80, 34] > painted[2, 80, 34] and painted[2, 80, 126] > painted[0, 80, 126]
