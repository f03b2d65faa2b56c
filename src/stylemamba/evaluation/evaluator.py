"""All metrics of a stylised picture, from the weights that are at hand."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from stylemamba.encoders.base import SOURCE_PROMPT
from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.judges import ClipEncoder, Judge
from stylemamba.evaluation.metrics.aesthetic import HEAD_FILE, AestheticHead
from stylemamba.evaluation.metrics.chroma_spread import chroma_spread
from stylemamba.evaluation.metrics.colour_grid import GRID
from stylemamba.evaluation.metrics.crop_error import crop_error
from stylemamba.evaluation.metrics.frame import FRAME_SIDE, frame
from stylemamba.evaluation.metrics.ground_spread import ground_spread
from stylemamba.evaluation.metrics.lattice import LATTICE_SIDE, lattice
from stylemamba.evaluation.metrics.lpips import LPIPS, LPIPS_SIDE
from stylemamba.evaluation.metrics.mirror_error import mirror_error
from stylemamba.evaluation.metrics.structure import SSIM_SIDE, ssim
from stylemamba.evaluation.views import VIEWS
from stylemamba.files.images import tensor_at
from stylemamba.losses import safe_cosine
from stylemamba.losses.content_distance import CONTENT_LAYERS, content_distance
from stylemamba.portable.geometry import Array

MEASURED_SIDE = 512
DIGITS = 6


@dataclass(frozen=True)
class Metric:
    """A column of the tables.

    Attributes:
        label: Its heading.
        better: `higher`, `lower`, or empty where neither is.
        definition: What it is, in a line.
    """

    label: str
    better: str
    definition: str


OF_PIXELS = {
    "lattice": Metric(
        "lattice",
        "lower",
        "marks at a fixed distance where the photo is smooth, in hundredths of white's luma",
    ),
    "frame": Metric(
        "frame",
        "lower",
        "contrast of the outer 4 px over that inside, the same of the photo being 1; goal 1.1",
    ),
    "chroma_spread": Metric(
        "chroma spread", "", "sqrt(var(a) + var(b)) over an 8 x 8 grid of mean CIELAB colours"
    ),
    "ground_spread": Metric(
        "ground spread",
        "lower",
        "mean dE of smoothed colours from their mean over flat ground, less that of the photo; "
        "photos with at least 20 % of such ground only",
    ),
}
"""Metrics that need no weights."""
OF_PLACE = {
    "mirror_error": Metric(
        "mirror error",
        "lower",
        "mean dE over an 8 x 8 grid, of the picture and the mirrored photo's, mirrored back",
    ),
    "crop_error": Metric(
        "crop error",
        "lower",
        "mean dE over an 8 x 8 grid, of the picture's left 70 % and the picture of that part alone",
    ),
}
"""Metrics that need the photo's other views painted, too."""


@dataclass(frozen=True)
class Reference:
    """What the metrics need of a photo, computed once for all its prompts."""

    photo: Tensor
    embedding: Tensor
    content: dict[str, Tensor]
    lpips: list[Tensor] | None


