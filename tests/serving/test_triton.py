"""A Triton repository against Triton's own schema, and against the graph that onnxruntime opens."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from headwater.bundle import Bundle
from headwater.errors import InputError
from headwater.serving import triton as module
from headwater.serving.buckets import declared
from headwater.serving.model import Model
from headwater.serving.session import Session
from headwater.serving.triton import ENGINES, Serving, write_model

text_format = pytest.importorskip("google.protobuf.text_format")
schema = pytest.importorskip("tritonclient.grpc.model_config_pb2")

TYPES = {"tensor(int64)": "TYPE_INT64", "tensor(float)": "TYPE_FP32", "tensor(float16)": "TYPE_FP16"}
NUMPY = {"TYPE_INT64": np.int64, "TYPE_FP32": np.float32}
# The keys that the README of triton-inference-server/onnxruntime_backend lists for the accelerator.
TENSORRT = {
    "precision_mode", "max_workspace_size_bytes", "trt_layer_norm_fp32_fallback", "trt_engine_cache_enable",
    "trt_engine_cache_path", "trt_cuda_graph_enable", "trt_profile_min_shapes", "trt_profile_opt_shapes",
    "trt_profile_max_shapes",
}  # fmt: skip
SERVINGS = [
    Serving(),
    Serving(batch=1, instances=4),
    Serving("gpu"),
    Serving("gpu", accelerator="cuda"),
    Serving("gpu", 32, 2, "tensorrt"),
]


@pytest.fixture
def bundle(tiny: Callable, tmp_path: Path) -> Bundle:
    return tiny(tmp_path / "news", "sentiment", "entities")


def written(bundle: Bundle, folder: Path, serving: Serving):
    made = write_model(bundle, folder, serving)
    return text_format.Parse((made / "config.pbtxt").read_text(), schema.ModelConfig()), made / "1" / "model.onnx"


def told(config) -> dict[str, str]:
    return {key: value.string_value for key, value in config.parameters.items()}


@pytest.mark.parametrize("serving", SERVINGS, ids=lambda s: f"{s.device}-{s.accelerator}-{s.batch}")
def test_a_config_says_what_the_graph_says(bundle, tmp_path, serving):
    config, graph = written(bundle, tmp_path / "repository", serving)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for fields, values in ((config.input, session.get_inputs()), (config.output, session.get_outputs())):
        names = {field.name: (schema.DataType.Name(field.data_type), list(field.dims)) for field in fields}
        assert names
        assert names == {
            v.name: (TYPES[v.type], [size if isinstance(size, int) else -1 for size in v.shape[1:]]) for v in values
        }
        assert all(not isinstance(v.shape[0], int) for v in values), "the batch dimension is free"
    assert (config.name, config.backend, config.default_model_filename) == ("news", "onnxruntime", graph.name)
    assert config.version_policy.latest.num_versions == 1
    assert config.max_batch_size == serving.batch
    (group,) = config.instance_group
    assert schema.ModelInstanceGroup.Kind.Name(group.kind) == f"KIND_{serving.device.upper()}"
    assert group.count == (serving.instances or {"cpu": 2, "gpu": 1}[serving.device])
    assert not config.response_cache.enable
    assert config.optimization.graph.level == 0
    assert told(config)["headwater_bundle_digest"] == bundle.digest
    assert told(config)["headwater_variant"] == {"cpu": "int8", "gpu": "fp16"}[serving.device]


@pytest.mark.parametrize("batch", [1, 5, 8, 64, 256])
def test_the_queue_is_bounded_and_refuses(bundle, tmp_path, batch):
    batching = written(bundle, tmp_path / "r", Serving(batch=batch))[0].dynamic_batching
    sizes = list(batching.preferred_batch_size)
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == batch
    assert batching.max_queue_delay_microseconds == 2000
    policy = batching.default_queue_policy
    assert policy.timeout_action == schema.ModelQueuePolicy.REJECT
    assert policy.max_queue_size == 32 * batch
    assert policy.default_timeout_microseconds == 5_000_000
    assert policy.allow_timeout_override


@pytest.mark.parametrize("serving", [Serving(batch=8), Serving("gpu", batch=8)], ids=["cpu", "gpu"])
def test_warm_ups_run_through_the_session(bundle, tmp_path, serving):
    """As Triton makes them: zeros, or random numbers, of (batch_size, dims) for every input."""
    config, graph = written(bundle, tmp_path / "r", serving)
    session, shapes = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"]), []
    for warmup in config.model_warmup:
        feeds = {}
        for name, entry in warmup.inputs.items():
            assert entry.zero_data
            feeds[name] = np.zeros([warmup.batch_size, *entry.dims], NUMPY[schema.DataType.Name(entry.data_type)])
        assert feeds.keys() == {item.name for item in session.get_inputs()}
        assert [len(values) for values in session.run(None, feeds)] == [warmup.batch_size] * 2
        shapes.append(next(iter(feeds.values())).shape)
    assert shapes == [(1, 16), (1, 32), (8, 16), (8, 32)], "each length of a window of 32, and the largest batch"
    assert len({warmup.name for warmup in config.model_warmup}) == len(shapes)


def test_clients_learn_the_lengths_from_the_config(bundle, tmp_path):
    found = declared(told(written(bundle, tmp_path / "r", Serving())[0])["headwater_lengths"])
    assert found is not None
    assert found.lengths == (16, 32)
    assert found.most is None


def test_tensorrt_and_cuda_take_documented_keys(bundle, tmp_path):
    config, _ = written(bundle, tmp_path / "r", Serving("gpu", 32, accelerator="tensorrt"))
    trt, cuda = config.optimization.execution_accelerators.gpu_execution_accelerator
    assert (trt.name, cuda.name) == ("tensorrt", "cuda")
    assert trt.parameters.keys() == TENSORRT
    assert trt.parameters["precision_mode"] == "FP16"
    assert int(trt.parameters["max_workspace_size_bytes"]) == 2**30
    assert trt.parameters["trt_cuda_graph_enable"] == "0"
    assert trt.parameters["trt_profile_max_shapes"] == "ids:32x32,mask:32x32"
    assert trt.parameters["trt_engine_cache_path"] == f"{ENGINES}/news-{bundle.digest[:12]}"
    assert dict(cuda.parameters) == {"use_tf32": "0"}
    assert told(config)["arena_extend_strategy"] == told(config)["cudnn_conv_algo_search"] == "1"


def test_a_cpu_has_no_accelerator_and_one_thread(bundle, tmp_path):
    config, _ = written(bundle, tmp_path / "r", Serving())
    assert not config.optimization.HasField("execution_accelerators")
    assert told(config)["intra_op_thread_count"] == "1"
    assert "arena_extend_strategy" not in told(config)


def test_what_does_not_go_together_is_refused():
    for given, message in (
        ({"device": "tpu"}, "cpu, gpu"),
        ({"accelerator": "cuda"}, "--device gpu"),
        ({"device": "gpu", "accelerator": "x"}, "none, cuda, tensorrt"),
        ({"batch": 0}, "1 or more"),
        ({"instances": 0}, "1 or more"),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            Serving(**given)


def test_an_older_model_is_replaced_and_nothing_left_behind(bundle, tmp_path):
    out = tmp_path / "deep" / "repository"
    write_model(bundle, out, Serving())
    (out / "news" / "1" / "old").write_text("gone")
    write_model(bundle, out, Serving())
    assert sorted(path.name for path in (out / "news" / "1").iterdir()) == ["model.onnx"]
    assert [path.name for path in out.parent.iterdir()] == ["repository"]


@pytest.mark.parametrize("around", ["other disk", "read-only"])
def test_a_repository_may_be_a_volume_of_its_own(bundle, tmp_path, monkeypatch, around):
    """Rename and mkdtemp as a container has them: none leads across the edge of the volume, or nothing is written around it."""
    out = tmp_path / "volume"
    rename, make = os.replace, module.tempfile.mkdtemp

    def replace(source: Path, target: Path) -> None:
        if source.is_relative_to(out) != target.is_relative_to(out):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, target)

    def mkdtemp(**given) -> str:
        if around == "read-only" and not given["dir"].is_relative_to(out):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return make(**given)

    monkeypatch.setattr(module.os, "replace", replace)
    monkeypatch.setattr(module.tempfile, "mkdtemp", mkdtemp)
    for _ in range(2):  # a new model, and one in the place of an older
        config, graph = written(bundle, out, Serving())
        assert config.name == "news"
        assert graph.is_file()
        assert [path.name for path in out.iterdir()] == ["news"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


class Triton:
    """Triton as a client meets it: the repository's graph and config, requests of one length alone."""

    def __init__(self, config, graph: Path) -> None:
        self.session, self.device, self.provider = Session(graph), "remote", "onnxruntime_onnx"
        self.shapes, self.met = self.session.shapes, set()
        self.config = {key.removeprefix("headwater_"): value for key, value in told(config).items()}

    def __call__(self, arrays):
        self.met.add(next(iter(arrays.values())).shape[1])
        return self.session(arrays)


def test_a_client_meets_the_server_in_the_lengths_that_it_warmed_up(bundle, tmp_path):
    server = Triton(*written(bundle, tmp_path / "r", Serving()))
    texts = ["oil rose", "Acme Bank in London " * 6, "gold"]
    found = Model(bundle, "int8", server, budget=64).predict_heads(texts)
    wanted = Model(bundle, "int8", server.session).predict_heads(texts)
    assert server.met == {16, 32}
    assert found["entities"] == wanted["entities"]
