"""The selective scan of Mamba: one function, several backends, one answer.

`reference` is the definition, `streamed` plain torch for any device, `cpp` C++ for the CPU, which
is compiled on first use where there is a compiler, and `cuda` mamba-ssm's kernel.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from stylemamba.errors import StyleMambaError
from stylemamba.scan.cpp import cpp_scan, cpp_scan_available
from stylemamba.scan.cuda import cuda_scan, cuda_scan_available
from stylemamba.scan.reference import reference_scan
from stylemamba.scan.streamed import streamed_scan

__all__ = ["BACKENDS", "default_backend", "selective_scan", "use_backend"]

ScanBackend = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, "Tensor | None"], Tensor]

BACKENDS: dict[str, ScanBackend] = {
    "reference": reference_scan,
    "streamed": streamed_scan,
    "cpp": cpp_scan,
    "cuda": cuda_scan,
}


def selective_scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None = None,
    *,
    backend: str | None = None,
) -> Tensor:
    """h_t = exp(delta_t A) h_{t-1} + delta_t B_t u_t;  y_t = <C_t, h_t> + D u_t.

    See `reference_scan` for the definition and its source. Computed in float32, or in float64 if
    any argument is float64, whatever the precision of the arguments and under autocast too.

    Args:
        u: Input, (b, g, d, l): batch, groups, channels of a group, time.
        delta: Step sizes, positive (after the softplus), (b, g, d, l).
        A: Diagonal state matrix, negative, (g, d, n).
        B: Input map, (b, g, n, l).
        C: Output map, (b, g, n, l).
        D: Skip weights, (g, d), or None.
        backend: A name in `BACKENDS`; by default the environment variable STYLEMAMBA_SCAN, and
            without it the fastest backend that can take the tensors.

    Returns:
        y, (b, g, d, l), in the dtype of u.

    Raises:
        StyleMambaError: The backend is unknown or cannot run here.
        ValueError: The shapes do not fit together.
    """
    b, g, d, l = u.shape  # noqa: E741
    n = A.shape[-1]
    expected = {"delta": (b, g, d, l), "A": (g, d, n), "B": (b, g, n, l), "C": (b, g, n, l)}
    given = {"delta": delta, "A": A, "B": B, "C": C}
    if D is not None:
        expected["D"], given["D"] = (g, d), D
    for name, shape in expected.items():
        if given[name].shape != shape:
            raise ValueError(f"{name} should have shape {shape}, not {tuple(given[name].shape)}")

    is_double = any(x.dtype == torch.float64 for x in (u, *given.values()))
    dtype = torch.float64 if is_double else torch.float32
    u_full, skip = u.to(dtype), None if D is None else D.to(dtype)
    name = backend or default_backend(u_full)
    if name not in BACKENDS:
        raise StyleMambaError(
            f"unknown selective scan '{name}' (STYLEMAMBA_SCAN): use one of {', '.join(BACKENDS)}"
        )
    y = BACKENDS[name](u_full, delta.to(dtype), A.to(dtype), B.to(dtype), C.to(dtype), skip)
    return y.to(u.dtype)


def default_backend(u: Tensor) -> str:
    """STYLEMAMBA_SCAN, or without it the fastest backend that can take `u`, float32 or float64."""
    chosen = os.environ.get("STYLEMAMBA_SCAN")
    if chosen:
        return chosen
    if cuda_scan_available(u):
        return "cuda"
    return "cpp" if cpp_scan_available(u) else "streamed"


@contextmanager
def use_backend(name: str, function: ScanBackend) -> Iterator[None]:
    """While this is open, every scan without a `backend` is this one; not for several threads.

    Args:
        name: Its name in `BACKENDS` meanwhile; none that is there already.
        function: As `reference_scan`.
    """
    chosen = os.environ.get("STYLEMAMBA_SCAN")
    BACKENDS[name], os.environ["STYLEMAMBA_SCAN"] = function, name
    try:
        yield
    finally:
        del BACKENDS[name]
        if chosen is None:
            del os.environ["STYLEMAMBA_SCAN"]
        else:
            os.environ["STYLEMAMBA_SCAN"] = chosen
