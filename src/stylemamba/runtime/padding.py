"""Padding by repetition of the edge."""

import torch.nn.functional as F
from torch import Tensor


def pad_to_multiple(maps: Tensor, multiple: int) -> Tensor:
    """Pads (b, c, h, w) at the bottom and on the right until both sides are multiples."""
    height, width = maps.shape[-2:]
    missing = (0, -width % multiple, 0, -height % multiple)
    return F.pad(maps, missing, mode="replicate")
