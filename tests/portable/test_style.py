from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from stylemamba.portable.style import Style


def style(seed: int, coverage: float | None = 0.5, kind: Any = np.asarray) -> Style:
    rng = np.random.default_rng(seed)
    return Style(
        embedding=kind(rng.standard_normal((1, 4))),
        condition=kind(rng.standard_normal((1, 6))),
        statistics={"a": kind(rng.standard_normal((1, 3)))},
        coverage=coverage,
        neighbours=[(f"known {seed}", 0.9 - seed / 10), ("both", 0.3)],
        marks={"strokes": float(rng.standard_normal())},
    )


@pytest.mark.parametrize("kind", [np.asarray, torch.tensor])
def test_everything_is_mixed_by_the_shares(kind: Any) -> None:
    one, two, three = (style(seed, kind=kind) for seed in range(3))
    mixed = Style.mix([one, two, three], [3.0, 2.0, -1.0])
    for name in ("embedding", "condition"):
        parts = [np.asarray(getattr(part, name)) for part in (one, two, three)]
        expected = 0.75 * parts[0] + 0.5 * parts[1] - 0.25 * parts[2]
        np.testing.assert_allclose(np.asarray(getattr(mixed, name)), expected, rtol=1e-6)
    np.testing.assert_allclose(
        mixed.marks["strokes"],
        0.75 * one.marks["strokes"] + 0.5 * two.marks["strokes"] - 0.25 * three.marks["strokes"],
    )
    assert isinstance(mixed.statistics["a"], type(one.statistics["a"]))


def test_covariances_are_mixed_not_raw_moments() -> None:
    """Two styles that differ in their means only: the mixture has the covariance of both."""
    one, two = (
        Style(
            embedding=np.zeros((1, 1)),
            condition=np.zeros((1, 1)),
            statistics={"mean": np.full((1, 1), mean), "covariance": np.full((1, 1), 0.2)},
        )
        for mean in (-1.0, 1.0)
    )
    mixed = Style.mix([one, two], [1, 1])
    assert mixed.statistics["mean"].item() == 0
    assert mixed.statistics["covariance"].item() == pytest.approx(0.2)  # raw moments: 1.2


def test_one_style_is_itself() -> None:
    only = style(0)
    assert Style.mix([only], [0.3]) is only


def test_coverage_and_neighbours() -> None:
    mixed = Style.mix([style(0, 1.0), style(1, 0.2)], [1, -0.5])
    assert mixed.coverage == pytest.approx((1.0 + 0.5 * 0.2) / 1.5)
    assert list(mixed.neighbours) == [("known 0", 0.9), ("known 1", 0.8)]
    assert Style.mix([style(0), style(1, None)], [1, 1]).coverage is None


@pytest.mark.parametrize(
    "weights", [[], [1], [1, 1, 1], [0, 0], [1, -1], [1, -2], [1, float("nan")]]
)
def test_impossible_weights(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Style.mix([style(0), style(1)], weights)


def test_styles_without_marks_take_nothing_from_those_with_some() -> None:
    def showing(**marks: float) -> Style:
        zeros = np.zeros((1, 1))
        return Style(zeros, zeros, marks={"masses": 1.0, "ink": 0.0, "wash": 0.0, **marks})

    ink, wash, none = showing(ink=1.0), showing(wash=0.5), showing()
    assert Style.mix([ink, none], [1, 3]).marks == {"masses": 1.0, "ink": 1.0, "wash": 0.0}
    assert Style.mix([ink, wash], [1, 3]).marks == {"masses": 1.0, "ink": 0.25, "wash": 0.375}
    assert Style.mix([none, none], [1, 1]).marks == none.marks
