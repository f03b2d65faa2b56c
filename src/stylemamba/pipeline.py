"""The pipeline: a photo and a recipe in, a stylised photo out."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.base import StyleEncoder
from stylemamba.errors import StyleMambaError
from stylemamba.files.images import as_photo, fit_size, resize, tensor_at, to_pil
from stylemamba.fusion import StyleFusion
from stylemamba.models import identity_fusion, load_models
from stylemamba.notes import coverage_note, recipe_notes
from stylemamba.output import CoverageReport, Painting, StyleMambaOutput
from stylemamba.painting.fit import fit
from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level, with_margin
from stylemamba.painting.one_pass import OnePass, resized
from stylemamba.painting.regions import region_maps
from stylemamba.painting.settings import WARM_START, FittingConfig
from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.pyramid import LARGEST
from stylemamba.portable.recipe import FIT_SIZE, FIT_STEPS, Recipe, StylePart
from stylemamba.portable.style import Style
from stylemamba.progress import OnProgress, ignore
from stylemamba.runtime.device import resolve_device
from stylemamba.runtime.model_files import fingerprint
from stylemamba.scan.build import start_build


class StyleMambaPipeline:
    """Text-driven style transfer of photos.

    Args:
        encoder: says where the prompt is, seen from the photo.
        autoencoder: photo to latent and back.
        fusion: bends the latent; trained for one pass with these two. None where there is none:
            every photo is then fitted, from the identity.
        config: of the fit; by default `WARM_START` with a fusion, `FittingConfig()` without.
        device: Where the models run; see `runtime.device.resolve_device`.
    """

    def __init__(
        self,
        encoder: StyleEncoder,
        autoencoder: ImageAutoencoder,
        fusion: StyleFusion | None = None,
        config: FittingConfig | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.encoder = encoder.eval().requires_grad_(False)
        self.autoencoder = autoencoder.eval().requires_grad_(False)
        self.autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.fusion = fusion if fusion is None else fusion.eval().requires_grad_(False)
        self.config = config or (WARM_START if fusion else FittingConfig())
        self.to(device)

    @classmethod
    def from_pretrained(
        cls,
        *,
        preset: str = "embedded",
        encoder: str | Path | None = None,
        autoencoder: str | Path | None = None,
        fusion: str | Path | None = None,
        device: str | torch.device = "auto",
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
            device: `auto` for CUDA or MPS where there is one, else the CPU; or `cpu`, `cuda`,
                `mps`. The pipeline's `device` says which it is.

        Raises:
            StyleMambaError: weights are missing, corrupt or out of reach; the device is not there.
            ValueError: there is no such preset.
        """
        where = resolve_device(device)
        start_build()  # of the compiled scan, while the models load
        models = load_models(preset, encoder, autoencoder, fusion)
        return cls(models.encoder, models.autoencoder, models.fusion, models.config, where)

    @property
    def digest(self) -> str:
        """A hash of the weights of all models."""
        models = (self.encoder, self.autoencoder, self.fusion)
        return "-".join(fingerprint(model)[:8] for model in models if model is not None)

    def to(self, device: str | torch.device) -> StyleMambaPipeline:
        """Moves the models to a device.

        Raises:
            StyleMambaError: It is not there.
        """
        self.device = resolve_device(device)
        for model in (self.encoder, self.autoencoder, self.fusion):
            if model is not None:
                model.to(self.device)
        return self

    def coverage(self, prompt: str) -> CoverageReport:
        """How well the encoder knows a prompt.

        Raises:
            StyleMambaError: the prompt is empty, or the encoder cannot tell.
        """
        style = self.encoder.style(prompt)
        if style.coverage is None:
            raise StyleMambaError("only the embedded encoder can tell how well it knows a prompt")
        return CoverageReport(style.coverage, list(style.neighbours))

    def resolved(self, recipe: Recipe) -> Recipe:
        """The recipe with a number of steps.

        Raises:
            StyleMambaError: It asks for one pass, and there is no style fusion for that.
        """
        if recipe.steps is None:
            recipe = replace(recipe, steps=FIT_STEPS if self.fusion is None else 0)
        if self.fusion is None and not recipe.steps:
            raise StyleMambaError(
                "there is no style fusion trained for one pass with these models: "
                "add --steps 40, or --fusion DIR"
            )
        return recipe

    def styles(self, recipe: Recipe, photo: Tensor | None = None) -> Layers:
        """The styles that a recipe asks for, found once for any number of photos of one shape.

        Args:
            recipe: What to look for.
            photo: (b, 3, h, w); its shape counts where there are regions.

        Raises:
            StyleMambaError: A prompt is empty.
            RecipeError: A mask is no picture.
        """
        height, width = (512, 512) if photo is None else photo.shape[-2:]
        maps = region_maps(recipe, height, width)
        return Layers(
            styles=tuple(
                self._mixed(parts, recipe)
                for parts in (recipe.parts, *(region.parts for region in recipe.regions))
            ),
            maps=None if maps is None else torch.from_numpy(maps)[None],
            strengths=(1.0, *(region.strength for region in recipe.regions)),
        )

    def _mixed(self, parts: tuple[StylePart, ...], recipe: Recipe) -> Style:
        styles = [self.encoder.style(part.text, mode=recipe.look_of(part)) for part in parts]
        return Style.mix(styles, [part.weight for part in parts])

    def paint(
        self, photos: Tensor, layers: Layers, recipe: Recipe, on_progress: OnProgress = ignore
    ) -> Painting:
        """Paints photos in styles that were found before.

        One pass takes them all at once; fits are made one after the other.

        Args:
            photos: (b, 3, h, w) in [0, 1], at the size to work at.
            layers: From `styles`.
            recipe: How to paint; its prompts are not read again.
            on_progress: Hears of passes and steps; `Cancelled` in it stops the work.

        Raises:
            StyleMambaError: There is no style fusion for one pass, or a fit diverged.
        """
        recipe = self.resolved(recipe)
        if not recipe.strength:
            return Painting(photos.float().cpu(), [], False)
        photos, layers = photos.to(self.device, torch.float32), layers.to(self.device)
        if not recipe.steps:
            pictures = self._one_pass(layers, recipe, on_progress).paint(photos, recipe.stroke)
            return Painting(_with_marks(pictures, photos, layers, recipe), [], False)
        painted, traces, interrupted = [], [], False
        for place, photo in enumerate(photos.split(1)):
            own = layers.of_photo(place)
            picture, trace, interrupted = self._fitted(photo, own, recipe, on_progress)
            painted.append(_with_marks(picture, photo, own, recipe))
            traces.append(trace)
            if interrupted:
                break
        return Painting(torch.cat(painted), traces, interrupted)

    def _level(self) -> Level:
        fusion = self.fusion or identity_fusion(self.encoder, self.autoencoder)
        return Level(self.autoencoder, fusion, trained=self.fusion is not None)

    def _one_pass(self, layers: Layers, recipe: Recipe, on_progress: OnProgress) -> OnePass:
        level = self._level()
        return OnePass(level, layers, recipe.seed, recipe.texture, recipe.strength, on_progress)

    def _fitted(
        self, photo: Tensor, layers: Layers, recipe: Recipe, on_progress: OnProgress
    ) -> tuple[Tensor, list[dict[str, float]], bool]:
        """The picture of a fit, its trace, and whether it was interrupted."""
        assert recipe.steps is not None
        long_side = max(photo.shape[-2:])
        small = photo if recipe.size else _at_most(photo, FIT_SIZE)
        everywhere = replace(layers, strengths=(1.0,) * len(layers.styles))
        start = OnePass(self._level(), everywhere, recipe.seed, recipe.texture)
        content, share = small, 1.0
        if self.fusion is not None:
            content, share = start.last_content(small, recipe.stroke)
        fusion = copy.deepcopy(start.level.fusion).requires_grad_(True)
        level = replace(start.level, fusion=fusion)
        result = fit(
            small,
            everywhere,
            encoder=self.encoder,
            level=level,
            config=self.config.asked(recipe.steps, recipe.guidance),
            content=content,
            share=share,
            seed=recipe.seed,
            texture=recipe.texture,
            on_progress=on_progress,
        )
        view = replace(result.view, photos=small, padded=with_margin(small))
        strength = recipe.strength * layers.strength_at(*small.shape[-2:])
        with torch.inference_mode():
            picture = level.picture(view, result.bent, strength)
        if max(picture.shape[-2:]) < long_side:
            painter = self._one_pass(layers, recipe, on_progress)
            picture = (
                resized(picture, (photo.shape[-2], photo.shape[-1]))
                if self.fusion is None
                else painter.enlarge(picture, photo)
            )
        return picture, result.trace, result.interrupted

    def __call__(
        self,
        image: Any,
        prompt: str | Recipe,
        *,
        on_progress: OnProgress = ignore,
        **values: Any,
    ) -> StyleMambaOutput:
        """Stylises one photo.

        Args:
            image: the photo: a Pillow picture, a path, an array (h, w, 3) or a tensor (3, h, w),
                see `files.images.as_photo`; turned as its EXIF data says, without transparency.
            prompt: the style, in words, or a whole recipe.
            on_progress: hears of passes and steps; `Cancelled` in it stops the work.
            **values: fields of `Recipe`: steps, seed, look, size, strength, stroke, texture,
                guidance, regions.

        Raises:
            StyleMambaError: there is no style fusion for one pass; the photo cannot be read.
            RecipeError: a value is not possible (a ValueError).
            TypeError: the photo is of no kind that is taken.
            Cancelled: `on_progress` said so, and there was no picture yet.
        """
        started = time.perf_counter()
        if isinstance(prompt, Recipe):
            recipe = self.resolved(replace(prompt, **values) if values else prompt)
        else:
            recipe = self.resolved(Recipe.of(prompt, **values))
        photo = as_photo(image).rgb
        working = tensor_at(photo, self._working_side(photo, recipe))
        layers = self.styles(recipe, working)
        painting = self.paint(working, layers, recipe, on_progress)
        styled = to_pil(painting.pictures) if recipe.strength else photo
        style = layers.base
        note = coverage_note(recipe.prompt, style.coverage, style.neighbours)
        return StyleMambaOutput(
            image=resize(styled, photo.size),
            recipe=recipe,
            trace=painting.traces[0] if painting.traces else [],
            coverage=style.coverage,
            neighbours=list(style.neighbours),
            notes=(*([note] if note else []), *recipe_notes(recipe, max(photo.size))),
            interrupted=painting.interrupted,
            seconds=time.perf_counter() - started,
        )

    def _working_side(self, photo: Image.Image, recipe: Recipe) -> int:
        """Longer side to work at; small photos are enlarged for a fit."""
        if recipe.size:
            return recipe.size
        side = min(max(photo.size), LARGEST)
        return max(side, FIT_SIZE) if recipe.steps else side


def _at_most(photo: Tensor, side: int) -> Tensor:
    """The photo (1, 3, h, w), its longer side at most that many pixels."""
    height, width = photo.shape[-2:]
    if max(height, width) <= side:
        return photo
    width, height = fit_size((width, height), side)
    return resized(photo, (height, width)).clamp(0, 1)


def _with_marks(pictures: Tensor, photos: Tensor, layers: Layers, recipe: Recipe) -> Tensor:
    """The pictures (b, 3, h, w) with the brushwork of their styles, on the CPU."""
    size = (pictures.shape[-2], pictures.shape[-1])
    marked = [
        brushwork(
            picture.cpu().numpy(),
            photo.cpu().numpy(),
            layers.amounts(*size, recipe.texture, recipe.strength, place),
            recipe.seed,
            recipe.stroke,
        )
        for place, (picture, photo) in enumerate(zip(pictures, photos, strict=True))
    ]
    return torch.from_numpy(np.stack(marked))
