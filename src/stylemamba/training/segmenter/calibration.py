"""How far the segmenter's answers are to be trusted, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stylemamba.portable.geometry import Array
from stylemamba.portable.segments import expected_overlap

KNOTS = 11
WIDTH = 0.07  # deviation of the window of expected overlaps that a knot's mean is over
PRIOR = 2.0  # pictures' worth of belief that the answer is as good as expected


def overlap(mask: Array, truth: Array, weights: Array) -> float:
    """Intersection over union of two soft masks cut at 1/2, of the places that count.

    Args:
        mask: (h, w), 0 to 1.
        truth: (h, w), 0 to 1.
        weights: (h, w); places of 1/2 and more count.

    Returns:
        0 to 1; NaN where both are empty.
    """
    counts = weights >= 0.5
    found, there = (mask > 0.5) & counts, (truth > 0.5) & counts
    union = (found | there).sum()
    return float((found & there).sum() / union) if union else float("nan")


def calibrated(likely: Sequence[Array], overlaps: Sequence[float]) -> Array:
    """The mean overlap (11,) of answers whose expected overlap is near 0, 0.1, ... 1; it rises.

    Args:
        likely: Answers (r, c), 0 to 1.
        overlaps: Of each with the truth.
    """
    expected = np.array([expected_overlap(answer) for answer in likely])
    got, knots = np.array(overlaps), np.linspace(0, 1, KNOTS)
    near = np.exp(-(((knots[:, None] - expected) / WIDTH) ** 2) / 2)
    means = (near @ got + PRIOR * knots) / (near.sum(1) + PRIOR)
    means[0] = 0  # nothing found
    curve: Array = np.maximum.accumulate(means)
    return curve
