"""Style statistics: channel means, deviations and projected covariances of VGG19's features.

The covariance of the projected features is a centred Gram matrix (Gatys et al., 2016), small enough
to store and to predict. Everything is computed from one forward pass of VGG19, so that K masked
views cost hardly more than one.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.encoders.moments import weighted_moments
from stylemamba.runtime.precision import full_precision

STYLE_LAYERS = {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512}  # channels c
PROJECTED = {"relu1_1": 32, "relu2_1": 64, "relu3_1": 96, "relu4_1": 128}  # directions p
KINDS = 3  # means, deviations, covariances
EPS = 1e-5


def statistics_size(layer: str) -> int:
    """S, the length of a layer's vector: 2 c + p (p + 1) / 2."""
    return 2 * STYLE_LAYERS[layer] + PROJECTED[layer] * (PROJECTED[layer] + 1) // 2


class StyleStatistics(nn.Module):
    """Statistics of pictures, scaled so that over the training pictures E|s - E s|^2 = 1.

    Of features f (c, n) of a layer, weighted by a mask w that sums to 1 over the n positions:

        g = f / sigma,  m = sum_i w_i g_i,  d^2 = sum_i w_i (g_i - m)^2 + eps,
        C = P^T (sum_i w_i (g_i - m) (g_i - m)^T) P,
        s = [a_1 m, a_2 d, a_3 triu(C)]

    In triu(C), elements off the diagonal are multiplied by sqrt(2): they stand for two elements of
    the matrix each, and squared distances between the vectors are then squared Frobenius distances
    between the matrices.

    Buffers of a layer: `<layer>_sigma` (c,), the channels' typical deviations; `<layer>_projection`
    P (c, p); `<layer>_factors` a (3,), which share the variance out among the three kinds. They are
    identities until training fits them.
    """

    def __init__(self) -> None:
        super().__init__()
        for layer, channels in STYLE_LAYERS.items():
            size = PROJECTED[layer]
            rows, columns = torch.triu_indices(size, size)
            multiplicity = torch.where(rows == columns, 1.0, 2.0**0.5)
            self.register_buffer(f"{layer}_sigma", torch.ones(channels))
            self.register_buffer(f"{layer}_projection", torch.eye(channels)[:, :size].clone())
            self.register_buffer(f"{layer}_factors", torch.ones(KINDS))
            self.register_buffer(f"{layer}_triangle", rows * size + columns, persistent=False)
            self.register_buffer(f"{layer}_multiplicity", multiplicity, persistent=False)

    def forward(
        self, features: Mapping[str, Tensor], masks: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Statistics of every layer, in the buffers' precision.

        Args:
            features: layer -> (b, c, h', w'), from VGG19.
            masks: (b, k, h, w), 1 = visible, 0 = hidden, averaged down to each layer's size; b may
                be 1. None means one view that shows everything.

        Returns:
            layer -> (b, k, S); k = 1 without masks. A view that hides everything gives statistics
            of features that are 0.
        """
        # They are small differences of moments, which autocast would compute in bfloat16.
        with full_precision(features["relu1_1"].device):
            return {layer: self._of_layer(layer, features[layer], masks) for layer in STYLE_LAYERS}

    def _of_layer(self, layer: str, features: Tensor, masks: Tensor | None) -> Tensor:
        sigma = self.get_buffer(f"{layer}_sigma")
        projection = self.get_buffer(f"{layer}_projection")
        factors = self.get_buffer(f"{layer}_factors")
        height, width = features.shape[-2:]
        if masks is None:
            masks = sigma.new_ones(1, 1, height, width)
        weights = F.adaptive_avg_pool2d(masks.to(sigma.dtype), (height, width)).flatten(2)
        weights = weights / weights.sum(-1, keepdim=True).clamp_min(EPS)
        flat = features.permute(0, 2, 3, 1).flatten(1, 2)  # (b, n, c)
        first, second, cross = weighted_moments(flat, weights, projection / sigma[:, None])
        mean = first / sigma
        variance = (second / sigma.square() - mean.square()).clamp_min(0.0)
        center = mean @ projection  # (b, k, p)
        covariance = cross - center[..., :, None] * center[..., None, :]
        triangle = covariance.flatten(-2)[..., self.get_buffer(f"{layer}_triangle")]
        triangle = triangle * self.get_buffer(f"{layer}_multiplicity")
        deviation = (variance + EPS).sqrt()
        parts = (mean * factors[0], deviation * factors[1], triangle * factors[2])
        return torch.cat(parts, dim=-1)

    def kinds(self, layer: str) -> tuple[int, int, int]:
        """Lengths of the three parts of a layer's vector."""
        channels = STYLE_LAYERS[layer]
        return channels, channels, statistics_size(layer) - 2 * channels
