"""Styles, as an encoder makes them of prompts, and the one place where they are mixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .finish import finished
from .geometry import Array
from .recipe_fields import mixable

BENEATH = "masses"
"""The mark that lies beneath all others, and says nothing of a medium."""


@dataclass(frozen=True)
class Style:
    """What an encoder makes of a prompt.

    Arrays are NumPy's or torch's, all of one kind.

    Attributes:
        embedding: (1, d), E_T of the prompt.
        condition: (1, s), the vector that StyleFusion reads.
        statistics: block -> (1, ...), the target of the style anchor; empty where the encoder has
            none.
        coverage: 0 to 1, how well the encoder knows the prompt; None where it cannot tell.
        neighbours: (known caption, cosine), nearest first.
        marks: How plainly pictures in this style show each mark of brushwork: 0 not at all, 1
            naturally; a mixture that pushes away may lie outside of that. Empty where the encoder
            cannot tell.
        paintings: Shares, and the parts (n, `PARTS`, `NUMBERS`) of n pictures that the style was
            found in, NumPy's; see palette.py. Empty where the encoder knows none.
        finishes: Shares, and the finishes (24,) that finished pictures take on; see finish.py. Of
            styles that were learnt from pictures.
        remarks: What there is to say about how the prompt was understood.
    """

    embedding: Any
    condition: Any
    statistics: Mapping[str, Any] = field(default_factory=dict)
    coverage: float | None = None
    neighbours: Sequence[tuple[str, float]] = ()
    marks: Mapping[str, float] = field(default_factory=dict)
    paintings: Sequence[tuple[float, Any]] = ()
    finishes: Sequence[tuple[float, Any]] = ()
    remarks: Sequence[str] = ()

    def finished(self, picture: Array, much: float, weight: Array | None = None) -> Array:
        """A finished picture, with the finishes that this style has.

        Args:
            picture: (3, h, w) in [0, 1], NumPy's.
            much: How much of them there is, 0 to 1.
            weight: Where in the picture this style is, (h, w); None for everywhere.
        """
        known = [(share, finish) for share, finish in self.finishes if share > 0]
        if not known or much <= 0:
            return picture
        total = sum(share for share, _ in known)
        wanted = sum(share / total * finish for share, finish in known)
        return picture + min(1.0, total) * much * (finished(picture, wanted, weight) - picture)

    @classmethod
    def mix(cls, styles: Sequence[Style], weights: Sequence[float]) -> Style:
        """The mixture of styles, sum_i w_i s_i with weights that sum to one.

        Conditions, embeddings and statistics are mixed alike, and marks of styles that show any:
        "Hokusai, the sea" is as much a print as Hokusai. Statistics are means,
        deviations and *covariances* about each style's own mean, not raw moments: half of a red
        style and half of a blue one is a violet one, not one in red and blue patches, whose
        covariance would have the distance of the two means in it, too.

        Args:
            styles: At least one; all with the same statistics and marks.
            weights: With a sum clearly above zero, see `mixable`; negative ones push away.

        Returns:
            The mixture; its coverage is the mean of the coverages by the weights' sizes, its
            neighbours are those of all styles, nearest first.

        Raises:
            ValueError: There are no styles, or the weights do not fit.
        """
        if not styles or len(styles) != len(weights):
            raise ValueError(f"{len(styles)} styles and {len(weights)} weights")
        if not mixable(weights):
            raise ValueError("the weights of styles should have a sum clearly above 0")
        given = np.asarray(weights, dtype=np.float32)
        if len(styles) == 1:
            return styles[0]
        shares = [float(share) for share in given / given.sum()]

        def mixed(values: Sequence[Any]) -> Any:
            first, *others = (share * value for share, value in zip(shares, values, strict=True))
            return sum(others, first)

        neighbours = sorted({pair for style in styles for pair in style.neighbours}, key=_nearest)
        return cls(
            embedding=mixed([style.embedding for style in styles]),
            condition=mixed([style.condition for style in styles]),
            statistics={
                name: mixed([style.statistics[name] for style in styles])
                for name in styles[0].statistics
            },
            coverage=_mean_coverage(styles, given),
            neighbours=neighbours[: max(len(style.neighbours) for style in styles)],
            marks=_mixed_marks(styles, shares),
            paintings=tuple(
                (share * own, rows)
                for share, style in zip(shares, styles, strict=True)
                for own, rows in style.paintings
            ),
            finishes=tuple(
                (share * own, finish)
                for share, style in zip(shares, styles, strict=True)
                for own, finish in style.finishes
            ),
            remarks=tuple(dict.fromkeys(line for style in styles for line in style.remarks)),
        )


def _mixed_marks(styles: Sequence[Style], shares: Sequence[float]) -> dict[str, float]:
    """Marks in proportion; styles that show none take nothing from those that show some."""
    counted = [
        (share, style.marks)
        for share, style in zip(shares, styles, strict=True)
        if any(amount for mark, amount in style.marks.items() if mark != BENEATH)
    ]
    total = sum(share for share, _ in counted)
    if total <= 0:
        counted, total = (
            [(share, style.marks) for share, style in zip(shares, styles, strict=True)],
            1,
        )
    return {
        mark: sum(share / total * marks[mark] for share, marks in counted)
        for mark in styles[0].marks
    }


def _nearest(neighbour: tuple[str, float]) -> tuple[float, str]:
    name, cosine = neighbour
    return -cosine, name


def _mean_coverage(styles: Sequence[Style], weights: Any) -> float | None:
    known = [style.coverage for style in styles]
    if any(coverage is None for coverage in known):
        return None
    return float(np.average(np.array(known, dtype=np.float64), weights=np.abs(weights)))
