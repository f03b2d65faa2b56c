"""The segmenter's head: VGG19's features of three depths to a map for each word."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LAYERS = {"relu3_4": (256, 5300.0), "relu4_4": (512, 1800.0), "relu5_4": (512, 75.0)}
"""What is seen of VGG19: a layer's channels, and what one in a thousand of its values exceeds."""


def compressed(features: dict[str, Tensor]) -> list[Tensor]:
    """Features of `LAYERS` in [0, 1], fine to coarse: sqrt(x / scale), as they are heavy-tailed."""
    return [
        (features[layer].float() / scale).clamp(0, 1).sqrt() for layer, (_, scale) in LAYERS.items()
    ]


class Convolution(nn.Sequential):
    """Convolution, batch normalisation, ReLU; the size stays."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, dilation: int = 1) -> None:
        super().__init__(
            nn.Conv2d(
                inputs,
                outputs,
                kernel,
                padding=dilation * (kernel // 2),
                dilation=dilation,
                bias=False,
            ),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class MaskHead(nn.Module):
    """From the coarsest features to the finest, joined at each size (Ronneberger et al., 2015).

    Args:
        words: Number of maps.
        widths: Channels at the sizes of `LAYERS`, fine to coarse.
    """

    def __init__(self, words: int, widths: Sequence[int] = (64, 96, 128)) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.entries = nn.ModuleList(
            Convolution(channels, width, 1)
            for (channels, _), width in zip(LAYERS.values(), widths, strict=True)
        )
        self.whole = nn.Conv2d(coarse, coarse, 1)
        self.near = Convolution(coarse, coarse)
        self.far = Convolution(coarse, coarse, dilation=3)
        self.join_middle = Convolution(coarse + middle, middle)
        self.join_fine = Convolution(middle + fine, fine)
        self.last = Convolution(fine, fine)
        self.out = nn.Conv2d(fine, words, 1)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Logits.

        Args:
            features: As `compressed` gives them: (b, 256, h, w), (b, 512, h / 2, w / 2) and
                (b, 512, h / 4, w / 4).

        Returns:
            (b, words, h, w).
        """
        fine, middle, coarse = (entry(x) for entry, x in zip(self.entries, features, strict=True))
        coarse = coarse + self.whole(coarse.mean((2, 3), keepdim=True))
        coarse = coarse + self.near(coarse)
        coarse = coarse + self.far(coarse)
        middle = self.join_middle(torch.cat([_doubled(coarse), middle], 1))
        fine = self.join_fine(torch.cat([_doubled(middle), fine], 1))
        logits: Tensor = self.out(self.last(fine))
        return logits


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
