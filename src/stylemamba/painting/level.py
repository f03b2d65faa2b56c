"""One painting step: pad, simplify, encode, bend, decode. Passes, fits and exports go through it.

    z' = s + f(s, style, strokes)

with s the latent of the photo without faint detail (simplify.py) and f the style fusion; then z' is
taken as far as the strength says, z + strength (z' - z), and decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.fusion import StyleFusion
from stylemamba.painting.layers import Layers
from stylemamba.painting.simplify import simplify
from stylemamba.portable.pyramid import MARGIN, STROKE_GAIN, kept_detail
from stylemamba.runtime.padding import pad_to_multiple
from stylemamba.runtime.precision import fast_autocast, full_precision


@dataclass(frozen=True)
class View:
    """What the fusion sees of photos at one size.

    Attributes:
        photos: (b, 3, h, w) in [0, 1], without the margin.
        padded: (b, 3, h + 2 m, w + 2 m), with it.
        latents: s, of `padded`.
        strokes: Stroke fields, of `padded`.
    """

    photos: Tensor
    padded: Tensor
    latents: Tensor
    strokes: Tensor


@dataclass(frozen=True)
class Level:
    """Paints photos at the size that they have.

    Attributes:
        autoencoder: Photo to latent and back.
        fusion: Bends the latent.
        trained: The fusion was trained for one pass, on photos without faint detail; another one
            sees them as they are, and strokes plainly.
    """

    autoencoder: ImageAutoencoder
    fusion: StyleFusion
    trained: bool = True

    def view(self, photos: Tensor, seed: int = 0, texture: float = 1.0) -> View:
        """What the fusion is to see of photos (b, 3, h, w) in [0, 1].

        Args:
            photos: Any size.
            seed: Of the stroke fields.
            texture: How much of them it sees; 1 is natural, 0 leaves flat ground flat.
        """
        padded = with_margin(photos)
        gain = STROKE_GAIN * texture if self.trained else texture
        strokes = gain * self.fusion.strokes_of(padded, self.autoencoder.factor, seed)
        return View(photos, padded, self.simplified_latents(padded), strokes)

    def simplified_latents(self, padded: Tensor) -> Tensor:
        """s of photos (b, 3, h, w)."""
        return self.encode(simplify(padded, self.autoencoder.factor) if self.trained else padded)

    def encode(self, padded: Tensor) -> Tensor:
        """z of photos (b, 3, h, w)."""
        with fast_autocast(padded.device):
            return self.autoencoder.encode(padded).float()

    def bend(self, view: View, layers: Layers) -> Tensor:
        """z' in float32: in bfloat16, the fusion's normalisations would lose 20 dB.

        Where several styles share the photos, z' = sum_k w_k (s + f_k(s)): each style bends all of
        the latent, with the statistics of its own places, and is laid over it by its map. One run
        of f with conditions that vary from place to place was grey on either side of a seam: the
        scan carries every style through all of the picture.
        """
        maps = layers.maps_at(view.photos.shape[-2], view.photos.shape[-1])
        with full_precision(view.latents.device):
            if maps is None:
                return self.fusion(view.latents, layers.base.condition, view.strokes)
            bent = torch.zeros_like(view.latents)
            weights_of = self._at_latents(maps).split(1, 1)
            for style, weights in zip(layers.styles, weights_of, strict=True):
                own = self.fusion(view.latents, style.condition, view.strokes, weights)
                bent = bent + weights * own
        return bent

    def decode(self, latents: Tensor, view: View) -> Tensor:
        """The pictures (b, 3, h, w) of latents, in about [0, 1], float32."""
        pictures = self.decode_padded(latents, view.padded)
        return without_margin(pictures, view.photos.shape[-2:])

    def decode_padded(self, latents: Tensor, padded: Tensor) -> Tensor:
        """The pictures of latents, of the size of the photos with their margin."""
        with fast_autocast(latents.device):
            pictures = self.autoencoder.decode(latents, (padded.shape[-2], padded.shape[-1]))
        return pictures.float()

    def picture(
        self, view: View, bent: Tensor, strength: float | Tensor = 1.0, share: float = 1.0
    ) -> Tensor:
        """The pictures (b, 3, h, w) of z', as far as the strength says.

        Args:
            view: Of the photos.
            bent: z'.
            strength: A number, or (1, 1, h, w) or (b, 1, h, w): at 0, photos are left as they are.
            share: Of the strength, that this level is to have.
        """
        at_latents = self._at_latents(strength) if isinstance(strength, Tensor) else strength
        if isinstance(at_latents, float) and share * at_latents == 1:
            return self.decode(bent, view)
        z = self.encode(view.padded)
        pictures = self.decode(towards(z, bent, share * at_latents), view)
        left = strength.clamp(max=1) if isinstance(strength, Tensor) else min(1.0, strength)
        if isinstance(left, float) and left == 1:
            return pictures
        return pictures + kept_detail(view.photos, self.decode(z, view), left)

    def _at_latents(self, maps: Tensor) -> Tensor:
        """Maps (b, n, h, w) of photos at the size of the latents of padded photos."""
        factor = self.autoencoder.factor
        return F.avg_pool2d(pad_to_multiple(with_margin(maps), factor), factor)


def towards(z: Tensor, bent: Tensor, strength: float | Tensor) -> Tensor:
    """z + strength (z' - z), with a strength that is a number or broadcast to latents."""
    return z + strength * (bent - z)


def with_margin(maps: Tensor) -> Tensor:
    """(b, c, h, w) with `MARGIN` pixels around it that repeat its edge."""
    return F.pad(maps, (MARGIN,) * 4, mode="replicate")


def without_margin(maps: Tensor, size: Sequence[int]) -> Tensor:
    """Cuts the margin off again: (b, c, h', w') to (b, c, *size)."""
    return maps[..., MARGIN : MARGIN + size[0], MARGIN : MARGIN + size[1]]
