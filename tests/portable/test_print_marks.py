"""Flat inks, ink lines, screen prints, halftone, chalk and neon: what every mark owes."""

from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.filters import blurred
from stylemamba.portable.geometry import Array, luma

MARKS = ("flat", "cartoon", "ink", "screen", "halftone", "chalk", "neon")
every_mark = pytest.mark.parametrize("mark", MARKS)


def scene(height: int, width: int) -> Array:
    """A disc, half of it dark, on a ground that grows lighter downwards."""
    y, x = np.indices((height, width), dtype=np.float32) / max(height, width)
    photo = np.stack([0.4 + 0.3 * y, 0.5 + 0.3 * y, 0.7 + 0.2 * y])
    inside = (y - 0.3) ** 2 + (x - 0.35) ** 2 < 0.06
    disc = np.where(x < 0.35, 0.08, 0.9) * np.array([1.0, 0.7, 0.4])[:, None, None]
    return np.where(inside, disc, photo).astype(np.float32)


def flat(height: int, width: int, colour: tuple[float, float, float] = (0.7, 0.55, 0.3)) -> Array:
    return np.broadcast_to(np.float32(colour)[:, None, None], (3, height, width)).copy()


@every_mark
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 40), (61, 90)])
@pytest.mark.parametrize("scale", [0.2, 1.0, 1e6])
def test_any_size(mark: str, size: tuple[int, int], scale: float) -> None:
    painted = brushwork(scene(*size), scene(*size), {mark: 1.0}, stroke=scale)
    assert painted.shape == (3, *size) and painted.dtype == np.float32
    assert painted.min() >= 0 and painted.max() <= 1


@every_mark
def test_amount_is_opacity(mark: str) -> None:
    photo = scene(90, 120)
    picture = photo[::-1].copy()
    whole, half = (brushwork(picture, photo, {mark: amount}, 1) for amount in (1.0, 0.5))
    inside = (whole > 0) & (whole < 1)
    assert np.abs(whole - picture).max() > 0.2
    np.testing.assert_allclose(half[inside], ((whole + picture) / 2)[inside], atol=1e-6)
    left = (np.arange(120) < 60) * np.ones((90, 1), dtype=np.float32)
    part = brushwork(picture, photo, {mark: left}, 1)
    np.testing.assert_array_equal(part[..., :60], whole[..., :60])
    np.testing.assert_array_equal(part[..., 60:], picture[..., 60:])


@every_mark
def test_a_seed_repeats_and_another_differs(mark: str) -> None:
    photo = scene(120, 160)
    first, again, other = (brushwork(photo, photo, {mark: 1.0}, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.02


@every_mark
def test_flat_ground_stays_flat(mark: str) -> None:
    """Seen from some way off, that is without paper grain, dots and rules."""
    painted = brushwork(flat(200, 260), flat(200, 260), {mark: 1.0}, stroke=0.6)
    seen = blurred(painted, 14.0)[:, 40:-40, 40:-40]
    assert np.ptp(seen, axis=(1, 2)).max() < 3 / 255


@every_mark
def test_noise_is_not_drawn(mark: str) -> None:
    """A photo's grain makes no marks of its own."""
    grain = 0.01 * np.random.default_rng(0).standard_normal((3, 200, 260), dtype=np.float32)
    photo = flat(200, 260)
    clean, noisy = (brushwork(photo, noise, {mark: 1.0}) for noise in (photo, photo + grain))
    assert (np.abs(luma(clean) - luma(noisy)) > 0.08).mean() < 0.01


@every_mark
def test_marks_are_as_large_a_part_of_a_picture_of_any_size(mark: str) -> None:
    """A picture of twice the size, halved, is the picture, but for dots and grain.

    Of a screen print, its black: which ink goes where, many pixels decide together.
    """
    small, large = (
        brushwork(photo, photo, {mark: 1.0}, 0) for photo in (scene(200, 300), scene(400, 600))
    )
    halved = large.reshape(3, 200, 2, 300, 2).mean((2, 4))
    if mark == "screen":
        small, halved = (np.float32(painted.max(0) < 0.2) for painted in (small, halved))
    difference = blurred(halved, 6.0) - blurred(small, 6.0)
    assert np.abs(difference).mean() < 0.03
