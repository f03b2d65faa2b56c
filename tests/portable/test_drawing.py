"""Drawings and prints: as dark as the photo, flat where it is flat, with lines along its form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scenes import flat, halves

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.drawing import flow, hatch, tones
from stylemamba.portable.brushwork.ground import SIDE, Ground
from stylemamba.portable.brushwork.stripes import covered, stripes
from stylemamba.portable.filters import blurred
from stylemamba.portable.geometry import Array, luma

MONOCHROME = ("pencil", "charcoal", "etching", "woodcut")
every_mark = pytest.mark.parametrize("mark", ["crayon", *MONOCHROME])


def drawn(mark: str, photo: Array, scale: float = 1.0, seed: int = 0) -> Array:
    """With marks of their nominal size in pixels times the scale."""
    return brushwork(photo, photo, {mark: 1.0}, seed, scale * SIDE / max(photo.shape[1:]))


def ground(photo: Array, scale: float = 1.0) -> Ground:
    return Ground(photo, scale, np.random.default_rng(0))


@every_mark
def test_dark_ground_gets_more_ink_than_light(mark: str) -> None:
    levels = np.repeat(np.linspace(0.05, 0.95, 4, dtype=np.float32), 48)
    light = luma(drawn(mark, np.broadcast_to(levels, (3, 128, 192)).copy()))
    means = [light[:, start + 12 : start + 36].mean() for start in range(0, 192, 48)]
    assert np.diff(means).min() > -0.005 and np.ptp(means[1:3]) > 0.1
    assert means[0] < 0.45 and means[-1] > 0.85


@every_mark
@pytest.mark.parametrize("level", [0.02, 0.6])
def test_flat_ground_stays_flat(mark: str, level: float) -> None:
    """Beyond the size of a few strokes."""
    light = blurred(luma(drawn(mark, flat(200, 200, level), 0.5)), 24)[60:-60, 60:-60]
    assert np.ptp(light) < 0.06


@pytest.mark.parametrize("mark", MONOCHROME)
def test_ink_has_no_colour(mark: str) -> None:
    picture = np.random.default_rng(0).random((3, 96, 96), dtype=np.float32)
    painted = brushwork(picture, halves(96, 96), {mark: 1.0})
    assert np.ptp(painted, axis=0).max() < 0.15


def test_crayons_are_more_vivid_and_a_little_of_the_pictures_hue() -> None:
    blueish = flat(96, 96) * np.array([0.8, 1.0, 1.2], dtype=np.float32)[:, None, None]
    red, green, blue = drawn("crayon", blueish).mean((1, 2))
    assert blue > green > red and blue - red > 0.2
    cold, warm = (
        brushwork(part, flat(96, 96), {"crayon": 1.0}) for part in (blueish, blueish[::-1])
    )
    assert (cold[2] - cold[0]).mean() > (warm[2] - warm[0]).mean() + 0.1


def test_hatching_is_in_patches_of_the_angles_of_a_map() -> None:
    angle = np.zeros((200, 200), dtype=np.float32)
    angle[:, 100:] = np.pi / 2
    strokes = hatch((200, 200), angle, 2.0, 40.0, np.random.default_rng(0))
    level, upright = strokes[:, :95], strokes[:, 105:]
    assert np.abs(np.diff(level, axis=0)).mean() > 4 * np.abs(np.diff(level, axis=1)).mean()
    assert np.abs(np.diff(upright, axis=1)).mean() > 4 * np.abs(np.diff(upright, axis=0)).mean()


@every_mark
def test_an_edge_is_sharp(mark: str) -> None:
    light = luma(drawn(mark, halves(160, 160, 0.1, 0.9)))
    assert light[:, 70:76].mean() + 0.3 < light[:, 84:90].mean()


@pytest.mark.parametrize("angle", [0.0, 0.6, 1.57, 2.5])
def test_stripes_follow_an_angle_at_their_period(angle: float) -> None:
    field = np.full((40, 40), angle, dtype=np.float32)
    far = stripes(field, 4, 8.0, (160, 160), np.random.default_rng(0))
    power = np.abs(np.fft.fft2(np.cos(np.pi * far))) ** 2
    y, x = (axis[0] for axis in np.nonzero(power == power.max()))
    frequency = np.fft.fftfreq(160)
    wave = frequency[y], frequency[x]
    assert np.hypot(*wave) == pytest.approx(1 / 8, rel=0.06)
    assert abs(wave[0] * np.sin(angle) + wave[1] * np.cos(angle)) < 0.008


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_lines_cover_their_share(share: float) -> None:
    rng = np.random.default_rng(0)
    far = stripes(rng.random((20, 20), dtype=np.float32), 8, 7.0, (160, 160), rng)
    assert far.min() >= 0 and far.max() <= 1
    assert covered(far, np.full_like(far, share), 7.0).mean() == pytest.approx(share, abs=0.04)


def test_stripes_turn_without_seams() -> None:
    """Round a centre, where the angle passes from pi to 0: neighbours stay alike."""
    y, x = np.indices((160, 160), dtype=np.float32) - 80
    angle = (np.arctan2(y, x) + np.pi / 2) % np.pi
    far = stripes(angle[::4, ::4], 4, 10.0, (160, 160), np.random.default_rng(0))
    steps = np.maximum(np.abs(np.diff(far, axis=0))[:, 1:], np.abs(np.diff(far, axis=1))[1:])
    assert np.mean(steps > 0.35) < 0.01


def test_lines_follow_a_form_and_rest_elsewhere() -> None:
    photo = flat(120, 240)
    photo[..., 60:] = 0.9
    angle = flow(ground(photo), 4, 0.4, 0.02)
    middle = angle.shape[0] // 2
    assert angle[middle, 30] == pytest.approx(np.pi / 2, abs=0.15)
    assert angle[middle, -10] == pytest.approx(0.4, abs=0.01)


def test_hatching_is_along_its_angle_and_even() -> None:
    strokes = hatch((200, 200), 0.0, 2.0, 40.0, np.random.default_rng(0))
    along, across = (np.abs(np.diff(strokes, axis=axis)).mean() for axis in (1, 0))
    assert across > 4 * along
    assert strokes.min() >= 0 and strokes.max() <= 1
    assert strokes.mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("change", [lambda photo: 0.3 * photo, lambda photo: 0.4 + 0.5 * photo])
def test_tones_are_stretched(change: Callable[[Array], Array]) -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 160, dtype=np.float32), (3, 160, 160)).copy()
    tone = tones(ground(change(ramp)), 4, 0.5, 0.0)
    assert tone[:, 2].max() < 0.1 and tone[:, -2].min() > 0.9
    assert np.diff(tone.mean(0)).min() >= 0


def test_faint_noise_stays_faint() -> None:
    noise = np.random.default_rng(0).standard_normal((3, 120, 120), dtype=np.float32)
    tone = tones(ground(0.5 + 0.01 * noise), 4, 0.6, 0.6)
    assert tone.std() < 0.05
