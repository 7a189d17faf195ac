"""Build what a machine runs (fp32 or int8 arithmetic on a CPU, fp16 on a GPU) from what a bundle stores (int8 tables).

int8 arithmetic must give a text the same answer alone and in any batch. `quantize_dynamic` does not: it scales a whole
batch of activations by its largest value. Here every token's row x is scaled by its own:

    scale = max |x| / 127        q = round(x / scale) + 128, in [1, 255]        x W ~ (q - 128) W_int8 * w_scale * scale

and sums of integers are exact, so no other row can touch it. (On x86 without VNNI two neighbouring products that pass
32,767 together are clipped, the same way in any batch: on a MiniLM over banking77 the root mean square error of a logit
is 0.034 there and 0.026 elsewhere; 7-bit activations, which cannot clip, have 0.045.)
"""

import hashlib
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper, version_converter

from headwater.errors import BundleError
from headwater.files import write_whole

__all__ = ["VARIANTS", "build", "cached"]

VARIANTS = ("fp32", "int8", "fp16")
OPSET = 21  # the first whose QuantizeLinear takes a scale for each row
FLOAT, INT8 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT8
# fp16 ends at 65,504: sums of squares and of a whole text's tokens stay float, a share of the work too small to measure.
FLOAT_SUMS = ("Pow", "ReduceL2", "ReduceMean", "ReduceSum", "ReduceSumSquare")
# A mask of -3.4e38 becomes this: exp(-10,000) is 0, and no score that is added to it leaves fp16's range, where the
# builder's own -65,504 with a score of -16 is minus infinity, and a row of those no number.
LARGEST = 1e4


def build(stored: ModelProto, variant: str) -> ModelProto:
    """Return the graph that computes `stored` in the arithmetic of `variant`: fp32, int8 or fp16.

    Inputs and outputs keep their names, shapes and types. Products and tables that are not stored as int8 stay float.
    Raises BundleError for a variant that is not one of VARIANTS.
    """
    if variant not in VARIANTS:
        raise BundleError(f"expected a variant out of {', '.join(VARIANTS)}; got {variant!r}")
    model = ModelProto()
    model.CopyFrom(stored)
    if variant != "fp16":
        _unfuse(model.graph)
    if variant == "int8":
        model = _at_opset(model, OPSET)
        _Int8(model.graph).rewrite()
    _dequantise(model.graph)
    if variant == "fp16":
        from onnxruntime.transformers import float16

        kept = [*float16.DEFAULT_OP_BLOCK_LIST, *FLOAT_SUMS]
        return float16.convert_float_to_float16(model, keep_io_types=True, max_finite_val=LARGEST, op_block_list=kept)
    return model


def cached(model_path: Path, digest: str, variant: str, cache: Path) -> Path:
    """Return the path of `variant` of the stored model at `model_path`, built at most once under `cache`.

    `digest` names the stored model's content. The file's name also holds a hash of this module and of the versions of
    onnx and onnxruntime, so that no old build is read by a new builder or runtime. Several processes may build at
    once: each writes a file of its own and renames it. Raises BundleError where the stored model cannot be read.
    """
    versions = Path(__file__).read_bytes() + f"{onnx.__version__} {onnxruntime.__version__}".encode()
    built = cache / f"{digest.removeprefix('sha256:')}-{variant}-{hashlib.sha256(versions).hexdigest()[:12]}.onnx"
    if built.exists():
        return built
    try:
        stored = onnx.load(model_path)
    except Exception as fault:  # protobuf's own error classes differ between its versions
        raise BundleError(
            f"expected an ONNX model at {model_path}: {fault}; fetch or export the bundle again"
        ) from fault
    model = build(stored, variant)
    write_whole(built, [model.SerializeToString()])
    return built


