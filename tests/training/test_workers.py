from __future__ import annotations

import math

import pytest

from stylemamba.training.workers import process_map


def test_results_in_order_and_exceptions() -> None:
    results = process_map(math.pow, [2.0, 9.0, -8.0], [3.0, 0.5, 0.5])
    assert next(results) == 8.0
    assert next(results) == 3.0
    with pytest.raises(ValueError):  # the square root of a negative number
        next(results)
    assert list(results) == []
