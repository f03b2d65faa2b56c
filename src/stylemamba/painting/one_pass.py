"""One pass: a photo becomes a picture in a style by running the networks, coarse to fine.

The networks paint strokes of a fixed number of pixels. On a large photo these alone would be fine
texture, so a small copy of it is painted first; then the picture is enlarged, gets back the photo's
finest details, and is painted over, until it has the size of the photo. Small photos need one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.fusion.network import StyleFusion
from stylemamba.painting.simplify import simplify
from stylemamba.runtime.precision import fast_autocast

COARSEST = 540
"""Longest side in pixels, at strokes of natural size, of a picture that is painted in one pass."""
SMALLEST = 64
"""Longer side in pixels below which no pass is made, however large the strokes are to be."""
MARGIN = 16
"""Pixels that are put around a photo and cut off again: near a border, strokes make a frame."""
STROKE_GAIN = 0.2
"""Of the stroke fields; 1 in training. There, the statistics of a crop ask for marks even where
the ground is flat, and a painter would leave it so."""
FINE_STRENGTH = 0.5
"""Strength of the passes after the first: they paint over what has the style already."""


@dataclass(frozen=True)
class OnePass:
    """Paints photos (1, 3, h, w) in [0, 1] in the style of a condition (1, s), `Style.condition`.

    Attributes:
        autoencoder: Photo to latent and back.
        fusion: Trained for one pass.
        seed: Of the stroke fields.
        texture: How much of them the fusion sees; 1 is natural, 0 leaves flat ground flat.
    """

    autoencoder: ImageAutoencoder
    fusion: StyleFusion
    seed: int = 0
    texture: float = 1.0

    def paint(
        self, photo: Tensor, condition: Tensor, strength: float = 1.0, stroke: float = 1.0
    ) -> Tensor:
        """The photo in the style, (1, 3, h, w) in about [0, 1], float32.

        Args:
            photo: (1, 3, h, w).
            condition: (1, s).
            strength: 0 leaves the photo, as the autoencoder sees it; above 1 exaggerates.
            stroke: Size of the strokes; 1 is natural, 2 twice as large.
        """
        first, *finer = levels(photo.shape[-2], photo.shape[-1], COARSEST / stroke)
        picture = self._paint(_resized(photo, first), condition, strength)
        return self._paint_finer(picture, photo, finer, condition, strength)

    def enlarge(
        self, picture: Tensor, photo: Tensor, condition: Tensor, strength: float = 1.0
    ) -> Tensor:
        """Enlarges a picture that a small copy of the photo became, painting what is finer.

        Args:
            picture: (1, 3, h', w').
            photo: (1, 3, h, w).
            condition: (1, s).
            strength: That of the picture.

        Returns:
            (1, 3, h, w), float32; the picture as it came where the photo is no larger.
        """
        side = max(picture.shape[-2:])
        if max(photo.shape[-2:]) <= side:
            return picture
        sizes = levels(photo.shape[-2], photo.shape[-1], 2 * side)
        return self._paint_finer(picture, photo, sizes, condition, strength)

    def _paint_finer(
        self,
        picture: Tensor,
        photo: Tensor,
        sizes: list[tuple[int, int]],
        condition: Tensor,
        strength: float,
    ) -> Tensor:
        for size in sizes:
            here = _resized(photo, size)
            small = (picture.shape[-2], picture.shape[-1])
            details = here - _resized(_resized(here, small), size)
            content = (_resized(picture, size) + details).clamp(0, 1)
            picture = self._paint(content, condition, FINE_STRENGTH * strength)
        return picture

    @torch.inference_mode()
    def _paint(self, content: Tensor, condition: Tensor, strength: float) -> Tensor:
        """decode(z + strength (z' - z)), with z' what the fusion makes of simplified content."""
        padded = with_margin(content)
        strokes = self.fusion.strokes_of(padded, self.autoencoder.factor, self.seed)
        strokes = STROKE_GAIN * self.texture * strokes
        seen = self._encode(simplify(padded, self.autoencoder.factor))
        # In bfloat16, the fusion's normalisations would lose 20 dB against float32.
        bent = self.fusion(seen, condition, strokes)
        if strength != 1:
            z = self._encode(padded)
            bent = z + strength * (bent - z)
        with fast_autocast():
            picture = self.autoencoder.decode(bent)
        return without_margin(picture, content.shape[-2:]).float()

    def _encode(self, photo: Tensor) -> Tensor:
        with fast_autocast():
            return self.autoencoder.encode(photo).float()


def with_margin(photo: Tensor) -> Tensor:
    """The photo (1, 3, h, w) with `MARGIN` pixels around it that repeat its edge."""
    return F.pad(photo, (MARGIN,) * 4, mode="replicate")


def without_margin(maps: Tensor, size: Sequence[int], factor: int = 1) -> Tensor:
    """Cuts the margin off again.

    Args:
        maps: (1, c, h', w'), of a photo `with_margin`.
        size: (h, w) of what is left, in pixels of `maps`.
        factor: Side of a pixel of `maps` in pixels of the photo.
    """
    margin = MARGIN // factor
    return maps[..., margin : margin + size[0], margin : margin + size[1]]


def levels(height: int, width: int, coarsest: float) -> list[tuple[int, int]]:
    """Sizes (h, w) of the passes, each twice the one before; the last is the photo's.

    Args:
        height: Of the photo in pixels.
        width: Of the photo in pixels.
        coarsest: What the longer side of the first is at most.
    """
    sizes = [(height, width)]
    while max(sizes[0]) > max(coarsest, 2 * SMALLEST):
        sizes.insert(0, (-(-sizes[0][0] // 2), -(-sizes[0][1] // 2)))
    return sizes


def _resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    if picture.shape[-2:] == size:
        return picture
    return F.interpolate(picture, size, mode="bicubic", align_corners=False, antialias=True)
