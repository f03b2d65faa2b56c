"""The definition of the selective scan: a plain loop over time, slow and exact."""

from __future__ import annotations

import torch
from torch import Tensor


def reference_scan(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None
) -> Tensor:
    """Selective scan, step by step; the other backends are tested against it.

    For every batch entry, group and channel, with a state h of n numbers and h_0 = 0::

        h_t = exp(delta_t A) * h_{t-1} + delta_t B_t u_t
        y_t = <C_t, h_t> + D u_t

    This is the recurrence of Gu and Dao, "Mamba: Linear-Time Sequence Modeling with Selective State
    Spaces" (2023), equations 2a and 2b, with Mamba's usual discretisation: zero-order hold for A
    (their equation 4) and its first-order form delta B for B.

    Args:
        u: Input, (b, g, d, l): batch, groups, channels of a group, time.
        delta: Step sizes, positive, (b, g, d, l).
        A: Diagonal state matrix, negative, (g, d, n).
        B: Input map, shared by the channels of a group, (b, g, n, l).
        C: Output map, shared by the channels of a group, (b, g, n, l).
        D: Skip weights, (g, d), or None.

    Returns:
        y, (b, g, d, l), in the dtype of the arguments (float64 is the point of this function).
    """
    state = u.new_zeros(*u.shape[:3], A.shape[-1])
    outputs = []
    for u_t, delta_t, B_t, C_t in zip(
        u.unbind(-1), delta.unbind(-1), B.unbind(-1), C.unbind(-1), strict=True
    ):
        decay = torch.exp(delta_t[..., None] * A)
        state = decay * state + (delta_t * u_t)[..., None] * B_t[:, :, None]
        outputs.append((state * C_t[:, :, None]).sum(-1))
    y = torch.stack(outputs, dim=-1)
    return y if D is None else y + D[..., None] * u
