"""The pipeline: a photo and a prompt in, a stylised photo out."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.base import StyleEncoder
from stylemamba.errors import StyleMambaError
from stylemamba.files.images import resize, tensor_at, to_pil, upright_rgb
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.painting.fit import (
    WARM_START,
    FittingConfig,
    FittingResult,
    LossWeights,
    StepInfo,
    fit,
)
from stylemamba.painting.one_pass import OnePass
from stylemamba.portable.brushwork import amounts, brushwork
from stylemamba.portable.style import Style
from stylemamba.runtime.model_files import fingerprint
from stylemamba.scan.build import start_build

__all__ = ["LOW_COVERAGE", "CoverageReport", "StepInfo", "StyleMambaOutput", "StyleMambaPipeline"]

WEIGHTS = Path(str(files("stylemamba") / "weights"))
"""Folder of the models in this package: `artlip`, `autoencoder` and `fusion`."""
LOW_COVERAGE = 0.35
FIT_SIZE = 384
FIT_STEPS = 40
LARGEST = 2048
"""Longer side in pixels above which a result is enlarged: a pass takes about 1 GB at this size."""
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
        trace: the weighted losses of a fit, before the first step and after each.
        coverage: 0 to 1, how well the encoder knows the prompt; None where it cannot tell.
        neighbours: (known caption, cosine), nearest first.
        steps: steps of fitting done.
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
        fusion: bends the latent; trained for one pass with these two. None where there is none:
            every photo is then fitted, from the identity.
        config: of the fit; by default `WARM_START` with a fusion, `FittingConfig()` without.
    """

    def __init__(
        self,
        encoder: StyleEncoder,
        autoencoder: ImageAutoencoder,
        fusion: StyleFusion | None = None,
        config: FittingConfig | None = None,
    ) -> None:
        self.encoder = encoder.eval().requires_grad_(False)
        self.autoencoder = autoencoder.eval().requires_grad_(False)
        self.autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.fusion = fusion if fusion is None else fusion.eval().requires_grad_(False)
        self.config = config or (WARM_START if fusion else FittingConfig())

    @classmethod
    def from_pretrained(
        cls,
        *,
        preset: str = "embedded",
        encoder: str | Path | None = None,
        autoencoder: str | Path | None = None,
        fusion: str | Path | None = None,
    ) -> StyleMambaPipeline:
        """Loads the models of a preset.

        Args:
            preset: `embedded` for the models in this package, `paper` for SigLIP and Stable
                Diffusion's VAE.
            encoder: folder or hub name that replaces the preset's style encoder.
            autoencoder: folder or hub name that replaces the preset's autoencoder.
            fusion: folder or hub name of a style fusion trained for one pass. By default the
                package's own, which goes with the package's own encoder and autoencoder: with
                others, and in the paper setting, there is none.

        Raises:
            StyleMambaError: weights are missing, corrupt or out of reach.
            ValueError: there is no such preset.
        """
        start_build()  # of the compiled scan, while the models load
        fitting = None
        if preset == "embedded":
            from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
            from stylemamba.encoders.artlip import ArtLIP

            style_encoder: StyleEncoder = ArtLIP.from_pretrained(encoder or WEIGHTS / "artlip")
            image_autoencoder: ImageAutoencoder = EmbeddedAutoencoder.from_pretrained(
                autoencoder or WEIGHTS / "autoencoder"
            )
            if encoder is None and autoencoder is None:
                fusion = fusion or WEIGHTS / "fusion"
        elif preset == "paper":
            from stylemamba.autoencoders.pretrained import DiffusersAutoencoder
            from stylemamba.encoders.siglip import SiglipStyleEncoder

            # Both are fetched before either is loaded: a hub out of reach is refused at once.
            encoder_folder = SiglipStyleEncoder.download(encoder or PAPER_ENCODER)
            autoencoder_folder = DiffusersAutoencoder.download(autoencoder or PAPER_AUTOENCODER)
            style_encoder = SiglipStyleEncoder.from_pretrained(encoder_folder)
            image_autoencoder = DiffusersAutoencoder.from_pretrained(autoencoder_folder)
            fitting = FittingConfig(weights=PAPER_WEIGHTS, simplified=fusion is not None)
        else:
            raise ValueError(f"no preset {preset!r}: embedded or paper")
        trained = None if fusion is None else StyleFusion.from_pretrained(fusion)
        return cls(style_encoder, image_autoencoder, trained, fitting)

    @property
    def digest(self) -> str:
        """A hash of the weights of all models."""
        models = (self.encoder, self.autoencoder, self.fusion)
        return "-".join(fingerprint(model)[:8] for model in models if model is not None)

    def coverage(self, prompt: str) -> CoverageReport:
        """How well the encoder knows a prompt.

        Raises:
            StyleMambaError: the prompt is empty, or the encoder cannot tell.
        """
        style = self.encoder.style(prompt)
        if style.coverage is None:
            raise StyleMambaError("only the embedded encoder can tell how well it knows a prompt")
        return CoverageReport(style.coverage, list(style.neighbours))

    def __call__(
        self,
        image: Image.Image,
        prompt: str,
        *,
        steps: int | None = None,
        strength: float = 1.0,
        seed: int = 0,
        size: int | None = None,
        stroke: float = 1.0,
        texture: float = 1.0,
        guidance: float = 1.0,
        callback: Callable[[StepInfo], None] | None = None,
    ) -> StyleMambaOutput:
        """Stylises one photo.

        Args:
            image: the photo, of any mode; turned as its EXIF data says, without transparency.
            prompt: the style, in words.
            steps: steps of fitting from the one-pass result on; 0 for that result itself. By
                default 0, or 40 where no style fusion was trained for one pass.
            strength: how much of the change to apply: 1 all of it, 0 none, above 1 exaggerates.
            seed: the same seed gives the same picture; another one another look of the style,
                and other strokes.
            size: longer side to work at, in pixels; the result has the photo's size nevertheless.
                By default that of the photo, 2048 at most, and 384 for a fit.
            stroke: size of the strokes of one pass; 1 is natural, 2 twice as large.
            texture: how much brush work there is; 1 is natural, 0 none.
            guidance: how closely a fit follows the text, against the looks known for it.
            callback: called before the first step of a fit, and after each.

        Raises:
            StyleMambaError: the prompt is empty; there is no style fusion for one pass.
            ValueError: a number is out of range.
        """
        if steps is None:
            steps = FIT_STEPS if self.fusion is None else 0
        if steps < 0 or not 0 <= strength < math.inf or not 0 < stroke < math.inf:
            raise ValueError("steps and strength should be at least 0, and stroke above 0")
        if not 0 <= texture < math.inf or not 0 <= guidance < math.inf:
            raise ValueError("texture and guidance should be at least 0")
        if seed < 0:
            raise ValueError("seed should be at least 0")
        if size is not None and size < 1:
            raise ValueError("size should be at least 1")
        painter = None
        if self.fusion is not None:
            painter = OnePass(self.autoencoder, self.fusion, seed, texture)
        if painter is None and not steps:
            raise StyleMambaError(
                "there is no style fusion trained for one pass with these models: "
                "add --steps 40, or --fusion DIR"
            )
        started = time.perf_counter()
        style = self.encoder.style(prompt, mode=seed)
        image = upright_rgb(image)
        trace: list[dict[str, float]] = []
        interrupted = False
        if steps or painter is None:
            photo = tensor_at(image, size or round(FIT_SIZE / stroke))
            config = self.config.asked(steps, guidance)
            result, picture = self._fit(photo, style, config, strength, seed, texture, callback)
            trace, interrupted = result.trace, result.interrupted
            if painter is not None:
                large = tensor_at(image, min(max(image.size), LARGEST))
                picture = painter.enlarge(picture, large, style.condition, strength)
                photo = large if picture.shape == large.shape else photo
        else:
            photo = tensor_at(image, size or min(max(image.size), LARGEST))
            picture = painter.paint(photo, style.condition, strength, stroke)
        marks = amounts(style.marks, texture, strength)
        painted = brushwork(picture[0].numpy(), photo[0].numpy(), marks, seed, stroke)
        return StyleMambaOutput(
            image=resize(to_pil(torch.from_numpy(painted)[None]), image.size),
            trace=trace,
            coverage=style.coverage,
            neighbours=list(style.neighbours),
            steps=max(len(trace) - 1, 0),
            interrupted=interrupted,
            seconds=time.perf_counter() - started,
        )

    def _fit(
        self,
        photo: Tensor,
        style: Style,
        config: FittingConfig,
        strength: float,
        seed: int,
        texture: float,
        callback: Callable[[StepInfo], None] | None,
    ) -> tuple[FittingResult, Tensor]:
        """The fit, and its picture (1, 3, h, w) at the given strength."""
        result = fit(
            photo,
            style,
            encoder=self.encoder,
            autoencoder=self.autoencoder,
            fusion=self._fusion_to_fit(),
            config=config,
            seed=seed,
            texture=texture,
            callback=callback,
        )
        with torch.inference_mode():
            bent = result.latent + strength * result.latent_delta
            picture = self.autoencoder.decode(bent, (photo.shape[-2], photo.shape[-1]))
        return result, picture

    def _fusion_to_fit(self) -> StyleFusion:
        """A copy of the trained fusion, or a new one, the same each time, that is the identity."""
        if self.fusion is not None:
            return copy.deepcopy(self.fusion).requires_grad_(True)
        return identity_fusion(self.encoder, self.autoencoder)


def identity_fusion(encoder: StyleEncoder, autoencoder: ImageAutoencoder) -> StyleFusion:
    """A style fusion before any training, the same each time: z' = z."""
    config = StyleFusionConfig(autoencoder.latent_channels, encoder.condition_dim)
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers are not ours
        torch.manual_seed(0)
        return StyleFusion(config).eval()
