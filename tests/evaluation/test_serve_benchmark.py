from __future__ import annotations

import json
from collections import Counter

import pytest

pytest.importorskip("fastapi", reason="needs pip install 'stylemamba[studio]'")

from stylemamba.evaluation.benchmarks.serve import Load  # noqa: E402
from stylemamba.files.json_text import to_json  # noqa: E402


def test_a_load_as_json() -> None:
    load = Load(
        2, 1.5, Counter({200: 3, 503: 4, 500: 1}), wrong=1, took=[0.2, 0.3, 0.4], memory=9.0
    )
    assert json.loads(to_json(load.row())) == {
        "clients": 2,
        "seconds": 1.5,
        "answers": {"200": 3, "500": 1, "503": 4},
        "wrong": 1,
        "took": 3,
        "memory": 9.0,
    }
    assert load.failed == 1
