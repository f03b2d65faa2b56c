"""The losses of a batch of photos under several styles each, for one-pass style fusion."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.losses import (
    content_loss,
    cross_prompt_reference,
    directional_loss,
    flat_ground_loss,
    masked_directional_loss,
    mirror_loss,
    random_patch_masks,
    second_order_directional_loss,
    style_anchor_loss,
    total_variation_loss,
)
from stylemamba.painting.settings import LossWeights
from stylemamba.portable.style import Style
from stylemamba.runtime.device import upload

# A fit follows its directions easily, for one photo, and ends long before the content is in danger.
# With its weights, a network trained for all photos does neither.
WEIGHTS = LossWeights(directional=5.0, masked=2.5, second_order=1.0, content=2.5)
CODE = 1.5
MIRROR = 15.0
FLAT_GROUND = 1500.0
NAMES = (*(weight.name for weight in fields(LossWeights)), "code", "mirror", "flat_ground")
VIEWS = 2
HIDDEN_SHARE = 0.5


@dataclass(frozen=True)
class Painted:
    """A batch of p photos under s styles each.

    Attributes:
        photos: (p, 3, h, w) in [0, 1].
        pictures: (s p, 3, h, w), the photos under the first styles, then under the second, ...
        bent: z' of the photos under the first styles, (p, c, h / f, w / f).
        bent_mirrored: The same of the photos' mirror images.
    """

    photos: Tensor
    pictures: Tensor
    bent: Tensor
    bent_mirrored: Tensor


def fusion_losses(
    encoder: ArtLIP,
    painted: Painted,
    target: Style,
    source: Tensor,
    generator: torch.Generator,
    without: Collection[str] = (),
) -> dict[str, Tensor]:
    """Weighted losses, and their sum under `total`.

    They are those of a fit (painting/fit.py), with differences: the second-order loss compares the
    s styles of one photo with each other, masks are drawn anew for each batch, other weights, and
    three more. `code` is the distance of the whitened codes: what tells one brush from another
    varies less among pictures than their palettes do, and the anchor hardly sees it. `mirror` and
    `flat_ground` keep the place from deciding on colours, and flat ground flat.

    Args:
        encoder: Frozen.
        painted: p photos under s styles.
        target: The s p styles, in the order of the pictures.
        source: (1, d), E_T of "a photo".
        generator: Of the masks.
        without: Those of `NAMES` that are left out.
    """
    photos, pictures = painted.photos, painted.pictures
    height, width = photos.shape[-2:]
    grid = encoder.mask_grid(height, width)
    hidden = random_patch_masks(VIEWS, height, width, grid, HIDDEN_SHARE, generator)
    masks = upload(torch.cat([torch.ones(1, 1, height, width), hidden], dim=1), photos.device)
    styles = len(pictures) // len(photos)
    with torch.no_grad():
        before = encoder.observe(photos, masks)
    seen = encoder.observe(pictures, masks)
    before_embedding = before.embedding.repeat(styles, 1, 1)
    delta = seen.embedding[:, 0] - before_embedding[:, 0]
    text_delta = target.embedding - source

    by_style, text_by_style = (x.unflatten(0, (styles, -1)) for x in (delta, text_delta))
    reference, text_reference = cross_prompt_reference(by_style, text_by_style)
    code = encoder.code.encode(seen.of_view(0))
    losses = {
        "anchor": _anchor(seen.of_view(0), before.of_view(0), target.statistics),
        "directional": directional_loss(delta, text_delta),
        "masked": masked_directional_loss(
            seen.embedding[:, 1:], before_embedding[:, 1:], text_delta
        ),
        "second_order": second_order_directional_loss(
            by_style, reference, text_by_style, text_reference
        ),
        "content": content_loss(
            seen.content,
            {layer: x.repeat(styles, 1, 1, 1) for layer, x in before.content.items()},
        ),
        "total_variation": total_variation_loss(pictures),
    }
    weighted = {name: getattr(WEIGHTS, name) * loss for name, loss in losses.items()}
    # Not squared: a single picture far off would lead the whole batch.
    weighted["code"] = (
        CODE * (code - target.condition).square().mean(-1).clamp_min(1e-8).sqrt().mean()
    )
    weighted["mirror"] = MIRROR * mirror_loss(painted.bent, painted.bent_mirrored)
    weighted["flat_ground"] = FLAT_GROUND * flat_ground_loss(pictures, photos)
    weighted = {name: loss for name, loss in weighted.items() if name not in without}
    return {**weighted, "total": torch.stack(list(weighted.values())).sum()}


def _anchor(
    seen: dict[str, Tensor], before: dict[str, Tensor], target: Mapping[str, Tensor]
) -> Tensor:
    """Mean over pictures of the style anchor, each over the root of the photo's own, as in a fit.

    Sums over pictures of ||S - T||^2 / d are style anchors of vectors divided by sqrt(d).
    """
    layers = list(target)
    photos = len(before[layers[0]])
    with torch.no_grad():
        distances = torch.stack(
            [
                (target[layer].unflatten(0, (-1, photos)) - before[layer]).square().sum(-1)
                for layer in layers
            ]
        )
        scale = distances.mean(0).flatten().clamp_min(1e-6) ** -0.25
    return style_anchor_loss(
        {layer: scale[:, None] * seen[layer] for layer in layers},
        {layer: scale[:, None] * target[layer] for layer in layers},
    )
