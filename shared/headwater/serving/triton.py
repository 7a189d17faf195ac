"""Lay a bundle out as a model of a Triton repository: `<name>/config.pbtxt` and `<name>/1/model.onnx`.

Triton runs the graph; whoever calls it makes the tensors with `headwater.text.TextEncoder`, as everywhere. Every
top-level folder of a repository is a model, so a model is made beside the repository and renamed into it; in a hidden
folder of it where that cannot be, as in a container whose repository is a mounted volume.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx

from headwater.bundle import Bundle
from headwater.errors import BundleError, InputError
from headwater.home import cache_folder
from headwater.serving.buckets import Buckets, bucket_lengths
from headwater.serving.providers import profile
from headwater.serving.variants import cached

__all__ = ["ACCELERATORS", "DEVICES", "TYPES", "Serving", "config", "write_model"]

DEVICES = {"cpu": ("KIND_CPU", 2), "gpu": ("KIND_GPU", 1)}  # kind and number of instances
ACCELERATORS = ("none", "cuda", "tensorrt")
TYPES = {
    onnx.TensorProto.INT64: "TYPE_INT64",
    onnx.TensorProto.INT32: "TYPE_INT32",
    onnx.TensorProto.FLOAT: "TYPE_FP32",
    onnx.TensorProto.FLOAT16: "TYPE_FP16",
}
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # it becomes a folder of the repository, and none above it
DELAY_US = 2_000  # that the first request of a batch waits for company
TIMEOUT_US = 5_000_000  # that a request waits in the queue before it is refused, if it names no shorter time
# Batches of requests of one text that may wait: beyond them a request is refused at once, and the caller asks again. Triton
# counts requests, whatever they hold; what waits behind fuller ones is refused by the time above.
QUEUED = 32
WORKSPACE = 2**30  # bytes that TensorRT may use while it runs
# CUDA's options of a model that has parameters (and each has): the backend reads these four from there and sets those that
# it does not find back to their defaults, whatever an accelerator says. 1 is kSameAsRequested, and HEURISTIC (see providers).
CUDA_PARAMETERS = {"arena_extend_strategy": "1", "cudnn_conv_algo_search": "1"}
ENGINES = "/engines"  # a volume of the container (see deploy/triton): the repository itself is mounted read-only


@dataclass(frozen=True)
class Serving:
    """How Triton is to run a model. Raises InputError for what does not go together.

    `batch` is the largest batch in texts, `instances` the number of copies of the model (2 on a CPU, 1 on a GPU if left
    out), `accelerator` what runs the graph on a GPU: `none` and `cuda` are CUDA, the latter with options; `tensorrt`
    builds engines.
    """

    device: str = "cpu"
    batch: int = 64
    instances: int | None = None
    accelerator: str = "none"

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise InputError(f"expected a device of {', '.join(DEVICES)}, got {self.device!r}")
        if self.accelerator not in ACCELERATORS:
            raise InputError(f"expected an accelerator of {', '.join(ACCELERATORS)}, got {self.accelerator!r}")
        if self.device == "cpu" and self.accelerator != "none":
            raise InputError(f"the accelerator {self.accelerator} is a GPU's: write --device gpu")
        if self.batch < 1 or (self.instances is not None and self.instances < 1):
            raise InputError(f"expected 1 or more texts and instances, got {self.batch} and {self.instances}")


def write_model(bundle: Bundle, repository: Path, serving: Serving) -> Path:
    """Write one model, in its device's default variant, and return its folder; an older one is replaced."""
    name = bundle.manifest.name
    if not SAFE_NAME.fullmatch(name):
        raise BundleError(
            f"expected a model's name of letters, digits, '-', '_' and '.', got {name!r}: export it under another"
        )
    variant = bundle.default_variant(serving.device)
    graph = cached(bundle.model, bundle.manifest.files["model.onnx"], variant, cache_folder())
    text = config(bundle, onnx.load(graph, load_external_data=False).graph, serving)
    repository.mkdir(parents=True, exist_ok=True)
    try:
        _place(repository / name, text, graph, repository.resolve().parent)
    except OSError:  # no rename leads into a volume from without, and what is around it may be read-only
        _place(repository / name, text, graph, repository)
    return repository / name


