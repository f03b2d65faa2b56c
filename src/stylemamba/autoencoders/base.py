"""The contract of an image autoencoder; padding and cropping are done here, once for all families."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch.nn.functional as F
from torch import Tensor, nn


class ImageAutoencoder(nn.Module, ABC):
    """Pictures (b, 3, h, w) in [0, 1] to latents (b, c, ceil(h / f), ceil(w / f)) of about unit variance, and back.

    Attributes:
        latent_channels: c.
        factor: f.
    """

    latent_channels: int
    factor: int

    def encode(self, images: Tensor) -> Tensor:
        """The posterior's mean for pictures of any size; deterministic."""
        height, width = images.shape[-2:]
        bottom, right = -height % self.factor, -width % self.factor
        if bottom or right:
            images = F.pad(images, (0, right, 0, bottom), mode="replicate")
        return self._encode(images)

    def decode(self, latents: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        """Pictures of the latents, not clamped; `size` (h, w) crops the padding that `encode` added."""
        images = self._decode(latents)
        return images if size is None else images[..., : size[0], : size[1]]

    @abstractmethod
    def _encode(self, images: Tensor) -> Tensor:
        """As `encode`, for sides that are multiples of `factor`."""

    @abstractmethod
    def _decode(self, latents: Tensor) -> Tensor:
        """As `decode`, without cropping."""
