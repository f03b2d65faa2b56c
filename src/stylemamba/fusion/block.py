"""The residual blocks of style fusion, modulated by the style: of tokens, and of latent pixels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.runtime.precision import quick

VARIANCE_FLOOR = 1e-3


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """x (1 + scale) + shift over tokens (b, h, w, c), with shift and scale (b, c)."""
    return x * (1 + scale[:, None, None]) + shift[:, None, None]


def restyle(x: Tensor, shift: Tensor, scale: Tensor, weights: Tensor | None = None) -> Tensor:
    """Adaptive instance normalisation of maps (b, c, h, w), with shift and scale (b, c).

    (1 + scale) (x - mean) / deviation + shift, with mean and deviation of each channel over the
    picture or, where the style counts in a part of it only, by `weights`, as `moments` has them.

    Source: Huang and Belongie, "Arbitrary style transfer in real-time" (2017).
    """
    wide = x.float()
    if weights is None:
        # group_norm, where channels lie side by side, takes the square of the mean from the mean
        # of squares: it loses nearly flat channels, and its sums depend on the number of threads.
        centred = wide - wide.mean((-2, -1), keepdim=True)
        variance = centred.square().mean((-2, -1), keepdim=True)
    else:
        mean, variance = moments(wide, weights)
        centred = wide - mean
    factor = (1 + scale[..., None, None]) * (variance + VARIANCE_FLOOR).rsqrt()
    return torch.addcmul(shift[..., None, None], centred, factor).to(x.dtype)


def moments(x: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Means and variances (b, c, 1, 1) of maps (b, c, h, w), with weights (b, 1, h, w).

    Weights that are zero everywhere give moments of zero.
    """
    shares = weights / weights.sum((-2, -1), keepdim=True).clamp_min(1e-6)
    mean = (shares * x).sum((-2, -1), keepdim=True)
    variance = (shares * (x - mean).square()).sum((-2, -1), keepdim=True)
    return mean, variance


class Modulation(nn.Module):
    """Shifts, scales and gates, linear in the condition; at first the same for every style.

    Args:
        condition_dim: Channels of the condition.
        widths: Channels of each output.
        initial: What each output is before training, whatever the condition.
    """

    def __init__(self, condition_dim: int, widths: list[int], initial: list[float]) -> None:
        super().__init__()
        self.widths = widths
        self.linear = nn.Linear(condition_dim, sum(widths))
        nn.init.zeros_(self.linear.weight)
        with torch.no_grad():
            parts = self.linear.bias.split(widths)
            for part, value in zip(parts, initial, strict=True):
                part.fill_(value)

    def forward(self, condition: Tensor) -> tuple[Tensor, ...]:
        """(b, condition_dim) -> one (b, width) for each of `widths`."""
        return self.linear(condition).split(self.widths, dim=-1)


class StyleFusionBlock(nn.Module):
    """x + gate mixer(AdaLN(x)), then x + gate MLP(AdaLN(x)); AdaLN and gates follow the style.

    After the adaLN-Zero block of Peebles and Xie, "Scalable Diffusion Models with Transformers"
    (2023), with one deviation: our gates start at one, not at zero. `StyleFusion` is the identity
    at the start because of its output convolution alone. With closed gates as well, a block would
    get its first gradient only after the output convolution and then the gates had moved, which a
    fit of a few dozen steps cannot afford.

    Args:
        width: Channels of the tokens and of the condition.
        mlp_ratio: Hidden channels of the MLP in units of `width`.
        mixer: Module that maps tokens (b, h, w, width), the condition (b, width) and the order of
            the paths (b, g, h w) to tokens.
    """

    def __init__(self, width: int, mlp_ratio: float, mixer: nn.Module) -> None:
        super().__init__()
        hidden = round(width * mlp_ratio)
        self.mixer_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.mixer = mixer
        self.mlp_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, width))
        self.modulation = Modulation(width, [width] * 6, [0, 0, 1, 0, 0, 1])

    def forward(self, x: Tensor, condition: Tensor, order: Tensor) -> Tensor:
        """Tokens (b, h, w, width), their condition and the order of the paths -> tokens."""
        shift, scale, gate, mlp_shift, mlp_scale, mlp_gate = self.modulation(condition)
        mixed = self.mixer(modulate(self.mixer_norm(x), shift, scale), condition, order)
        x = x + gate[:, None, None] * mixed
        hidden = quick(self.mlp, modulate(self.mlp_norm(x), mlp_shift, mlp_scale))
        return x + mlp_gate[:, None, None] * hidden


class StyledResidualBlock(nn.Module):
    """x + conv(SiLU(AdaIN(conv(SiLU(AdaIN(x)))))) with 3 x 3 convolutions, at latent pixels.

    After the residual blocks of Ghiasi et al., "Exploring the structure of a real-time, arbitrary
    neural artistic stylization network" (2017), with the normalisation first. Where the contrast of
    every channel is the style's alone, the style says which marks are made.

    Args:
        channels: Of x.
        condition_dim: Channels of the condition.
    """

    def __init__(self, channels: int, condition_dim: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="replicate")
        self.second = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="replicate")
        self.modulation = Modulation(condition_dim, [channels] * 4, [0] * 4)

    def forward(self, x: Tensor, condition: Tensor, weights: Tensor | None = None) -> Tensor:
        """(b, channels, h, w) and a condition (b, condition_dim) -> (b, channels, h, w).

        `weights` say where the style counts; see `restyle`.
        """
        shift, scale, inner_shift, inner_scale = self.modulation(condition)
        hidden = quick(self.first, F.silu(restyle(x, shift, scale, weights)))
        hidden = F.silu(restyle(hidden, inner_shift, inner_scale, weights))
        return x + quick(self.second, hidden)
