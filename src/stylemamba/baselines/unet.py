"""CLIPstyler's StyleNet: a small U-Net, fitted from scratch to one photo and one prompt."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.runtime.padding import pad_to_multiple

FACTOR = 8  # three halvings


class ResidualBlock(nn.Module):
    """(3x3 convolution, instance norm, ReLU) twice, plus a 1x1 convolution of the input."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
        )
        self.skip = nn.Conv2d(channels, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x) + self.skip(x)
        return y


class UNet(nn.Module):
    """Photo to picture, 615,267 parameters.

    Three levels of `ResidualBlock`, each halved by a learned 4x4 convolution of stride 2, and back
    by bilinear enlargement, every level joined to its counterpart; a sigmoid at the end.

    Source: Kwon and Ye, "CLIPstyler: Image Style Transfer with a Single Text Condition" (2022), the
    `UNet` of the authors' code. Deviation: any size, by repeating the edge up to a multiple of 8
    (theirs is always 512 x 512).

    Args:
        width: Channels at full resolution.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        widths = (width, 2 * width, 4 * width)
        self.from_rgb = nn.Conv2d(3, width, 1)
        self.first = ResidualBlock(width, width)
        self.down = nn.ModuleList(
            ResidualBlock(before, after)
            for before, after in zip((width, *widths), widths, strict=False)
        )
        self.halve = nn.ModuleList(nn.Conv2d(w, w, 4, stride=2, padding=1) for w in widths)
        self.middle = ResidualBlock(4 * width, 8 * width)
        self.up = nn.ModuleList(ResidualBlock(3 * w, w) for w in reversed(widths))
        self.last = ResidualBlock(2 * width, width)
        self.to_rgb = nn.Conv2d(width, 3, 1)

    def forward(self, photos: Tensor) -> Tensor:
        """Pictures of the size of `photos` (b, 3, h, w) in [0, 1], in [0, 1]."""
        height, width = photos.shape[-2:]
        top = x = self.first(self.from_rgb(pad_to_multiple(photos, FACTOR)))
        levels = []
        for block, halve in zip(self.down, self.halve, strict=True):
            levels.append(block(x))
            x = halve(levels[-1])
        x = self.middle(x)
        for block, level in zip(self.up, reversed(levels), strict=True):
            x = F.interpolate(x, scale_factor=2, mode="bilinear")
            x = block(torch.cat([x, level], dim=1))
        x = self.to_rgb(self.last(torch.cat([x, top], dim=1)))
        return torch.sigmoid(x)[..., :height, :width]
