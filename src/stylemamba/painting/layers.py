"""Layers: the styles of a picture, and where each of them counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.portable.brushwork import amounts as amounts_of
from stylemamba.portable.palette import Recolouring
from stylemamba.portable.style import Style


@dataclass(frozen=True)
class Layers:
    """One or several styles over a picture.

    Attributes:
        styles: n of them, with torch tensors.
        maps: Weights (1, n, h, w) or (b, n, h, w), at least 0 and with a sum of one at every place,
            of any h and w: they are scaled to the picture. None where the one style is everywhere.
        strengths: How much of the change each style's places get, times the whole; n of them.

    Raises:
        ValueError: The numbers of styles, maps and strengths differ.
    """

    styles: tuple[Style, ...]
    maps: Tensor | None = None
    strengths: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        count = 1 if self.maps is None else self.maps.shape[1]
        if not len(self.styles) == len(self.strengths) == count:
            raise ValueError(
                f"{len(self.styles)} styles, {count} maps and {len(self.strengths)} strengths"
            )

    @classmethod
    def of(cls, style: Style) -> Layers:
        """One style over everything."""
        return cls((style,))

    @property
    def base(self) -> Style:
        """The style under all others."""
        return self.styles[0]

    def to(self, device: torch.device) -> Layers:
        """The same on a device."""
        return self._with(lambda tensor: tensor.to(device))

    def clone(self) -> Layers:
        """A copy with tensors of its own."""
        return self._with(Tensor.clone)

    def _with(self, change: Callable[[Tensor], Tensor]) -> Layers:
        """The same with every tensor changed."""
        styles = tuple(
            replace(
                style,
                embedding=change(style.embedding),
                condition=change(style.condition),
                statistics={name: change(rows) for name, rows in style.statistics.items()},
            )
            for style in self.styles
        )
        return replace(self, styles=styles, maps=None if self.maps is None else change(self.maps))

    def of_photo(self, place: int) -> Layers:
        """Those of one photo of a batch."""
        if self.maps is None or len(self.maps) == 1:
            return self
        return replace(self, maps=self.maps[place : place + 1])

    def maps_at(self, height: int, width: int) -> Tensor | None:
        """The maps, (1, n, h, w) or (b, n, h, w); None where one style is everywhere."""
        if self.maps is None or self.maps.shape[-2:] == (height, width):
            return self.maps
        scaled = F.interpolate(
            self.maps, (height, width), mode="bilinear", align_corners=False, antialias=True
        )
        return scaled / scaled.sum(1, keepdim=True)

    def strength_at(self, height: int, width: int) -> float | Tensor:
        """How much of the change to apply: one number, or (1, 1, h, w) or (b, 1, h, w)."""
        maps = self.maps_at(height, width)
        if maps is None or len(set(self.strengths)) == 1:
            return self.strengths[0]
        return torch.einsum("bnhw,n->bhw", maps, maps.new_tensor(self.strengths))[:, None]

    def coloured(
        self,
        picture: np.ndarray,
        photo: np.ndarray,
        strength: float,
        keep: float,
        place: int = 0,
    ) -> np.ndarray:
        """A picture in the colours of its styles' paintings, or of the photo; see palette.py.

        Args:
            picture: (3, h, w) in [0, 1].
            photo: That it was made from.
            strength: Of the recipe.
            keep: Of the photo's colours, the recipe's palette.
            place: Of the picture in its batch.
        """
        recolouring = Recolouring(picture, photo)
        of_styles = [
            picture + min(1.0, strength * own) * (recolouring.by(style.paintings, keep) - picture)
            for style, own in zip(self.styles, self.strengths, strict=True)
        ]
        maps = self.of_photo(place).maps_at(picture.shape[1], picture.shape[2])
        if maps is None:
            return of_styles[0]
        weights = maps[0].cpu().numpy()
        return np.einsum("nhw,nchw->chw", weights, np.stack(of_styles))

    def finished(
        self, picture: np.ndarray, strength: float, keep: float, place: int = 0
    ) -> np.ndarray:
        """A painted picture with the finishes of its styles; see finish.py.

        Args:
            picture: (3, h, w) in [0, 1].
            strength: Of the recipe.
            keep: Of the photo's colours, the recipe's palette.
            place: Of the picture in its batch.
        """
        if not any(style.finishes for style in self.styles):
            return picture
        maps = self.of_photo(place).maps_at(picture.shape[1], picture.shape[2])
        if maps is None:
            return self.base.finished(picture, min(1.0, strength * self.strengths[0]) * (1 - keep))
        done = picture
        layers = zip(self.styles, self.strengths, maps[0].cpu().numpy(), strict=True)
        for style, own, weight in layers:
            if weight.any():
                other = style.finished(picture, min(1.0, strength * own) * (1 - keep), weight)
                done = done + weight * (other - picture)
        return done

    def amounts(
        self, height: int, width: int, texture: float, strength: float, place: int = 0
    ) -> Mapping[str, float | np.ndarray]:
        """How much of each mark brushwork makes: numbers, or maps (h, w).

        Args:
            height: Of the picture.
            width: Of the picture.
            texture: Of the recipe.
            strength: Of the recipe.
            place: Of the picture in its batch.
        """
        of_styles = [
            amounts_of(style.marks, texture, strength * own)
            for style, own in zip(self.styles, self.strengths, strict=True)
        ]
        maps = self.of_photo(place).maps_at(height, width)
        if maps is None:
            return of_styles[0]
        weights = maps[0].cpu().numpy()
        return {
            mark: np.tensordot(
                np.array([amounts[mark] for amounts in of_styles], np.float32), weights, 1
            )
            for mark in of_styles[0]
            if any(amounts[mark] for amounts in of_styles)
        }
