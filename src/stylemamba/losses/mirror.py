"""The mirror loss: a photo and its mirror image become the same picture, mirrored."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from stylemamba.losses._inputs import at_least_float32

CELL = 8
"""Side of the cells whose means are compared, in latent pixels."""


def mirror_loss(bent: Tensor, bent_mirrored: Tensor) -> Tensor:
    """Mean squared distance of a latent's low frequencies and its mirror image's, turned back.

    L = mean (P(z'(X)) - P(M z'(M X)))^2

    with M the mirror image and P means over cells of `CELL` x `CELL` latent pixels: marks may fall
    otherwise, colours may not. So neither the place in the picture nor chance, where the mirror
    image has other stroke fields, can decide on its colour. Ours.

    Args:
        bent: z' of photos, (b, c, h, w).
        bent_mirrored: z' of the photos mirrored left to right, the same shape.

    Returns:
        A scalar; 0 when the two agree.
    """
    height, width = (max(1, side // CELL) for side in bent.shape[-2:])
    difference = at_least_float32(bent) - at_least_float32(bent_mirrored).flip(-1)
    return F.adaptive_avg_pool2d(difference, (height, width)).square().mean()
