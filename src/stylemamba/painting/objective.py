"""The objective of a fit: the sum of the losses of losses/ for one photo and its layers."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from stylemamba.encoders.base import SOURCE_PROMPT, Observation, StyleEncoder
from stylemamba.encoders.content import observe_with_content
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
from stylemamba.painting.layers import Layers
from stylemamba.painting.settings import FittingConfig

MASK_SETS = 4


class Objective:
    """The sum of the losses for one photo.

    Every layer is seen under its map, whole and with random patches hidden (views: the maps, then
    each of them under all masks), and has directions and an anchor of its own, which count by its
    share of the photo. Content and total variation are the whole picture's.

    Args:
        photo: (1, 3, h, w) in [0, 1].
        layers: The styles.
        encoder: Frozen.
        config: Weights and views.
        seed: Of the masks.
    """

    def __init__(
        self,
        photo: Tensor,
        layers: Layers,
        encoder: StyleEncoder,
        config: FittingConfig,
        seed: int,
    ) -> None:
        self.encoder, self.weights, self.views = encoder, config.weights, config.views
        self.styles = layers.styles
        source = encoder.encode_text([SOURCE_PROMPT]).to(photo.device)
        self.text_deltas = [style.embedding - source for style in layers.styles]
        height, width = photo.shape[-2:]
        maps = layers.maps_at(height, width)
        if maps is None:
            maps = torch.ones(1, 1, height, width, device=photo.device)
        self.shares = maps.mean((0, 2, 3)).unbind()
        hidden = random_patch_masks(
            MASK_SETS * config.views,
            height,
            width,
            encoder.mask_grid(height, width),
            config.hidden_share,
            torch.Generator().manual_seed(seed),
        ).to(photo.device)
        count = len(layers.styles)
        parts = [
            (maps[:, :, None] * part[:, None]).flatten(1, 2)
            for part in hidden.split(config.views, 1)
        ]
        self.masks = [torch.cat([maps, part], 1) for part in parts]
        with torch.no_grad():
            seen = observe_with_content(encoder, photo, torch.cat([maps, *parts], 1))
        whole, *others = seen.embedding.split([count, *[count * config.views] * MASK_SETS], 1)
        self.photo = [replace(seen, embedding=torch.cat([whole, part], 1)) for part in others]
        self.previous_deltas = [torch.zeros_like(delta) for delta in self.text_deltas]
        # The photo's own distance to the style varies tenfold among prompts: its square root
        # balances a strong style that would swallow the content against a quiet one that would not
        # show.
        self.anchor_scales = [
            style_anchor_loss(self.photo[0].of_view(number), style.statistics).clamp_min(1e-6)
            ** -0.5
            for number, style in enumerate(self.styles)
            if style.statistics
        ]

    def __call__(self, image: Tensor, step: int) -> dict[str, Tensor]:
        """Weighted losses of a picture (1, 3, h, w), and their sum under `total`."""
        number = step % len(self.masks)
        seen = observe_with_content(self.encoder, image, self.masks[number])
        before = self.photo[number]
        losses: dict[str, Tensor] = {}
        for layer, share in enumerate(self.shares):
            for name, loss in self._of_layer(layer, seen, before).items():
                losses[name] = losses[name] + share * loss if name in losses else share * loss
        losses["content"] = content_loss(seen.content, before.content)
        losses["total_variation"] = total_variation_loss(image)
        weighted = {name: getattr(self.weights, name) * loss for name, loss in losses.items()}
        return {**weighted, "total": torch.stack(list(weighted.values())).sum()}

    def _of_layer(self, layer: int, seen: Observation, before: Observation) -> dict[str, Tensor]:
        count, text_delta = len(self.styles), self.text_deltas[layer]
        first = count + layer * self.views
        hidden = slice(first, first + self.views)
        delta = seen.embedding[:, layer] - before.embedding[:, layer]
        reference, text_reference = previous_step_reference(self.previous_deltas[layer], text_delta)
        self.previous_deltas[layer] = delta.detach()
        losses = {
            "directional": directional_loss(delta, text_delta),
            "masked": masked_directional_loss(
                seen.embedding[:, hidden], before.embedding[:, hidden], text_delta
            ),
            "second_order": second_order_directional_loss(
                delta, reference, text_delta, text_reference
            ),
        }
        target = self.styles[layer].statistics
        if target:
            distance = style_anchor_loss(seen.of_view(layer), target)
            losses["anchor"] = self.anchor_scales[layer] * distance
        return losses
