"""The selective scan as ONNX has it: the `Scan` operator over single steps."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch
from torch import Tensor

from stylemamba.scan import use_backend

NAME = "onnx"


def onnx_scan(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None
) -> Tensor:
    """Selective scan of `reference_scan`, to be traced by `torch.onnx.export`.

    torch's `scan` becomes ONNX's `Scan`. A step is seven small operators on a state of g d n
    numbers. For 4097 steps of 192 channels and 16 states, onnxruntime took 52 ms on one thread;
    the same recurrence with the decays of all steps made beforehand took 561 ms, and 64 chunks
    side by side with a correction of their first states 410 ms: both work on tensors of
    (l, g, d, n), larger than the processor's cache.
    """
    from torch._higher_order_ops.scan import scan

    A_states_first = A.transpose(1, 2).clone(memory_format=torch.contiguous_format)  # (g, n, d)
    u_steps, delta_steps, B_steps, C_steps = (x.permute(3, 0, 1, 2) for x in (u, delta, B, C))

    def step(state: Tensor, inputs: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        delta_t, delta_u_t, B_t, C_t = inputs
        decay = torch.exp(delta_t.unsqueeze(-2) * A_states_first)
        state = decay * state + delta_u_t.unsqueeze(-2) * B_t.unsqueeze(-1)
        return state, torch.matmul(C_t.unsqueeze(-2), state).squeeze(-2)

    start = u.new_zeros(u.shape[0], *A_states_first.shape)
    _, y = scan(step, start, (delta_steps, delta_steps * u_steps, B_steps, C_steps))
    y = y.permute(1, 2, 3, 0)
    return y if D is None else y + D[..., None] * u


def exportable_scan() -> AbstractContextManager[None]:
    """While this is open, every selective scan is `onnx_scan`; not for several threads."""
    return use_backend(NAME, onnx_scan)
