"""The selective scan in C++ for the CPU: threads over blocks of channels, explicit vectors.

The source, `selective_scan.cpp`, is plain C++ behind a C interface that takes addresses and
strides. It needs neither torch's headers nor Python's, so the compiler is done in about two
seconds, and a library built once serves every version of both; `build.py` keeps it.
"""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from stylemamba.errors import StyleMambaError
from stylemamba.scan.build import load_library, why_not


class _Tensor(ctypes.Structure):
    """Axes (batch, group, channel or state, time), the third contiguous; strides in elements."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("batch", ctypes.c_int64),
        ("group", ctypes.c_int64),
        ("time", ctypes.c_int64),
    ]


_SIZES = ("batch", "groups", "channels", "states", "length", "threads")
_TENSORS = ("u", "delta", "B", "C", "y", "grad_y", "grad_u", "grad_delta", "grad_B", "grad_C")
_ADDRESSES = ("A", "D", "starts", "grad_A", "grad_D")  # of contiguous memory


class _Arguments(ctypes.Structure):
    """`Arguments` of selective_scan.cpp, field by field."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in _SIZES),
        *((name, _Tensor) for name in _TENSORS),
        *((name, ctypes.c_void_p) for name in _ADDRESSES),
    ]


def cpp_scan_available(u: Tensor) -> bool:
    """Whether `cpp_scan` can take `u`: on the CPU, and the library is there or can be built.

    The first call in a process may build it, see `load_library`.
    """
    return u.device.type == "cpu" and load_library() is not None


def cpp_scan(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None
) -> Tensor:
    """Selective scan of `reference_scan`: same arguments, same result, differentiable once.

    All arguments share one dtype, float32 or float64. Tensors u, delta, B and C whose channels or
    states are neighbours in memory, in any order of the other axes, are used without a copy; the
    result has the layout of u.

    Raises:
        StyleMambaError: The tensors are not on the CPU, or the library cannot be built here.
    """
    if not cpp_scan_available(u):
        reason = why_not() if u.device.type == "cpu" else f"these tensors are on '{u.device}'"
        raise StyleMambaError(
            f"the 'cpp' scan needs tensors on the CPU, g++ or clang++, and a writable cache "
            f"folder: {reason}; choose the 'streamed' scan"
        )
    y: Tensor = _CppScan.apply(u, delta, A, B, C, D, torch.is_grad_enabled())
    return y


def _is_laid_out(x: Tensor) -> bool:
    return x.shape[2] == 1 or x.stride(2) == 1


def _lay_out(x: Tensor) -> Tensor:
    """x, (b, g, c, l), with c innermost in memory."""
    if _is_laid_out(x):
        return x
    return x.permute(3, 0, 1, 2).contiguous().permute(1, 2, 3, 0)


def _empty_like(x: Tensor) -> Tensor:
    y = torch.empty_like(x)  # in the layout of x, unless x has holes or shares memory
    if _is_laid_out(y):
        return y
    b, g, c, l = x.shape  # noqa: E741
    return x.new_empty(l, b, g, c).permute(1, 2, 3, 0)


def _tensor(x: Tensor) -> _Tensor:
    return _Tensor(x.data_ptr(), x.stride(0), x.stride(1), x.stride(3))


def _library() -> ctypes.CDLL:
    library = load_library()
    assert library is not None  # `cpp_scan` asked
    return library


def _run(name: str, u: Tensor, states: int, tensors: dict[str, Tensor | None]) -> None:
    """Calls `name`_float or `name`_double of the library; `tensors` by field of `_Arguments`."""
    b, g, d, l = u.shape  # noqa: E741
    arguments = _Arguments(b, g, d, states, l, torch.get_num_threads())
    for field, x in tensors.items():
        if x is not None:
            setattr(arguments, field, _tensor(x) if field in _TENSORS else x.data_ptr())
    suffix = "double" if u.dtype == torch.float64 else "float"
    if not getattr(_library(), f"{name}_{suffix}")(ctypes.byref(arguments)):
        raise MemoryError("not enough memory for the selective scan")


def _lanes(u: Tensor) -> int:
    """Channels that one vector of the library holds."""
    return int(_library().vector_bytes()) // u.element_size()


def _empty_starts(u: Tensor, states: int) -> Tensor:
    """Room for the states at the chunk starts; see `Block::start` in the source."""
    b, g, d, l = u.shape  # noqa: E741
    chunks = -(-l // int(_library().chunk_steps()))
    return u.new_empty(chunks, b, g, -(-d // _lanes(u)), states, _lanes(u))


class _CppScan(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        u: Tensor,
        delta: Tensor,
        A: Tensor,
        B: Tensor,
        C: Tensor,
        D: Tensor | None,
        keep_starts: bool,
    ) -> Tensor:
        u, delta, B, C = map(_lay_out, (u, delta, B, C))
        A, D = A.contiguous(), None if D is None else D.contiguous()
        y, starts = _empty_like(u), None
        if keep_starts:
            starts = _empty_starts(u, A.shape[-1])
            ctx.save_for_backward(u, delta, A, B, C, D, starts)
        inputs = {"u": u, "delta": delta, "A": A, "B": B, "C": C, "D": D}
        _run("forward", u, A.shape[-1], {**inputs, "y": y, "starts": starts})
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        u, delta, A, B, C, D, starts = ctx.saved_tensors
        b, g, d, l = u.shape  # noqa: E741
        n = A.shape[-1]
        inputs = {"u": u, "delta": delta, "A": A, "B": B, "C": C, "D": D, "starts": starts}
        grad_u, grad_delta = _empty_like(u), _empty_like(delta)
        grad_A, grad_D = A.new_empty(b, g, d, n), A.new_empty(b, g, d)
        # A block of channels is one thread's and adds to a share of its own, in fixed order.
        blocks = -(-d // (_lanes(u) * int(_library().block_vectors())))
        grad_B, grad_C = (A.new_empty(blocks, b, g, l, n) for _ in range(2))
        outputs = {
            "grad_u": grad_u,
            "grad_delta": grad_delta,
            "grad_A": grad_A,
            "grad_B": grad_B[0].mT,
            "grad_C": grad_C[0].mT,
            "grad_D": grad_D,
        }
        _run("backward", u, n, {**inputs, "grad_y": _lay_out(grad_y), **outputs})
        return (
            grad_u,
            grad_delta,
            grad_A.sum(0),
            grad_B.sum(0).mT,
            grad_C.sum(0).mT,
            None if D is None else grad_D.sum(0),
            None,
        )
