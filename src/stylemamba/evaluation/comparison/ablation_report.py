"""What an ablation says: JSON and Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stylemamba.evaluation.comparison.ablation import FULL, VARIANTS
from stylemamba.evaluation.comparison.figures import compare_curves, median_of
from stylemamba.evaluation.comparison.jobs import Finished
from stylemamba.evaluation.comparison.report import (
    judge_lines,
    number,
    or_dash,
    page_end,
    with_spread,
)
from stylemamba.evaluation.machine import describe_machine
from stylemamba.evaluation.metrics import ssim
from stylemamba.files.images import to_tensor


def summarise(finished: Sequence[Finished]) -> dict[str, Any]:
    """The figures of an ablation.

    Returns:
        `methods` as of `figures.compare_curves`, each with `what` and the median `ssim` of its last
        picture and the photo; `machine`.
    """
    methods = compare_curves([each.curves for each in finished], FULL)
    for name, figures in methods.items():
        figures["what"] = VARIANTS[name].what
        figures["ssim"] = median_of(
            [ssim(to_tensor(each.last(name)), each.job.task.photo).item() for each in finished]
        )
    return {"methods": methods, "machine": describe_machine()}


def to_markdown(summary: Mapping[str, Any]) -> str:
    """The summary as a page; `settings`, `photos` and `prompts` are those of the command."""
    settings, methods = summary["settings"], summary["methods"]
    runs = methods[FULL]["steps_to_reference"]["runs"]
    lines = [
        "# Ablation",
        "",
        f"{len(summary['photos'])} photos x {len(summary['prompts'])} prompts = {runs} fits of "
        f"each variant from the unchanged photo, {settings['fit_steps']} steps, longer side "
        f"{settings['size']} px, seed {settings['seed']}. The fixed score is that of `{FULL}` at "
        "its last step: as good in direction. Medians over the runs, from minimum to maximum in "
        'brackets; "never" counts as more than any number.',
        "",
        "| variant | what | reached | steps | direction | crops | content | anchor | SSIM "
        "| seconds a step |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, figures in methods.items():
        steps, last = figures["steps_to_reference"], figures["last"]
        cells = [
            f"`{name}`",
            figures["what"],
            f"{steps['reached']} of {runs}",
            with_spread(steps),
            *(or_dash(last[field]) for field in ("directional", "crops", "content", "anchor")),
            or_dash(figures["ssim"]),
            number(figures["seconds_a_step"]["median"]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += judge_lines(summary["judge"])
    return "\n".join([*lines, *page_end(summary, "ablation-curves.png")])
