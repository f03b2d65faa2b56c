"""Frames of a shot share what its first frame decides on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")

import torch  # noqa: E402

from stylemamba.painting.layers import Layers  # noqa: E402
from stylemamba.portable.parts import parts_of  # noqa: E402
from stylemamba.portable.pyramid import LARGEST  # noqa: E402
from stylemamba.portable.recipe import Recipe  # noqa: E402
from stylemamba.portable.style import Style  # noqa: E402
from stylemamba.video.shot_painter import ShotPainter  # noqa: E402


class Pipe:
    """Inverts photos, and keeps what it was asked for."""

    segmenters = None

    def __init__(self) -> None:
        self.looked: list[Any] = []
        self.layers: list[Layers] = []
        self.sizes: list[int | None] = []

    def styles(self, recipe: Recipe, photo: Any) -> Layers:
        self.looked.append(photo)
        return Layers.of(Style(torch.zeros(1, 2), torch.zeros(1, 3), coverage=0.1))

    def paint(self, photos: Any, layers: Layers, recipe: Recipe) -> Any:
        self.layers.append(layers)
        self.sizes.append(recipe.size)
        return SimpleNamespace(pictures=1 - photos)


def test_looks_and_palette_are_those_of_the_first_frame() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 24, 32, 3), dtype=np.uint8)
    pipe = Pipe()
    painter = ShotPainter(pipe, Recipe.of("cubism"))  # type: ignore[arg-type]
    painter.begin(frames[0])
    painted = [painter.paint(frame) for frame in frames]
    assert all(np.array_equal(a, 255 - b) for a, b in zip(painted, frames, strict=True))
    assert len(pipe.looked) == 1 and pipe.looked[0].shape == (1, 3, 24, 32)
    parts = parts_of(pipe.looked[0][0].numpy())
    assert all(np.array_equal(layers.parts, parts) for layers in pipe.layers)
    assert pipe.sizes == [LARGEST] * 3
    assert "far from the styles known" in painter.notes[0]
