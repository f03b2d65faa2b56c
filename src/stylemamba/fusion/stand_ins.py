"""What could stand in the place of Mamba: mixers of its size, to see what the scan is worth."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEADS = 4
GROUPS = 4


class GatedMixer(nn.Module):
    """Projection, depthwise 3 x 3 convolution, something, gate, projection, as `MambaMixer`.

    Args:
        width: Channels of the tokens and of the condition.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_projection = nn.Linear(width, 2 * width, bias=False)
        self.convolution = nn.Conv2d(
            width, width, 3, padding=1, groups=width, padding_mode="replicate"
        )
        self.style_token = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.out_projection = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, condition: Tensor, order: Tensor) -> Tensor:
        """As `MambaMixer.forward`; paths are of no use here."""
        x, gate = self.in_projection(x).chunk(2, dim=-1)
        x = F.silu(self.convolution(x.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
        y = self.mix(x, self.style_token(condition))
        mixed: Tensor = self.out_projection(self.norm(y) * F.silu(gate))
        return mixed

    def mix(self, x: Tensor, token: Tensor) -> Tensor:
        """Tokens (b, h, w, width) and the style's token (b, width) -> (b, h, w, width)."""
        raise NotImplementedError


class AttentionMixer(GatedMixer):
    """Every token looks at all tokens and at the style's; the cost is quadratic."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)

    def mix(self, x: Tensor, token: Tensor) -> Tensor:
        height, width = x.shape[1:3]
        tokens = torch.cat([token[:, None], x.flatten(1, 2)], dim=1)
        heads = self.query_key_value(tokens).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(*heads.unbind(0))
        return seen.transpose(1, 2).flatten(2)[:, 1:].unflatten(1, (height, width))


class ConvolutionMixer(GatedMixer):
    """Every token sees its eight neighbours; the style's token is added to all."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.neighbours = nn.Conv2d(
            width, width, 3, padding=1, groups=GROUPS, padding_mode="replicate"
        )

    def mix(self, x: Tensor, token: Tensor) -> Tensor:
        seen = self.neighbours((x + token[:, None, None]).permute(0, 3, 1, 2))
        return F.silu(seen).permute(0, 2, 3, 1)


class MeanMixer(GatedMixer):
    """Every token hears of the mean over the grid and of the style, and of no other place."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.own, self.mean = nn.Linear(width, width), nn.Linear(width, width)

    def mix(self, x: Tensor, token: Tensor) -> Tensor:
        mean = x.mean((1, 2), keepdim=True) + token[:, None, None]
        return F.silu(self.own(x) + self.mean(mean))
