"""The content loss: the photo's structure in the features of a deep layer."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from stylemamba.losses._inputs import paired_layers


def instance_normalize(features: Tensor, eps: float = 1e-5) -> Tensor:
    """Give each channel of (b, c, h, w) zero mean and unit variance over its positions.

    (f - mean) / sqrt(var + eps) with the biased variance. A constant channel, and so every 1 x 1
    map, becomes 0 (`torch.nn.functional.instance_norm` refuses the latter).
    """
    variance, mean = torch.var_mean(features, dim=(-2, -1), correction=0, keepdim=True)
    return (features - mean) * torch.rsqrt(variance + eps)


def content_loss(features_y: Mapping[str, Tensor], features_x: Mapping[str, Tensor]) -> Tensor:
    """Mean over layers of the mean squared distance of instance-normalised features.

    L = mean_l mean_bchw (IN(F_l(Y)) - IN(F_l(X)))^2. The normalisation takes out each channel's
    mean and (positive) gain, which carry style, so that the loss does not resist a change of
    palette or contrast.

    Source: Gatys et al. (2016) for the feature distance; Huang et al. (MUNIT, 2018) for the
    normalisation. Deviation: averaged over layers, channels and positions, so that its size does
    not depend on the picture's.

    Args:
        features_y: Layer name to features (b, c, h, w) of the stylised picture.
        features_x: The same layers of the photo, (b, c, h, w) or (1, c, h, w).

    Returns:
        A scalar, about 0 to 4; 0 when the normalised features agree.

    Raises:
        ValueError: If there is no layer, or the layers or shapes differ.
    """
    distances = [
        (instance_normalize(y) - instance_normalize(x)).square().mean()
        for y, x in paired_layers(features_y, features_x).values()
    ]
    return torch.stack(distances).mean()
