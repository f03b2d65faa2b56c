"""Autoencoders of the latent diffusion models, through diffusers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.errors import StyleMambaError
from stylemamba.runtime import model_files

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, AutoencoderTiny

SUBFOLDER = "vae"
WEIGHTS = "diffusion_pytorch_model.safetensors"
FILES = tuple(
    f"{folder}{name}" for folder in ("", f"{SUBFOLDER}/") for name in ("config.json", WEIGHTS)
)
FAMILIES = ("AutoencoderKL", "AutoencoderTiny")
OPTION = "--autoencoder"


class DiffusersAutoencoder(ImageAutoencoder):
    """A frozen `AutoencoderKL` (Stable Diffusion's) or `AutoencoderTiny` (TAESD) of diffusers.

    Latents are z = (mode of q(z | x) - shift) * scale with the model's own shift and scale, of
    about unit variance (Rombach et al., 2022, section 3.1 and appendix G). TAESD produces such
    latents at once.

    Args:
        model: The diffusers model, which works on pixels in [-1, 1].
    """

    model: Any

    def __init__(self, model: AutoencoderKL | AutoencoderTiny) -> None:
        super().__init__()
        self.model = model
        config = self.model.config
        self.latent_channels = config["latent_channels"]
        self.factor = 2 ** (len(config["block_out_channels"]) - 1)
        self.latent_scale = float(config["scaling_factor"])
        self.latent_shift = float(config.get("shift_factor") or 0.0)
        self.eval().requires_grad_(False)

    @classmethod
    def download(cls, name_or_folder: str | Path) -> Path:
        """The local folder of a model, downloaded if need be; see `model_files.model_folder`."""
        return model_files.model_folder(name_or_folder, FILES, OPTION)

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path) -> DiffusersAutoencoder:
        """Loads a hub repository (`stabilityai/sd-vae-ft-mse`) or a local folder.

        Both may also be a whole diffusion pipeline with the autoencoder in `vae/`.

        Raises:
            StyleMambaError: If the hub is out of reach, or the folder has no whole autoencoder.
        """
        folder = cls.download(name_or_folder)
        if not (folder / "config.json").exists() and (folder / SUBFOLDER).is_dir():
            folder = folder / SUBFOLDER
        family = model_files.read_config(folder, OPTION).get("_class_name")
        if family not in FAMILIES:
            raise StyleMambaError(
                f"{folder} holds a model of class {family!r}: "
                f"pass {OPTION} an {' or '.join(FAMILIES)}"
            )
        # Imported only now: it takes seconds, and a hub out of reach has been refused before.
        import diffusers
        from diffusers.utils import logging

        with model_files.loading(folder, OPTION, logging):
            model, info = getattr(diffusers, family).from_pretrained(
                folder, local_files_only=True, use_safetensors=True, output_loading_info=True
            )
            model_files.require_all_weights(info)
            return cls(model.float())

    def save_pretrained(self, folder: str | Path) -> None:
        """Saves the diffusers model, the way the hub has it."""
        self.model.save_pretrained(folder)

    def recompute(self) -> None:
        """As `ImageAutoencoder.recompute`, block by block."""
        self.model.enable_gradient_checkpointing()

    def _encode(self, images: Tensor) -> Tensor:
        output = self.model.encode(images * 2 - 1)
        latents = output.latent_dist.mode() if hasattr(output, "latent_dist") else output.latents
        return (latents - self.latent_shift) * self.latent_scale

    def _decode(self, latents: Tensor) -> Tensor:
        raw = latents / self.latent_scale + self.latent_shift
        return self.model.decode(raw).sample / 2 + 0.5
