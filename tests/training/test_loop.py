from __future__ import annotations

import pytest

from stylemamba.training.loop import Budget, log, warmup_cosine


def test_rises_then_falls_to_zero() -> None:
    rates = [warmup_cosine(step, step / 1000) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == pytest.approx(1, abs=0.03) and rates.index(max(rates)) in range(90, 100)
    assert rates[500] == pytest.approx(0.5) and rates[1000] == pytest.approx(0)
    assert all(first > second for first, second in zip(rates[99:], rates[100:], strict=False))
    assert warmup_cosine(0, 0) == pytest.approx(0.01)


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    log("step 1")
    assert capsys.readouterr() == ("", "step 1\n")


def test_a_budget_ends_with_its_steps_or_before_its_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    assert [Budget(2).allows(step) for step in range(3)] == [True, True, False]
    budget = Budget(100, minutes=1, spent=30)
    assert budget.allows(0) and budget.progress(0) == pytest.approx(0.5)
    now += 9
    assert budget.allows(1) and budget.progress(1) == pytest.approx(0.65)
    now += 9
    assert budget.allows(2) and budget.progress(90) == pytest.approx(0.9)
    now += 4
    assert budget.spent == pytest.approx(52)
    assert not budget.allows(3)  # a step of 9 seconds would not end in time
