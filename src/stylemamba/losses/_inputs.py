"""Checks and conversions that several losses share."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    """Return half precision in float32; float32 and wider as they are."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def paired_layers(
    features: Mapping[str, Tensor], reference: Mapping[str, Tensor]
) -> dict[str, tuple[Tensor, Tensor]]:
    """Pair two feature dictionaries by layer, in at least float32.

    Args:
        features: Layer name to a tensor (b, ...).
        reference: The same layers, each (b, ...) or (1, ...) with the same trailing shape.

    Returns:
        Layer name to (feature, reference), in the order of `reference`.

    Raises:
        ValueError: If there is no layer, the layers differ, or two shapes do not match.
    """
    if not reference or features.keys() != reference.keys():
        raise ValueError(
            f"need the same layers on both sides, at least one: "
            f"got {sorted(features)} and {sorted(reference)}"
        )
    for layer, target in reference.items():
        shape = features[layer].shape
        if target.shape[1:] != shape[1:] or target.shape[0] not in (1, shape[0]):
            raise ValueError(
                f"layer {layer!r}: shapes {tuple(shape)} and {tuple(target.shape)} do not match"
            )
    return {
        layer: (at_least_float32(features[layer]), at_least_float32(target))
        for layer, target in reference.items()
    }
