"""The embedded VAE: small, convolutional, factor 4, any picture size; it ships with the package."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.runtime.hub import HubModel


class ResidualBlock(nn.Module):
    """x + conv(SiLU(conv(SiLU(x)))), with 3 x 3 convolutions; the identity at initialisation.

    Without normalisation a place looks the same in a picture of any size.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        for parameter in self.second.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """(b, c, h, w) to the same shape."""
        return x + self.second(F.silu(self.first(F.silu(x))))


class Encoder(nn.Module):
    """Pictures to posterior means and log variances, a quarter of the size."""

    def __init__(self, latent_channels: int, width: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(12, width // 2, 3, padding=1),
            ResidualBlock(width // 2),
            nn.Conv2d(width // 2, width, 4, stride=2, padding=1),
            *(ResidualBlock(width) for _ in range(depth)),
            nn.Conv2d(width, 2 * latent_channels, 3, padding=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """(b, 3, h, w) in [0, 1] to (b, 2 c, h / 4, w / 4): means, then log variances."""
        return self.layers(images * 2 - 1)


class Decoder(nn.Module):
    """Latents to pictures, four times the size."""

    def __init__(self, latent_channels: int, width: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(latent_channels, width, 3, padding=1),
            *(ResidualBlock(width) for _ in range(depth)),
            nn.Conv2d(width, 2 * width, 1),
            nn.PixelShuffle(2),
            ResidualBlock(width // 2),
            ResidualBlock(width // 2),
            nn.SiLU(),
            nn.Conv2d(width // 2, 12, 3, padding=1),
            nn.PixelShuffle(2),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """(b, c, h, w) to (b, 3, 4 h, 4 w) in about [0, 1]."""
        return self.layers(latents) * 0.5 + 0.5


class EmbeddedAutoencoder(ImageAutoencoder, HubModel):
    """A variational autoencoder of about 2 M parameters.

    Args:
        latent_channels: Channels of the latent.
        width: Channels at a quarter of the picture's resolution; half as many at one half. Even.
        depth: Residual blocks at a quarter of the resolution in the encoder; the decoder has one
            more.
    """

    factor = 4
    option: ClassVar[str] = "--autoencoder"
    latent_mean: Tensor
    latent_std: Tensor

    def __init__(self, latent_channels: int = 12, width: int = 128, depth: int = 2) -> None:
        super().__init__()
        self.latent_channels = latent_channels
        self.encoder = Encoder(latent_channels, width, depth)
        self.decoder = Decoder(latent_channels, width, depth + 1)
        self.register_buffer("latent_mean", torch.zeros(1, latent_channels, 1, 1))
        self.register_buffer("latent_std", torch.ones(1, latent_channels, 1, 1))

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log variances of q(z | x), before latents are normalised.

        Args:
            images: (b, 3, h, w) in [0, 1]; h and w are multiples of 4.

        Returns:
            Twice (b, c, h / 4, w / 4); log variances are clamped to -12..4.
        """
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def _encode(self, images: Tensor) -> Tensor:
        return (self.posterior(images)[0] - self.latent_mean) / self.latent_std

    def _decode(self, latents: Tensor) -> Tensor:
        return self.decoder(latents * self.latent_std + self.latent_mean)
