"""Posters, prints and comics: few colours, each its medium's own; ornament, dots, faces."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import flat, scene, tinted

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.ground import SIDE, Ground
from stylemamba.portable.brushwork.ornament import haloed
from stylemamba.portable.brushwork.posters import _wood
from stylemamba.portable.brushwork.swatches import nearest
from stylemamba.portable.colour import to_oklab
from stylemamba.portable.geometry import Array

INSIDE = slice(40, -40)
SKIN = np.array([0.85, 0.65, 0.53], dtype=np.float32)[:, None, None]


def portrait(height: int, width: int) -> Array:
    """A round face with eyes on calm blue, (3, h, w)."""
    y, x = np.indices((height, width), dtype=np.float32)
    photo = tinted(height, width, (0.6, 0.7, 0.8))
    far = np.hypot((y - height / 2) / 1.2, x - width / 2)
    photo = np.where(far < 0.12 * height, SKIN, photo)
    for side in (-1, 1):
        eye = np.hypot(y - 0.47 * height, x - width / 2 - side * 0.05 * height) < 0.015 * height
        photo[:, eye] = 0.1
    return photo.astype(np.float32)


def test_colours_get_the_nearest_swatch() -> None:
    swatches = np.array([[0.9, 0, 0], [0.5, 0.1, 0], [0.5, 0, -0.1]], dtype=np.float32)
    assert list(nearest(swatches[[2, 0, 1]] + 0.02, swatches)) == [2, 0, 1]


@pytest.mark.parametrize("mark", ["comic", "nouveau", "ukiyo"])
def test_flat_ground_stays_flat(mark: str) -> None:
    """But for the grain of wood and dots, of one size everywhere."""
    photo = flat(200, 240, 0.6)
    painted = brushwork(photo, photo, {mark: 1.0})[:, 70:-40, INSIDE]
    rows = painted.reshape(3, -1, 10, 160).mean((2, 3))
    assert np.ptp(rows, axis=1).max() < 0.05


def test_comics_have_dots_in_half_tones_alone() -> None:
    pale, red = (tinted(120, 160, colour) for colour in ((0.62, 0.78, 0.92), (0.9, 0.14, 0.14)))
    dotted, solid = (brushwork(photo, photo, {"comic": 1.0}) for photo in (pale, red))
    assert dotted.std((1, 2)).max() > 0.05
    assert solid.std((1, 2)).max() < 0.02


def test_no_ink_of_comics_is_brown() -> None:
    """Dark wood and ochre are printed in inks of full colour, or in blue and violet."""
    for colour in ((0.36, 0.27, 0.18), (0.5, 0.4, 0.2), (0.45, 0.42, 0.36)):
        photo = tinted(120, 160, colour)
        pixels = brushwork(photo, photo, {"comic": 1.0}).reshape(3, -1)
        light, red, yellow = to_oklab(pixels)
        brown = (light > 0.3) & (light < 0.55) & (yellow > 0.02) & (np.hypot(red, yellow) < 0.13)
        assert brown.mean() < 0.15


def test_shades_of_one_hue_share_a_swatch() -> None:
    shades = np.array([[0.75, -0.03, -0.07], [0.62, -0.03, -0.07]], dtype=np.float32)
    swatches = np.array([[0.7, -0.03, -0.08], [0.6, 0.02, 0.05]], dtype=np.float32)
    assert nearest(shades, swatches, 0.3).tolist() == [0, 0]
    grey = np.array([[0.6, 0.0, 0.0]], dtype=np.float32)
    assert nearest(grey, swatches, 1.0).tolist() == [1] and nearest(grey, swatches[:1]) == 0


def test_wood_is_faint_and_only_where_it_is_calm() -> None:
    photo = flat(200, 300, 0.7)
    photo[:, :, 150:] = np.random.default_rng(0).random((200, 150), dtype=np.float32)
    wood = _wood(Ground(photo, 1.0, np.random.default_rng(0)), np.random.default_rng(1))
    assert wood[:, :100].std() > 0.2 and not wood[:, 200:].any()


def test_bokashi_is_at_the_top_of_calm_ground() -> None:
    photo = tinted(200, 240, (0.85, 0.83, 0.8))
    painted = to_oklab(brushwork(photo, photo, {"ukiyo": 1.0}))[0].mean(1)
    assert painted[2] < painted[-2] - 0.2
    assert abs(painted[100] - painted[-2]) < 0.05


def test_a_frame_is_around_a_poster() -> None:
    photo = scene(200, 300)
    painted = brushwork(photo, photo, {"nouveau": 1.0})
    corner = painted[:, :3, :3].mean((1, 2))
    np.testing.assert_allclose(corner, (0.97, 0.93, 0.82), atol=0.03)
    np.testing.assert_allclose(painted[:, 0], painted[:, -1], atol=0.02)


def test_a_halo_is_behind_a_head_and_nowhere_else() -> None:
    sheet, ink = flat(300, 300, 0.9), np.zeros((3, 1, 1), dtype=np.float32)
    photo, rng = portrait(300, 300), np.random.default_rng(0)
    ring = np.abs(haloed(sheet, ink, Ground(photo, 300 / SIDE, rng)) - sheet).max(0) > 0.02
    assert ring[:150].mean() > 0.05
    assert not ring[130:170, 130:170].any()
    empty = tinted(300, 300, (0.6, 0.7, 0.8))
    assert haloed(sheet, ink, Ground(empty, 300 / SIDE, rng)) is sheet
