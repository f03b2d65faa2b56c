"""The pipeline: a photo and a prompt in, a stylised photo out."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import torch
from PIL import Image

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.base import StyleEncoder
from stylemamba.errors import StyleMambaError
from stylemamba.fitting import FittingConfig, LossWeights, StepInfo, fit
from stylemamba.fusion import StyleFusion, StyleFusionConfig
from stylemamba.images import fit_size, resize, to_pil, to_tensor, upright_rgb

__all__ = ["LOW_COVERAGE", "CoverageReport", "StepInfo", "StyleMambaOutput", "StyleMambaPipeline"]

LOW_COVERAGE = 0.35
DEFAULT_SIZE = 384
PAPER_ENCODER = "google/siglip-base-patch16-224"
PAPER_AUTOENCODER = "stabilityai/sd-vae-ft-mse"
# Without a style anchor the directions alone lead. Not tuned: made where the hub is out of reach.
PAPER_WEIGHTS = LossWeights(directional=3.0, masked=10.0, second_order=1.0)


@dataclass(frozen=True)
class CoverageReport:
    """How well a prompt is covered.

    Attributes:
        coverage: 0 to 1.
        neighbours: (known caption, cosine), nearest first.
    """

    coverage: float
    neighbours: list[tuple[str, float]]


@dataclass(frozen=True)
class StyleMambaOutput:
    """A stylised photo.

    Attributes:
        image: RGB, of the size of the photo held upright.
        trace: the losses of each step.
        coverage: 0 to 1, how well the encoder knows the prompt; None where it cannot tell.
        neighbours: (known caption, cosine), nearest first.
        steps: steps done.
        interrupted: Ctrl-C ended the fit early.
        seconds: wall time.
    """

    image: Image.Image
    trace: list[dict[str, float]]
    coverage: float | None
    neighbours: list[tuple[str, float]]
    steps: int
    interrupted: bool
    seconds: float


class StyleMambaPipeline:
    """Text-driven style transfer of photos.

    Args:
        encoder: says where the prompt is, seen from the photo.
        autoencoder: photo to latent and back.
        fusion: bends the latent; a call fits a copy of it, which starts from these weights.
        config: of the fit.
    """

    def __init__(
        self,
        encoder: StyleEncoder,
        autoencoder: ImageAutoencoder,
        fusion: StyleFusion,
        config: FittingConfig | None = None,
    ) -> None:
        self.encoder = encoder.eval().requires_grad_(False)
        self.autoencoder = autoencoder.eval().requires_grad_(False)
        self.fusion = fusion
        self.config = config or FittingConfig()

    @classmethod
    def from_pretrained(
        cls,
        *,
        preset: str = "embedded",
        encoder: str | Path | None = None,
        autoencoder: str | Path | None = None,
    ) -> StyleMambaPipeline:
        """Loads the models of a preset.

        Args:
            preset: `embedded` for the models in this package, `paper` for SigLIP and Stable
                Diffusion's VAE.
            encoder: folder or hub name that replaces the preset's style encoder.
            autoencoder: folder or hub name that replaces the preset's autoencoder.

        Raises:
            StyleMambaError: weights are missing, corrupt or out of reach.
            ValueError: there is no such preset.
        """
        fitting = FittingConfig()
        if preset == "embedded":
            from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
            from stylemamba.encoders.artlip import ArtLIP

            weights = Path(str(files("stylemamba") / "weights"))
            style_encoder: StyleEncoder = ArtLIP.from_pretrained(encoder or weights / "artlip")
            image_autoencoder: ImageAutoencoder = EmbeddedAutoencoder.from_pretrained(
                autoencoder or weights / "autoencoder"
            )
        elif preset == "paper":
            from stylemamba.autoencoders.pretrained import DiffusersAutoencoder
            from stylemamba.encoders.siglip import SiglipStyleEncoder

            # Both are fetched before either is loaded: a hub out of reach is refused at once.
            encoder_folder = SiglipStyleEncoder.download(encoder or PAPER_ENCODER)
            autoencoder_folder = DiffusersAutoencoder.download(autoencoder or PAPER_AUTOENCODER)
            style_encoder = SiglipStyleEncoder.from_pretrained(encoder_folder)
            image_autoencoder = DiffusersAutoencoder.from_pretrained(autoencoder_folder)
            fitting = replace(fitting, weights=PAPER_WEIGHTS)
        else:
            raise ValueError(f"no preset {preset!r}: embedded or paper")
        config = StyleFusionConfig(
            latent_channels=image_autoencoder.latent_channels,
            style_dim=style_encoder.condition_dim,
        )
        with torch.random.fork_rng(devices=[]):  # the caller's random numbers are not ours
            torch.manual_seed(0)
            fusion = StyleFusion(config)
        return cls(style_encoder, image_autoencoder, fusion, fitting)

    def coverage(self, prompt: str) -> CoverageReport:
        """How well the encoder knows a prompt.

        Raises:
            StyleMambaError: the prompt is empty, or the encoder cannot tell.
        """
        style = self.encoder.style(prompt)
        if style.coverage is None:
            raise StyleMambaError("only the embedded encoder can tell how well it knows a prompt")
        return CoverageReport(style.coverage, style.neighbours)

    def __call__(
        self,
        image: Image.Image,
        prompt: str,
        *,
        steps: int = 40,
        strength: float = 1.0,
        seed: int = 0,
        size: int | None = None,
        callback: Callable[[StepInfo], None] | None = None,
    ) -> StyleMambaOutput:
        """Stylises one photo.

        Args:
            image: the photo, of any mode; turned as its EXIF data says, without transparency.
            prompt: the style, in words.
            steps: steps of fitting.
            strength: how much of the change of the latent to apply: 1 all of it, 0 none, above 1
                exaggerates.
            seed: the same seed gives the same picture; another one another look of the style.
            size: longer side at which the fit works, in pixels; by default 384.
            callback: called after every step.

        Raises:
            StyleMambaError: the prompt is empty.
            ValueError: a number is out of range.
        """
        if steps < 1 or not 0 <= strength < math.inf:
            raise ValueError("steps must be at least 1 and strength at least 0")
        started = time.perf_counter()
        style = self.encoder.style(prompt, mode=seed)
        image = upright_rgb(image)
        working = fit_size(image.size, size or DEFAULT_SIZE)
        photo = to_tensor(resize(image, working))
        fusion = copy.deepcopy(self.fusion)
        result = fit(
            photo,
            style,
            encoder=self.encoder,
            autoencoder=self.autoencoder,
            fusion=fusion,
            config=replace(self.config, steps=steps),
            seed=seed,
            callback=callback,
        )
        with torch.no_grad():
            bent = result.latent + strength * result.latent_delta
            picture = self.autoencoder.decode(bent, (working[1], working[0]))
        return StyleMambaOutput(
            image=resize(to_pil(picture), image.size),
            trace=result.trace,
            coverage=style.coverage,
            neighbours=style.neighbours,
            steps=len(result.trace),
            interrupted=result.interrupted,
            seconds=time.perf_counter() - started,
        )
