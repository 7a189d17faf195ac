"""What onnxruntime is told about each device: its chain of execution providers, with their options.

The names are those of onnxruntime's documentation (execution-providers/CUDA-ExecutionProvider.html and
TensorRT-ExecutionProvider.html); each stands in the provider libraries of onnxruntime-gpu 1.31.1 too.
"""

from collections.abc import Sequence
from pathlib import Path

from headwater.serving.buckets import Buckets

__all__ = ["PROVIDERS", "Chain", "profile", "provider_options"]

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
Chain = list[tuple[str, dict[str, str]]]
CUDA = {
    "device_id": "0",
    # Shapes are few and come again: to double the arena for each new one would only keep memory from other models.
    "arena_extend_strategy": "kSameAsRequested",
    "cudnn_conv_algo_search": "HEURISTIC",  # an encoder has hardly a convolution: an exhaustive search is time lost
    # fp32 means fp32: TF32 keeps 10 bits of a factor, and the gate's tolerance was met with 23.
    "use_tf32": "0",
    # A captured graph replays fixed addresses; arrays that come from callers have none.
    "enable_cuda_graph": "0",
}


def provider_options(
    device: str,
    *,
    fp16: bool = False,
    inputs: Sequence[str] = (),
    buckets: Buckets | None = None,
    cache: Path | None = None,
) -> Chain:
    """The providers of a device, first choice first, each with its options as onnxruntime takes them: strings.

    TensorRT leaves what it cannot run to CUDA, and every GPU graph has shape arithmetic that runs on the CPU. `fp16`
    says that the graph is; `inputs` and `buckets` give TensorRT the shapes to build its engine for (without them it
    builds again for each larger shape that it meets), `cache` the folder where engines stay. A folder belongs to one
    graph: an engine must not outlive the model that it was built from.
    """
    chain: Chain = [(PROVIDERS["cpu"], {})]
    if device in ("cuda", "tensorrt"):
        chain.insert(0, (PROVIDERS["cuda"], dict(CUDA)))
    if device == "tensorrt":
        chain.insert(0, (PROVIDERS["tensorrt"], _tensorrt(fp16, inputs, buckets, cache)))
    return chain


def profile(inputs: Sequence[str], buckets: Buckets) -> dict[str, str]:
    """The least, the usual and the largest shape of every input, in TensorRT's spelling.

    >>> profile(["ids"], Buckets((16, 32, 64, 128), 64))["trt_profile_opt_shapes"]
    'ids:16x32'
    """
    most = buckets.most or 1
    usual = buckets.lengths[min(1, len(buckets.lengths) - 1)]  # 32 tokens hold most headlines and questions
    shapes = {"min": (1, buckets.lengths[0]), "opt": (max(1, most // 4), usual), "max": (most, buckets.lengths[-1])}
    return {
        f"trt_profile_{key}_shapes": ",".join(f"{name}:{rows}x{tokens}" for name in inputs)
        for key, (rows, tokens) in shapes.items()
    }


def _tensorrt(fp16: bool, inputs: Sequence[str], buckets: Buckets | None, cache: Path | None) -> dict[str, str]:
    told = {
        "device_id": "0",
        "trt_fp16_enable": _flag(fp16),
        "trt_layer_norm_fp32_fallback": "1",  # the squares of a layer's values leave fp16's range first
        "trt_cuda_graph_enable": "0",  # for the reason that it is off above
    }
    if cache is not None:
        told |= {
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(cache),
            "trt_timing_cache_enable": "1",
            "trt_timing_cache_path": str(cache),
        }
    return told | (profile(inputs, buckets) if inputs and buckets else {})


def _flag(value: bool) -> str:
    return "1" if value else "0"
