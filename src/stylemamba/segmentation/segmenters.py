"""The segmenters of a pipeline: the shipped one and, if asked for, one for all other words."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stylemamba.errors import StyleMambaError
from stylemamba.portable.brushwork.ground import People
from stylemamba.portable.geometry import Array
from stylemamba.portable.segments import Found
from stylemamba.segmentation.finder import WORDS

if TYPE_CHECKING:  # torch takes seconds to import; a region that is nowhere should not wait for it
    import torch

    from stylemamba.segmentation.clipseg import CLIPSeg
    from stylemamba.segmentation.segmenter import Segmenter

HUB, HUB_NAME = "hub", "CIDAS/clipseg-rd64-refined"
"""A word for a CLIPSeg, and where it is."""


class Segmenters:
    """The shipped segmenter for the words that it knows, CLIPSeg for all others: a `Finder`.

    Both are loaded when they are first needed.

    Args:
        other: Folder or hub name of CLIPSeg, or `HUB`; None for the shipped one only.
        device: Where they run.
    """

    def __init__(self, other: str | Path | None = None, device: torch.device | str = "cpu") -> None:
        self._other = HUB_NAME if other == HUB else other
        self._device = device

    def to(self, device: torch.device) -> Segmenters:
        """Moves them to a device."""
        self._device = device
        return self

    @cached_property
    def _shipped(self) -> Segmenter:
        from stylemamba.segmentation.segmenter import Segmenter

        return Segmenter.shipped()

    @cached_property
    def _clipseg(self) -> CLIPSeg:
        from stylemamba.segmentation.clipseg import CLIPSeg

        assert self._other is not None
        return CLIPSeg.from_pretrained(self._other)

    def knows(self, word: str) -> bool:
        """Whether one of them can be asked for a word."""
        return word in WORDS or self._other is not None

    def find(self, photo: object, word: str) -> Found:
        """Where a photo shows what a word names, see `Finder`.

        Raises:
            StyleMambaError: None of them knows the word, or can be loaded; or the photo cannot be
                read.
        """
        if word in WORDS:
            return self._shipped.to(self._device).find(photo, word)
        if self._other is None:
            raise StyleMambaError(
                f"no mask for {word}: {', '.join(WORDS)} are known; --segmenter hub knows others"
            )
        return self._clipseg.to(self._device).find(photo, word)

    def people(self, photo: Array) -> People | None:
        """Where a photo (3, h, w) in [0, 1] shows people; None where it is in doubt."""
        return self._shipped.to(self._device).people(photo)
