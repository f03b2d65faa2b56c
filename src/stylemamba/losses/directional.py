"""The directional loss: move the picture's embedding the way the prompt moves the text's."""

from __future__ import annotations

from torch import Tensor

from stylemamba.losses._cosine import safe_cosine


def directional_loss(image_delta: Tensor, text_delta: Tensor) -> Tensor:
    """Mean of 1 - cos(dI, dT).

    dI = E_I(Y) - E_I(X) is how far the stylised picture Y has moved from the photo X, and
    dT = E_T(prompt) - E_T(source) how far the prompt is from the source text. The loss is 0 where
    they are parallel, 1 at right angles, 2 where they are opposed.

    Source: StyleGAN-NADA (Gal et al., 2022), for style transfer CLIPstyler (Kwon and Ye, 2022).
    Deviation: a zero delta contributes 1 with a zero gradient instead of an undefined value. A
    picture whose embedding still equals the photo's is therefore not moved by this loss.

    Args:
        image_delta: Differences of image embeddings (..., d).
        text_delta: Differences of text embeddings, broadcastable against `image_delta`.

    Returns:
        A scalar in [0, 2].

    Raises:
        ValueError: If the embedding dimensions differ.
    """
    return (1.0 - safe_cosine(image_delta, text_delta)).mean()
