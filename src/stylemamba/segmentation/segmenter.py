"""The shipped segmenter: VGG19, and a head on it with a map for each of a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.files.photo import as_photo
from stylemamba.portable.brushwork.ground import People
from stylemamba.portable.geometry import Array
from stylemamba.portable.segments import Found, WordMaps
from stylemamba.runtime.hub import HubModel
from stylemamba.runtime.precision import fast_autocast
from stylemamba.runtime.shipped import WEIGHTS
from stylemamba.segmentation.finder import WORDS
from stylemamba.segmentation.network import LAYERS, MaskHead, compressed


class Segmenter(HubModel):
    """Finds what the words of `WORDS` name in photos and paintings: a `Finder`.

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
        self._last: tuple[Array, Array] | None = None
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

    def knows(self, word: str) -> bool:
        """Whether it was trained for a word."""
        return word in self.words

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
        unknown = [word for word in words if not self.knows(word)]
        if unknown:
            raise StyleMambaError(
                f"no mask for {', '.join(unknown)}: the segmenter knows {', '.join(self.words)}"
            )
        return self._maps.find_all(as_photo(photo).rgb, words)

    def people(self, photo: Array) -> People | None:
        """Where a photo (3, h, w) in [0, 1] shows people; see `WordMaps.people`."""
        return self._maps.people(photo)

    @property
    def _maps(self) -> WordMaps:
        return WordMaps(self.words, self.calibration.cpu().numpy(), self._answer)

    def _answer(self, images: Array) -> Array:
        """The likelihoods; the last are kept, as regions and brushwork ask of the same photo."""
        if self._last is None or not np.array_equal(self._last[0], images):
            likely = self.likelihoods(torch.from_numpy(images).to(self.calibration))
            self._last = images, likely.float().cpu().numpy()
        return self._last[1]
