import itertools
import os
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from headwater.bundle import open_bundle
from headwater.errors import BundleError
from headwater.export.rounding import round_weights
from headwater.serving import variants
from headwater.serving.model import Model
from headwater.serving.session import Session
from headwater.serving.variants import build, cached

WIDTH, VOCABULARY = 32, 60
ARCHITECTURES = ["bert", "roberta", "distilbert", "deberta-v2", "mpnet", "electra", "xlm-roberta"]


def stored() -> onnx.ModelProto:
    """One feed-forward block: norm(gelu(x W + b) V + c + x), then a head, over a table of 60 x 32; rounded."""
    random = np.random.default_rng(0)
    shapes = {"table": (VOCABULARY, WIDTH), "W": (WIDTH, 64), "b": 64, "V": (64, WIDTH), "c": WIDTH, "head": (3, WIDTH)}
    arrays = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    arrays |= {"gain": np.ones(WIDTH, np.float32), "offset": np.zeros(WIDTH, np.float32), "first": np.int64(0)}
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["x"]),
        helper.make_node("MatMul", ["x", "W"], ["xw"]),
        helper.make_node("Add", ["b", "xw"], ["inner"]),
        helper.make_node("Gelu", ["inner"], ["gelu"]),
        helper.make_node("MatMul", ["gelu", "V"], ["gv"]),
        helper.make_node("Add", ["gv", "c"], ["outer"]),
        helper.make_node("Add", ["outer", "x"], ["sum"]),
        helper.make_node("LayerNormalization", ["sum", "gain", "offset"], ["norm"], axis=-1),
        helper.make_node("Gather", ["norm", "first"], ["pooled"], axis=1),
        helper.make_node("Gemm", ["pooled", "head"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "block",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "sequence"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 3])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in arrays.items()],
    )
    return round_weights(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), 1)


def session(model: onnx.ModelProto, *, as_is: bool = False) -> onnxruntime.InferenceSession:
    """`as_is`: without onnxruntime's rewriting, which would round activations where it meets DequantizeLinear."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if as_is:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def operators(model: onnx.ModelProto, tmp_path: Path, *, optimised: bool = False) -> Counter:
    if optimised:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        model = onnx.load(tmp_path / "optimised.onnx")
    return Counter(node.op_type for node in model.graph.node)


def test_fp32_holds_floats_and_computes_what_is_stored(tmp_path):
    ids = np.arange(24).reshape(4, 6)
    model = build(stored(), "fp32")
    assert operators(model, tmp_path)["DequantizeLinear"] == 0
    expected = session(stored(), as_is=True).run(None, {"ids": ids})[0]
    assert np.abs(session(model).run(None, {"ids": ids})[0] - expected).max() < 1e-5


def test_int8_against_the_formula(tmp_path):
    """The module's formula in numpy, on a product alone: rows of ordinary, large and no values."""
    random = np.random.default_rng(0)
    weight = numpy_helper.from_array(random.normal(size=(WIDTH, 48)).astype(np.float32), "W")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "sequence", WIDTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", "sequence", 48])],
        [weight],
    )
    rounded = round_weights(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), 1)
    x = random.normal(size=(2, 3, WIDTH)).astype(np.float32)
    x[0, 1] *= 1e6
    x[1, 2] = 0
    y = session(build(rounded, "int8")).run(None, {"x": x})[0]

    table, w_scale = (numpy_helper.to_array(tensor) for tensor in rounded.graph.initializer)
    scale = np.abs(x).max(axis=-1, keepdims=True) / 127
    integers = np.rint(x / np.where(scale == 0, 1, scale))
    assert np.allclose(y, (integers @ table.astype(float)) * w_scale * scale, rtol=2e-2, atol=1e-5)
    assert (y[1, 2] == 0).all()


def test_int8_multiplies_integers_and_looks_up_int8_rows(tmp_path):
    made = build(stored(), "int8")
    kinds = operators(made, tmp_path)
    assert kinds["MatMulIntegerToFloat"] == 3
    assert kinds["MatMul"] == kinds["Gemm"] == 0
    types = {tensor.data_type for tensor in made.graph.initializer if len(tensor.dims) == 2 and min(tensor.dims) > 1}
    assert types == {TensorProto.INT8}


@pytest.mark.parametrize("variant", ["fp32", "int8"])
def test_slow_fusions_do_not_come_back(variant, tmp_path):
    kinds = operators(build(stored(), variant), tmp_path, optimised=True)
    assert kinds["SkipLayerNormalization"] == kinds["BiasGelu"] == 0
    assert kinds["LayerNormalization"] == kinds["Gelu"] == 1


