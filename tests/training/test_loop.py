from __future__ import annotations

import pytest

from stylemamba.training.loop import log, warmup_cosine


def test_rises_then_falls_to_zero() -> None:
    rates = [warmup_cosine(step, 1000) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == pytest.approx(1, abs=0.03) and rates.index(max(rates)) in range(90, 100)
    assert rates[500] == pytest.approx(0.5) and rates[1000] == pytest.approx(0)
    assert all(first > second for first, second in zip(rates[99:], rates[100:], strict=False))
    assert warmup_cosine(0, 1) == pytest.approx(0.01)


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    log("step 1")
    assert capsys.readouterr() == ("", "step 1\n")
