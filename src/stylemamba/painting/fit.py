"""Fits: bends one photo's latent towards its styles in a few dozen steps.

The use that the paper describes. A fit begins with the picture of one pass and paints its last size
anew, step by step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from stylemamba.encoders.base import StyleEncoder
from stylemamba.errors import StyleMambaError
from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level, View, towards
from stylemamba.painting.objective import Objective
from stylemamba.painting.settings import FittingConfig
from stylemamba.progress import Cancelled, OnProgress, Progress, ignore

BETAS = (0.5, 0.95)
"""Of Adam: a fit is so short that the usual momentum of 0.9 remembers what no longer holds."""
HOLD = 0.8
"""Share of the steps at the peak rates, which then fall linearly."""


@dataclass
class FittingResult:
    """The latent with the lowest total loss.

    Attributes:
        view: What the fusion saw.
        bent: z', (1, c, h', w').
        trace: weighted losses before the first update, after it, ... after the last one.
        interrupted: It was stopped early.
    """

    view: View
    bent: Tensor
    trace: list[dict[str, float]] = field(default_factory=list)
    interrupted: bool = False


def fit(
    photo: Tensor,
    layers: Layers,
    *,
    encoder: StyleEncoder,
    level: Level,
    config: FittingConfig,
    content: Tensor | None = None,
    share: float = 1.0,
    seed: int = 0,
    texture: float = 1.0,
    on_progress: OnProgress = ignore,
) -> FittingResult:
    """Fits a photo to styles: the decoded picture gets them and keeps the photo's content.

    z' = z + a (s + f(s, styles, strokes) - z) + r: both the weights of the fusion f and the
    residual latent r are fitted. z and s are latents of what is painted over, as it is and without
    faint detail; a is 1 unless that has been painted before (`OnePass.last_content`).

    Args:
        photo: (1, 3, h, w) in [0, 1].
        layers: The styles.
        encoder: Frozen.
        level: Its autoencoder is frozen, the weights of its fusion are fitted in place.
        config: Settings.
        content: What is painted over, (1, 3, h, w); by default the photo.
        share: a.
        seed: Of the masks and the stroke fields.
        texture: How much of the stroke fields the fusion sees; 1 is natural.
        on_progress: Hears of the start and of every step.

    Returns:
        Of `Cancelled` in `on_progress` and of Ctrl-C: the best so far.

    Raises:
        StyleMambaError: The losses are no longer numbers.
    """
    objective = Objective(photo, layers, encoder, config, seed)
    with torch.no_grad():
        view = level.view(photo if content is None else content, seed, texture)
        start = None if share == 1 else level.encode(view.padded)
    residual = torch.zeros_like(view.latents).requires_grad_()
    optimizer, schedule = _optimizer(level, residual, config)
    result = FittingResult(view, view.latents)
    best_total = math.inf
    try:
        for step in range(config.steps + 1):
            with torch.set_grad_enabled(step < config.steps):
                bent = level.bend(view, layers)
                bent = (bent if start is None else towards(start, bent, share)) + residual
                image = level.decode(bent, view)
                losses = objective(image, step)
            values = {name: loss.item() for name, loss in losses.items()}
            if not math.isfinite(values["total"]):
                raise StyleMambaError(
                    f"the fit diverged at step {step}; choose another seed, or fewer steps"
                )
            result.trace.append(values)
            if values["total"] < best_total:
                best_total = values["total"]
                result.bent = bent.detach()
            on_progress(Progress("fit", step, config.steps, values, image.detach()))
            if step < config.steps:
                optimizer.zero_grad(set_to_none=True)
                losses["total"].backward()
                torch.nn.utils.clip_grad_norm_(level.fusion.parameters(), 1.0)
                optimizer.step()
                schedule.step()
    except (Cancelled, KeyboardInterrupt):
        if not result.trace:  # there is no picture yet
            raise
        result.interrupted = True
    return result


def _optimizer(
    level: Level, residual: Tensor, config: FittingConfig
) -> tuple[torch.optim.Adam, torch.optim.lr_scheduler.LambdaLR]:
    """Adam over the fusion's weights and the residual, and its rates: held, then falling."""
    optimizer = torch.optim.Adam(
        [
            {"params": level.fusion.parameters(), "lr": config.learning_rate},
            {"params": [residual], "lr": config.residual_rate},
        ],
        betas=BETAS,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (1 - step / (config.steps + 1)) / (1 - HOLD))
    )
    return optimizer, schedule
