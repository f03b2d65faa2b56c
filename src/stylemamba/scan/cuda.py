"""The selective scan of the mamba-ssm package: fused CUDA kernels, forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

import torch
from torch import Tensor

from stylemamba.errors import StyleMambaError


@cache
def _kernel() -> Callable[..., Tensor] | None:
    try:
        interface = import_module("mamba_ssm.ops.selective_scan_interface")
    except ImportError:
        return None
    kernel: Callable[..., Tensor] = interface.selective_scan_fn
    return kernel


def cuda_scan_available(u: Tensor) -> bool:
    """Whether `cuda_scan` can take `u`: on a CUDA device, not float64, mamba-ssm importable."""
    return u.is_cuda and u.dtype != torch.float64 and _kernel() is not None


def cuda_scan(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None
) -> Tensor:
    """Selective scan of `reference_scan` through mamba-ssm's `selective_scan_fn`, in float32.

    The kernel takes channels as one axis, (b, g d, l), and finds a channel's B and C, (b, g, n, l),
    by its place in that axis, so our groups only have to be flattened into it.

    Raises:
        StyleMambaError: The tensors are not float32 on a CUDA device, or mamba-ssm is missing.
    """
    kernel = _kernel()
    if kernel is None or not cuda_scan_available(u):
        raise StyleMambaError(
            "the 'cuda' scan needs float32 tensors on a CUDA device and the mamba-ssm package; "
            "install it, or choose the 'streamed' scan"
        )
    y = kernel(
        u.flatten(1, 2),
        delta.flatten(1, 2),
        A.flatten(0, 1),
        B.contiguous(),
        C.contiguous(),
        None if D is None else D.flatten(),
    )
    return y.unflatten(1, u.shape[1:3])
