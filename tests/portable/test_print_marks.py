"""Flat inks, ink lines, screen prints, halftone, chalk and neon: quiet where a photo is."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import scene, tinted

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.filters import blurred
from stylemamba.portable.geometry import luma

MARKS = ("flat", "cartoon", "ink", "screen", "halftone", "chalk", "neon")
GROUND = (0.7, 0.55, 0.3)
every_mark = pytest.mark.parametrize("mark", MARKS)


@every_mark
def test_flat_ground_stays_flat(mark: str) -> None:
    """Seen from some way off, that is without paper grain, dots and rules."""
    ground = tinted(200, 260, GROUND)
    painted = brushwork(ground, ground, {mark: 1.0}, stroke=0.6)
    seen = blurred(painted, 14.0)[:, 40:-40, 40:-40]
    assert np.ptp(seen, axis=(1, 2)).max() < 3 / 255


@every_mark
def test_noise_is_not_drawn(mark: str) -> None:
    """A photo's grain makes no marks of its own."""
    grain = 0.01 * np.random.default_rng(0).standard_normal((3, 200, 260), dtype=np.float32)
    photo = tinted(200, 260, GROUND)
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
