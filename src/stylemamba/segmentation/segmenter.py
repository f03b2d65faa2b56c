"""The segmenter: VGG19, a head on it, and masks that follow the photo's edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.files.images import to_pil
from stylemamba.files.photo import as_photo
from stylemamba.portable.brushwork.ground import People
from stylemamba.portable.geometry import Array
from stylemamba.portable.segments import DOUBT, SURE, expected_overlap, follow_edges
from stylemamba.runtime.hub import HubModel
from stylemamba.runtime.precision import fast_autocast
from stylemamba.runtime.shipped import WEIGHTS
from stylemamba.segmentation.network import LAYERS, MaskHead, compressed

WORDS = ("subject", "person", "face", "sky")
"""What the segmenter was trained for, no more."""
SIDE = 256
"""The network sees squares of so many pixels: photos are stretched, as its teachers do."""
LARGEST = 1024
"""Longer side in pixels of the largest photo whose masks are not enlarged."""


@dataclass(frozen=True)
class Found:
    """Where a photo shows what a word names.

    Attributes:
        mask: (h, w), 0 to 1, float32, as large as the photo.
        confidence: 0 to 1: the intersection over union that masks of this word, as sure as this
            one, had with the truth on pictures held out of training. See `portable.segments.SURE`.
    """

    mask: Array
    confidence: float


class Segmenter(HubModel):
    """Finds what the words of `WORDS` name in photos and paintings.

    Args:
        words: What its maps are of.
        widths: Of the head, see `MaskHead`.
    """

    option: ClassVar[str] = "Segmenter.from_pretrained"
    calibration: Tensor

    def __init__(self, words: Sequence[str] = WORDS, widths: Sequence[int] = (64, 96, 128)) -> None:
        super().__init__()
        self.words = tuple(words)
        self.head = MaskHead(len(self.words), widths)
        # Confidence at expected overlaps of 0, 1 / (n - 1), ... 1, a row a word.
        self.register_buffer("calibration", torch.linspace(0, 1, 11).repeat(len(self.words), 1))
        # VGG19 comes from its own package: kept out of the modules, it stays out of the checkpoint.
        self._vgg: list[VGG19] = []
        self.requires_grad_(False)

    @classmethod
    def shipped(cls) -> Segmenter:
        """The one that comes with the package.

        Raises:
            StyleMambaError: Its files are damaged.
        """
        return cls.from_pretrained(WEIGHTS / "segmenter")

    @property
    def vgg(self) -> VGG19:
        """The frozen feature extractor, loaded on first use."""
        if not self._vgg:
            self._vgg.append(VGG19.pretrained(list(LAYERS)[-1]))
        return self._vgg[0].to(self.calibration.device)

    @torch.no_grad()
    def features(self, images: Tensor) -> list[Tensor]:
        """What the head sees of pictures (b, 3, 256, 256) in [0, 1]: see `compressed`."""
        with fast_autocast(images.device):
            return compressed(self.vgg(images, LAYERS))

    @torch.no_grad()
    def likelihoods(self, images: Tensor) -> Tensor:
        """(b, words, 64, 64), 0 to 1, of pictures (b, 3, 256, 256) in [0, 1]."""
        likely: Tensor = self.head(self.features(images)).sigmoid()
        return likely

    def find(self, photo: object, word: str) -> Found:
        """Where a photo shows what a word names.

        Args:
            photo: Whatever `files.photo.as_photo` takes: a path, a Pillow picture, an array, a
                tensor.
            word: One of `WORDS`.

        Raises:
            StyleMambaError: It was not trained for the word, or the photo cannot be read.
        """
        return self.find_all(photo, (word,))[word]

    def find_all(self, photo: object, words: Sequence[str] = WORDS) -> dict[str, Found]:
        """As `find`, for several words at the cost of one, nearly."""
        unknown = [word for word in words if word not in self.words]
        if unknown:
            raise StyleMambaError(
                f"no mask for {', '.join(unknown)}: the segmenter knows {', '.join(self.words)}"
            )
        picture = as_photo(photo).rgb
        likely = self.likelihoods(_square(picture).to(self.calibration))[0].float().cpu().numpy()
        guide, photo = _at_most(picture, SIDE), _at_most(picture, LARGEST)
        return {
            word: self._found(row, follow_edges(likely[row], guide, photo), likely[row], picture)
            for row, word in enumerate(self.words)
            if word in words
        }

    def people(self, photo: Tensor) -> People | None:
        """Where a photo shows people, as brushwork wants to know it.

        Args:
            photo: (3, h, w) in [0, 1].

        Returns:
            None where it is in doubt.
        """
        found = self.find_all(to_pil(photo), ("face", "person"))
        faces, persons = found["face"], found["person"]
        most = max(faces.confidence, persons.confidence)
        if DOUBT < most < SURE:
            return None
        return People(*(one.mask * np.float32(one.confidence >= SURE) for one in (faces, persons)))

    def _found(self, row: int, mask: Array, likely: Array, picture: Image.Image) -> Found:
        curve = self.calibration[row].cpu().numpy()
        places = np.linspace(0, 1, len(curve))
        confidence = float(np.interp(expected_overlap(likely), places, curve))
        resized = Image.fromarray(mask).resize(picture.size, Image.Resampling.BILINEAR)
        return Found(np.asarray(resized).clip(0, 1), confidence)


def _square(picture: Image.Image) -> Tensor:
    pixels = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR), dtype=np.float32)
    return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255


def _at_most(picture: Image.Image, side: int) -> Array:
    """The picture (3, h, w) in [0, 1], reduced to a longer side of `side` pixels."""
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 255