def _place(model: Path, text: str, graph: Path, beside: Path) -> None:
    """Make a model's folder in one within `beside`, and rename it to `model`; nothing else is left behind."""
    work = Path(tempfile.mkdtemp(prefix=f".{model.name}-", dir=beside))
    try:
        (work / "new" / "1").mkdir(parents=True)
        (work / "new" / "config.pbtxt").write_text(text, encoding="utf-8")
        shutil.copyfile(graph, work / "new" / "1" / "model.onnx")
        if model.exists():
            os.replace(model, work / "old")
        os.replace(work / "new", model)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def config(bundle: Bundle, graph: onnx.GraphProto, serving: Serving) -> str:
    """config.pbtxt of a graph: its own names, types and shapes, without the batch dimension.

    Requests share a batch only where their lengths are equal, so clients pad to the lengths of the parameter
    `headwater_lengths`, and those are what new instances run before they take requests.
    """
    kind, instances = DEVICES[serving.device]
    lengths = bucket_lengths(bundle.manifest.max_length)
    parameters = {
        "headwater_bundle_digest": bundle.digest,
        "headwater_lengths": " ".join(map(str, lengths)),
        "headwater_variant": bundle.default_variant(serving.device),
        # One thread an instance and several instances: the split that scores most texts a second (see Session).
        **({"intra_op_thread_count": "1"} if serving.device == "cpu" else CUDA_PARAMETERS),
    }
    return (
        f'name: "{bundle.manifest.name}"\n'
        'backend: "onnxruntime"\n'
        'default_model_filename: "model.onnx"\n'
        "version_policy { latest { num_versions: 1 } }\n"
        f"max_batch_size: {serving.batch}\n"
        + "".join(_tensor("input", value) for value in graph.input)
        + "".join(_tensor("output", value) for value in graph.output)
        + _batching(serving.batch)
        + f"instance_group [ {{ kind: {kind} count: {serving.instances or instances} }} ]\n"
        + _optimization(bundle, graph, serving, lengths)
        + "response_cache { enable: false }\n"
        + _warmups(graph, lengths, serving.batch)
        + "".join(
            f'parameters {{ key: "{key}" value {{ string_value: "{value}" }} }}\n' for key, value in parameters.items()
        )
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


def _batching(batch: int) -> str:
    """A short wait for company, and a queue that refuses what it cannot answer in time."""
    preferred = ", ".join(str(size) for size in (8, 16, 32, 64, 128, 256) if size < batch)
    sizes = f"{preferred}, {batch}" if preferred else str(batch)
    return (
        f"dynamic_batching {{\n  preferred_batch_size: [ {sizes} ]\n"
        f"  max_queue_delay_microseconds: {DELAY_US}\n"
        "  default_queue_policy {\n    timeout_action: REJECT\n"
        f"    default_timeout_microseconds: {TIMEOUT_US}\n    allow_timeout_override: true\n"
        f"    max_queue_size: {QUEUED * batch}\n  }}\n}}\n"
    )


def _optimization(bundle: Bundle, graph: onnx.GraphProto, serving: Serving, lengths: tuple[int, ...]) -> str:
    """All of onnxruntime's graph optimisations, which is level 0, and the accelerator.

    The keys are those of the README of triton-inference-server/onnxruntime_backend. CUDA graphs stay off: the README
    has a key for TensorRT alone, and a captured graph replays the addresses and shapes that it was captured with,
    while the backend binds other buffers for each batch.
    """
    if serving.accelerator == "none":
        return "optimization { graph { level: 0 } }\n"
    accelerators = _accelerator("cuda", {"use_tf32": "0"})
    if serving.accelerator == "tensorrt":  # which leaves what it cannot run to CUDA
        inputs = [value.name for value in graph.input]
        told = {
            "precision_mode": "FP16" if bundle.default_variant(serving.device) == "fp16" else "FP32",
            "max_workspace_size_bytes": str(WORKSPACE),
            "trt_layer_norm_fp32_fallback": "1",
            "trt_engine_cache_enable": "1",
            # An engine must not outlive the graph that it was built from.
            "trt_engine_cache_path": f"{ENGINES}/{bundle.manifest.name}-{bundle.digest[:12]}",
            "trt_cuda_graph_enable": "0",
            **profile(inputs, Buckets(lengths, serving.batch)),
        }
        accelerators = _accelerator("tensorrt", told) + accelerators
    return f"optimization {{\n  graph {{ level: 0 }}\n  execution_accelerators {{\n{accelerators}  }}\n}}\n"


def _accelerator(name: str, told: Mapping[str, str]) -> str:
    lines = "".join(f'      parameters {{ key: "{key}" value: "{value}" }}\n' for key, value in told.items())
    return f'    gpu_execution_accelerator [ {{\n      name: "{name}"\n{lines}    }} ]\n'


def _warmups(graph: onnx.GraphProto, lengths: tuple[int, ...], batch: int) -> str:
    """One text of each length, and the largest batch of the shortest and of the longest: what grows memory, grows now."""
    shapes = [(1, length) for length in lengths]
    if batch > 1:
        shapes += [(batch, length) for length in sorted({lengths[0], lengths[-1]})]
    return "".join(_warmup(graph, rows, length) for rows, length in shapes)


def _warmup(graph: onnx.GraphProto, rows: int, length: int) -> str:
    inputs = "".join(
        f'  inputs {{ key: "{value.name}" value {{ data_type: {TYPES[value.type.tensor_type.elem_type]} '
        f"dims: [ {length} ] zero_data: true }} }}\n"
        for value in graph.input
    )
    return f'model_warmup [ {{\n  name: "{rows} of {length} tokens" batch_size: {rows}\n{inputs}}} ]\n'
