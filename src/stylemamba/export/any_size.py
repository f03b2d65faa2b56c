"""Padding and cropping around a graph that takes sides of a multiple of a factor."""

from __future__ import annotations

from pathlib import Path

INNER = "padded_"
FACTOR = "factor"
"""Of the graph's metadata: side of a pixel of the stroke fields in pixels of the photo."""


def take_any_size(path: Path, factor: int) -> None:
    """Makes the graph photo (1, 3, h, w) -> picture (1, 3, h, w) take sides of any length.

    Its metadata say the factor, which whoever makes its stroke fields has to know.
    As `ImageAutoencoder.encode` and `decode` do it: photos are padded on the right and at the
    bottom by repeating the edge, pictures cropped.

    Args:
        path: The graph, rewritten in place.
        factor: What sides were a multiple of.
    """
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load(path)
    graph = model.graph
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name in ("photo", "picture"):
                    names[index] = INNER + name

    def constant(name: str, values: list[int]) -> str:
        graph.initializer.append(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))
        return name

    axes, zeros = constant("size_axes", [2, 3]), constant("no_padding", [0, 0])
    padding = [
        helper.make_node("Shape", ["photo"], ["size"], start=2),
        helper.make_node("Neg", ["size"], ["negative_size"]),
        # The sign of ONNX's Mod is the divisor's, as in Python.
        helper.make_node("Mod", ["negative_size", constant("factor", [factor])], ["missing"]),
        helper.make_node("Concat", [zeros, "missing"], ["pads"], axis=0),
        helper.make_node("Pad", ["photo", "pads", "", axes], [INNER + "photo"], mode="edge"),
    ]
    cropping = helper.make_node("Slice", [INNER + "picture", zeros, "size", axes], ["picture"])
    nodes = [*padding, *graph.node, cropping]
    del graph.node[:]
    graph.node.extend(nodes)

    kinds = {"photo": graph.input, "picture": graph.output}
    for name, values in kinds.items():
        kept = [value for value in values if value.name != name]
        sized = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "h", "w"])
        del values[:]
        values.extend([sized, *kept])
    helper.set_model_props(model, {FACTOR: str(factor)})
    onnx.checker.check_model(model)
    onnx.save(model, path)
