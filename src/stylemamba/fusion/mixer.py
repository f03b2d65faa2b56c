"""The token mixer of style fusion: a selective scan along paths over the grid, told the style.

Every path is walked both ways with the same weights, and the outcomes are averaged. A state that
walks one way knows how far it has come, and the network spread its palette by that: skies ran from
blue on the left to red on the right.

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

from stylemamba.fusion.paths import to_grid, to_sequences
from stylemamba.runtime.precision import quick
from stylemamba.scan import selective_scan

DELTA_MIN, DELTA_MAX = 1e-3, 1e-1


class MambaMixer(nn.Module):
    """Mamba over a grid: projection, depthwise 3x3 convolution, selective scans, gate, projection.

    After Gu and Dao (2023), with Mamba's causal 1-D convolution replaced by a 2-D one (Liu et al.,
    "VMamba", 2024), no expansion of the width, and a normalisation before the gate. B and C are
    normalised as in Jamba (Lieber et al., 2024): features are small at the start, their products
    with B and C so much smaller that the state would hardly count beside the skip D u.

    Args:
        width: Channels of the tokens and of the condition, a multiple of `groups`.
        state_dim: n, states of a channel.
        groups: g, groups of channels with a path each.
    """

    def __init__(self, width: int, state_dim: int = 16, groups: int = 4) -> None:
        super().__init__()
        self.groups, self.group_width, self.state_dim = groups, width // groups, state_dim
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

    def forward(self, x: Tensor, condition: Tensor, order: Tensor) -> Tensor:
        """Mixes tokens.

        Args:
            x: Tokens, (b, h, w, width).
            condition: (b, width).
            order: In which each group's path visits them, (b, g, h w), from `paths.orders`.

        Returns:
            (b, h, w, width).
        """
        batch, height, width, _ = x.shape
        x, gate = quick(self.in_projection, x).chunk(2, dim=-1)
        x = F.silu(self.convolution(x.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
        token = self.style_token(condition).view(1, batch, self.groups, self.group_width)
        sequences = torch.cat([token, to_sequences(x, order)])
        inputs = (sequences, *self._inputs(sequences, condition))
        ahead = torch.arange(sequences.shape[0], device=x.device)
        backwards = torch.cat([ahead[:1], ahead[1:].flip(0)])  # the style comes first all the same
        there = self._scan(*inputs)[1:]
        back = self._scan(*(values.index_select(0, backwards) for values in inputs))[1:]
        y = to_grid((there + back.flip(0)) / 2, order, height, width)
        return quick(self.out_projection, self.norm(y) * F.silu(gate))

    def _inputs(self, sequences: Tensor, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """delta, B and C (l, b, g, ·) of sequences (l, b, g, d); every group has its own maps."""
        length, batch, groups, width = sequences.shape
        sizes = [self.delta_rank, self.state_dim, self.state_dim]
        tokens = sequences.flatten(0, 1).transpose(0, 1)
        delta, B, C = torch.bmm(tokens, self.maps).split(sizes, dim=-1)
        delta = torch.bmm(delta, self.delta_weight)
        # Autocast leaves bfloat16 here, which the norms and the scan are not to work in.
        B, C = (norm(x.to(norm.weight.dtype)) for norm, x in ((self.B_norm, B), (self.C_norm, C)))
        delta, B, C = (x.transpose(0, 1).view(length, batch, groups, -1) for x in (delta, B, C))
        offsets = self.style_offsets(condition).view(batch, groups, -1)
        delta_offset, B_offset, C_offset = offsets.split([width, *sizes[1:]], dim=2)
        delta = F.softplus(delta + (delta_offset + self.delta_bias))
        return delta, B + B_offset, C + C_offset

    def _scan(self, sequences: Tensor, delta: Tensor, B: Tensor, C: Tensor) -> Tensor:
        """Scans sequences (l, b, g, d), with their delta, B and C, to the same shape."""
        u, delta, B, C = (x.permute(1, 2, 3, 0) for x in (sequences, delta, B, C))
        y = selective_scan(u, delta, -torch.exp(self.A_log), B, C, self.D)
        return y.permute(3, 0, 1, 2)


def _uniform(groups: int, fan_in: int, fan_out: int) -> Tensor:
    bound = fan_in**-0.5
    return torch.empty(groups, fan_in, fan_out).uniform_(-bound, bound)


def _delta_bias(groups: int, width: int) -> Tensor:
    """Mamba's initialisation: softplus(bias) is log-uniform in [DELTA_MIN, DELTA_MAX]."""
    low, high = math.log(DELTA_MIN), math.log(DELTA_MAX)
    delta = torch.empty(groups, width).uniform_(low, high).exp()
    return delta + torch.log(-torch.expm1(-delta))