class _Int8:
    """One rewriting of `graph`: products by int8 tables become products of integers, look-ups look up int8 rows."""

    def __init__(self, graph: GraphProto) -> None:
        self.graph = graph
        self.nodes: list[NodeProto] = []
        self.tensors = {tensor.name: tensor for tensor in graph.initializer}
        self.tables = {node.output[0]: node for node in graph.node if _is_table(node, self.tensors)}
        self.rounded: dict[str, tuple[str, str]] = {}  # activation -> its (uint8, row scale): Q, K and V share one

    def rewrite(self) -> None:
        self.constant("int8_one", np.float32(1))
        self.constant("int8_127th", np.float32(1 / 127))
        self.constant("int8_128", np.uint8(128))
        self.constant("int8_huge", np.float32(1e30))
        self.constant("int8_last_axis", np.array([-1]))
        forms = {"MatMul": self.multiply, "Gemm": self.multiply, "Gather": self.look_up}
        for node in self.graph.node:
            if not (node.op_type in forms and forms[node.op_type](node)):
                self.nodes.append(node)
        _replace(self.graph.node, self.nodes)

    def multiply(self, node: NodeProto) -> bool:
        """Emit the integer form of `node` if it multiplies by a table with one scale per output channel."""
        table, given = self.tables.get(node.input[1]), _attributes(node)
        turned = int(given.get("transB", 0))
        scaled = given.get("transA", 0) or given.get("alpha", 1) != 1 or given.get("beta", 1) != 1
        if table is None or scaled or _axis(table) != 1 - turned:
            return False
        weight = table.input[0]
        depth = self.tensors[weight].dims[turned]
        if turned:
            array = numpy_helper.to_array(self.tensors[weight])
            weight = self.constant(f"{weight}_turned", np.ascontiguousarray(array.T))
        name, bias = node.output[0], [name for name in node.input[2:] if name]
        integers, row_scale = self.quantise(node.input[0], depth)
        inputs = [integers, weight, "int8_one", table.input[1], "int8_128"]
        product = self.emit("MatMulIntegerToFloat", inputs, f"{name}_over_scale", domain="com.microsoft")
        product = self.emit("Mul", [product, row_scale], f"{name}_unbiased" if bias else name)
        if bias:
            self.emit("Add", [product, bias[0]], name)
        return True

    def quantise(self, x: str, depth: int) -> tuple[str, str]:
        """Names of x's uint8 form and of its scale, [..., 1]; `depth` is the length of x's rows.

        A row of zeros has scale 0 and any integers at all: its products times 0 are the zeros they should be.
        """
        if x not in self.rounded:
            largest = self.emit("ReduceMax", [self.emit("Abs", [x], f"{x}_abs"), "int8_last_axis"], f"{x}_largest")
            scale = self.emit("Mul", [largest, "int8_127th"], f"{x}_row_scale")
            # round(scale / 1e30) + 128: the zero point must have scale's shape, and this is one operator
            zero = self.emit("QuantizeLinear", [scale, "int8_huge", "int8_128"], f"{x}_zero_point")
            rounded = self.emit("QuantizeLinear", [x, scale, zero], f"{x}_uint8", axis=-1, block_size=depth)
            self.rounded[x] = rounded, scale
        return self.rounded[x]

    def look_up(self, node: NodeProto) -> bool:
        """Emit the form of `node` that takes int8 rows out of a table and only then makes them float."""
        table = self.tables.get(node.input[0])
        if table is None or _axis(table) != 0 or _attributes(node).get("axis", 0) != 0:
            return False
        width, name = self.tensors[table.input[0]].dims[1], node.output[0]
        column = numpy_helper.to_array(self.tensors[table.input[1]])[:, None]
        scales = self.constant(f"{table.input[1]}_column", column)
        rows = self.emit("Gather", [table.input[0], node.input[1]], f"{name}_int8")
        scale = self.emit("Gather", [scales, node.input[1]], f"{name}_scale")
        self.emit("DequantizeLinear", [rows, scale], name, axis=-1, block_size=width)
        return True

    def emit(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], f"{output}_{kind}", **attributes))
        return output

    def constant(self, name: str, value: np.ndarray | np.generic) -> str:
        if name not in self.tensors:
            self.tensors[name] = numpy_helper.from_array(np.asarray(value), name)
            self.graph.initializer.append(self.tensors[name])
        return name


