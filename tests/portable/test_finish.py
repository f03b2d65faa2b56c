from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.colour import to_oklab
from stylemamba.portable.finish import GAINS, NUMBERS, OCTAVES, finish_of, finished
from stylemamba.portable.style import Style

Array = np.ndarray


def picture(seed: int, shape: tuple[int, int] = (96, 128), rough: float = 0.1) -> Array:
    """Smooth hues with grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] / max(shape)
    turns = rng.uniform(1, 6, (3, 2))
    waves = np.stack([np.sin(a * x + b * y) for a, b in turns])
    grain = rough * rng.standard_normal((3, *shape))
    return (0.5 + 0.2 * waves + grain).clip(0.02, 0.98).astype(np.float32)


def test_a_picture_keeps_its_own_finish() -> None:
    own = picture(0)
    np.testing.assert_allclose(finished(own, finish_of(own)), own, atol=0.02)


def test_colours_become_those_of_the_finish() -> None:
    mine, other = picture(1), picture(2)
    done = to_oklab(finished(mine, finish_of(other))).reshape(3, -1)
    want = to_oklab(other).reshape(3, -1)
    np.testing.assert_allclose(done.mean(1), want.mean(1), atol=0.01)
    np.testing.assert_allclose(np.cov(done), np.cov(want), atol=1.5e-3)


def test_contrast_from_fine_to_coarse_becomes_that_of_the_finish() -> None:
    smooth, rough = (picture(3, (288, 384), rough) for rough in (0.04, 0.08))
    want = finish_of(rough)[9:].reshape(OCTAVES, 3)
    before, after = (
        finish_of(made)[9:].reshape(OCTAVES, 3)
        for made in (smooth, finished(smooth, finish_of(rough)))
    )
    assert np.abs(np.log(after / want)).max() < 0.3 < np.abs(np.log(before / want)).max()
    assert (after[0] / before[0]).max() < 1.3 * GAINS[1]


def test_it_is_the_same_at_any_size() -> None:
    small, large = (finish_of(picture(4, shape, rough=0.0)) for shape in ((60, 80), (240, 320)))
    np.testing.assert_allclose(small[:3], large[:3], atol=0.01)
    done = finished(picture(5, (240, 320)), small)
    assert done.shape == (3, 240, 320) and done.dtype == np.float32


def test_only_places_that_count_are_measured() -> None:
    wanted = finish_of(picture(6))
    photo = picture(7)
    weight = np.zeros(photo.shape[1:], np.float32)
    weight[:, :64] = 1
    other = photo.copy()
    other[:, :, 64:] = 0.9
    apart = []
    for counted in (weight, None):
        one, two = (finished(each, wanted, counted)[:, :, :40] for each in (photo, other))
        apart.append(float(np.abs(one - two).mean()))
    assert apart[0] < 0.02 < 0.1 < apart[1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (8, 8)])
def test_tiny_and_flat_pictures_stay_finite(shape: tuple[int, int]) -> None:
    flat = np.full((3, *shape), 0.5, np.float32)
    assert np.isfinite(finish_of(flat)).all() and len(finish_of(flat)) == NUMBERS
    assert np.isfinite(finished(flat, finish_of(picture(8)))).all()
    assert np.isfinite(finished(picture(8), finish_of(flat))).all()


def test_styles_share_their_finishes_and_others_have_none() -> None:
    photo = picture(9)
    one, two = (finish_of(picture(seed)) for seed in (10, 11))
    learnt = [Style(None, None, finishes=((1.0, finish),)) for finish in (one, two)]
    both = finished(photo, (one + two) / 2)
    mixed = Style(None, None, finishes=((0.5, one), (0.5, two)))
    np.testing.assert_allclose(mixed.finished(photo, 1.0), both, atol=1e-6)
    half = Style(None, None, finishes=((0.5, one),)).finished(photo, 1.0)
    np.testing.assert_allclose(half, (photo + learnt[0].finished(photo, 1.0)) / 2, atol=1e-6)
    assert Style(None, None).finished(photo, 1.0) is photo
    assert learnt[0].finished(photo, 0.0) is photo
