"""The token mixer of style fusion: a selective scan along paths over the grid, told the style.

A state that walks the picture must not forget the prompt on the way. The style enters the
state-space part twice: as a token at the head of every path, which writes the prompt into the state
before the first image token, and as offsets to the step size and to the input and output maps
(delta, B, C), which reach every step however far the token has faded.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.scan import selective_scan

DELTA_MIN, DELTA_MAX = 1e-3, 1e-1


def to_sequences(grid: Tensor, directions: int) -> Tensor:
    """Lays the channel groups of a grid out along one path each.

    The paths are, in this order, row-major, reversed row-major, column-major and reversed
    column-major. Each path takes its own share of the channels, as the heads of attention do, so
    the cost is that of one scan over all channels whatever the number of directions.

    Args:
        grid: (b, h, w, c), c a multiple of `directions`.
        directions: How many of the paths, 1, 2 or 4.

    Returns:
        (h w, b, directions, c / directions).
    """
    paths = []
    for index, group in enumerate(grid.chunk(directions, dim=-1)):
        path = (group.transpose(1, 2) if index >= 2 else group).flatten(1, 2)
        paths.append((path.flip(1) if index % 2 else path).transpose(0, 1))
    return torch.stack(paths, dim=2)


def to_grid(sequences: Tensor, height: int, width: int) -> Tensor:
    """The inverse of `to_sequences`: (h w, b, g, d) -> (b, h, w, g d)."""
    groups = []
    for index, path in enumerate(sequences.transpose(0, 1).unbind(2)):
        path = path.flip(1) if index % 2 else path
        if index >= 2:
            groups.append(path.unflatten(1, (width, height)).transpose(1, 2))
        else:
            groups.append(path.unflatten(1, (height, width)))
    return torch.cat(groups, dim=-1)


class MambaMixer(nn.Module):
    """Mamba over a grid: projection, depthwise 3x3 convolution, selective scans, gate, projection.

    After Gu and Dao (2023), with Mamba's causal 1-D convolution replaced by a 2-D one (Liu et al.,
    "VMamba", 2024), no expansion of the width, and a normalisation before the gate. B and C are
    normalised as in Jamba (Lieber et al., 2024): features are small at the start, their products
    with B and C so much smaller that the state would hardly count beside the skip D u.

    Args:
        width: Channels of the tokens and of the condition, a multiple of `directions`.
        state_dim: n, states of a channel.
        directions: Paths over the grid, 1, 2 or 4; see `to_sequences`.
    """

    def __init__(self, width: int, state_dim: int = 16, directions: int = 4) -> None:
        super().__init__()
        self.groups, self.group_width, self.state_dim = directions, width // directions, state_dim
        self.delta_rank = math.ceil(width / 16)
        maps = self.delta_rank + 2 * state_dim

        self.in_projection = nn.Linear(width, 2 * width, bias=False)
        self.convolution = nn.Conv2d(
            width, width, 3, padding=1, groups=width, padding_mode="replicate"
        )
        self.maps = nn.Parameter(_uniform(self.groups, self.group_width, maps))
        self.delta_weight = nn.Parameter(_uniform(self.groups, self.delta_rank, self.group_width))
        self.delta_bias = nn.Parameter(_delta_bias(self.groups, self.group_width))
        self.B_norm, self.C_norm = nn.RMSNorm(state_dim), nn.RMSNorm(state_dim)
        # S4D-real: A = -(1, 2, ..., n) in every channel.
        spectrum = torch.arange(1, state_dim + 1, dtype=torch.float32).log()
        self.A_log = nn.Parameter(spectrum.repeat(self.groups, self.group_width, 1))
        self.D = nn.Parameter(torch.ones(self.groups, self.group_width))
        self.style_token = nn.Linear(width, width)
        self.style_offsets = nn.Linear(width, width + 2 * self.groups * state_dim, bias=False)
        nn.init.zeros_(self.style_offsets.weight)
        self.norm = nn.LayerNorm(width)
        self.out_projection = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Tokens (b, h, w, width) and a condition (b, width) -> (b, h, w, width)."""
        batch, height, width, _ = x.shape
        x, gate = self.in_projection(x).chunk(2, dim=-1)
        x = F.silu(self.convolution(x.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
        token = self.style_token(condition).view(1, batch, self.groups, self.group_width)
        sequences = torch.cat([token, to_sequences(x, self.groups)])
        y = to_grid(self._scan(sequences, condition)[1:], height, width)
        return self.out_projection(self.norm(y) * F.silu(gate))

    def _scan(self, sequences: Tensor, condition: Tensor) -> Tensor:
        """Scans (l, b, g, d); every group has its own maps to delta, B and C."""
        length, batch, groups, width = sequences.shape
        sizes = [self.delta_rank, self.state_dim, self.state_dim]
        tokens = sequences.flatten(0, 1).transpose(0, 1)
        delta, B, C = torch.bmm(tokens, self.maps).split(sizes, dim=-1)
        delta = torch.bmm(delta, self.delta_weight)
        # Autocast leaves bfloat16 here, which the norms and the scan are not to work in.
        B, C = (norm(x.to(norm.weight.dtype)) for norm, x in ((self.B_norm, B), (self.C_norm, C)))
        delta, B, C = (x.unflatten(1, (length, batch)).permute(2, 0, 3, 1) for x in (delta, B, C))

        offsets = self.style_offsets(condition).view(batch, groups, -1, 1)
        delta_offset, B_offset, C_offset = offsets.split([width, *sizes[1:]], dim=2)
        y = selective_scan(
            sequences.permute(1, 2, 3, 0),
            F.softplus(delta + delta_offset + self.delta_bias[..., None]),
            -torch.exp(self.A_log),
            B + B_offset,
            C + C_offset,
            self.D,
        )
        return y.permute(3, 0, 1, 2)


def _uniform(groups: int, fan_in: int, fan_out: int) -> Tensor:
    bound = fan_in**-0.5
    return torch.empty(groups, fan_in, fan_out).uniform_(-bound, bound)


def _delta_bias(groups: int, width: int) -> Tensor:
    """Mamba's initialisation: softplus(bias) is log-uniform in [DELTA_MIN, DELTA_MAX]."""
    low, high = math.log(DELTA_MIN), math.log(DELTA_MAX)
    delta = torch.empty(groups, width).uniform_(low, high).exp()
    return delta + torch.log(-torch.expm1(-delta))
