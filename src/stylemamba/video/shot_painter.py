"""Frames painted by a pipeline: one look and one seed for all of a shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from stylemamba.notes import layers_notes
from stylemamba.painting.layers import Layers
from stylemamba.pipeline import StyleMambaPipeline
from stylemamba.portable.parts import parts_of
from stylemamba.portable.pyramid import LARGEST
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.region_maps import region_maps
from stylemamba.video.clip import Picture
from stylemamba.video.motion import Array
from stylemamba.video.places import Places, Seen, rest_in


class ShotPainter:
    """Paints the frames of one shot after the other; see `film.Painter`.

    Args:
        pipe: Paints.
        recipe: How; without tiles and steps.
        words: For each of its regions, what is looked for in every frame; None where it stays.

    Attributes:
        seen: Where that was in the frame that was painted last; None at the beginning of a shot,
            and without regions.
        rest: How much of that frame stays as it is, (h, w); None where all of it is painted.
    """

    def __init__(
        self, pipe: StyleMambaPipeline, recipe: Recipe, words: Sequence[str | None] = ()
    ) -> None:
        self._pipe = pipe
        self._recipe = replace(recipe, size=recipe.size or LARGEST)
        self._places = Places(self._recipe, words, pipe.segmenters) if recipe.regions else None
        self._layers: Layers | None = None
        self.seen: Seen | None = None
        self.rest: Array | None = None

    @property
    def notes(self) -> list[str]:
        """What there is to say, once a shot was begun."""
        assert self._layers is not None
        missed = [] if self._places is None else self._places.notes
        return [*layers_notes(self._recipe, self._layers.styles), *missed]

    def in_first(self, first: Picture) -> Recipe:
        """The recipe with the regions of a frame (h, w, 3), for another picture of it."""
        places = self._places
        return self._recipe if places is None else places.recipe(places.find(first, None))

    def begin(self, first: Picture) -> None:
        """Finds the styles and the palette that suit a shot's first frame (h, w, 3)."""
        photo = _tensor(first)
        found = self._pipe.styles(self._recipe, photo)
        self._layers = replace(found, parts=parts_of(photo[0].numpy()), framed=False)
        self.seen = None

    def paint(self, frame: Picture) -> Picture:
        """A frame (h, w, 3) of the shot, painted."""
        assert self._layers is not None
        layers, recipe = self._layers, self._recipe
        if self._places is not None:
            self.seen = self._places.find(frame, self.seen)
            recipe = self._places.recipe(self.seen)
            maps = region_maps(recipe, frame.shape[0], frame.shape[1])
            layers = replace(layers, maps=torch.from_numpy(maps)[None])
            self.rest = rest_in(recipe, self.seen.photo.luma.shape)
        pictures = self._pipe.paint(_tensor(frame), layers, recipe).pictures
        levels: Picture = (255 * pictures[0].numpy()).round().astype(np.uint8).transpose(1, 2, 0)
        return np.ascontiguousarray(levels)


def _tensor(frame: Picture) -> Tensor:
    """(1, 3, h, w) in [0, 1]."""
    return torch.from_numpy(frame.transpose(2, 0, 1)[None].astype(np.float32) / 255)
