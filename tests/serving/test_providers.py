"""What each device is told, and that onnxruntime knows every name of it."""

import doctest
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest

from headwater.serving import providers as module
from headwater.serving.buckets import Buckets
from headwater.serving.providers import PROVIDERS, profile, provider_options

# Copied from onnxruntime's documentation of the two providers; device_id belongs to both.
KNOWN = {
    "cuda": {
        "device_id", "user_compute_stream", "do_copy_in_default_stream", "use_ep_level_unified_stream", "gpu_mem_limit",
        "arena_extend_strategy", "cudnn_conv_algo_search", "cudnn_conv_use_max_workspace", "cudnn_conv1d_pad_to_nc1d",
        "enable_cuda_graph", "enable_skip_layer_norm_strict_mode", "use_tf32", "prefer_nhwc",
    },
    "tensorrt": {
        "device_id", "trt_max_workspace_size", "trt_max_partition_iterations", "trt_min_subgraph_size", "trt_fp16_enable",
        "trt_int8_enable", "trt_engine_cache_enable", "trt_engine_cache_path", "trt_engine_cache_prefix",
        "trt_layer_norm_fp32_fallback", "trt_timing_cache_enable", "trt_timing_cache_path", "trt_force_timing_cache",
        "trt_builder_optimization_level", "trt_profile_min_shapes", "trt_profile_opt_shapes", "trt_profile_max_shapes",
        "trt_cuda_graph_enable", "trt_context_memory_sharing_enable", "trt_auxiliary_streams",
    },
}  # fmt: skip
FULL = {"fp16": True, "inputs": ["ids", "mask"], "buckets": Buckets((16, 32, 128), 64), "cache": Path("/cache/a")}


def test_the_example_runs():
    assert doctest.testmod(module) == (0, 1)


def test_a_cpu_is_told_nothing():
    assert provider_options("cpu", **FULL) == [("CPUExecutionProvider", {})]


@pytest.mark.parametrize(("device", "names"), [("cuda", ["cuda", "cpu"]), ("tensorrt", ["tensorrt", "cuda", "cpu"])])
def test_every_name_is_known_and_every_value_a_string(device, names):
    chain = provider_options(device, **FULL)
    assert [provider for provider, _ in chain] == [PROVIDERS[name] for name in names]
    for name, (_, options) in zip(names, chain, strict=True):
        assert options.keys() <= KNOWN.get(name, set())
        assert {type(value) for value in options.values()} <= {str}


def test_fp32_is_fp32_and_no_graph_is_captured():
    (_, trt), (_, cuda), _ = provider_options("tensorrt", **{**FULL, "fp16": False})
    assert (
        cuda["use_tf32"] == cuda["enable_cuda_graph"] == trt["trt_cuda_graph_enable"] == trt["trt_fp16_enable"] == "0"
    )
    assert provider_options("tensorrt", **FULL)[0][1]["trt_fp16_enable"] == "1"


def test_tensorrt_builds_for_the_buckets_and_keeps_its_engines_by_graph():
    told = provider_options("tensorrt", **FULL)[0][1]
    assert told["trt_profile_min_shapes"] == "ids:1x16,mask:1x16"
    assert told["trt_profile_opt_shapes"] == "ids:16x32,mask:16x32"
    assert told["trt_profile_max_shapes"] == "ids:64x128,mask:64x128"
    assert told["trt_engine_cache_path"] == told["trt_timing_cache_path"] == "/cache/a"
    bare = provider_options("tensorrt")[0][1]
    assert not [name for name in bare if "profile" in name or "cache" in name]


def test_a_profile_of_one_length():
    assert set(profile(["ids"], Buckets((16,), 4)).values()) == {"ids:1x16", "ids:4x16"}


def test_one_call_does_not_change_the_next():
    provider_options("cuda")[0][1]["device_id"] = "7"
    assert provider_options("cuda")[0][1]["device_id"] == "0"


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_the_installed_provider_holds_the_names(device):
    """Against the library itself, on a machine that has it: a name that it does not know stops a session there."""
    try:
        held = files("onnxruntime-gpu") or []
    except PackageNotFoundError:
        pytest.skip("onnxruntime-gpu is not installed")
    library = next(Path(file.locate()) for file in held if file.name == f"libonnxruntime_providers_{device}.so")
    content = library.read_bytes()
    for name in dict(provider_options(device, **FULL))[PROVIDERS[device]]:
        assert name.encode() + b"\0" in content
