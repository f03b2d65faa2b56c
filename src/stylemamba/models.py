"""The models of a preset, loaded; every model by its name or from a folder of any of its kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.base import StyleEncoder
from stylemamba.fusion import StyleFusion, StyleFusionConfig
from stylemamba.painting.settings import PAPER_WEIGHTS, WARM_START, FittingConfig
from stylemamba.runtime.model_files import model_folder, read_config
from stylemamba.runtime.shipped import WEIGHTS

ENCODERS: Mapping[str, str | Path] = {
    "artlip": WEIGHTS / "artlip",
    "siglip": "google/siglip-base-patch16-224",
    "siglip2": "google/siglip2-base-patch16-224",
}
AUTOENCODERS: Mapping[str, str | Path] = {
    "embedded": WEIGHTS / "autoencoder",
    "sd-vae": "stabilityai/sd-vae-ft-mse",
}
PRESETS = {"embedded": ("artlip", "embedded"), "paper": ("siglip", "sd-vae")}
"""Names of encoder and autoencoder."""


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
    if preset not in PRESETS:
        raise ValueError(f"no preset {preset!r}: {' or '.join(PRESETS)}")
    if preset == "embedded" and encoder is None and autoencoder is None:
        fusion = fusion or WEIGHTS / "fusion"
    own_encoder, own_autoencoder = PRESETS[preset]
    with torch.inference_mode(False):  # or fits would have no gradients
        loaded = load_frozen(
            encoder or ENCODERS[own_encoder], autoencoder or AUTOENCODERS[own_autoencoder]
        )
        trained = None if fusion is None else StyleFusion.from_pretrained(fusion)
        return Models(*loaded, trained, _fitting(loaded[0], trained))


def load_frozen(
    encoder: str | Path, autoencoder: str | Path
) -> tuple[StyleEncoder, ImageAutoencoder]:
    """A style encoder and an autoencoder.

    Args:
        encoder: Folder of an ArtLIP, a SigLIP or a SigLIP 2; or, where there is no such folder, one
            of `ENCODERS` or a hub name.
        autoencoder: Folder of our VAE or one of diffusers; or likewise, one of `AUTOENCODERS`.

    Raises:
        StyleMambaError: Weights are missing, corrupt or out of reach.
    """
    # Both are fetched before either is loaded: a hub out of reach is refused at once.
    folders = _encoder_folder(encoder), _autoencoder_folder(autoencoder)
    return load_encoder(folders[0]), _load_autoencoder(folders[1])


def load_encoder(name: str | Path) -> StyleEncoder:
    """A style encoder; see `load_frozen`.

    Raises:
        StyleMambaError: Its weights are missing, corrupt or out of reach.
    """
    from stylemamba.encoders.artlip import ArtLIP
    from stylemamba.encoders.siglip import OPTION, SiglipStyleEncoder

    folder = _encoder_folder(name)
    published = "model_type" in read_config(folder, OPTION)
    return (SiglipStyleEncoder if published else ArtLIP).from_pretrained(folder)


def _encoder_folder(name: str | Path) -> Path:
    from stylemamba.encoders.siglip import FILES, OPTION

    return model_folder(_of_name(name, ENCODERS), FILES, OPTION)


def _autoencoder_folder(name: str | Path) -> Path:
    from stylemamba.autoencoders.pretrained import FILES, OPTION
    from stylemamba.runtime import hub

    return model_folder(_of_name(name, AUTOENCODERS), (*FILES, hub.WEIGHTS), OPTION)


def _load_autoencoder(folder: Path) -> ImageAutoencoder:
    from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
    from stylemamba.autoencoders.pretrained import OPTION, SUBFOLDER, DiffusersAutoencoder

    if not (folder / "config.json").exists() and (folder / SUBFOLDER).is_dir():
        return DiffusersAutoencoder.from_pretrained(folder)
    published = "_class_name" in read_config(folder, OPTION)
    return (DiffusersAutoencoder if published else EmbeddedAutoencoder).from_pretrained(folder)


def _of_name(name: str | Path, known: Mapping[str, str | Path]) -> str | Path:
    return name if Path(name).expanduser().is_dir() else known.get(str(name), name)


def _fitting(encoder: StyleEncoder, fusion: StyleFusion | None) -> FittingConfig | None:
    from stylemamba.encoders.artlip import ArtLIP

    if isinstance(encoder, ArtLIP):
        return None
    return replace(WARM_START if fusion else FittingConfig(), weights=PAPER_WEIGHTS)


def identity_fusion(encoder: StyleEncoder, autoencoder: ImageAutoencoder) -> StyleFusion:
    """A style fusion before any training, the same each time: z' = z."""
    config = StyleFusionConfig(autoencoder.latent_channels, encoder.condition_dim)
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers are not ours
        torch.default_generator.manual_seed(0)  # `torch.manual_seed` would reseed GPUs, too
        fusion = StyleFusion(config).eval().requires_grad_(False)
    return fusion.to(next(autoencoder.parameters()).device)
