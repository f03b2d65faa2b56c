"""How far a picture is from a painting by the statistics of its features."""

from __future__ import annotations

import torch
from torch import Tensor

from stylemamba.encoders.statistics import STYLE_LAYERS
from stylemamba.encoders.vgg import VGG19

EPS = 1e-5


@torch.inference_mode()
def style_distance(vgg: VGG19, picture: Tensor, painting: Tensor) -> Tensor:
    """Squared differences of the means and deviations of VGG19's channels, summed over layers.

    sum_l (|mu_l(x) - mu_l(y)|^2 + |sigma_l(x) - sigma_l(y)|^2) / c_l, each layer's divided by the
    mean square of the painting's own, so that shallow layers and deep ones count alike.

    Source: the style loss of Huang and Belongie, "Arbitrary Style Transfer in Real-time with
    Adaptive Instance Normalization" (2017), of relu1_1 to relu4_1.

    Args:
        vgg: Up to relu4_1.
        picture: (1, 3, h, w) in [0, 1].
        painting: (1, 3, h', w') in [0, 1].

    Returns:
        A number, at least 0.
    """
    total = picture.new_zeros(())
    found, wanted = (vgg(image, STYLE_LAYERS) for image in (picture, painting))
    for layer in STYLE_LAYERS:
        for have, want in zip(_moments(found[layer]), _moments(wanted[layer]), strict=True):
            total = total + (have - want).square().mean() / (want.square().mean() + EPS)
    return total


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    flat = features.float().flatten(2)
    return flat.mean(2), flat.var(2, unbiased=False).add(EPS).sqrt()
