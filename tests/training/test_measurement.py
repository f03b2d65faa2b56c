from __future__ import annotations

import numpy as np
import pytest

from stylemamba.training.artlip.measurement import Array, describe, measure, srgb_to_oklab


def flat(colour: tuple[float, float, float]) -> Array:
    return np.broadcast_to(np.array(colour, np.float32), (48, 64, 3)).copy()


def checkerboard(cell: int) -> Array:
    y, x = np.mgrid[:96, :96] // cell
    return np.repeat(((y + x) % 2).astype(np.float32)[..., None], 3, -1)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((1.0, 0.0, 0.0), "red"),
        ((1.0, 0.5, 0.0), "orange"),
        ((1.0, 1.0, 0.0), "yellow"),
        ((0.0, 0.8, 0.0), "green"),
        ((0.0, 0.5, 0.5), "teal"),
        ((0.0, 0.0, 1.0), "blue"),
        ((0.53, 0.81, 0.92), "sky blue"),
        ((0.5, 0.0, 0.5), "purple"),
        ((1.0, 0.75, 0.8), "pink"),
        ((0.4, 0.25, 0.12), "brown"),
        ((0.83, 0.65, 0.17), "gold"),
        ((0.96, 0.93, 0.82), "cream"),
        ((0.0, 0.0, 0.0), "black"),
        ((0.5, 0.5, 0.5), "grey"),
        ((1.0, 1.0, 1.0), "white"),
    ],
)
def test_pure_colours_get_their_names(colour: tuple[float, float, float], name: str) -> None:
    measured = measure(flat(colour))
    assert [found for found, _ in measured.palette] == [name]
    assert measured.palette[0][1] == pytest.approx(1.0)
    assert f"{name} tones" in describe(measured)


def test_oklab_of_white_and_red() -> None:
    # Reference values of the published transform.
    white = srgb_to_oklab(np.array([1.0, 1.0, 1.0], np.float32))
    np.testing.assert_allclose(white, [1, 0, 0], atol=1e-4)
    red = srgb_to_oklab(np.array([1.0, 0.0, 0.0], np.float32))
    np.testing.assert_allclose(red, [0.62796, 0.22486, 0.12585], atol=1e-4)


def test_two_colours_name_the_palette() -> None:
    image = flat((0.05, 0.1, 0.4))
    image[:, 32:] = (0.9, 0.5, 0.15)
    phrases = describe(measure(image))
    assert any("blue" in phrase and "orange" in phrase for phrase in phrases)


def test_shares_sum_to_one_and_are_sorted() -> None:
    image = np.random.default_rng(0).random((64, 64, 3), np.float32)
    shares = [share for _, share in measure(image).palette]
    assert shares == sorted(shares, reverse=True)
    assert 0.9 < sum(shares) <= 1 + 1e-6


def test_checkerboard_is_high_contrast_black_and_white_and_busy() -> None:
    measured = measure(checkerboard(4))
    phrases = describe(measured)
    assert measured.contrast > 0.45
    assert measured.edge_density > 0.25
    assert {"high contrast", "black and white", "intricate"} <= set(phrases)


def test_flat_picture_is_low_contrast_and_flat() -> None:
    phrases = describe(measure(flat((0.9, 0.1, 0.1))))
    assert {"low contrast", "bold flat shapes", "vivid colours", "warm colours"} <= set(phrases)


def test_grain_grows_with_the_pattern() -> None:
    fine, middle, broad = (measure(checkerboard(cell)).grain for cell in (2, 6, 16))
    assert fine < middle < broad
    assert "fine detail" in describe(measure(checkerboard(2)))


def test_brightness_words() -> None:
    assert "dark" in describe(measure(flat((0.05, 0.05, 0.08))))
    assert "light and bright" in describe(measure(flat((0.9, 0.92, 0.95))))


def test_sepia_is_named() -> None:
    tone = np.linspace(0.2, 1.0, 64, dtype=np.float32)[None, :, None]
    image = np.ones((48, 1, 1), np.float32) * tone * np.array([0.72, 0.55, 0.38], np.float32)
    assert "sepia tones" in describe(measure(image))


def test_rainbow_is_colourful() -> None:
    hues = np.repeat(np.eye(3, dtype=np.float32), 16, 0)[None].repeat(48, 0)
    assert "colourful" in describe(measure(hues))


def test_measurement_hardly_depends_on_size() -> None:
    rng = np.random.default_rng(1)
    small = rng.random((40, 40, 3)).astype(np.float32).repeat(4, 0).repeat(4, 1)
    first, second = measure(small), measure(small.repeat(2, 0).repeat(2, 1))
    assert first.grain == pytest.approx(second.grain, rel=0.05)
    assert first.contrast == pytest.approx(second.contrast, rel=0.05)
    assert first.palette[0][0] == second.palette[0][0]