def _dequantise(graph: GraphProto) -> None:
    """Put a float initialiser in the place of every table that is left; drop what nothing reads any more."""
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    read = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    tables = [node for node in graph.node if _is_table(node, tensors)]
    for node in tables:
        if node.output[0] in read:
            table, scale = (numpy_helper.to_array(tensors[name]) for name in node.input)
            weight = table * np.expand_dims(scale, 1 - _axis(node))
            tensors[node.output[0]] = numpy_helper.from_array(weight, node.output[0])
    _replace(graph.node, [node for node in graph.node if node not in tables])
    read = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    _replace(graph.initializer, [tensor for name, tensor in tensors.items() if name in read])


def _unfuse(graph: GraphProto) -> None:
    """Keep onnxruntime from two fusions whose kernels are slower on a CPU than the operators they replace.

    SkipLayerNormalization takes 6 times as long as norm(x + bias + residual), BiasGelu 1.2 times as gelu(x + bias).
    A bias that is added last, and as a row [1, n], gives the same numbers, but for the last bit, and matches neither.
    """
    biases = {t.name: t for t in graph.initializer if t.data_type == FLOAT and len(t.dims) == 1}
    sums = {node.output[0]: node for node in graph.node if node.op_type == "Add"}
    uses = Counter([*(name for node in graph.node for name in node.input), *(output.name for output in graph.output)])
    before: dict[str, NodeProto] = {}  # the name of a sum -> the sum to take just before it
    totals = [
        sums[node.input[0]] for node in graph.node if node.op_type == "LayerNormalization" and node.input[0] in sums
    ]
    for total, side in itertools.product(totals, (0, 1)):
        inner = sums.get(total.input[side])
        if inner is None or uses[inner.output[0]] > 1 or total.output[0] in before:
            continue
        place = next((i for i in (0, 1) if inner.input[i] in biases), None)
        if place is not None:
            inner.input[place], total.input[1 - side] = total.input[1 - side], inner.input[place]
            before[total.output[0]] = inner
    late = {node.output[0] for node in before.values()}
    nodes = [node for node in graph.node if node.output[0] not in late]
    _replace(graph.node, [n for node in nodes for n in (before.get(node.output[0]), node) if n is not None])
    products = {node.output[0] for node in graph.node if node.op_type == "MatMul"}
    rows = {}
    for node in graph.node:
        for x, place in zip(node.input, (1, 0), strict=False) if node.op_type == "Add" else ():
            if x in products and node.input[place] in biases:
                rows[f"{node.input[place]}_row"] = numpy_helper.to_array(biases[node.input[place]])[None]
                node.input[place] += "_row"
    graph.initializer.extend(numpy_helper.from_array(row, name) for name, row in rows.items())


def _at_opset(model: ModelProto, opset: int) -> ModelProto:
    """`model` at `opset` or above, with onnxruntime's own operators allowed."""
    if next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")) < opset:
        model = version_converter.convert_version(model, opset)
    if all(entry.domain != "com.microsoft" for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def _is_table(node: NodeProto, tensors: dict[str, onnx.TensorProto]) -> bool:
    """Whether `node` makes a stored int8 table float."""
    constant = node.op_type == "DequantizeLinear" and len(node.input) == 2 and set(node.input) <= tensors.keys()
    return constant and tensors[node.input[0]].data_type == INT8 and len(tensors[node.input[0]].dims) == 2


def _attributes(node: NodeProto) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def _axis(table: NodeProto) -> int:
    return int(_attributes(table)["axis"])


def _replace(field: Any, items: list) -> None:
    """Make `items` the content of a repeated protobuf field."""
    del field[:]
    field.extend(items)
