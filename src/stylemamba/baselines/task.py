"""What every compared method is given, and how it hands its pictures back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.baselines.templates import text_direction
from stylemamba.encoders.base import StyleEncoder
from stylemamba.fusion.network import StyleFusion
from stylemamba.painting.layers import Layers
from stylemamba.painting.settings import FittingConfig


@dataclass(frozen=True)
class Task:
    """One photo and one prompt.

    Attributes:
        photo: (1, 3, h, w) in [0, 1], at working size, on the models' device.
        prompt: the style, in words.
        encoder: frozen; the same one for all methods.
        autoencoder: frozen.
        fusion: the one-pass checkpoint; a method that fits it fits a copy.
        config: of StyleMamba's fit and of the pixels' objective; its `steps` is the fit's length.
        steps: of CLIPstyler and of the pixels; CLIPstyler's result at the last is the reference.
        crops: CLIPstyler's, a step.
        seed: of crops, masks, initial weights and looks.
    """

    photo: Tensor
    prompt: str
    encoder: StyleEncoder
    autoencoder: ImageAutoencoder
    fusion: StyleFusion
    config: FittingConfig
    steps: int
    crops: int
    seed: int

    @property
    def layers(self) -> Layers:
        """The style that is asked for."""
        style = self.encoder.style(self.prompt, mode=self.seed)
        return Layers.of(style).to(self.photo.device)

    @property
    def text_delta(self) -> Tensor:
        """dT (1, d), averaged over CLIPstyler's templates."""
        return text_direction(self.encoder, self.prompt).to(self.photo.device)


Record = Callable[[int, Tensor], None]
"""Takes (step, picture): the picture (1, 3, h, w), float32 and detached, after `step` updates; in
order, from 0, the first picture, to the last step."""

Method = Callable[[Task, Record], None]
"""Stylises a task. It takes no time of its own: the clock runs from its call to its end, except
inside `Record`."""
