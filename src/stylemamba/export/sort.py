"""The stable sort as ONNX has it: `TopK` of everything, which leaves equal values in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def sort_translation() -> dict[Any, Callable[..., Any]]:
    """For `torch.onnx.export`, which has no translation of a stable sort of its own.

    The specification of `TopK` puts the lower of two indices first where values are equal.
    """
    from onnxscript import opset18 as op

    def stable_sort(
        values: Any, *, stable: bool | None = None, dim: int = -1, descending: bool = False
    ) -> Any:
        place: Any = op.Constant(value_ints=[dim])
        count = op.Gather(op.Shape(values), place)
        return op.TopK(values, count, axis=dim, largest=int(descending), sorted=1)

    return {torch.ops.aten.sort.stable: stable_sort}
