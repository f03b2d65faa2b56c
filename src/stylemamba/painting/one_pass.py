"""One pass: photos become pictures in few runs of the networks, coarse to fine (pyramid.py)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level
from stylemamba.portable.pyramid import COARSEST, Size, coarse_to_fine, levels, next_content
from stylemamba.progress import OnProgress, Progress, ignore


@dataclass(frozen=True)
class OnePass:
    """Paints photos (b, 3, h, w) in [0, 1] in layers of style.

    Attributes:
        level: Paints at one size.
        layers: The styles.
        seed: Of the stroke fields.
        texture: How much of them the fusion sees; 1 is natural, 0 leaves flat ground flat.
        strength: 0 leaves the photos; above 1 exaggerates.
        on_progress: Hears of every pass.
    """

    level: Level
    layers: Layers
    seed: int = 0
    texture: float = 1.0
    strength: float = 1.0
    on_progress: OnProgress = ignore

    def paint(self, photos: Tensor, stroke: float = 1.0) -> Tensor:
        """The photos in the styles, (b, 3, h, w) in about [0, 1], float32.

        Args:
            photos: (b, 3, h, w).
            stroke: Size of the strokes; 1 is natural, 2 twice as large.
        """
        return self._through(photos, self._sizes(photos, stroke))

    def enlarge(self, pictures: Tensor, photos: Tensor) -> Tensor:
        """Enlarges pictures that small copies of the photos became, painting what is finer.

        Args:
            pictures: (b, 3, h', w').
            photos: (b, 3, h, w).

        Returns:
            (b, 3, h, w), float32; the pictures as they came where the photos are no larger.
        """
        side = max(pictures.shape[-2:])
        if max(photos.shape[-2:]) <= side:
            return pictures
        sizes = levels(photos.shape[-2], photos.shape[-1], 2 * side)
        return self._through(photos, sizes, pictures)

    def last_content(self, photos: Tensor, stroke: float = 1.0) -> tuple[Tensor, float]:
        """What the last pass over photos paints, and at which share of the full strength.

        A fit starts there: it paints the last size not once but many times.
        """
        *coarser, _ = self._sizes(photos, stroke)
        pictures = self._through(photos, coarser) if coarser else None
        return next_content(photos, pictures, resized)

    def _sizes(self, photos: Tensor, stroke: float) -> list[Size]:
        return levels(photos.shape[-2], photos.shape[-1], COARSEST / stroke)

    def _through(self, photos: Tensor, sizes: list[Size], pictures: Tensor | None = None) -> Tensor:
        done = 0

        def paint(content: Tensor, share: float) -> Tensor:
            nonlocal done
            picture = self._paint(content, share)
            done += 1
            self.on_progress(Progress("pass", done, len(sizes), image=picture))
            return picture

        painted: Tensor = coarse_to_fine(photos, sizes, paint, resized, pictures)
        return painted

    @torch.inference_mode()
    def _paint(self, content: Tensor, share: float) -> Tensor:
        view = self.level.view(content, self.seed, self.texture)
        strength = self.strength * self.layers.strength_at(*content.shape[-2:])
        return self.level.picture(view, self.level.bend(view, self.layers), strength, share)


def resized(pictures: Tensor, size: Size) -> Tensor:
    """Pictures (b, 3, h, w) at another size (h, w), bicubic with antialiasing."""
    if pictures.shape[-2:] == size:
        return pictures
    return F.interpolate(pictures, size, mode="bicubic", align_corners=False, antialias=True)
