"""The second-order directional loss: the direction of the change of direction."""

from __future__ import annotations

import torch
from torch import Tensor

from stylemamba.losses._cosine import safe_cosine
from stylemamba.losses._inputs import at_least_float32

ZERO_LENGTH = 1e-8
ALIGNED = 1e-3


def second_order_directional_loss(
    image_delta: Tensor,
    reference_image_delta: Tensor,
    text_delta: Tensor,
    reference_text_delta: Tensor,
) -> Tensor:
    """Mean of 1 - cos(dI - sg(dI_ref), dT - dT_ref), sg stopping the gradient.

    `previous_step_reference` and `cross_prompt_reference` build the references. Where the two text
    directions agree, |dT - dT_ref| <= 1e-3 |dT| (within 0.06 degrees at equal length), nothing is
    missing and the target has no meaningful direction: such a pair contributes 0 to the mean with a
    zero gradient. Where only dI equals dI_ref, the pair contributes 1 with a zero gradient.

    The gradient in dI grows as 1 / |dI - dI_ref|, so it is large against the first-order loss's
    when the reference is close by, as the previous step of a converging fit is.

    Source: StyleMamba (Wang and Liu, 2024) names a second-order directional loss; its full text was
    not available, so this formula is our own definition.

    Args:
        image_delta: dI (..., d), from the photo's embedding to the stylised picture's.
        reference_image_delta: dI_ref, broadcastable against dI; treated as a constant.
        text_delta: dT, broadcastable against dI.
        reference_text_delta: dT_ref, broadcastable against dI.

    Returns:
        A scalar in [0, 2].

    Raises:
        ValueError: If the embedding dimensions differ.
    """
    text_delta = at_least_float32(text_delta)
    image_change = at_least_float32(image_delta) - at_least_float32(reference_image_delta).detach()
    text_change = text_delta - at_least_float32(reference_text_delta)
    missing = torch.linalg.vector_norm(text_change, dim=-1)
    aligned = missing <= ALIGNED * torch.linalg.vector_norm(text_delta, dim=-1)
    return (1.0 - safe_cosine(image_change, text_change)).masked_fill(aligned, 0.0).mean()


def previous_step_reference(
    previous_image_delta: Tensor, text_delta: Tensor
) -> tuple[Tensor, Tensor]:
    """References while one picture is optimised: each step must point at what is still missing.

    dI_ref = the previous step's dI, and dT_ref = dI_ref |dT| / |dI_ref|, the direction reached so
    far at the length of the text direction. Before the first step pass zeros: a previous delta
    of length <= 1e-8 gives zero references, and the second-order loss is then the first-order one.

    Args:
        previous_image_delta: dI of the previous step (..., d).
        text_delta: dT, broadcastable against it.

    Returns:
        (dI_ref, dT_ref), both constants, in at least float32.

    Raises:
        ValueError: If the embedding dimensions differ.
    """
    _require_same_dimension(previous_image_delta, text_delta)
    previous = at_least_float32(previous_image_delta).detach()
    length = torch.linalg.vector_norm(previous, dim=-1, keepdim=True)
    started = ~(length <= ZERO_LENGTH)  # written so that NaN counts as started and shows
    text_length = torch.linalg.vector_norm(
        at_least_float32(text_delta).detach(), dim=-1, keepdim=True
    )
    scale = torch.where(started, text_length / length, 0.0)
    return torch.where(started, previous, 0.0), previous * scale


def cross_prompt_reference(image_delta: Tensor, text_delta: Tensor) -> tuple[Tensor, Tensor]:
    """References across b prompts on the same photo: differences of styles match those of prompts.

    Prompt i is paired with prompt i - 1 (cyclically): dI_ref = sg(dI[i - 1]), dT_ref = dT[i - 1].
    With b = 1 the pair is the prompt and itself, and the second-order loss is 0.

    Args:
        image_delta: dI (b, ..., d) of the same photo under b prompts.
        text_delta: dT (b, ..., d) of the prompts, in the same order.

    Returns:
        (dI_ref, dT_ref), shaped as the arguments; dI_ref is a constant.

    Raises:
        ValueError: If the batch sizes or the embedding dimensions differ.
    """
    _require_same_dimension(image_delta, text_delta)
    if image_delta.shape[0] != text_delta.shape[0]:
        raise ValueError(
            f"need one prompt for each picture: got {text_delta.shape[0]} for "
            f"{image_delta.shape[0]} pictures"
        )
    return image_delta.detach().roll(1, dims=0), text_delta.roll(1, dims=0)


def _require_same_dimension(image_delta: Tensor, text_delta: Tensor) -> None:
    if image_delta.shape[-1] != text_delta.shape[-1]:
        raise ValueError(
            f"image and text embeddings differ in dimension: "
            f"{image_delta.shape[-1]} and {text_delta.shape[-1]}"
        )
