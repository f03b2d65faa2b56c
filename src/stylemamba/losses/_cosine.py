"""Cosine similarity that survives zero vectors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylemamba.losses._inputs import at_least_float32


def safe_cosine(a: Tensor, b: Tensor, eps: float = 1e-8) -> Tensor:
    """Cosine similarity over the last dimension: <a, b> / (|a| |b|).

    A vector of length <= `eps` has no direction: its cosine is 0 and it receives a zero gradient.
    (`torch.nn.functional.cosine_similarity` also returns 0 there, but with gradients of order
    1 / eps.) NaN is not hidden: it propagates.

    Args:
        a: Vectors (..., d).
        b: Vectors (..., d), broadcastable against `a` in the leading dimensions.
        eps: The length up to which a vector counts as zero.

    Returns:
        Cosines (...), the leading dimensions broadcast.

    Raises:
        ValueError: If the last dimensions differ.
    """
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"vectors of {a.shape[-1]} and {b.shape[-1]} dimensions have no cosine")
    a, b = at_least_float32(a), at_least_float32(b)
    shorter = torch.minimum(
        torch.linalg.vector_norm(a, dim=-1), torch.linalg.vector_norm(b, dim=-1)
    )
    cosine = (F.normalize(a, dim=-1, eps=eps) * F.normalize(b, dim=-1, eps=eps)).sum(dim=-1)
    return cosine.masked_fill(shorter <= eps, 0.0)
