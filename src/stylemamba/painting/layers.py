"""Layers: the styles of a picture, and where each of them counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.portable.geometry import Array
from stylemamba.portable.layered import Layered
from stylemamba.portable.style import Style


@dataclass(frozen=True)
class Layers:
    """One or several styles over a picture.

    Attributes:
        styles: n of them, with torch tensors.
        maps: Weights (1, n, h, w) or (b, n, h, w), at least 0 and with a sum of one at every place,
            of any h and w: they are scaled to the picture. None where the one style is everywhere.
        strengths: How much of the change each style's places get, times the whole; n of them.
        parts: Of a photo, that decide on the colours of all that is painted, as for the frames of
            a shot; see portable/palette.py. None for each photo's own.
        framed: Photos end where pictures do; frames of a shot do not.

    Raises:
        ValueError: The numbers of styles, maps and strengths differ.
    """

    styles: tuple[Style, ...]
    maps: Tensor | None = None
    strengths: tuple[float, ...] = (1.0,)
    parts: Array | None = None
    framed: bool = True

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

    def over(self, height: int, width: int, place: int = 0) -> Layered:
        """The styles over a picture of that size, the one at a place of a batch; on the CPU."""
        maps = self.of_photo(place).maps_at(height, width)
        own = None if maps is None else maps[0].cpu().numpy()
        return Layered(self.styles, self.strengths, own, self.parts, self.framed)
