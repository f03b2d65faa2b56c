"""The contract of an image autoencoder; padding and cropping are done here, for all families."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from stylemamba.runtime.padding import pad_to_multiple


class ImageAutoencoder(nn.Module, ABC):
    """Pictures to latents and back.

    Attributes:
        latent_channels: c.
        factor: f, by which a latent's sides are smaller than the picture's.
    """

    latent_channels: int
    factor: int
    recomputes = False

    def recompute(self) -> None:
        """From now on, `decode` keeps no activations for gradients, but computes them again."""
        self.recomputes = True

    def encode(self, images: Tensor) -> Tensor:
        """The posterior's mean; deterministic.

        Args:
            images: (b, 3, h, w) in [0, 1], h and w at least 1. They are padded on the right and at
                the bottom by repeating the edge.

        Returns:
            (b, c, ceil(h / f), ceil(w / f)), of about zero mean and unit variance.
        """
        return self._encode(pad_to_multiple(images, self.factor))

    def decode(self, latents: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        """Pictures of latents.

        Args:
            latents: (b, c, h', w').
            size: (h, w) of the pictures; crops the padding that `encode` added.

        Returns:
            (b, 3, h, w) in about [0, 1], not clamped; h = f h' and w = f w' without `size`.
        """
        if self.recomputes and torch.is_grad_enabled():
            images = checkpoint(self._decode, latents, use_reentrant=False)
        else:
            images = self._decode(latents)
        return images if size is None else images[..., : size[0], : size[1]]

    @abstractmethod
    def _encode(self, images: Tensor) -> Tensor:
        """As `encode`, for sides that are multiples of `factor`."""

    @abstractmethod
    def _decode(self, latents: Tensor) -> Tensor:
        """As `decode`, without cropping."""
