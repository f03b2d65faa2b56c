"""Settings of fits: weights of the losses, rates and views."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from stylemamba.portable.recipe import FIT_STEPS


@dataclass(frozen=True)
class LossWeights:
    """Weight of each term of the objective."""

    anchor: float = 16.0
    directional: float = 0.5
    masked: float = 0.5
    second_order: float = 0.1
    content: float = 1.0
    total_variation: float = 1.0


@dataclass(frozen=True)
class FittingConfig:
    """Settings of a fit.

    Attributes:
        steps: optimiser steps.
        learning_rate: Peak rate of Adam for the weights of the fusion.
        residual_rate: Peak rate of Adam for the residual latent, in deviations of the latent.
        views: masked views K a step.
        hidden_share: share rho of the cells that a mask hides.
        weights: of the losses.
    """

    steps: int = FIT_STEPS
    learning_rate: float = 3e-4
    residual_rate: float = 0.2
    views: int = 4
    hidden_share: float = 0.5
    weights: LossWeights = field(default_factory=LossWeights)

    def asked(self, steps: int, guidance: float) -> FittingConfig:
        """For so many steps; the weights of the text, directional and masked, times a factor."""
        weights = replace(
            self.weights,
            directional=guidance * self.weights.directional,
            masked=guidance * self.weights.masked,
        )
        return replace(self, steps=steps, weights=weights)


WARM_START = FittingConfig(
    learning_rate=2e-4,
    residual_rate=0.1,
    weights=LossWeights(directional=4.0, masked=4.0, content=8.0),
)
"""For a fusion that was trained for one pass: the rates of a new one undo its training at first.

The anchor's distance is small already; with the weights of a start from the photo, it would be made
smaller still at the content's cost.
"""
PAPER_WEIGHTS = LossWeights(directional=3.0, masked=10.0, second_order=1.0)
"""Without a style anchor the directions alone lead. Not tuned: the hub was out of reach."""
