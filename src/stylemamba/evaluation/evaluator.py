"""All metrics of a stylised picture, from the weights that are at hand."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from stylemamba.encoders.base import SOURCE_PROMPT
from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.judges import ClipEncoder, Judge
from stylemamba.evaluation.metrics.aesthetic import HEAD_FILE, MLP_FILE, AestheticHead
from stylemamba.evaluation.metrics.chroma_spread import chroma_spread
from stylemamba.evaluation.metrics.colour_grid import GRID
from stylemamba.evaluation.metrics.crop_error import crop_error
from stylemamba.evaluation.metrics.frame import FRAME_SIDE, frame
from stylemamba.evaluation.metrics.ground_spread import ground_spread
from stylemamba.evaluation.metrics.lattice import LATTICE_SIDE, lattice
from stylemamba.evaluation.metrics.lpips import LPIPS
from stylemamba.evaluation.metrics.mirror_error import mirror_error
from stylemamba.evaluation.metrics.structure import SSIM_SIDE, ssim
from stylemamba.evaluation.views import VIEWS
from stylemamba.files.images import tensor_at
from stylemamba.files.names import slug
from stylemamba.losses import safe_cosine
from stylemamba.losses.content_distance import CONTENT_LAYERS, content_distance
from stylemamba.portable.geometry import Array
from stylemamba.runtime.model_files import fingerprint

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
    embeddings: list[Tensor]
    content: dict[str, Tensor]
    lpips: list[Tensor] | None


class Evaluator:
    """Measures stylised pictures against their photos and prompts.

    Pictures are measured at a longer side of at most 512 px (Lanczos), never enlarged.

    Args:
        judges: The encoders that score, at least one; columns of those after the first have their
            names.
        aesthetic: LAION's head; one of the judges must be the CLIP that it was made for.
        lpips: Folder of LPIPS's weights; None for the usual ones, if they are there.
        place: Mirror and crop error are measured, too; see `evaluation.views`.

    Attributes:
        judges: As given.
        metrics: Name to metric, in the order of the tables.
        left_out: Name of each metric that cannot be measured to the reason.
        key: Digest of what is measured and with which weights.

    Raises:
        StyleMambaError: VGG19's weights are missing, those of LPIPS are not in their folder, two
            judges have the same name, or `aesthetic` fits none of them.
    """

    def __init__(
        self,
        judges: Sequence[Judge],
        aesthetic: Path | None = None,
        lpips: Path | None = None,
        *,
        place: bool = False,
    ) -> None:
        self.judges = judges
        self._place = place
        self.left_out: dict[str, str] = {}
        self._columns = _columns(judges)
        self.metrics: dict[str, Metric] = {}
        for judge, (score, directional) in zip(judges, self._columns, strict=True):
            self.metrics |= _of_judge(judge, score, directional, alone=len(judges) == 1)
        self.metrics |= {
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
        identity = [judge.digest for judge in judges]
        self._lpips = self._load_lpips(lpips)
        if self._lpips is not None:
            definition = f"LPIPS v0.1, {self._lpips.label}"
            self.metrics["lpips"] = Metric("LPIPS", "lower", definition)
            if lpips is not None:
                identity.append(fingerprint(self._lpips))
        self._aesthetic, self._aesthetic_judge = self._load_aesthetic(aesthetic)
        if aesthetic is not None and self._aesthetic is not None:
            self.metrics["aesthetic"] = Metric("aesthetic", "higher", self._aesthetic.definition)
            identity.append(hashlib.sha256(aesthetic.read_bytes()).hexdigest())
        identity += [f"{name}: {metric.definition}" for name, metric in self.metrics.items()]
        self.key = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
        self._texts: dict[tuple[int, str], Tensor] = {}

    def _load_lpips(self, folder: Path | None) -> LPIPS | None:
        if folder is not None:
            return LPIPS.from_folder(folder)
        try:
            return LPIPS.pretrained()
        except StyleMambaError as error:
            self.left_out["lpips"] = f"{error}, or pass --lpips DIR"
            return None

    def _load_aesthetic(self, path: Path | None) -> tuple[AestheticHead | None, int]:
        """LAION's head, and the number of the judge that it is for."""
        if path is None:
            self.left_out["aesthetic"] = (
                f"no weights given: --aesthetic FILE takes LAION's {HEAD_FILE} or {MLP_FILE}, "
                "with CLIP ViT-L/14 as a judge"
            )
            return None, 0
        for number, judge in enumerate(self.judges):
            if isinstance(judge.encoder, ClipEncoder):
                return AestheticHead(path, judge.encoder.embedding_dim), number
        names = ", ".join(judge.name for judge in self.judges)
        raise StyleMambaError(
            f"--aesthetic needs CLIP ViT-L/14 as a judge, not {names}: pass --judge"
        )

    @torch.no_grad()
    def reference(self, photo: Image.Image) -> Reference:
        """What `measure` needs of a photo (mode RGB)."""
        tensor = _measured(photo)
        return Reference(
            photo=tensor,
            embeddings=self._embeddings(tensor),
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
        embeddings = self._embeddings(images)
        large = min(images.shape[-2:]) >= SSIM_SIDE
        content = content_distance(self._vgg(images, CONTENT_LAYERS), reference.content)
        values: dict[str, Tensor | float | None] = {}
        for number, (score, directional) in enumerate(self._columns):
            text, source = self._text(number, prompt), self._text(number, SOURCE_PROMPT)
            seen = embeddings[number]
            values[score] = 100 * safe_cosine(seen, text)
            values[directional] = safe_cosine(seen - reference.embeddings[number], text - source)
        values |= {
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
            values["aesthetic"] = self._aesthetic(embeddings[self._aesthetic_judge])
        return {name: _rounded(value) for name, value in values.items()}

    def _embeddings(self, images: Tensor) -> list[Tensor]:
        """E_I (b, d) of each judge, which may be the encoder in use, on its device."""
        return [
            judge.encoder.encode_image(images.to(judge.device)).float().cpu()
            for judge in self.judges
        ]

    def _perceptual(self, images: Tensor) -> list[Tensor] | None:
        if self._lpips is None or min(images.shape[-2:]) < self._lpips.smallest:
            return None
        return self._lpips.extract(images)

    def _text(self, number: int, prompt: str) -> Tensor:
        """E_T (1, d) of one of the judges."""
        if (number, prompt) not in self._texts:
            encoder = self.judges[number].encoder
            self._texts[number, prompt] = encoder.encode_text([prompt]).float().cpu()
        return self._texts[number, prompt]


def _columns(judges: Sequence[Judge]) -> list[tuple[str, str]]:
    """Names of score and directional similarity of each judge."""
    slugs = [slug(judge.name) for judge in judges]
    if len(set(slugs)) < len(slugs):
        raise StyleMambaError(f"two judges are called {judges[0].name}; rename a folder")
    return [
        ("score", "directional") if not number else (f"score_{name}", f"directional_{name}")
        for number, name in enumerate(slugs)
    ]


def _of_judge(judge: Judge, score: str, directional: str, *, alone: bool) -> dict[str, Metric]:
    symbol = "the judge" if alone else judge.name
    return {
        score: Metric(f"{judge.name} score", "higher", f"100 cos(E_I(Y), E_T(prompt)), E {symbol}"),
        directional: Metric(
            "directional similarity" if alone else f"{judge.name} directional similarity",
            "higher",
            f'cos(E_I(Y) - E_I(X), E_T(prompt) - E_T("{SOURCE_PROMPT}")), E {symbol}',
        ),
    }


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
