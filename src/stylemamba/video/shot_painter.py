"""Frames painted by a pipeline: one look and one seed for all of a shot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from stylemamba.notes import coverage_notes
from stylemamba.painting.layers import Layers
from stylemamba.pipeline import StyleMambaPipeline
from stylemamba.portable.parts import parts_of
from stylemamba.portable.pyramid import LARGEST
from stylemamba.portable.recipe import Recipe
from stylemamba.video.clip import Picture


class ShotPainter:
    """Paints the frames of one shot after the other; see `film.Painter`.

    Args:
        pipe: Paints.
        recipe: How; without regions, tiles and steps.

    Attributes:
        notes: What there is to say of its prompt, once a shot was begun.
    """

    def __init__(self, pipe: StyleMambaPipeline, recipe: Recipe) -> None:
        self._pipe = pipe
        self._recipe = replace(recipe, size=recipe.size or LARGEST)
        self._layers: Layers | None = None
        self.notes: list[str] = []

    def begin(self, first: Picture) -> None:
        """Finds the styles and the palette that suit a shot's first frame (h, w, 3)."""
        photo = _tensor(first)
        found = self._pipe.styles(self._recipe, photo)
        self._layers = replace(found, parts=parts_of(photo[0].numpy()))
        style = self._layers.base
        known = (self._recipe.prompt, style.coverage, style.neighbours, style.remarks)
        self.notes = coverage_notes([known])

    def paint(self, frame: Picture) -> Picture:
        """A frame (h, w, 3) of the shot, painted."""
        assert self._layers is not None
        pictures = self._pipe.paint(_tensor(frame), self._layers, self._recipe).pictures
        levels: Picture = (255 * pictures[0].numpy()).round().astype(np.uint8).transpose(1, 2, 0)
        return np.ascontiguousarray(levels)


def _tensor(frame: Picture) -> Tensor:
    """(1, 3, h, w) in [0, 1]."""
    return torch.from_numpy(frame.transpose(2, 0, 1)[None].astype(np.float32) / 255)
