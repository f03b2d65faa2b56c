"""The pipeline: a photo and a recipe in, a stylised photo out."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from stylemamba import __version__
from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.base import StyleEncoder
from stylemamba.errors import StyleMambaError
from stylemamba.files.images import as_photo, fit_size, photo_tensor, to_tensor
from stylemamba.files.metadata import photo_mark
from stylemamba.files.style_files import Shelf
from stylemamba.fusion import StyleFusion
from stylemamba.models import identity_fusion, load_models
from stylemamba.notes import layers_notes, recipe_notes
from stylemamba.output import CoverageReport, Painting, StyleMambaOutput
from stylemamba.painting.fit import FittingResult, fit
from stylemamba.painting.full_size import at_full_size, painted_finer
from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level, with_margin
from stylemamba.painting.one_pass import OnePass, resized
from stylemamba.painting.settings import WARM_START, FittingConfig
from stylemamba.portable import pyramid
from stylemamba.portable.layered import strengths_of
from stylemamba.portable.learnt import MOST, Learnt
from stylemamba.portable.recipe import FIT_SIZE, FIT_STEPS, Recipe, StylePart
from stylemamba.portable.region_maps import region_maps
from stylemamba.portable.style import Style
from stylemamba.portable.tiling import painted_tile
from stylemamba.portable.workers import workers
from stylemamba.progress import Cancelled, OnProgress, Progress, ignore
from stylemamba.runtime.device import resolve_device
from stylemamba.runtime.model_files import fingerprint
from stylemamba.runtime.precision import full_precision, working_dtype
from stylemamba.scan import default_backend
from stylemamba.scan.build import start_build
from stylemamba.segmentation import Segmenters


class StyleMambaPipeline:
    """Text-driven style transfer of photos.

    Args:
        encoder: says where the prompt is, seen from the photo.
        autoencoder: photo to latent and back.
        fusion: bends the latent; trained for one pass with these two. None where there is none:
            every photo is then fitted, from the identity.
        config: of the fit; by default `WARM_START` with a fusion, `FittingConfig()` without.
        device: Where the models run; see `runtime.device.resolve_device`.
        shelf: Styles of one's own, which prompts find by name before all others.
        segmenters: Find people in photos, and what words of regions name.
    """

    def __init__(
        self,
        encoder: StyleEncoder,
        autoencoder: ImageAutoencoder,
        fusion: StyleFusion | None = None,
        config: FittingConfig | None = None,
        device: str | torch.device = "cpu",
        shelf: Shelf | None = None,
        segmenters: Segmenters | None = None,
    ) -> None:
        self.encoder = encoder.eval().requires_grad_(False)
        self.autoencoder = autoencoder.eval().requires_grad_(False)
        self.autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.fusion = fusion if fusion is None else fusion.eval().requires_grad_(False)
        self.shelf = shelf or Shelf()
        self.segmenters = segmenters or Segmenters()
        self.config = config or (WARM_START if fusion else FittingConfig())
        self._level = Level(
            self.autoencoder,
            self.fusion or identity_fusion(self.encoder, self.autoencoder),
            trained=self.fusion is not None,
        )
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
        styles: Iterable[str | Path] = (),
        segmenter: str | Path | Segmenters | None = None,
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
            device: `auto` for CUDA where there is one, else the CPU; or `cpu`, `cuda`, `mps`. The
                pipeline's `device` says which it is.
            styles: files of `stylemamba learn`, or folders of them.
            segmenter: folder or hub name of a CLIPSeg, or "hub" for the usual one, which finds what
                the package's own does not know when it is first asked; or segmenters in use.

        Raises:
            StyleMambaError: a style is damaged; weights are missing, corrupt or out of reach; the
                device is not there.
            ValueError: there is no such preset.
        """
        where = resolve_device(device)
        shelf = Shelf.load(Path(place) for place in styles)
        start_build()  # of the compiled scan, while the models load
        models = load_models(preset, encoder, autoencoder, fusion)
        found = segmenter if isinstance(segmenter, Segmenters) else Segmenters(segmenter)
        return cls(
            models.encoder,
            models.autoencoder,
            models.fusion,
            models.config,
            where,
            shelf,
            found,
        )

    @property
    def digest(self) -> str:
        """A hash of the weights of all models."""
        models = (self.encoder, self.autoencoder, self.fusion)
        return "-".join(fingerprint(model)[:8] for model in models if model is not None)

    def made_with(self, photo: bytes) -> dict[str, str]:
        """What a recipe tells of how its picture was made, beside the recipe.

        Args:
            photo: The content of the photo's file.
        """
        return {
            "photo": photo_mark(photo),
            "stylemamba": __version__,
            "weights": self.digest,
        }

    @property
    def numerics(self) -> str:
        """What pictures of the same models differ by in their last digits."""
        scan = default_backend(torch.empty(0, device=self.device))
        return f"{self.device.type}, {working_dtype(self.device)}, {scan} scan"

    def to(self, device: str | torch.device) -> StyleMambaPipeline:
        """Moves the models to a device.

        Raises:
            StyleMambaError: It is not there.
        """
        self.device = resolve_device(device)
        for model in (self.encoder, self.autoencoder, self._level.fusion):
            model.to(self.device)
        self.segmenters.to(self.device)
        return self

    def coverage(self, prompt: str) -> CoverageReport:
        """How well the encoder knows a prompt.

        Raises:
            StyleMambaError: the encoder cannot tell.
            RecipeError: the prompt is empty, or its syntax is not possible.
        """
        style = self.styles(self.shelf.applied(Recipe.of(prompt))).base
        if style.coverage is None:
            raise StyleMambaError("only the embedded encoder can tell how well it knows a prompt")
        return CoverageReport(style.coverage, list(style.neighbours), tuple(style.remarks))

    def resolved(self, recipe: Recipe) -> Recipe:
        """The recipe with a number of steps, and with the styles of the shelf that it names.

        Raises:
            StyleMambaError: It asks for one pass, and there is no style fusion for that.
        """
        recipe = self.shelf.applied(recipe)
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
            photo: (b, 3, h, w); its shape counts where there are regions, and looks are chosen
                that suit it, or the first one of a batch. Without it, the most typical looks are.

        Raises:
            RecipeError: A mask is no picture.
            ValueError: There are regions, and no photo; or it is none.
        """
        if recipe.regions and photo is None:
            raise ValueError("regions need the photo, for its shape")
        if photo is not None:
            _check_photos(photo)
        maps = None if photo is None else region_maps(recipe, photo.shape[-2], photo.shape[-1])
        first = None if photo is None else photo[0].float().cpu().numpy()
        styles = [
            self._mixed(parts, recipe, first)
            for parts in (recipe.parts, *(region.parts for region in recipe.regions))
            if parts
        ]
        if recipe.keeps_rest:  # any style will do for a change of strength 0
            styles = [styles[0], *styles]
        return Layers(
            styles=tuple(styles),
            maps=None if maps is None else torch.from_numpy(maps)[None],
            strengths=strengths_of(recipe),
        )

    def _mixed(
        self, parts: tuple[StylePart, ...], recipe: Recipe, photo: NDArray[np.float32] | None
    ) -> Style:
        with full_precision(torch.device("cpu")):  # texts are read there
            styles = [self._style(part, recipe.look_of(part), photo) for part in parts]
        return Style.mix(styles, [part.weight for part in parts])

    def _style(self, part: StylePart, look: int, photo: NDArray[np.float32] | None) -> Style:
        if part.learnt is None:
            return self.encoder.style(part.text, look, photo)
        return self.encoder.learnt_style(Learnt.from_text(part.learnt), look, photo)

    def learn(self, pictures: Sequence[Any], name: str, weight: float = 1.0) -> StylePart:
        """A style of pictures, to be mixed with others in a recipe. Nothing is trained.

        Args:
            pictures: 1 to `MOST`, of the kinds that `__call__` takes.
            name: What it is called.
            weight: Its share.

        Raises:
            StyleMambaError: There are too many or none, one cannot be read, or the encoder can't.
            RecipeError: The name is empty, or the weight not possible.
        """
        if not 1 <= len(pictures) <= MOST:
            raise StyleMambaError(
                f"{name}: is learnt from 1 to {MOST} pictures, not {len(pictures)}"
            )
        learnt = self.encoder.learn([to_tensor(as_photo(picture).rgb) for picture in pictures])
        return StylePart(name, weight, learnt=learnt.to_text())

    def paint(
        self, photos: Tensor, layers: Layers, recipe: Recipe, on_progress: OnProgress = ignore
    ) -> Painting:
        """Paints photos in styles that were found before.

        One pass takes them all at once; fits are made one after the other.

        Args:
            photos: (b, 3, h, w) in [0, 1]; the recipe's size, if it has one, is the largest that
                they are painted at.
            layers: From `styles`.
            recipe: How to paint; its prompts are not read again.
            on_progress: Hears of passes and steps; `Cancelled` in it stops the work.

        Raises:
            StyleMambaError: There is no style fusion for one pass, or a fit diverged.
            ValueError: The photos are of another shape, whole numbers, or not finite.
            Cancelled: `on_progress` said so, and there was no picture yet.
        """
        recipe = self.resolved(recipe)
        _check_photos(photos)
        with workers(torch.get_num_threads()):
            return self._paint(photos, layers, recipe, on_progress)

    def _paint(
        self, photos: Tensor, layers: Layers, recipe: Recipe, on_progress: OnProgress
    ) -> Painting:
        if recipe.tile:
            return self._tiles(photos, layers, recipe, on_progress)
        if not recipe.strength:
            return Painting(photos.float().cpu(), [], False)
        size = (photos.shape[-2], photos.shape[-1])
        wanted = _at_most(photos.float(), recipe.size or max(size))
        photos = _at_most(wanted, pyramid.LARGEST).to(self.device)
        layers = layers.to(self.device)
        if recipe.steps:
            painting = self._fits(photos, layers, recipe, on_progress)
        else:
            pictures = self._one_pass(layers, recipe, on_progress).paint(photos, recipe.stroke)
            painting = Painting(self._with_marks(pictures, photos, layers, recipe), [], False)
        pictures = painting.pictures
        if wanted.shape[-2:] != photos.shape[-2:]:
            pictures = _finer(pictures, wanted, on_progress)
        return replace(painting, pictures=resized(pictures, size).clamp(0, 1))

    def _tiles(
        self, photos: Tensor, layers: Layers, recipe: Recipe, on_progress: OnProgress
    ) -> Painting:
        paintings: list[Painting] = []

        def paint(around: NDArray[np.float32], inner: Recipe) -> NDArray[np.float32]:
            paintings.append(self.paint(torch.from_numpy(around), layers, inner, on_progress))
            return paintings[0].pictures.numpy()

        tiles = painted_tile(photos.float().cpu().numpy(), recipe, paint)
        return replace(paintings[0], pictures=torch.from_numpy(tiles))

    def _one_pass(self, layers: Layers, recipe: Recipe, on_progress: OnProgress) -> OnePass:
        return OnePass(
            self._level, layers, recipe.seed, recipe.texture, recipe.strength, on_progress
        )

    def _fits(
        self, photos: Tensor, layers: Layers, recipe: Recipe, on_progress: OnProgress
    ) -> Painting:
        """One fit after the other; what is finished is kept when one is stopped."""
        painted: list[Tensor] = []
        traces: list[list[dict[str, float]]] = []
        interrupted = False
        for place, photo in enumerate(photos.split(1)):

            def hear(event: Progress, place: int = place) -> None:
                on_progress(replace(event, photo=place))

            own = layers.of_photo(place)
            try:
                picture, trace, interrupted = self._fitted(photo, own, recipe, hear)
            except (Cancelled, KeyboardInterrupt):
                if not painted:
                    raise
                interrupted = True
                break
            painted.append(self._with_marks(picture, photo, own, recipe))
            traces.append(trace)
            if interrupted:
                break
        return Painting(torch.cat(painted), traces, interrupted)

    def _fitted(
        self, photo: Tensor, layers: Layers, recipe: Recipe, on_progress: OnProgress
    ) -> tuple[Tensor, list[dict[str, float]], bool]:
        """The picture of a fit, its trace, and whether it was interrupted."""
        assert recipe.steps is not None
        small = _at_most(photo, recipe.size or FIT_SIZE)
        # Callers may be in inference mode, whose tensors no gradient goes through.
        with torch.inference_mode(False), torch.enable_grad():
            result = self._fit(small.clone(), layers.clone(), recipe, on_progress)
        view = replace(result.view, photos=small, padded=with_margin(small))
        strength = recipe.strength * layers.strength_at(*small.shape[-2:])
        with torch.inference_mode():
            picture = self._level.picture(view, result.bent, strength)
        interrupted = result.interrupted
        size = (photo.shape[-2], photo.shape[-1])
        if max(picture.shape[-2:]) < max(size) and self.fusion is not None:
            # A fit that was stopped has its picture painted to the end all the same.
            painter = self._one_pass(layers, recipe, ignore if interrupted else on_progress)
            try:
                picture = painter.enlarge(picture, photo)
            except Cancelled:
                interrupted = True
        return resized(picture, size), result.trace, interrupted

    def _fit(
        self, photo: Tensor, layers: Layers, recipe: Recipe, on_progress: OnProgress
    ) -> FittingResult:
        """Fits a photo at its size, from the picture of one pass on."""
        assert recipe.steps is not None
        layers = replace(layers, strengths=(1.0,) * len(layers.styles))
        content, share = photo, 1.0
        if self.fusion is not None:
            start = OnePass(self._level, layers, recipe.seed, recipe.texture)
            content, share = start.last_content(photo, recipe.stroke)
        fusion = copy.deepcopy(self._level.fusion).requires_grad_(True)
        return fit(
            photo,
            layers,
            encoder=self.encoder,
            level=replace(self._level, fusion=fusion),
            config=self.config.asked(recipe.steps, recipe.guidance),
            content=content.clone(),
            share=share,
            seed=recipe.seed,
            texture=recipe.texture,
            on_progress=on_progress,
        )

    def __call__(
        self,
        image: Any,
        prompt: str | Sequence[StylePart] | Recipe,
        *,
        on_progress: OnProgress = ignore,
        **values: Any,
    ) -> StyleMambaOutput:
        """Stylises one photo.

        Args:
            image: the photo: a Pillow picture, a path, an array (h, w, 3) or a tensor (3, h, w),
                see `files.images.as_photo`; turned as its EXIF data says, without transparency.
            prompt: the style, in words; or styles, such as those of `learn`; or a whole recipe.
            on_progress: hears of passes and steps; `Cancelled` in it stops the work.
            **values: fields of `Recipe`: steps, seed, look, size, strength, stroke, texture,
                palette, colours, guidance, tile, regions.

        Raises:
            StyleMambaError: there is no style fusion for one pass; the photo cannot be read.
            RecipeError: a value is not possible (a ValueError).
            TypeError: the photo is of no kind that is taken.
            Cancelled: `on_progress` said so, and there was no picture yet.
        """
        return next(self.frames([image], prompt, on_progress=on_progress, **values))

    def frames(
        self,
        images: Iterable[Any],
        prompt: str | Sequence[StylePart] | Recipe,
        *,
        on_progress: OnProgress = ignore,
        **values: Any,
    ) -> Iterator[StyleMambaOutput]:
        """Stylises pictures of one size that follow each other, in the look that suits the first.

        Args, Raises:
            As `__call__`.
        """
        started = time.perf_counter()
        if isinstance(prompt, Recipe):
            recipe = self.resolved(replace(prompt, **values) if values else prompt)
        else:
            recipe = self.resolved(Recipe.of(prompt, **values))
        layers: Layers | None = None
        for image in images:
            photo = as_photo(image)
            working = photo_tensor(photo, self._working_side(photo.rgb, recipe))
            if layers is None:
                layers = self.styles(recipe, working)
            painting = self.paint(working, layers, recipe, on_progress)
            notes = [
                *layers_notes(recipe, layers.styles),
                *recipe_notes(recipe, max(photo.rgb.size)),
            ]
            image, deep = at_full_size(painting.pictures, photo, recipe, on_progress)
            yield StyleMambaOutput(
                image=image,
                deep=deep,
                recipe=recipe,
                trace=painting.traces[0] if painting.traces else [],
                coverage=layers.base.coverage,
                neighbours=list(layers.base.neighbours),
                remarks=tuple(layers.base.remarks),
                notes=tuple(notes),
                interrupted=painting.interrupted,
                seconds=time.perf_counter() - started,
            )
            started = time.perf_counter()

    def _with_marks(
        self, pictures: Tensor, photos: Tensor, layers: Layers, recipe: Recipe
    ) -> Tensor:
        """The pictures (b, 3, h, w) with the brushwork of their styles, on the CPU."""
        size = (pictures.shape[-2], pictures.shape[-1])
        marked = [
            layers.over(*size, place).finished(
                picture.cpu().numpy(), photo.cpu().numpy(), recipe, self.segmenters.people
            )
            for place, (picture, photo) in enumerate(zip(pictures, photos, strict=True))
        ]
        return torch.from_numpy(np.stack(marked))

    def _working_side(self, photo: Image.Image, recipe: Recipe) -> int:
        """Longer side to work at; small photos are enlarged for a fit."""
        side = min(recipe.size or max(photo.size), pyramid.LARGEST)
        if recipe.size:
            return side
        return max(side, FIT_SIZE) if recipe.steps else side


def _check_photos(photos: Tensor) -> None:
    if photos.ndim != 4 or photos.shape[1] != 3 or not photos.is_floating_point():
        raise ValueError(
            f"photos should be floating point, (b, 3, h, w), not {photos.dtype}, "
            f"{tuple(photos.shape)}"
        )
    if not photos.isfinite().all():
        raise ValueError("photos should be numbers in [0, 1]; some are NaN or infinite")


def _finer(pictures: Tensor, photos: Tensor, on_progress: OnProgress) -> Tensor:
    """Pictures (b, 3, h, w) at the size of their photos (b', 3, H, W), b' no less than b."""
    made = [
        painted_finer(picture, photo.cpu().permute(1, 2, 0).numpy(), on_progress)
        for picture, photo in zip(pictures, photos, strict=False)
    ]
    return torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2)


def _at_most(photos: Tensor, side: int) -> Tensor:
    """The photos (b, 3, h, w), their longer side at most that many pixels."""
    height, width = photos.shape[-2:]
    if max(height, width) <= side:
        return photos
    width, height = fit_size((width, height), side)
    return resized(photos, (height, width)).clamp(0, 1)