def test_fp16_keeps_its_inputs_and_outputs():
    half = build(stored(), "fp16")
    onnx.checker.check_model(half)
    assert [(i.name, i.type) for i in session(half).get_inputs()] == [("ids", "tensor(int64)")]
    assert [(o.name, o.type, o.shape) for o in session(half).get_outputs()] == [
        ("logits", "tensor(float)", ["batch", 3])
    ]
    assert TensorProto.FLOAT16 in {tensor.data_type for tensor in half.graph.initializer}
    ids = np.arange(24).reshape(4, 6)
    expected = session(build(stored(), "fp32")).run(None, {"ids": ids})[0]
    assert np.abs(session(half).run(None, {"ids": ids})[0] - expected).max() < 0.1


def test_an_unknown_variant_is_named():
    with pytest.raises(BundleError, match=r"expected a variant out of fp32, int8, fp16; got 'int4'"):
        build(stored(), "int4")


def masked(mask: float) -> onnx.ModelProto:
    """softmax(x + mask where nothing is kept), and how long each row of x is: what overflows fp16, in one graph."""
    arrays = {"mask": np.float32(mask), "none": np.float32(0), "last": np.array([-1])}
    nodes = [
        helper.make_node("Where", ["kept", "none", "mask"], ["added"]),
        helper.make_node("Add", ["x", "added"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["weights"], axis=-1),
        helper.make_node("ReduceL2", ["x", "last"], ["length"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "masked",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", "n"]), helper.make_tensor_value_info("kept", TensorProto.BOOL, ["rows", "n"])],
        [helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["rows", "n"]), helper.make_tensor_value_info("length", TensorProto.FLOAT, ["rows"])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in arrays.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.mark.parametrize("mask", [-1e4, -65504.0, float(np.finfo(np.float32).min)])
def test_fp16_neither_overflows_nor_gives_what_is_no_number(mask):
    x = np.array([[2.0, -30, 5, 1], [-60, -60, -60, -60], [300, 400, 0, 0]], np.float32)
    kept = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 0]], bool)  # the second row keeps nothing: still a number
    weights, length = session(build(masked(mask), "fp16")).run(None, {"x": x, "kept": kept})
    assert np.isfinite(weights).all()
    assert weights[0, 2] == weights[2, 3] == 0
    exact = np.exp(x[0, [0, 1, 3]] - 2) / np.exp(x[0, [0, 1, 3]] - 2).sum()
    np.testing.assert_allclose(weights[0, [0, 1, 3]], exact, atol=1e-3)
    np.testing.assert_allclose(weights[1], 0.25, atol=1e-3)
    np.testing.assert_allclose(length[2], 500)  # its square, 250,000, is beyond fp16


def test_fp16_holds_half_the_bytes_and_computes_what_is_stored(tmp_path):
    ids = np.arange(24).reshape(4, 6)
    model = build(stored(), "fp16")
    assert {tensor.data_type for tensor in model.graph.initializer if len(tensor.dims) == 2} == {TensorProto.FLOAT16}
    assert [item.type.tensor_type.elem_type for item in model.graph.output] == [TensorProto.FLOAT]
    expected = session(stored(), as_is=True).run(None, {"ids": ids})[0]
    assert np.abs(session(model).run(None, {"ids": ids})[0] - expected).max() < 0.01 * np.abs(expected).max()


SHIPPED = sorted((Path(__file__).parents[2] / "models").glob("*/bundle"))


@pytest.mark.slow
@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.parent.name)
def test_the_shipped_bundles_in_fp16(folder):
    """Outputs near fp32's, of one long and three short texts padded together; CPU kernels stand in for a GPU's."""
    bundle = open_bundle(folder)
    model = onnx.load(bundle.model)
    encoder = Model(bundle, "fp32", Session(bundle.model)).predictor.encoder
    texts = ["Where is my card?", "", "Oil rose 4% in London, Acme Bank said. " * 8, "x"]
    arrays = encoder.batch(encoder.encode(texts))
    fp32, fp16 = session(build(model, "fp32")), session(build(model, "fp16"))
    feeds = {item.name: arrays[item.name] for item in fp32.get_inputs()}
    for wanted, found in zip(fp32.run(None, feeds), fp16.run(None, feeds), strict=True):
        assert np.isfinite(found).all()
        assert np.abs(found - wanted).max() < 0.02 * max(1, np.abs(wanted).max())


def test_bundles_are_shipped():
    assert len(SHIPPED) >= 5


def test_what_is_stored_is_left_alone():
    model, same = stored(), stored()
    for variant in variants.VARIANTS:
        build(model, variant)
        assert model == same


