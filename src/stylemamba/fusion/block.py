"""The residual blocks of style fusion, modulated by the style: of tokens, and of latent pixels.

Several styles may share a picture, each with a map of its weights that says where it counts. Then
a condition is (b, n, c) instead of (b, c), maps are (b, n, h, w) and sum to one over the styles,
and what modulates a place is the mean over the styles by their weights there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VARIANCE_FLOOR = 1e-3


def at_tokens(values: Tensor, maps: Tensor | None) -> Tensor:
    """What values of one style (b, c), or of several (b, n, c), are at tokens: (b, h, w, c).

    One style is the same everywhere: (b, 1, 1, c).
    """
    if maps is None:
        return values[:, None, None]
    return torch.einsum("bnhw,bnc->bhwc", maps, values)


def at_pixels(values: Tensor, maps: Tensor | None) -> Tensor:
    """As `at_tokens`, with the channels first: (b, c, h, w)."""
    if maps is None:
        return values[..., None, None]
    return torch.einsum("bnhw,bnc->bchw", maps, values)


def modulate(x: Tensor, shift: Tensor, scale: Tensor, maps: Tensor | None = None) -> Tensor:
    """x (1 + scale) + shift over tokens (b, h, w, c)."""
    return x * (1 + at_tokens(scale, maps)) + at_tokens(shift, maps)


def restyle(x: Tensor, shift: Tensor, scale: Tensor, maps: Tensor | None = None) -> Tensor:
    """Adaptive instance normalisation of maps (b, c, h, w).

    (1 + scale) (x - mean) / deviation + shift, with mean and deviation of each channel over the
    picture or, where several styles share it, over where each of them counts.

    Source: Huang and Belongie, "Arbitrary style transfer in real-time" (2017).
    """
    wide = x.float()
    centred = wide - wide.mean((-2, -1), keepdim=True)
    if maps is None:
        variance = centred.square().mean((-2, -1), keepdim=True)  # var_mean takes thrice as long
        factor = (1 + scale[..., None, None]) * (variance + VARIANCE_FLOOR).rsqrt()
        return (centred * factor + shift[..., None, None]).to(x.dtype)
    mean, variance = weighted_moments(centred, maps)
    factors = (1 + scale) * (variance + VARIANCE_FLOOR).rsqrt()
    offsets = shift - factors * mean
    return (centred * at_pixels(factors, maps) + at_pixels(offsets, maps)).to(x.dtype)


def weighted_moments(x: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
    """Means and variances (b, n, c) of (b, c, h, w) by the weights of maps (b, n, h, w).

    A map that is zero everywhere has moments of zero.
    """
    weights = maps / maps.sum((-2, -1), keepdim=True).clamp_min(1e-6)
    mean = torch.einsum("bnhw,bchw->bnc", weights, x)
    square = torch.einsum("bnhw,bchw->bnc", weights, x.square())
    return mean, (square - mean.square()).clamp_min(0)


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
        """(..., condition_dim) -> one (..., width) for each of `widths`."""
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
        mixer: Module that maps tokens (b, h, w, width), the condition (b, width) and maps or None
            to tokens.
    """

    def __init__(self, width: int, mlp_ratio: float, mixer: nn.Module) -> None:
        super().__init__()
        hidden = round(width * mlp_ratio)
        self.mixer_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.mixer = mixer
        self.mlp_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, width))
        self.modulation = Modulation(width, [width] * 6, [0, 0, 1, 0, 0, 1])

    def forward(self, x: Tensor, condition: Tensor, maps: Tensor | None = None) -> Tensor:
        """Tokens (b, h, w, width) and a condition (b, width) -> (b, h, w, width)."""
        shift, scale, gate, mlp_shift, mlp_scale, mlp_gate = self.modulation(condition)
        mixed = self.mixer(modulate(self.mixer_norm(x), shift, scale, maps), condition, maps)
        x = x + at_tokens(gate, maps) * mixed
        hidden = self.mlp(modulate(self.mlp_norm(x), mlp_shift, mlp_scale, maps))
        return x + at_tokens(mlp_gate, maps) * hidden


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

    def forward(self, x: Tensor, condition: Tensor, maps: Tensor | None = None) -> Tensor:
        """(b, channels, h, w) and a condition (b, condition_dim) -> (b, channels, h, w)."""
        shift, scale, inner_shift, inner_scale = self.modulation(condition)
        hidden = self.first(F.silu(restyle(x, shift, scale, maps)))
        return x + self.second(F.silu(restyle(hidden, inner_shift, inner_scale, maps)))
