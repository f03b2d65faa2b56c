"""Per-image fitting: bends one photo's latent towards one style in a few dozen steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import torch
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.artlip import CONTENT_LAYERS
from stylemamba.encoders.base import Observation, StyleEncoder
from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.fusion.network import StyleFusion
from stylemamba.losses import (
    content_loss,
    directional_loss,
    masked_directional_loss,
    previous_step_reference,
    random_patch_masks,
    second_order_directional_loss,
    style_anchor_loss,
    total_variation_loss,
)
from stylemamba.painting.one_pass import STROKE_GAIN, with_margin, without_margin
from stylemamba.painting.simplify import simplify
from stylemamba.portable.style import Style
from stylemamba.runtime.precision import fast_autocast

MASK_SETS = 4
BETAS = (0.5, 0.95)
"""Of Adam: a fit is so short that the usual momentum of 0.9 remembers what no longer holds."""
HOLD = 0.8
"""Share of the steps at the peak rates, which then fall linearly."""


@dataclass(frozen=True)
class LossWeights:
    """Weight of each term of the objective."""

    anchor: float = 16.0
    directional: float = 0.5
    masked: float = 0.5
    second_order: float = 0.1
    content: float = 1.0
    total_variation: float = 1.0


@dataclass(frozen=True)
class FittingConfig:
    """Settings of a fit.

    Attributes:
        steps: optimiser steps.
        learning_rate: Peak rate of Adam for the weights of the fusion.
        residual_rate: Peak rate of Adam for the residual latent, in deviations of the latent.
        views: masked views K a step.
        hidden_share: share rho of the cells that a mask hides.
        weights: of the losses.
        simplified: The fusion sees the photo simplified, and strokes faintly, as for one pass.
    """

    steps: int = 40
    learning_rate: float = 3e-4
    residual_rate: float = 0.2
    views: int = 4
    hidden_share: float = 0.5
    weights: LossWeights = field(default_factory=LossWeights)
    simplified: bool = False

    def asked(self, steps: int, guidance: float) -> FittingConfig:
        """For so many steps; the weights of the text, directional and masked, times a factor."""
        weights = replace(
            self.weights,
            directional=guidance * self.weights.directional,
            masked=guidance * self.weights.masked,
        )
        return replace(self, steps=steps, weights=weights)


WARM_START = FittingConfig(learning_rate=2e-4, residual_rate=0.1, simplified=True)
"""For a fusion that was trained for one pass: the rates of a new one undo its training at first."""


@dataclass(frozen=True)
class StepInfo:
    """Progress of a fit: after `step` of `steps` updates.

    Attributes:
        step: 0 is before the first update.
        steps: of the whole fit.
        losses: weighted, and their sum under `total`.
        image: (1, 3, h, w), the picture that they are of.
    """

    step: int
    steps: int
    losses: dict[str, float]
    image: Tensor


@dataclass
class FittingResult:
    """The picture with the lowest total loss.

    Attributes:
        latent: (1, c, h / f, w / f), the photo's.
        latent_delta: (1, c, h / f, w / f), what the fit added to the photo's latent.
        trace: weighted losses before the first update, after it, ... after the last one.
        interrupted: the user pressed Ctrl-C.
    """

    latent: Tensor
    latent_delta: Tensor
    trace: list[dict[str, float]]
    interrupted: bool = False


class Objective:
    """The sum of the losses for one photo and one style."""

    def __init__(
        self,
        photo: Tensor,
        style: Style,
        source: Tensor,
        encoder: StyleEncoder,
        config: FittingConfig,
        seed: int,
    ) -> None:
        self.encoder, self.style, self.weights = encoder, style, config.weights
        self.text_delta = style.embedding - source
        generator = torch.Generator().manual_seed(seed)
        height, width = photo.shape[-2:]
        masks = random_patch_masks(
            MASK_SETS * config.views,
            height,
            width,
            encoder.mask_grid(height, width),
            config.hidden_share,
            generator,
        )
        everything = torch.ones(1, 1, height, width)
        self.masks = [torch.cat([everything, part], 1) for part in masks.split(config.views, 1)]
        with torch.no_grad():
            seen = self.observe(photo, torch.cat([everything, masks], 1))
        whole, hidden = seen.embedding[:, :1], seen.embedding[:, 1:]
        self.photo = [
            replace(seen, embedding=torch.cat([whole, part], 1))
            for part in hidden.split(config.views, 1)
        ]
        self.previous_delta = torch.zeros_like(self.text_delta)
        # The photo's own distance to the style varies tenfold among prompts: its square root
        # balances a strong style that would swallow the content against a quiet one that would not
        # show.
        self.anchor_scale = 1.0
        if style.statistics:
            distance = style_anchor_loss(self.photo[0].statistics, style.statistics).item()
            self.anchor_scale = max(distance, 1e-6) ** -0.5

    def observe(self, image: Tensor, masks: Tensor) -> Observation:
        """As `StyleEncoder.observe`, with VGG19's content features where the encoder has none."""
        seen = self.encoder.observe(image, masks)
        if seen.content:
            return seen
        with fast_autocast():
            return replace(seen, content=_content_network()(image, CONTENT_LAYERS))

    def __call__(self, image: Tensor, step: int) -> dict[str, Tensor]:
        """Weighted losses of a picture (1, 3, h, w), and their sum under `total`."""
        number = step % len(self.masks)
        seen, before = self.observe(image, self.masks[number]), self.photo[number]
        delta = seen.embedding[:, 0] - before.embedding[:, 0]
        reference, text_reference = previous_step_reference(self.previous_delta, self.text_delta)
        losses = {
            "directional": directional_loss(delta, self.text_delta),
            "masked": masked_directional_loss(
                seen.embedding[:, 1:], before.embedding[:, 1:], self.text_delta
            ),
            "second_order": second_order_directional_loss(
                delta, reference, self.text_delta, text_reference
            ),
            "content": content_loss(seen.content, before.content),
            "total_variation": total_variation_loss(image),
        }
        if self.style.statistics:
            losses["anchor"] = self.anchor_scale * style_anchor_loss(
                seen.statistics, self.style.statistics
            )
        self.previous_delta = delta.detach()
        weighted = {name: getattr(self.weights, name) * loss for name, loss in losses.items()}
        return {**weighted, "total": torch.stack(list(weighted.values())).sum()}


