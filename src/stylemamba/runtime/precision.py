"""Reduced precision where the processor computes in it natively."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache

import torch
from torch import Tensor

from stylemamba.errors import StyleMambaError

DTYPE_VARIABLE = "STYLEMAMBA_DTYPE"


@cache
def has_native_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices in hardware (AVX-512 BF16 or AMX)."""
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in checks)


def working_dtype(device: torch.device | str = "cpu") -> torch.dtype:
    """What `fast_autocast` computes in: bfloat16 where that is native, or float32.

    The environment variable STYLEMAMBA_DTYPE can ask for `float32`; `auto` is the default.

    Raises:
        StyleMambaError: The variable is neither.
    """
    chosen = os.environ.get(DTYPE_VARIABLE) or "auto"
    if chosen not in ("auto", "float32"):
        raise StyleMambaError(f"{DTYPE_VARIABLE} is '{chosen}': set it to auto or float32")
    kind = torch.device(device).type
    native = (kind == "cpu" and has_native_bfloat16()) or (
        kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    )
    return torch.bfloat16 if chosen == "auto" and native else torch.float32


@contextmanager
def in_float32() -> Iterator[None]:
    """While this is open, `fast_autocast` does nothing; not for several threads."""
    chosen = os.environ.get(DTYPE_VARIABLE)
    os.environ[DTYPE_VARIABLE] = "float32"
    try:
        yield
    finally:
        if chosen is None:
            del os.environ[DTYPE_VARIABLE]
        else:
            os.environ[DTYPE_VARIABLE] = chosen


def fast_autocast(device: torch.device | str = "cpu") -> AbstractContextManager[object]:
    """A context in which convolutions and matrix products run in bfloat16, where that is fast.

    With AMX, convolutions of VGG19 ran about four times faster than in float32. A processor that
    emulates bfloat16 would be slower than in float32: there, the context does nothing.
    """
    dtype = working_dtype(device)
    kind = torch.device(device).type
    return nullcontext() if dtype == torch.float32 else torch.autocast(kind, dtype)


def quick(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """A layer in `fast_autocast`, its result in the dtype of its input.

    For layers whose products may be rounded where what is around them may not: of the style fusion,
    normalisations, sorting and the scan, which bfloat16 would cost 20 dB.
    """
    with fast_autocast(x.device):
        return layer(x).to(x.dtype)


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """A context in which an autocast around it does not reach."""
    if not torch.amp.is_autocast_available(device.type):
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