class Evaluator:
    """Measures stylised pictures against their photos and prompts.

    Pictures are measured at a longer side of at most 512 px (Lanczos), never enlarged.

    Args:
        judge: The encoder that scores.
        aesthetic: LAION's head; the judge must be the CLIP that it was made for.
        place: Mirror and crop error are measured, too; see `evaluation.views`.

    Attributes:
        judge: As given.
        metrics: Name to metric, in the order of the tables.
        left_out: Name of each metric that cannot be measured to the reason.
        key: Digest of what is measured and with which weights.

    Raises:
        StyleMambaError: VGG19's weights are missing, or `aesthetic` does not fit the judge.
    """

    def __init__(self, judge: Judge, aesthetic: Path | None = None, *, place: bool = False) -> None:
        self.judge = judge
        self._place = place
        self.left_out: dict[str, str] = {}
        self.metrics = {
            "score": Metric(
                f"{judge.name} score", "higher", "100 cos(E_I(Y), E_T(prompt)), E the judge"
            ),
            "directional": Metric(
                "directional similarity",
                "higher",
                f'cos(E_I(Y) - E_I(X), E_T(prompt) - E_T("{SOURCE_PROMPT}")), E the judge',
            ),
            "ssim": Metric(
                "SSIM", "", "structural similarity on luma, Gaussian window of 11 px, sigma 1.5"
            ),
            "vgg_content": Metric(
                "VGG19 content",
                "lower",
                f"|F(Y) - F(X)|^2 / |F(X)|^2, mean over {' and '.join(CONTENT_LAYERS)} of VGG19",
            ),
            **OF_PIXELS,
        }
        if place:
            self.metrics |= OF_PLACE
        else:
            reason = "it takes two more paintings of each photo: --place makes them"
            self.left_out |= dict.fromkeys(OF_PLACE, reason)
        self._vgg = VGG19.pretrained(CONTENT_LAYERS[-1])
        self._lpips: LPIPS | None = None
        try:
            self._lpips = LPIPS.pretrained()
            self.metrics["lpips"] = Metric("LPIPS", "lower", "LPIPS v0.1, SqueezeNet 1.1")
        except StyleMambaError as error:
            self.left_out["lpips"] = str(error)
        self._aesthetic: AestheticHead | None = None
        identity = [judge.digest]
        if aesthetic is None:
            self.left_out["aesthetic"] = (
                f"no weights given: --aesthetic FILE takes LAION's {HEAD_FILE}, "
                "with CLIP ViT-L/14 as the judge"
            )
        elif not isinstance(judge.encoder, ClipEncoder):
            raise StyleMambaError(
                f"--aesthetic needs CLIP ViT-L/14 as the judge, not {judge.name}: pass --judge"
            )
        else:
            self._aesthetic = AestheticHead(aesthetic, judge.encoder.embedding_dim)
            self.metrics["aesthetic"] = Metric(
                "aesthetic", "higher", "LAION-Aesthetics V1: a linear head on the judge, 1 to 10"
            )
            identity.append(hashlib.sha256(aesthetic.read_bytes()).hexdigest())
        identity += [f"{name}: {metric.definition}" for name, metric in self.metrics.items()]
        self.key = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
        self._texts: dict[str, Tensor] = {}

    @torch.no_grad()
    def reference(self, photo: Image.Image) -> Reference:
        """What `measure` needs of a photo (mode RGB)."""
        tensor = _measured(photo)
        return Reference(
            photo=tensor,
            embedding=self._embedding(tensor),
            content=self._vgg(tensor, CONTENT_LAYERS),
            lpips=self._perceptual(tensor),
        )

    @torch.no_grad()
    def measure(
        self,
        picture: Image.Image,
        reference: Reference,
        prompt: str,
        views: Mapping[str, Image.Image] | None = None,
    ) -> dict[str, float | None]:
        """The metrics of one result.

        Args:
            picture: Mode RGB, of the size of the photo.
            reference: Of its photo.
            prompt: Its style.
            views: The pictures of the photo's other views, by the names of `VIEWS`; needed for
                mirror and crop error.

        Returns:
            Name to value, rounded to 6 digits; None where the picture is too small to tell, the
            photo has nothing to measure it on, or the value is not a number.

        Raises:
            StyleMambaError: The picture's size is not the photo's.
        """
        images = _measured(picture)
        if images.shape != reference.photo.shape:
            raise StyleMambaError(
                f"the result has {picture.width} x {picture.height} pixels, another shape than "
                "its photo: delete it and start again"
            )
        embedding = self._embedding(images)
        text, source = self._text(prompt), self._text(SOURCE_PROMPT)
        large = min(images.shape[-2:]) >= SSIM_SIDE
        content = content_distance(self._vgg(images, CONTENT_LAYERS), reference.content)
        values: dict[str, Tensor | float | None] = {
            "score": 100 * safe_cosine(embedding, text),
            "directional": safe_cosine(embedding - reference.embedding, text - source),
            "ssim": ssim(images, reference.photo) if large else None,
            "vgg_content": content,
            **_of_pixels(images[0].numpy(), reference.photo[0].numpy()),
        }
        if self._place:
            values |= _of_place(picture, views or {})
        if self._lpips is not None:
            features = self._perceptual(images)
            known = features is not None and reference.lpips is not None
            values["lpips"] = self._lpips(features, reference.lpips) if known else None
        if self._aesthetic is not None:
            values["aesthetic"] = self._aesthetic(embedding)
        return {name: _rounded(value) for name, value in values.items()}

    def _embedding(self, images: Tensor) -> Tensor:
        """E_I (b, d) of the judge, which may be the encoder in use, on its device."""
        encoder = self.judge.encoder
        return encoder.encode_image(images.to(self.judge.device)).float().cpu()

    def _perceptual(self, images: Tensor) -> list[Tensor] | None:
        if self._lpips is None or min(images.shape[-2:]) < LPIPS_SIDE:
            return None
        return self._lpips.extract(images)

    def _text(self, prompt: str) -> Tensor:
        if prompt not in self._texts:
            self._texts[prompt] = self.judge.encoder.encode_text([prompt]).float().cpu()
        return self._texts[prompt]


def _measured(picture: Image.Image) -> Tensor:
    return tensor_at(picture, min(MEASURED_SIDE, max(picture.size)))


def _of_pixels(picture: Array, photo: Array) -> dict[str, float | None]:
    """`OF_PIXELS` of a picture (3, h, w) and its photo."""
    least = min(photo.shape[1:])
    return {
        "lattice": lattice(picture, photo) if least >= LATTICE_SIDE else None,
        "frame": frame(picture, photo) if least >= FRAME_SIDE else None,
        "chroma_spread": chroma_spread(picture) if least >= GRID else None,
        "ground_spread": ground_spread(picture, photo),
    }


def _of_place(picture: Image.Image, views: Mapping[str, Image.Image]) -> dict[str, float | None]:
    """`OF_PLACE` of a picture, and the pictures of its photo's other views."""

    def measured(
        distance: Callable[[Array, Array], float], one: Image.Image, other: Image.Image
    ) -> float | None:
        arrays = [_measured(image)[0].numpy() for image in (one, other)]
        return distance(*arrays) if min(min(array.shape[1:]) for array in arrays) >= GRID else None

    return {
        "mirror_error": measured(mirror_error, picture, views["mirror"]),
        "crop_error": measured(crop_error, VIEWS["crop"](picture), views["crop"]),
    }


def _rounded(value: Tensor | float | None) -> float | None:
    number = math.nan if value is None else float(value)
    return round(number, DIGITS) if math.isfinite(number) else None