@cache
def _content_network() -> VGG19:
    return VGG19.pretrained(CONTENT_LAYERS[-1])


def fit(
    photo: Tensor,
    style: Style,
    *,
    encoder: StyleEncoder,
    autoencoder: ImageAutoencoder,
    fusion: StyleFusion,
    config: FittingConfig,
    seed: int = 0,
    texture: float = 1.0,
    callback: Callable[[StepInfo], None] | None = None,
) -> FittingResult:
    """Fits a photo to a style: the decoded picture gets the style and keeps the photo's content.

    z' = s + f(s, style) + r: both the weights of the fusion f and the residual latent r are fitted.
    s is the photo's latent or, `simplified`, that of the photo without faint detail.

    Args:
        photo: (1, 3, h, w) in [0, 1].
        style: What `encoder` makes of the prompt.
        encoder: Frozen.
        autoencoder: Frozen.
        fusion: Its weights are fitted in place.
        config: Settings.
        seed: Of the masks and the stroke fields.
        texture: How much of the stroke fields the fusion sees; 1 is natural.
        callback: Called before the first update and after every one; a KeyboardInterrupt in it
            ends the fit as Ctrl-C does.

    Raises:
        StyleMambaError: The losses are no longer numbers.
    """
    source = encoder.encode_text(["a photo"])
    objective = Objective(photo, style, source, encoder, config, seed)
    size = (photo.shape[-2], photo.shape[-1])
    with torch.no_grad():
        latent = autoencoder.encode(photo)
        seen = latent
        if config.simplified:
            seen = autoencoder.encode(simplify(photo, autoencoder.factor))
    # Those of one pass over this photo, from whose picture the fit starts.
    strokes = fusion.strokes_of(with_margin(photo), autoencoder.factor, seed)
    strokes = without_margin(strokes, latent.shape[-2:], autoencoder.factor)
    strokes = strokes * (texture * STROKE_GAIN if config.simplified else texture)
    residual = torch.zeros_like(latent).requires_grad_()
    optimizer = torch.optim.Adam(
        [
            {"params": fusion.parameters(), "lr": config.learning_rate},
            {"params": [residual], "lr": config.residual_rate},
        ],
        betas=BETAS,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (1 - step / (config.steps + 1)) / (1 - HOLD))
    )
    result = FittingResult(latent, torch.zeros_like(latent), [])
    best_total = math.inf
    try:
        for step in range(config.steps + 1):
            with torch.set_grad_enabled(step < config.steps):
                # In bfloat16, the small steps of the fusion's weights would be rounded away.
                bent = fusion(seen, style.condition, strokes) + residual
                with fast_autocast():
                    image = autoencoder.decode(bent, size)
                losses = objective(image.float(), step)
            values = {name: loss.item() for name, loss in losses.items()}
            if not math.isfinite(values["total"]):
                raise StyleMambaError(
                    f"the fit diverged at step {step}; choose another --seed, or fewer --steps"
                )
            result.trace.append(values)
            if values["total"] < best_total:
                best_total = values["total"]
                result.latent_delta = (bent - latent).detach()
            if callback is not None:
                callback(StepInfo(step, config.steps, values, image.detach()))
            if step < config.steps:
                optimizer.zero_grad(set_to_none=True)
                losses["total"].backward()
                torch.nn.utils.clip_grad_norm_(fusion.parameters(), 1.0)
                optimizer.step()
                schedule.step()
    except KeyboardInterrupt:
        result.interrupted = True
    return result
