"""What a pipeline hands back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from stylemamba.portable.recipe import Recipe


@dataclass(frozen=True)
class CoverageReport:
    """How well a prompt is covered.

    Attributes:
        coverage: 0 to 1.
        neighbours: (known caption, cosine), nearest first.
        remarks: What there is to say about how it was understood.
    """

    coverage: float
    neighbours: list[tuple[str, float]]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Painting:
    """Painted photos.

    Attributes:
        pictures: (b, 3, h, w) in [0, 1], float32, on the CPU; of fits that were stopped, those of
            the first photos.
        traces: Of each fit, the weighted losses before the first step and after each; empty without
            fits.
        interrupted: It was stopped early.
    """

    pictures: Tensor
    traces: list[list[dict[str, float]]]
    interrupted: bool


@dataclass(frozen=True)
class StyleMambaOutput:
    """A stylised photo.

    Attributes:
        image: RGB, of the size of the photo held upright.
        deep: The picture with 16 bits a sample, (h, w, 3), if the photo had as many; else None.
        recipe: What it was made by; with the same models, it makes the same picture again. Of a fit
            that was stopped, what was asked for.
        trace: the weighted losses of a fit, before the first step and after each.
        coverage: 0 to 1, how well the encoder knows the prompt; None where it cannot tell.
        neighbours: (known caption, cosine), nearest first.
        remarks: What there is to say about how the prompt was understood.
        notes: What there is to say: a prompt that is far from everything known, a photo that was
            painted small.
        interrupted: The fit was stopped early.
        seconds: wall time.
    """

    image: Image.Image
    recipe: Recipe
    trace: list[dict[str, float]]
    coverage: float | None
    neighbours: list[tuple[str, float]]
    remarks: tuple[str, ...]
    notes: tuple[str, ...]
    interrupted: bool
    seconds: float
    deep: NDArray[np.uint16] | None = None

    @property
    def steps(self) -> int:
        """Steps of fitting done."""
        return max(len(self.trace) - 1, 0)
