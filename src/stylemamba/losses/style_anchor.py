"""The style anchor: hold the picture's style statistics near the prompt's predicted ones."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from stylemamba.losses._inputs import paired_layers


def style_anchor_loss(statistics: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> Tensor:
    """Mean over blocks of the squared distance to the target statistics.

    L = mean_l mean_b ||S_l - T_l||^2

    A block is the statistics of one layer. They are expected on a common scale: ArtLIP's have a
    total variance of 1 over the training pictures in every layer, so that 1 is the squared
    distance of an average picture from the mean of all.

    Source: our own definition. It extends the Gram loss of Gatys et al. (2016), which divides by
    the layer's size, to any statistics.

    Args:
        statistics: Block name to the picture's statistics (b, ...).
        target: The same blocks of the style, (b, ...) or (1, ...) to share one style.

    Returns:
        A scalar >= 0; 0 when the statistics equal the target.

    Raises:
        ValueError: If there is no block, or the blocks or shapes differ.
    """
    pairs = paired_layers(statistics, target)
    return torch.stack(
        [(s - t).flatten(1).square().sum(dim=1).mean() for s, t in pairs.values()]
    ).mean()
