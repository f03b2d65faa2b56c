"""Weights of few distinct values as 8-bit codes of them, as the packages of VGG19 store them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

MOST = 256
LEAST_SIZE = 4096
"""Of arrays worth it, in numbers."""


def store_as_codes(path: Path) -> None:
    """Stores the float32 weights of a graph that have at most `MOST` values as codes of these.

    The graph looks each up in a table of its values, and has them as they were; onnxruntime does so
    once, when it loads the graph.

    Args:
        path: The graph, rewritten in place.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(path)
    graph = model.graph
    kept, nodes = [], []
    for tensor in graph.initializer:
        codes = _codes(numpy_helper.to_array(tensor))
        if codes is None:
            kept.append(tensor)
            continue
        names = [f"{tensor.name}_{part}" for part in ("values", "codes", "places")]
        kept += [numpy_helper.from_array(a, n) for a, n in zip(codes, names[:2], strict=True)]
        nodes += [
            helper.make_node("Cast", names[1:2], names[2:], to=TensorProto.INT32),
            helper.make_node("Gather", [names[0], names[2]], [tensor.name]),
        ]
    nodes += graph.node
    for field, values in ((graph.initializer, kept), (graph.node, nodes)):
        del field[:]
        field.extend(values)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _codes(weights: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], ...] | None:
    """The values of weights, and the place of each weight among them; None if there are many."""
    if weights.dtype != np.float32 or weights.size < LEAST_SIZE:
        return None
    values, codes = np.unique(weights, return_inverse=True)
    return (values, codes.reshape(weights.shape).astype(np.uint8)) if len(values) <= MOST else None
