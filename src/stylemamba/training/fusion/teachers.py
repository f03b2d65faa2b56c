"""The frozen models that a style fusion is trained with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.base import Observation, StyleEncoder
from stylemamba.encoders.content import observe_with_content
from stylemamba.errors import StyleMambaError
from stylemamba.runtime.precision import fast_autocast


@dataclass(frozen=True)
class Teachers:
    """Frozen models.

    Attributes:
        encoder: In whose space directions are; its texts are the conditions.
        autoencoder: Photo to latent and back.
        anchor: To whose statistics pictures are held; the encoder, where that is an ArtLIP. None
            for directions alone, the paper's setting.
    """

    encoder: StyleEncoder
    autoencoder: ImageAutoencoder
    anchor: ArtLIP | None

    @classmethod
    def of(
        cls, encoder: StyleEncoder, autoencoder: ImageAutoencoder, anchor: ArtLIP | None = None
    ) -> Teachers:
        """With an anchor beside the encoder, if one is given.

        Raises:
            StyleMambaError: The encoder is an ArtLIP, which is its own anchor.
        """
        if isinstance(encoder, ArtLIP):
            if anchor is not None:
                raise StyleMambaError("ArtLIP is its own anchor; leave --anchor out")
            return cls(encoder, autoencoder, encoder)
        return cls(encoder, autoencoder, anchor)

    @property
    def own_anchor(self) -> bool:
        """The encoder is the anchor, an ArtLIP, which knows styles of pictures, too."""
        return self.anchor is self.encoder

    def to(self, device: torch.device) -> Teachers:
        """On a device; the modules are moved."""
        self.encoder.to(device)
        self.autoencoder.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if self.anchor is not None:
            self.anchor.to(device)
        return self

    def observe(self, images: Tensor, masks: Tensor) -> Observation:
        """All that the losses read of pictures.

        Args:
            images: (b, 3, h, w) in [0, 1].
            masks: (1, k, h, w), on any device; the first view shows everything.

        Returns:
            Embeddings of all views; statistics of the anchor and content features of VGG19.
        """
        if self.own_anchor:
            return self.encoder.observe(images, masks)
        with fast_autocast(images.device):
            if self.anchor is None:
                return observe_with_content(self.encoder, images, masks)
            seen = self.encoder.observe(images, masks)
        own = self.anchor.observe(images)
        return replace(seen, statistics=own.statistics, content=own.content)
