from __future__ import annotations

import math

import numpy as np
import pytest

from stylemamba.evaluation.metrics.ground_spread import flat_ground, ground_spread
from stylemamba.portable.colour import srgb_to_lab
from stylemamba.portable.geometry import Array


def product(height: int = 80, width: int = 100) -> Array:
    """Noise in the middle of a white page."""
    photo = np.ones((3, height, width), np.float32)
    noise = np.random.default_rng(0).random((3, 20, 20), np.float32)
    photo[:, 30:50, 40:60] = noise
    return photo


def slow_spread(picture: Array, photo: Array) -> float:
    """Pixel by pixel, for a photo whose ground is one patch."""
    tones = np.tensordot([0.299, 0.587, 0.114], photo.astype(np.float64), 1)
    padded = np.pad(tones, 12, mode="edge")
    ground = np.lib.stride_tricks.sliding_window_view(padded, (25, 25)).std((2, 3)) < 0.02
    around = np.pad(ground, 12, mode="edge")
    spreads = []
    for image in (picture, photo):
        lab = np.pad(srgb_to_lab(image).astype(np.float64), ((0, 0), (12, 12), (12, 12)), "edge")
        smooth = []
        for i, j in np.argwhere(ground):
            there = around[i : i + 25, j : j + 25]
            smooth.append(lab[:, i : i + 25, j : j + 25][:, there].mean(1))
        mean = np.mean(smooth, axis=0)
        spreads.append(np.mean([math.dist(colour, mean) for colour in smooth]))
    return float(spreads[0] - spreads[1])


def test_equals_the_slow_reference() -> None:
    photo = product()
    picture = 0.5 * photo + 0.5 * np.random.default_rng(1).random(photo.shape, np.float32)
    picture[1, :30] *= 0.5
    value = slow_spread(picture, photo)
    assert value > 1
    assert ground_spread(picture, photo) == pytest.approx(value, abs=1e-3)


def test_another_paper_is_no_spread_and_a_blotch_is() -> None:
    photo = product(200, 200)
    picture = photo * np.array([0.9, 0.8, 0.6], np.float32)[:, None, None]
    assert ground_spread(photo, photo) == 0
    assert ground_spread(picture, photo) == pytest.approx(0, abs=1e-3)
    halves = picture.copy()
    halves[:, :, :100] = picture[::-1, :, :100]  # bluish on the left
    step = math.dist(*srgb_to_lab(np.array([[0.9, 0.6], [0.8, 0.8], [0.6, 0.9]])).T)
    spread = ground_spread(halves, photo)
    assert spread is not None and 0.8 * step / 2 < spread < step / 2


def test_fine_marks_are_smoothed_away() -> None:
    photo = np.full((3, 100, 100), 0.7, np.float32)
    checks = np.indices((100, 100)).sum(0) % 2 * np.float32(0.1)
    spread = ground_spread(photo + checks, photo)
    assert spread is not None and spread < 0.2


def test_each_patch_has_a_colour_of_its_own() -> None:
    """A logo whose paper and letter are painted in other colours, each evenly."""
    photo = np.ones((3, 150, 150), np.float32)
    photo[:2, 40:110, 40:110] = 0
    patches = flat_ground(photo)
    assert patches is not None and set(np.unique(patches)) == {0, 1, 2}
    picture = np.where(photo == photo[0, 0, 0], np.float32(0.2), np.float32(0.9))
    assert ground_spread(picture, photo) == pytest.approx(0, abs=1e-3)


def test_photos_without_ground_are_left_out() -> None:
    noise = np.random.default_rng(0).random((3, 60, 60), np.float32)
    assert flat_ground(noise) is None and ground_spread(noise, noise) is None
    noise[:, :, :22] = 0.5  # ground without the 12 px next to noise is 10 of 60 columns
    assert flat_ground(noise) is None
    noise[:, :, :26] = 0.5
    assert flat_ground(noise) is not None
    with pytest.raises(ValueError, match="shapes differ"):
        ground_spread(noise[:, 1:], noise)
