"""Settings of a training of style fusion."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from stylemamba.errors import StyleMambaError
from stylemamba.training.fusion.data import SIDES

TRACKERS = ("tensorboard",)


@dataclass(frozen=True)
class FusionSettings:
    """How a style fusion is trained.

    Attributes:
        steps: Optimiser steps of the whole schedule.
        minutes: After which it ends all the same, its schedule with it; those of a resumed run
            count. None for no limit.
        photos: Crops a draw and process.
        accumulate: Draws a step and process, one after the other: as many processes see and do the
            same, and the memory is that of one draw.
        crops: Sides of the crops in pixels, one of them for each draw by chance.
        workers: Processes that prepare draws; None for one, or with CUDA for as many as there are
            cores. They do not change what a step sees.
        learning_rate: Peak rate of Adam.
        average: Decay of the moving average of the weights, which is what is saved; None for none.
        weights: Of losses, in place of the usual ones; see `objective.loss_weights`.
        without: Losses to leave out, to see what they are worth.
        float32: No bfloat16, even where it is fast.
        recompute: The autoencoder's activations are computed again for the gradient, not kept: less
            memory, more time.
        tracker: One of `TRACKERS`, to log to; None for losses.csv alone.
        device: See `runtime.device.resolve_device`.
        seed: Of the weights, crops, styles and masks.
    """

    steps: int = 6500
    minutes: float | None = None
    photos: int = 2
    accumulate: int = 1
    crops: Sequence[int] = SIDES
    workers: int | None = None
    learning_rate: float = 8e-4
    average: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    without: Collection[str] = ()
    float32: bool = False
    recompute: bool = False
    tracker: str | None = None
    device: str = "auto"
    seed: int = 0

    def check_crops(self, factor: int) -> None:
        """Makes sure that crops fit an autoencoder.

        Raises:
            StyleMambaError: One does not.
        """
        for side in self.crops:
            if side % factor:
                raise StyleMambaError(
                    f"crops of {side} px: this autoencoder takes multiples of {factor}; "
                    f"use {max(side // factor, 1) * factor}"
                )
