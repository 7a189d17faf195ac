"""What is looked at in an ONNX graph before anything runs it."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headwater.errors import BundleError

__all__ = ["check_fills", "tensors"]

FILLS = {"ConstantOfShape": 0, "Expand": 1, "Tile": 1}  # what makes much of little -> the input that says how much
LARGEST = 2**28  # values that such a node may be told to make: a gigabyte, which no layer of an encoder needs


def tensors(graph: Any) -> Iterator[Any]:
    """Every tensor of an ONNX graph, those in nodes and in their inner graphs too."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for attribute in (attribute for node in graph.node for attribute in node.attribute):
        yield from (attribute.t, *attribute.tensors)
        for inner in (attribute.g, *attribute.graphs):
            if inner.node or inner.initializer:
                yield from tensors(inner)


def check_fills(path: Path, graph: Any) -> None:
    """Raise BundleError for a node that would fill a machine's memory from a shape of a few bytes."""
    from onnx import numpy_helper

    nodes = list(_nodes(graph))
    shapes = {tensor.name: tensor for tensor in _initializers(graph)}
    shapes |= {node.output[0]: part.t for node in nodes if node.op_type == "Constant" for part in node.attribute}
    for node in nodes:
        place = FILLS.get(node.op_type)
        shape = shapes.get(node.input[place]) if place is not None and len(node.input) > place else None
        if shape is None or len(shape.dims) > 1 or math.prod(shape.dims) > 16:
            continue  # it is told when the graph runs, or is no shape, which onnxruntime says
        try:
            values = math.prod(int(size) for size in numpy_helper.to_array(shape).ravel())
        except (ValueError, TypeError) as fault:
            raise BundleError(f"{path} is not an ONNX graph ({fault}): export the bundle again") from fault
        if values > LARGEST:
            raise BundleError(
                f"{path}: a {node.op_type} would make {values:,} values, and at most {LARGEST:,} are allowed: "
                "take the bundle from whom you trust, or export it again"
            )


def _nodes(graph: Any) -> Iterator[Any]:
    """Every node of an ONNX graph, and of its inner graphs."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)


def _initializers(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in _nodes(graph):
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from inner.initializer
