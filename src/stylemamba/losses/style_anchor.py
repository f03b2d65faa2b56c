"""The style anchor: hold the picture's style statistics near the prompt's predicted ones."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from stylemamba.losses._inputs import paired_layers


def style_anchor_loss(
    statistics: Mapping[str, Tensor],
    target: Mapping[str, Tensor],
    weights: Mapping[str, float] | None = None,
    eps: float = 1e-8,
) -> Tensor:
    """Weighted mean over blocks of the relative squared distance to the target statistics.

    L = sum_l w_l mean_b (||S_l - T_l||_F^2 / (||T_l||_F^2 + eps)) / sum_l w_l

    A block is one kind of statistic of one layer: channel means, deviations, a Gram matrix. The
    division puts blocks of very different magnitude on one scale, where 1 is the distance of
    statistics that are all zero.

    Source: our own definition. It extends the Gram loss of Gatys et al. (2016), which divides by
    the layer's size, to any statistics.

    Args:
        statistics: Block name to the picture's statistics (b, ...).
        target: The same blocks of the style, (b, ...) or (1, ...) to share one style.
        weights: Block name to weight >= 0, for exactly these blocks; equal weights when None.
        eps: Guards the division where a target is zero.

    Returns:
        A scalar >= 0; 0 when the statistics equal the target.

    Raises:
        ValueError: If there is no block, the blocks, shapes or names of weights differ, or the
            weights are negative or all zero.
    """
    pairs = paired_layers(statistics, target)
    if weights is None:
        weights = dict.fromkeys(pairs, 1.0)
    if weights.keys() != pairs.keys():
        raise ValueError(f"weights must name the blocks {sorted(pairs)}: got {sorted(weights)}")
    if min(weights.values()) < 0.0 or sum(weights.values()) <= 0.0:
        raise ValueError("weights must not be negative, nor all zero")
    terms = []
    for block, (s, t) in pairs.items():
        distance = (s - t).flatten(1).square().sum(dim=1)
        terms.append(weights[block] * distance.mean())
    return torch.stack(terms).sum() / sum(weights.values())
