"""The models of a preset, loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.base import StyleEncoder
from stylemamba.fusion import StyleFusion, StyleFusionConfig
from stylemamba.painting.settings import PAPER_WEIGHTS, FittingConfig
from stylemamba.runtime.shipped import WEIGHTS

PAPER_ENCODER = "google/siglip-base-patch16-224"
PAPER_AUTOENCODER = "stabilityai/sd-vae-ft-mse"


@dataclass(frozen=True)
class Models:
    """What a pipeline is made of.

    Attributes:
        encoder: Says where a prompt is, seen from a photo.
        autoencoder: Photo to latent and back.
        fusion: Bends the latent; None where none was trained for one pass with these two.
        config: Of fits; None for the usual one.
    """

    encoder: StyleEncoder
    autoencoder: ImageAutoencoder
    fusion: StyleFusion | None
    config: FittingConfig | None = None


def load_models(
    preset: str = "embedded",
    encoder: str | Path | None = None,
    autoencoder: str | Path | None = None,
    fusion: str | Path | None = None,
) -> Models:
    """Loads the models of a preset; arguments are those of `StyleMambaPipeline.from_pretrained`.

    Raises:
        StyleMambaError: Weights are missing, corrupt or out of reach.
        ValueError: There is no such preset.
    """
    with torch.inference_mode(False):  # or fits would have no gradients
        if preset == "embedded":
            return _embedded(encoder, autoencoder, fusion)
        if preset == "paper":
            return _paper(encoder, autoencoder, fusion)
    raise ValueError(f"no preset {preset!r}: embedded or paper")


def _embedded(
    encoder: str | Path | None, autoencoder: str | Path | None, fusion: str | Path | None
) -> Models:
    from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
    from stylemamba.encoders.artlip import ArtLIP

    if encoder is None and autoencoder is None:
        fusion = fusion or WEIGHTS / "fusion"
    return Models(
        ArtLIP.from_pretrained(encoder or WEIGHTS / "artlip"),
        EmbeddedAutoencoder.from_pretrained(autoencoder or WEIGHTS / "autoencoder"),
        _fusion(fusion),
    )


def _paper(
    encoder: str | Path | None, autoencoder: str | Path | None, fusion: str | Path | None
) -> Models:
    from stylemamba.autoencoders.pretrained import DiffusersAutoencoder
    from stylemamba.encoders.siglip import SiglipStyleEncoder

    # Both are fetched before either is loaded: a hub out of reach is refused at once.
    encoder_folder = SiglipStyleEncoder.download(encoder or PAPER_ENCODER)
    autoencoder_folder = DiffusersAutoencoder.download(autoencoder or PAPER_AUTOENCODER)
    return Models(
        SiglipStyleEncoder.from_pretrained(encoder_folder),
        DiffusersAutoencoder.from_pretrained(autoencoder_folder),
        _fusion(fusion),
        FittingConfig(weights=PAPER_WEIGHTS),
    )


def _fusion(folder: str | Path | None) -> StyleFusion | None:
    return None if folder is None else StyleFusion.from_pretrained(folder)


def identity_fusion(encoder: StyleEncoder, autoencoder: ImageAutoencoder) -> StyleFusion:
    """A style fusion before any training, the same each time: z' = z."""
    config = StyleFusionConfig(autoencoder.latent_channels, encoder.condition_dim)
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers are not ours
        torch.default_generator.manual_seed(0)  # `torch.manual_seed` would reseed GPUs, too
        fusion = StyleFusion(config).eval().requires_grad_(False)
    return fusion.to(next(autoencoder.parameters()).device)
