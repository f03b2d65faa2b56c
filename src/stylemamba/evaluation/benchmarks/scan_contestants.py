"""Selective scans to compare: ours, and those of the libraries that people run on a CPU today."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import torch
from torch import Tensor

from stylemamba.scan import ScanBackend
from stylemamba.scan.build import load_library, why_not
from stylemamba.scan.cpp import cpp_scan
from stylemamba.scan.reference import reference_scan
from stylemamba.scan.streamed import streamed_scan

STATES, GROUPS = 16, 4


def _mambapy() -> ScanBackend:
    """mambapy's parallel scan, used as `MambaBlock.selective_scan` of that library uses it.

    `pscan` takes decays and inputs of every channel, (b, l, d, n), so our groups lie side by side.
    """
    from mambapy.pscan import pscan

    def scan(
        u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None
    ) -> Tensor:
        u_first, delta_first = (x.permute(0, 3, 1, 2) for x in (u, delta))  # (b, l, g, d)
        B_first, C_first = (x.permute(0, 3, 1, 2) for x in (B, C))  # (b, l, g, n)
        decay = torch.exp(delta_first.unsqueeze(-1) * A)
        change = delta_first.unsqueeze(-1) * B_first.unsqueeze(3) * u_first.unsqueeze(-1)
        states = pscan(decay.flatten(2, 3), change.flatten(2, 3)).unflatten(2, A.shape[:2])
        y = (states @ C_first.unsqueeze(-1)).squeeze(-1)
        return (y if D is None else y + D * u_first).permute(0, 2, 3, 1)

    return scan


def _transformers() -> ScanBackend:
    """The function that transformers' Mamba falls back to without kernels: a loop over time.

    It knows one B and C for all channels, so it is called once a group.
    """
    from transformers.models.mamba.modeling_mamba import mamba_selective_scan

    def scan(
        u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None
    ) -> Tensor:
        groups = [
            mamba_selective_scan(
                u[:, g], delta[:, g], A[g], B[:, g], C[:, g], None if D is None else D[g]
            )
            for g in range(u.shape[1])
        ]
        return torch.stack(groups, dim=1)

    return scan


CONTESTANTS: dict[str, Callable[[], ScanBackend]] = {
    "reference": lambda: reference_scan,
    "torch": lambda: streamed_scan,
    "cpp": lambda: cpp_scan,
    "mambapy": _mambapy,
    "transformers": _transformers,
}
"""By name; the values import what they need. `reference` is what the others are checked against."""


def why_missing(name: str) -> str | None:
    """Why a contestant cannot run here, or None. Builds the C++ scan if need be."""
    if name == "cpp":
        return None if load_library() is not None else why_not()
    if name == "mambapy":
        return None if find_spec("mambapy") else "not installed: pip install 'stylemamba[bench]'"
    if name == "transformers":
        from transformers.models.mamba import modeling_mamba

        if not hasattr(modeling_mamba, "mamba_selective_scan"):
            return "this version of transformers has no mamba_selective_scan"
    return None


def benchmark_inputs(channels: int, length: int) -> list[Tensor]:
    """u, delta, A, B, C, D and dL/dy as style fusion has them: time outermost in memory.

    Steps are log-uniform in [0.001, 0.1] and A = -(1, ..., n), Mamba's initialisation.
    """
    generator = torch.Generator().manual_seed(0)

    def normal(width: int) -> Tensor:
        x = torch.randn(length, 1, GROUPS, width, generator=generator)
        return x.permute(1, 2, 3, 0)

    exponent = torch.rand(length, 1, GROUPS, channels, generator=generator) * 2 - 3
    A = -torch.arange(1.0, STATES + 1).repeat(GROUPS, channels, 1)
    D = torch.randn(GROUPS, channels, generator=generator)
    delta = (10**exponent).permute(1, 2, 3, 0)
    return [normal(channels), delta, A, normal(STATES), normal(STATES), D, normal(channels)]
