"""Lay a bundle out as a model of a Triton repository: `<name>/config.pbtxt` and `<name>/1/model.onnx`.

Triton runs the graph; whoever calls it makes the tensors with `headwater.text.TextEncoder`, as everywhere. Every
top-level folder of a repository is a model, so a model is made beside the repository and renamed into it.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import onnx

from headwater.bundle import Bundle
from headwater.errors import BundleError, InputError
from headwater.home import cache_folder
from headwater.serving.variants import cached

__all__ = ["DEVICES", "TYPES", "config", "write_model"]

DEVICES = {"cpu": ("KIND_CPU", 2), "gpu": ("KIND_GPU", 1)}  # kind and number of instances
TYPES = {
    onnx.TensorProto.INT64: "TYPE_INT64",
    onnx.TensorProto.INT32: "TYPE_INT32",
    onnx.TensorProto.FLOAT: "TYPE_FP32",
    onnx.TensorProto.FLOAT16: "TYPE_FP16",
}
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # it becomes a folder of the repository, and none above it
WARM_LENGTH = 16  # tokens of the text that a new instance runs before it takes requests


def write_model(bundle: Bundle, repository: Path, device: str, batch: int = 64) -> Path:
    """Write one model for `device`, in its default variant there, and return its folder; an older one is replaced."""
    if device not in DEVICES:
        raise InputError(f"expected a device of {', '.join(DEVICES)}, got {device!r}")
    name = bundle.manifest.name
    if not SAFE_NAME.fullmatch(name):
        raise BundleError(
            f"expected a model's name of letters, digits, '-', '_' and '.', got {name!r}: export it under another"
        )
    variant = bundle.default_variant(device)
    graph = cached(bundle.model, bundle.manifest.files["model.onnx"], variant, cache_folder())
    text = config(bundle, onnx.load(graph, load_external_data=False).graph, device, batch)
    repository.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=repository.resolve().parent))
    try:
        (work / "new" / "1").mkdir(parents=True)
        (work / "new" / "config.pbtxt").write_text(text, encoding="utf-8")
        shutil.copyfile(graph, work / "new" / "1" / "model.onnx")
        if (repository / name).exists():
            os.replace(repository / name, work / "old")
        os.replace(work / "new", repository / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return repository / name


def config(bundle: Bundle, graph: onnx.GraphProto, device: str, batch: int) -> str:
    """config.pbtxt of a graph: its own names, types and shapes, without the batch dimension.

    Requests share a batch only where their lengths are equal, so clients pad to multiples of some length.
    """
    kind, instances = DEVICES[device]
    # One thread an instance and several instances: the split that scores most texts a second (see Session).
    threads = _parameter("intra_op_thread_count", "1") if device == "cpu" else ""
    return (
        f'name: "{bundle.manifest.name}"\n'
        'backend: "onnxruntime"\n'
        f"max_batch_size: {batch}\n"
        + "".join(_tensor("input", value) for value in graph.input)
        + "".join(_tensor("output", value) for value in graph.output)
        + "dynamic_batching { max_queue_delay_microseconds: 2000 }\n"
        + f"instance_group [ {{ kind: {kind} count: {instances} }} ]\n"
        + _warmup(graph)
        + _parameter("headwater_bundle_digest", bundle.digest)
        + _parameter("headwater_variant", bundle.default_variant(device))
        + threads
    )


def _tensor(role: str, value: onnx.ValueInfoProto) -> str:
    tensor = value.type.tensor_type
    if tensor.elem_type not in TYPES or not tensor.shape.dim:
        raise BundleError(
            f"{role} {value.name!r} of the graph has a type that a Triton config cannot name: export it again"
        )
    dims = ", ".join(str(_size(dim)) for dim in tensor.shape.dim[1:])
    return f'{role} [ {{ name: "{value.name}" data_type: {TYPES[tensor.elem_type]} dims: [ {dims} ] }} ]\n'


def _size(dim: onnx.TensorShapeProto.Dimension) -> int:
    """A fixed size, or -1 where the graph takes any."""
    return dim.dim_value if dim.HasField("dim_value") else -1


def _warmup(graph: onnx.GraphProto) -> str:
    inputs = "".join(
        f'  inputs {{ key: "{value.name}" value {{ data_type: {TYPES[value.type.tensor_type.elem_type]} '
        f"dims: [ {WARM_LENGTH} ] zero_data: true }} }}\n"
        for value in graph.input
    )
    return f'model_warmup [ {{\n  name: "one short text" batch_size: 1\n{inputs}}} ]\n'


def _parameter(key: str, value: str) -> str:
    return f'parameters {{ key: "{key}" value {{ string_value: "{value}" }} }}\n'
