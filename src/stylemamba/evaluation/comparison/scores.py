"""Methods against each other: the same photo, prompt, encoder, size and machine, one score for all.

The score is taken while the clock stands still. It looks at the whole picture at working size, and
at 8 crops that no method is fitted to, drawn as CLIPstyler's are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylemamba.baselines import clipstyler as objective
from stylemamba.baselines.task import Method, Task
from stylemamba.losses import style_anchor_loss

SCORING = (
    "evaluation/comparison/scores.py",
    "baselines",
    "losses",
    "encoders",
    "portable/retrieval.py",
    "portable/style.py",
    "runtime/precision.py",
    "runtime/padding.py",
)
"""Parts of the package that decide what a picture scores; what a prompt retrieves is its anchor."""
HELD_OUT_CROPS = 8
HELD_OUT_SEED = 2**31 + 1
SCORED_EVERY = {20: 1, 40: 2}  # up to a step
THEN_EVERY = 10
PICTURE_STEPS = (0, 1, 5, 10, 20, 40, 80, 120, 200)

Curve = Sequence["Score"]


@dataclass(frozen=True)
class Score:
    """What a picture is worth, at a step of a method.

    Attributes:
        step: how many updates were done.
        seconds: from the method's start to this picture, without scoring.
        directional: 1 - cos(E_I(Y) - E_I(X), dT): has the picture moved towards the prompt?
        crops: the same of the held-out crops, on average, without a threshold.
        content: CLIPstyler's L_content: is the photo still there?
        total: CLIPstyler's whole objective, with the held-out crops as its crops.
        anchor: distance of the style statistics to the prompt's; None where the encoder has none.
    """

    step: int
    seconds: float
    directional: float
    crops: float
    content: float
    total: float
    anchor: float | None


class Scorer:
    """Scores pictures of one task. dT is CLIPstyler's, averaged over its templates.

    Args:
        task: What the pictures were made for.
    """

    def __init__(self, task: Task) -> None:
        self.losses = objective.ClipstylerLosses(task.photo, task.text_delta, task.encoder)
        generator = torch.Generator().manual_seed(HELD_OUT_SEED)
        height, width = task.photo.shape[-2:]
        self.crops = objective.Crops.draw(height, width, HELD_OUT_CROPS, generator)
        self.target = task.layers.base.statistics
        self.everything = torch.ones(1, 1, height, width, device=task.photo.device)

    @torch.no_grad()
    def __call__(self, image: Tensor, step: int, seconds: float) -> Score:
        """The score of a picture (1, 3, h, w); values outside [0, 1] are clamped, as in a file."""
        image = image.clamp(0.0, 1.0)
        directional = self.losses.directions(image).mean().item()
        of_crops = torch.cat([self.losses.directions(c.of(image)) for c in self.crops.chunks()])
        crops = of_crops.mean().item()
        content = self.losses.content(image).item()
        total = (
            objective.PATCH * objective.reject_satisfied(of_crops).mean().item()
            + objective.DIRECTIONAL * directional
            + objective.CONTENT * content
            + objective.TOTAL_VARIATION * objective.total_variation(image).item()
        )
        anchor = None
        if self.target:
            seen = self.losses.encoder.observe(image, self.everything)
            anchor = style_anchor_loss(seen.of_view(0), self.target).item()
        return Score(step, seconds, directional, crops, content, total, anchor)


@dataclass(frozen=True)
class Run:
    """One method on one task.

    Attributes:
        curve: scores, by step.
        pictures: step -> (1, 3, h, w), at `PICTURE_STEPS` and at the last step.
    """

    curve: list[Score]
    pictures: dict[int, Tensor]


def is_scored(step: int, last: int) -> bool:
    """Every step up to 20, every second up to 40, then every tenth, those shown, and the last."""
    every = next((n for until, n in SCORED_EVERY.items() if step <= until), THEN_EVERY)
    return step % every == 0 or step in PICTURE_STEPS or step == last


def run_method(
    method: Method,
    task: Task,
    scorer: Scorer,
    last: int,
    progress: Callable[[Score], None] = lambda score: None,
) -> Run:
    """Runs a method with the clock on, and scores its pictures with the clock off.

    Args:
        method: An entry of `methods.METHODS`.
        task: What to stylise.
        scorer: Of the same task. Making it has loaded every network, so that none is on the clock.
        last: The method's last step.
        progress: Called with each score.
    """
    curve: list[Score] = []
    pictures: dict[int, Tensor] = {}
    elapsed, started = 0.0, time.perf_counter()

    def record(step: int, image: Tensor) -> None:
        nonlocal elapsed, started
        elapsed += time.perf_counter() - started
        if is_scored(step, last):
            curve.append(scorer(image, step, elapsed))
            progress(curve[-1])
        if step in PICTURE_STEPS or step == last:
            pictures[step] = image.clone()
        started = time.perf_counter()

    method(task, record)
    return Run(curve, pictures)
