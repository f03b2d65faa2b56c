"""Dots: all of one size, of divided colours whose mixture is the picture's, none green on skin."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.brushwork.dots import paint_dots, topmost
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.colour import to_oklab
from stylemamba.portable.filters import blurred
from stylemamba.portable.geometry import Array


def flat(height: int, width: int, colour: tuple[float, ...] = (0.5, 0.5, 0.5)) -> Array:
    level = np.array(colour, dtype=np.float32)[:, None, None]
    return np.broadcast_to(level, (3, height, width)).copy()


def painted(photo: Array, scale: float = 1.0, amount: float = 1.0, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return paint_dots(photo, Ground(photo, scale, rng), amount, rng)


def test_amount_and_seed() -> None:
    photo = flat(60, 80)
    assert np.array_equal(painted(photo, amount=0.0), photo)
    assert np.array_equal(painted(photo), painted(photo))
    assert not np.array_equal(painted(photo), painted(photo, seed=1))


def test_disks_are_where_they_are_and_cover_most() -> None:
    rng = np.random.default_rng(0)
    y, x = (np.indices((12, 14)) - 0.5 + 0.4 * rng.random((2, 12, 14))) * 6.0
    number = topmost(y, x, 4.0, 6, (60, 72), rng)
    row, column = np.indices((60, 72))
    far = np.hypot(row - y.ravel()[number], column - x.ravel()[number])
    assert far[number >= 0].max() < 4.0 and (number >= 0).mean() > 0.8


def test_the_eye_mixes_the_colour() -> None:
    for colour in ((0.3, 0.45, 0.7), (0.7, 0.6, 0.3)):
        dots = painted(flat(120, 160, colour))
        mixture, single = to_oklab(dots.mean((1, 2))), to_oklab(dots)
        own = to_oklab(np.array(colour, dtype=np.float32))
        assert mixture[1:] @ own[1:] > 0.9 * np.hypot(*mixture[1:]) * np.hypot(*own[1:])
        assert single[1:].std((1, 2)).max() > 0.03
        even = blurred(dots, 8.0)[:, 20:-20, 20:-20]
        assert even.std((1, 2)).max() < 0.045


def test_no_detail_of_the_photo_is_left() -> None:
    rng = np.random.default_rng(0)
    texture = flat(120, 160) + 0.15 * rng.standard_normal((120, 160), dtype=np.float32)
    dots, detail = painted(texture.clip(0, 1)).mean(0), texture[0] - blurred(texture[0], 1.0)
    detailed = dots - blurred(dots, 1.0)
    assert abs(np.corrcoef(detailed.ravel(), detail.ravel())[0, 1]) < 0.35


def test_no_green_on_skin() -> None:
    y, x = np.indices((240, 240))
    oval = np.hypot((y - 120) / 70, (x - 120) / 55) < 1
    face = np.where(oval, flat(240, 240, (0.80, 0.58, 0.47)), flat(240, 240)).astype(np.float32)
    dots = painted(face)[:, 80:160, 90:150]
    green = (dots[1] > dots[0] + 0.02) & (dots[1] > dots[2] + 0.02)
    assert green.mean() < 0.01


def test_dots_scale() -> None:
    steps = [
        float((np.abs(np.diff(painted(flat(160, 160), s).mean(0))) > 0.01).mean()) for s in (1, 3)
    ]
    assert steps[0] > 1.8 * steps[1] > 0
