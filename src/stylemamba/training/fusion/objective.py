"""The losses of a batch of photos under several styles each, for one-pass style fusion."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from stylemamba.errors import StyleMambaError
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
from stylemamba.painting.settings import PAPER_WEIGHTS, LossWeights
from stylemamba.portable.style import Style
from stylemamba.training.fusion.teachers import Teachers

# A fit follows its directions easily, for one photo, and ends long before the content is in danger.
# With its weights, a network trained for all photos does neither.
OURS = {
    **asdict(LossWeights(directional=5.0, masked=2.5, second_order=1.0, content=2.5)),
    "code": 1.5,
    "mirror": 15.0,
    "flat_ground": 1500.0,
}
"""Weights where the encoder is an ArtLIP."""
PAPER = asdict(PAPER_WEIGHTS)
"""Weights under another encoder; the anchor's counts where there is one. Not tuned."""
NAMES = tuple(OURS)
VIEWS = 2
HIDDEN_SHARE = 0.5


def loss_weights(
    teachers: Teachers, given: Mapping[str, float] | None = None, without: Collection[str] = ()
) -> dict[str, float]:
    """The losses of a training, in the order of `NAMES`, and their weights.

    Args:
        teachers: On whom the usual ones depend.
        given: Weights in place of the usual ones, or of losses that are not usual.
        without: Losses to leave out.

    Raises:
        StyleMambaError: There is no such loss, or these teachers cannot tell it.
    """
    given = given or {}
    if unknown := sorted({*without, *given}.difference(NAMES)):
        raise StyleMambaError(f"{unknown[0]}: is no loss; they are {', '.join(NAMES)}")
    if both := sorted(set(without).intersection(given)):
        raise StyleMambaError(f"{both[0]}: has a weight, and is left out; decide for one of them")
    weights = {**(OURS if teachers.own_anchor else PAPER), **given}
    possible = set(NAMES)
    if not teachers.own_anchor:
        possible -= {"code"} if teachers.anchor else {"code", "anchor"}
    if impossible := sorted(set(given) - possible):
        needed = "ArtLIP as the anchor" if impossible[0] == "anchor" else "ArtLIP as the encoder"
        raise StyleMambaError(f"{impossible[0]}: needs {needed}")
    wanted = possible.intersection(weights).difference(without)
    if not wanted:
        raise StyleMambaError("no loss is left; leave fewer out")
    return {name: weights[name] for name in NAMES if name in wanted}


@dataclass(frozen=True)
class Painted:
    """A batch of p photos under s styles each.

    Attributes:
        photos: (p, 3, h, w) in [0, 1].
        pictures: (s p, 3, h, w), the photos under the first styles, then under the second, ...
        bent: z' of the photos under the first styles, (p, c, h / f, w / f).
        bent_mirrored: The same of the photos' mirror images; none, (0, ...), where the mirror loss
            is not wanted.
    """

    photos: Tensor
    pictures: Tensor
    bent: Tensor
    bent_mirrored: Tensor


def fusion_losses(
    teachers: Teachers,
    painted: Painted,
    target: Style,
    source: Tensor,
    generator: torch.Generator,
    weights: Mapping[str, float],
) -> dict[str, Tensor]:
    """Weighted losses, and their sum under `total`.

    They are those of a fit (painting/fit.py), with differences: the second-order loss compares the
    s styles of one photo with each other, masks are drawn anew for each batch, other weights, and
    three more. `code` is the distance of the whitened codes: what tells one brush from another
    varies less among pictures than their palettes do, and the anchor hardly sees it. `mirror` and
    `flat_ground` keep the place from deciding on colours, and flat ground flat.

    Args:
        teachers: Frozen.
        painted: p photos under s styles.
        target: The s p styles, in the order of the pictures.
        source: (1, d), E_T of "a photo".
        generator: Of the masks.
        weights: Of the losses that are wanted; see `loss_weights`.
    """
    photos, pictures = painted.photos, painted.pictures
    height, width = photos.shape[-2:]
    grid = teachers.encoder.mask_grid(height, width)
    hidden = random_patch_masks(VIEWS, height, width, grid, HIDDEN_SHARE, generator)
    masks = torch.cat([torch.ones(1, 1, height, width), hidden], dim=1)
    styles = len(pictures) // len(photos)
    with torch.no_grad():
        before = teachers.observe(photos, masks)
    seen = teachers.observe(pictures, masks)
    before_embedding = before.embedding.repeat(styles, 1, 1)
    delta = seen.embedding[:, 0] - before_embedding[:, 0]
    text_delta = target.embedding - source
    by_style, text_by_style = (x.unflatten(0, (styles, -1)) for x in (delta, text_delta))

    losses: dict[str, Callable[[], Tensor]] = {
        "anchor": lambda: _anchor(seen.of_view(0), before.of_view(0), target.statistics),
        "directional": lambda: directional_loss(delta, text_delta),
        "masked": lambda: masked_directional_loss(
            seen.embedding[:, 1:], before_embedding[:, 1:], text_delta
        ),
        "second_order": lambda: _second_order(by_style, text_by_style),
        "content": lambda: content_loss(
            seen.content,
            {layer: x.repeat(styles, 1, 1, 1) for layer, x in before.content.items()},
        ),
        "total_variation": lambda: total_variation_loss(pictures),
        "code": lambda: _code(teachers, seen.of_view(0), target.condition),
        "mirror": lambda: mirror_loss(painted.bent, painted.bent_mirrored),
        "flat_ground": lambda: flat_ground_loss(pictures, photos),
    }
    weighted = {name: weight * losses[name]() for name, weight in weights.items()}
    return {**weighted, "total": torch.stack(list(weighted.values())).sum()}


def _second_order(delta: Tensor, text_delta: Tensor) -> Tensor:
    reference, text_reference = cross_prompt_reference(delta, text_delta)
    return second_order_directional_loss(delta, reference, text_delta, text_reference)


def _code(teachers: Teachers, seen: Mapping[str, Tensor], target: Tensor) -> Tensor:
    """Root mean square distance of the codes."""
    assert teachers.anchor is not None
    code = teachers.anchor.code.encode(seen)
    # Not squared: a single picture far off would lead the whole batch.
    return (code - target).square().mean(-1).clamp_min(1e-8).sqrt().mean()


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
