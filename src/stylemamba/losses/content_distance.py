"""CLIPstyler's content distance of a picture from its photo, in units of the photo's features."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

CONTENT_LAYERS = ("relu4_2", "relu5_2")
"""Of VGG19: conv4_2 and conv5_2 after the ReLU."""


def content_distance(features: Mapping[str, Tensor], reference: Mapping[str, Tensor]) -> Tensor:
    """Squared distance of features in units of the photo's own, one number a picture.

    The mean over layers of |F(Y) - F(X)|^2 / |F(X)|^2.

    Source: the layers are those of CLIPstyler (Kwon and Ye, 2022), conv4_2 and conv5_2 after the
    ReLU. Deviation: CLIPstyler sums mean squared distances of another VGG19 (torchvision's);
    dividing by the photo's energy takes out the scale in which the weights were trained.

    Args:
        features: Layer to features (b, c, h', w') of the pictures.
        reference: The same of the photos.

    Returns:
        (b,), 0 for equal pictures.

    Raises:
        ValueError: Layers or shapes differ.
    """
    if features.keys() != reference.keys() or any(
        features[layer].shape != reference[layer].shape for layer in features
    ):
        raise ValueError("both sides need the same layers and shapes")
    distances = []
    for layer, of_photo in reference.items():
        of_photo = of_photo.flatten(1).double()
        difference = features[layer].flatten(1).double() - of_photo
        energy = of_photo.square().sum(1).clamp_min(torch.finfo(torch.float64).tiny)
        distances.append(difference.square().sum(1) / energy)
    return torch.stack(distances).mean(0)