def test_cached_builds_once_for_each_digest_and_variant(tmp_path, monkeypatch):
    onnx.save(stored(), tmp_path / "model.onnx")
    first = cached(tmp_path / "model.onnx", "sha256:ab", "int8", tmp_path / "cache")
    assert onnx.load(first) == build(stored(), "int8")
    monkeypatch.setattr(variants, "build", lambda *_: pytest.fail("built twice"))
    assert cached(tmp_path / "model.onnx", "sha256:ab", "int8", tmp_path / "cache") == first
    monkeypatch.undo()
    fp32 = cached(tmp_path / "model.onnx", "ab", "fp32", tmp_path / "cache")
    other = cached(tmp_path / "model.onnx", "cd", "int8", tmp_path / "cache")
    assert len({first, fp32, other}) == 3
    monkeypatch.setattr(onnxruntime, "__version__", "99")
    assert cached(tmp_path / "model.onnx", "ab", "int8", tmp_path / "cache") != first


def test_a_damaged_model_is_a_bundle_error_and_leaves_nothing(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(BundleError, match="expected an ONNX model at"):
        cached(tmp_path / "model.onnx", "ab", "int8", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_failed_write_leaves_no_temporary_file(tmp_path, monkeypatch):
    onnx.save(stored(), tmp_path / "model.onnx")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        cached(tmp_path / "model.onnx", "ab", "int8", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def _cache(folder: Path) -> str:
    return str(cached(folder / "model.onnx", "ab", "int8", folder / "cache"))


def test_processes_that_build_at_once_end_with_one_whole_file(tmp_path, processes):
    onnx.save(stored(), tmp_path / "model.onnx")
    with processes(3) as pool:
        paths = set(pool.map(_cache, [tmp_path] * 6))
    assert [str(path) for path in (tmp_path / "cache").iterdir()] == list(paths)
    assert onnx.load(paths.pop()) == build(stored(), "int8")


def exported(architecture: str, path: Path) -> onnx.ModelProto:
    """A random classifier of two layers, 32 wide, as optimum's exporter writes it."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    main_export = pytest.importorskip("optimum.exporters.onnx").onnx_export_from_model
    shape = {"vocab_size": VOCABULARY, "num_labels": 5, "pad_token_id": 1, "max_position_embeddings": 64}
    layers = {"hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    if architecture == "distilbert":
        layers = {"dim": WIDTH, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}
    if architecture == "deberta-v2":
        layers |= {
            "relative_attention": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_buckets": 16,
            "share_att_key": True,
        }
    config = transformers.AutoConfig.for_model(architecture, **shape, **layers)
    torch.manual_seed(0)
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" not in name.lower():
                parameter.mul_(4)  # the usual 0.02 leaves an untrained model's logits all but constant
    main_export(model, path, task="text-classification", opset=18, do_validation=False)
    return onnx.load(path / "model.onnx")


def batch(lengths: list[int], model: onnxruntime.InferenceSession) -> dict[str, np.ndarray]:
    """The first rows of one fixed corpus, padded together."""
    random = np.random.default_rng(5)
    corpus = [random.integers(3, VOCABULARY, size=60) for _ in range(32)]
    ids = np.ones((len(lengths), max(lengths)), np.int64)
    for row, length in enumerate(lengths):
        ids[row, :length] = corpus[row][:length]
    mask = (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    return {item.name: given[item.name] for item in model.get_inputs()}


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_architectures(architecture, tmp_path):
    """Rounded, all variants run; fp32 is the stored graph; int8 is near it, and the same alone as among 31 strangers."""
    rounded = round_weights(exported(architecture, tmp_path), smallest=256)
    lengths = [2, *itertools.islice(itertools.cycle([5, 40, 17, 60, 33, 8]), 31)]
    as_stored = session(rounded, as_is=True)
    fp32, int8 = (session(build(rounded, variant)) for variant in ("fp32", "int8"))
    expected = as_stored.run(None, batch(lengths, as_stored))[0]
    spread = expected.std()
    assert expected.shape == (32, 5)
    assert spread > 0.05
    assert np.abs(fp32.run(None, batch(lengths, fp32))[0] - expected).max() < 1e-4 * max(1, np.abs(expected).max())
    together = int8.run(None, batch(lengths, int8))[0]
    assert 0 < np.sqrt(((together - expected) ** 2).mean()) < 0.15 * spread
    alone = int8.run(None, batch(lengths[:1], int8))[0]
    assert np.abs(alone[0] - together[0]).max() < 1e-5  # the head's own float sums may differ in their last bit
    products = sum(node.op_type == "MatMulIntegerToFloat" for node in build(rounded, "int8").graph.node)
    assert products >= 12  # query, key, value, output and two of the feed-forward, in each of two layers
    fp16 = session(build(rounded, "fp16"))
    halved = fp16.run(None, batch(lengths, fp16))[0]
    assert halved.shape == (32, 5)
    assert np.abs(halved - expected).max() < 0.02 * max(1, np.abs(expected).max())
