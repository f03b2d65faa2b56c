"""Flung paint: on stained canvas, like what is seen, along outlines, and not over faces."""

from __future__ import annotations

import numpy as np
from scenes import flat, tinted

from stylemamba.portable.brushwork.drip import POURS, paint_drip
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.pours import Canvas, Pour, _widths, poured
from stylemamba.portable.geometry import Array, luma

SKIN = (0.85, 0.62, 0.5)


def painted(photo: Array, amount: float = 1.0, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return paint_drip(photo, Ground(photo, 1.0, rng), amount, rng)


def test_threads_follow_outlines() -> None:
    photo = flat(240, 320, 0.7)
    photo[:, 60:180, 100:220] = 0.45
    black = luma(painted(photo)) < 0.2
    edge = black[70:170, 92:108].mean()
    assert edge > 1.5 * black[70:170, 20:80].mean()


def test_paint_lies_where_the_picture_is_of_its_colour() -> None:
    photo = tinted(200, 300, (0.75, 0.3, 0.2))
    photo[..., 150:] = np.array([[[0.2]], [[0.35]], [[0.75]]])
    paint = painted(photo)
    full = np.abs(paint - luma(paint)).max(0) > 0.25
    red = full & (paint[0] > paint[2])
    assert red[:, :130].mean() > 2 * red[:, 170:].mean()


def test_no_line_runs_over_a_face() -> None:
    photo = flat(200, 200, 0.4)
    y, x = np.mgrid[:200, :200]
    photo[:, np.hypot((y - 100) / 1.3, x - 100) < 40] = np.array(SKIN, dtype=np.float32)[:, None]
    light = luma(painted(photo))
    face = light[75:125, 80:120]
    assert (np.abs(face - np.median(face)) > 0.15).mean() < 0.05


def test_the_photos_texture_is_not_painted() -> None:
    texture = 0.02 * np.random.default_rng(0).standard_normal((200, 200), dtype=np.float32)
    paint = luma(painted(flat(200, 200, 0.45) + texture))
    assert np.corrcoef(paint.ravel(), texture.ravel())[0, 1] < 0.15


def test_amount_and_seed() -> None:
    photo = flat(120, 160, 0.5)
    assert np.array_equal(painted(photo, amount=0.0), photo)
    assert np.array_equal(painted(photo), painted(photo))
    assert not np.array_equal(painted(photo), painted(photo, seed=1))


def test_lines_end_in_a_taper() -> None:
    ground = Ground(flat(240, 320, 0.5), 1.0, np.random.default_rng(0))
    like = np.ones((1, *ground.angle.shape), dtype=np.float32)
    canvas = Canvas(like, 0 * like[0], np.ones(1))
    pour = Pour(1, 200.0, (8.0, 0.0), 8.0, (0.001, 300.0), (0.001, 90.0), 0.0)
    widths = _widths(pour, np.zeros((1, 60)), np.linspace(0, 200, 60), np.random.default_rng(0))
    assert widths[0, 1] < 0.6 * widths[0, 30] > 1.5 * widths[0, -2]
    (pixel, _, _), where = poured(pour, canvas, ground, np.random.default_rng(0))
    assert np.unique(pixel).size > 4 * where.shape[1]


def test_no_line_is_poured_where_nothing_but_specks_falls() -> None:
    ground = Ground(flat(240, 320, 0.5), 1.0, np.random.default_rng(0))
    like = np.ones((1, *ground.angle.shape), dtype=np.float32)
    (pixel, _, _), where = poured(
        POURS[0], Canvas(like, like[0], np.ones(1)), ground, np.random.default_rng(0)
    )
    assert pixel.size == where.size == 0
