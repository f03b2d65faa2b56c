"""What the scores of several runs say: who reached whose result, in how many steps and seconds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from stylemamba.evaluation.comparison.scores import Curve, Score

REACHED = "directional"
YARDSTICKS = {
    "with_content": (REACHED, "content"),
    "with_crops": (REACHED, "crops"),
    "by_statistics": ("anchor",),
}
"""Other ways to say that a reference is reached: by all of these fields of its score."""


def first_reaching(curve: Curve, reference: Score, *fields: str) -> Score | None:
    """The first score that is as low as the reference in all these fields; None if there is none.

    A field that the encoder does not have, None in both, is not reached.
    """
    for score in curve:
        pairs = [(getattr(score, field), getattr(reference, field)) for field in fields]
        if all(own is not None and own <= other for own, other in pairs):
            return score
    return None


def spread(values: Sequence[float | None]) -> dict[str, float | int | None]:
    """Median, minimum and maximum over runs; None counts as infinite.

    So the median is None when half of the runs or more did not get there, the maximum when any did
    not. `reached` of `runs` did.
    """
    known = sorted(math.inf if value is None else value for value in values)

    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "median": finite(statistics.median(known)) if known else None,
        "min": finite(known[0]) if known else None,
        "max": finite(known[-1]) if known else None,
        "reached": sum(math.isfinite(value) for value in known),
        "runs": len(known),
    }


def compare_curves(curves: Sequence[Mapping[str, Curve]], reference: str) -> dict[str, Any]:
    """How many steps and seconds each method needs for the reference method's last result.

    Args:
        curves: One mapping a task: method to its curve.
        reference: The method whose last score is to be reached.

    Returns:
        method -> figures: `steps_to_reference`, `seconds_to_reference`; the same as shares of the
        reference method's steps and seconds at its last step (`steps_share`, `seconds_share`); the
        first two by other yardsticks (`YARDSTICKS`); `seconds_a_step`; medians of the last score
        (`last`). All but `last` are as `spread` gives them.
    """
    methods: dict[str, Any] = {}
    for name in curves[0]:
        pairs = [(task[name], task[reference][-1]) for task in curves]
        reached = [first_reaching(curve, last, REACHED) for curve, last in pairs]
        lasts = [last for _, last in pairs]
        methods[name] = {
            **_to_reference(reached),
            "steps_share": spread(
                [s.step / last.step if s else None for s, last in zip(reached, lasts, strict=True)]
            ),
            "seconds_share": spread(
                [
                    s.seconds / last.seconds if s else None
                    for s, last in zip(reached, lasts, strict=True)
                ]
            ),
            **{
                yardstick: _to_reference([first_reaching(*pair, *fields) for pair in pairs])
                for yardstick, fields in YARDSTICKS.items()
            },
            "seconds_a_step": spread([curve[-1].seconds / curve[-1].step for curve, _ in pairs]),
            "last": {
                field: median_of([getattr(curve[-1], field) for curve, _ in pairs])
                for field in ("directional", "crops", "content", "total", "anchor")
            },
        }
    return methods


def _to_reference(reached: Sequence[Score | None]) -> dict[str, Any]:
    return {
        "steps_to_reference": spread([s.step if s else None for s in reached]),
        "seconds_to_reference": spread([s.seconds if s else None for s in reached]),
    }


def median_of(values: Sequence[float | None]) -> float | None:
    """The median of the values that there are; None of none."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
