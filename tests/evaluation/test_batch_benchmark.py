from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.benchmarks.batch import summed_up

MIDNIGHT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def row(worker: str, finished: float, spent: float) -> dict[str, Any]:
    return {
        "worker": worker,
        "finished": MIDNIGHT + timedelta(seconds=finished),
        "cpu_seconds": spent,
    }


def test_first_photos_and_what_others_wait_for_are_left_out() -> None:
    rows = [
        *(row("a", 10 + second, 0.5) for second in range(1, 7)),
        row("a", 10, 3.0),
        *(row("b", when, 0.75) for when in (13, 14, 15)),
        row("b", 12, 4.0),
    ]
    found = summed_up(rows)
    assert found["workers"] == 2
    assert found["rate"] == 2.0  # from 12 s, when b had loaded, to 15 s: a's 3 and b's 3
    cost = (6 * 0.5 + 3 * 0.75) / 9
    assert found["core_seconds"] == pytest.approx(1000 * cost)
    assert found["load_core_seconds"] == pytest.approx(3.5 - cost)


def test_too_few_photos() -> None:
    with pytest.raises(StyleMambaError, match="more --photos"):
        summed_up([row("a", 1, 1), row("a", 2, 1), row("b", 1, 1)])
