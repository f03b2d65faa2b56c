"""An exponential moving average of weights."""

from __future__ import annotations

from copy import deepcopy
from typing import Generic, TypeVar

import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


class MovingAverage(Generic[Model]):
    """The average of a model's weights over its last steps.

        a <- d a + (1 - d) w,    d = min(decay, (1 + t) / (10 + t))

    with t the number of updates so far: an average that began with the untrained weights would
    remember them for a long time otherwise. As in TensorFlow's `ExponentialMovingAverage`.

    Args:
        model: Whose weights; copied.
        decay: Of the average, 0 to 1.

    Attributes:
        model: With the averaged weights.
        updates: t.
    """

    def __init__(self, model: Model, decay: float) -> None:
        self.model = deepcopy(model).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """After a step of the model that it was made of."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        averaged: list[torch.Tensor] = list(self.model.parameters())
        torch._foreach_lerp_(averaged, [x.detach() for x in model.parameters()], 1 - decay)
        self.updates += 1
