"""What every training loop needs: a learning rate schedule, and progress on stderr."""

from __future__ import annotations

import math
import sys

WARMUP_STEPS = 100


def warmup_cosine(step: int, steps: int) -> float:
    """Share of the peak learning rate at a step: a linear rise over 100 steps, a cosine to zero.

    lr(i) / lr_peak = min(1, (i + 1) / 100) * (1 + cos(pi i / steps)) / 2, a function of the step
    alone, so that a resumed run needs no state for it.

    Args:
        step: 0 for the first one.
        steps: Of the whole schedule.
    """
    return min(1.0, (step + 1) / WARMUP_STEPS) * 0.5 * (1 + math.cos(math.pi * step / steps))


def log(message: str) -> None:
    """Prints a line of progress on stderr; stdout is left to results."""
    print(message, file=sys.stderr, flush=True)
