"""Ablations: StyleMamba's fit from the photo itself, with one part changed at a time.

The fits start from z' = z, with a fusion that was not trained: what a part is worth then shows
within the fit, and no variant has a training of its own behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

import torch
from torch import Tensor, nn

from stylemamba.baselines.task import Record, Task
from stylemamba.evaluation.comparison.methods import FITTING, Contestant, fit_and_record
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.painting.level import Level
from stylemamba.painting.settings import PAPER_WEIGHTS, FittingConfig
from stylemamba.runtime.model_files import fingerprint

FULL = "full"
CODE = (*FITTING, "evaluation/comparison/ablation.py", "fusion/stand_ins.py")


class WithoutStrokes(StyleFusion):
    """Sees no stroke fields."""

    def forward(
        self,
        z: Tensor,
        style: Tensor,
        strokes: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> Tensor:
        return super().forward(z, style, weights=weights)


class Unconditional(nn.Module):
    """A mixer that does not hear of the style: the state carries no prompt along the image.

    Args:
        mixer: A `MambaMixer`.
    """

    def __init__(self, mixer: nn.Module) -> None:
        super().__init__()
        self.mixer = mixer

    def forward(self, x: Tensor, condition: Tensor, order: Tensor) -> Tensor:
        """As `MambaMixer.forward`."""
        mixed: Tensor = self.mixer(x, torch.zeros_like(condition), order)
        return mixed


def _unconditional(config: StyleFusionConfig) -> StyleFusion:
    fusion = StyleFusion(config)
    for block in fusion.blocks:
        assert isinstance(block.mixer, nn.Module)
        block.mixer = Unconditional(block.mixer)
    return fusion


def _with_mixer(mixer: str, config: StyleFusionConfig) -> StyleFusion:
    return StyleFusion(replace(config, mixer=mixer))


def _with_paths(paths: Sequence[str], config: StyleFusionConfig) -> StyleFusion:
    return StyleFusion(replace(config, paths=paths))


@dataclass(frozen=True)
class Variant:
    """A change of the fit.

    Attributes:
        what: In words.
        weights: Changes of the losses' weights.
        settings: Changes of the other settings.
        build: Makes the fusion.
    """

    what: str
    weights: dict[str, float] | None = None
    settings: dict[str, float] | None = None
    build: Callable[[StyleFusionConfig], StyleFusion] = StyleFusion

    def config(self, task: Task) -> FittingConfig:
        """Settings of the fit."""
        weights = replace(task.config.weights, **(self.weights or {}))
        return replace(task.config, weights=weights, **(self.settings or {}))  # type: ignore[arg-type]

    def __call__(self, task: Task, record: Record) -> None:
        """The fit, as a `baselines.task.Method`."""
        sizes = StyleFusionConfig(task.autoencoder.latent_channels, task.encoder.condition_dim)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(task.seed)
            fusion = self.build(sizes).eval()
        level = Level(task.autoencoder, fusion, trained=False)
        fit_and_record(task, level, self.config(task), record)


VARIANTS: dict[str, Variant] = {
    FULL: Variant("all of it"),
    "no-masked": Variant("without the masked loss", {"masked": 0}),
    "no-second-order": Variant("without the second-order loss", {"second_order": 0}),
    "first-order": Variant(
        "of the directional losses the plain one only", {"masked": 0, "second_order": 0}
    ),
    "no-directions": Variant(
        "no directional loss: anchor, content and total variation",
        {"directional": 0, "masked": 0, "second_order": 0},
    ),
    "no-anchor": Variant(
        "the paper's losses alone, in the weights of the paper setting",
        {**asdict(PAPER_WEIGHTS), "anchor": 0},
    ),
    "hidden-25": Variant(
        "masks hide 0.25 of the picture, not 0.5", settings={"hidden_share": 0.25}
    ),
    "hidden-75": Variant("masks hide 0.75 of the picture", settings={"hidden_share": 0.75}),
    "adaln-only": Variant("no style in the sequence, AdaLN only", build=_unconditional),
    "attention": Variant("attention in place of Mamba", build=partial(_with_mixer, "attention")),
    "convolution": Variant(
        "a convolution in place of Mamba", build=partial(_with_mixer, "convolution")
    ),
    "mean": Variant("the mean over the grid in place of Mamba", build=partial(_with_mixer, "mean")),
    "places": Variant(
        "paths along rows and columns only", build=partial(_with_paths, ("rows", "columns"))
    ),
    "content": Variant("paths through the content only", build=partial(_with_paths, ("content",))),
    "no-strokes": Variant("without stroke fields", build=WithoutStrokes),
    "no-residual": Variant("without the residual latent", settings={"residual_rate": 0.0}),
}

ABLATIONS: dict[str, Contestant] = {
    name: Contestant(
        variant,
        steps=lambda task: task.config.steps,
        settings=lambda task, variant=variant: {  # type: ignore[misc]
            "fitting": asdict(variant.config(task)),
            "variant": variant.what,
            "autoencoder": fingerprint(task.autoencoder),
        },
        code=CODE,
    )
    for name, variant in VARIANTS.items()
}
