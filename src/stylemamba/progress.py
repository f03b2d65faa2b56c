"""What a job tells while it runs, and the one way to stop it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # front ends use this before torch is needed
    from torch import Tensor


class Cancelled(Exception):  # noqa: N818  nothing went wrong
    """Raise it in `on_progress` to stop the job.

    A fit that has begun ends with its best picture so far, as it does on Ctrl-C. Anything earlier
    has no picture yet: there, `Cancelled` comes out of the call.
    """


Stage = Literal["fit", "pass", "tile"]


@dataclass(frozen=True)
class Progress:
    """One event.

    Attributes:
        stage: `fit` for a step of a fit, `pass` for a pass of the networks, `tile` for a tile of a
            picture that is larger than what is painted whole.
        step: How many of them are done: 0 is before the first step of a fit.
        steps: How many there are in all.
        photo: Of a batch of fits, which one this is, from 0.
        losses: Of a fit, weighted, and their sum under `total`.
        image: (1, 3, h, w) or (b, 3, h, w) in about [0, 1], what it looks like now, without
            brushwork; None where there is nothing to see.
    """

    stage: Stage
    step: int
    steps: int
    photo: int = field(default=0, kw_only=True)
    losses: Mapping[str, float] = field(default_factory=dict)
    image: Tensor | None = None


OnProgress = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Hears nothing."""
