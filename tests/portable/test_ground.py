"""What marks follow of a photo, the curves of its tones, and paint that is laid over it."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import flat, halves, noise

from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.paint import over
from stylemamba.portable.brushwork.tones import smoothstep, stepped, stretched
from stylemamba.portable.geometry import luma


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.7])
def test_maps_on_the_grid_are_in_register_with_the_photo(scale: float) -> None:
    photo = halves(50, 73)
    ground = Ground(photo, scale, np.random.default_rng(0))
    mean = ground.moments[0]
    for full in (ground.repeated(mean), ground.spread(mean)):
        assert full.shape == (50, 73)
        assert np.abs(full - luma(photo)).max(0)[: 36 - 2 * ground.pitch].max() < 1e-5
        assert np.abs(full - luma(photo)).max(0)[36 + 2 * ground.pitch :].max() < 1e-5


def test_paint_is_clipped_and_as_opaque_as_its_amount() -> None:
    picture, paint = noise(8, 9), 3 * noise(8, 9, seed=1) - 1
    assert np.array_equal(over(picture, paint, 0.0), picture)
    np.testing.assert_allclose(over(picture, paint, 7.0), paint.clip(0, 1), atol=1e-6)
    half = (picture + paint.clip(0, 1)) / 2
    np.testing.assert_allclose(over(picture, paint.astype(float), 0.5), half, atol=1e-6)
    assert over(picture, paint.astype(float), 0.5).dtype == np.float32


def test_a_smooth_step_may_fall() -> None:
    values = np.linspace(0, 1, 11, dtype=np.float32)
    rising = smoothstep(0.2, 0.8, values)
    assert rising[2] == 0 and rising[8] == 1 and rising[5] == pytest.approx(0.5)
    np.testing.assert_allclose(smoothstep(0.8, 0.2, values), 1 - rising, atol=1e-6)


def test_tones_in_steps_are_flat_and_rise() -> None:
    tone = np.linspace(0, 1, 401, dtype=np.float32)
    flat_tones = stepped(tone, 4, 0.4)
    assert np.diff(flat_tones).min() >= 0 and (np.diff(flat_tones) < 1e-6).mean() > 0.5
    assert np.abs(flat_tones - tone).max() < 0.13


def test_tones_are_stretched_unless_the_ground_is_flat() -> None:
    assert np.ptp(stretched(luma(halves(40, 40, 0.3, 0.7)))) > 0.95
    grain = flat(40, 40, 0.6) + 0.01 * (noise(40, 40) - 0.5)
    level = stretched(luma(grain))
    assert np.ptp(level) < 0.04 and level.mean() == pytest.approx(0.6, abs=0.05)
