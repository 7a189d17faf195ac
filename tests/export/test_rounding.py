import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from headwater.export.rounding import round_table, round_weights
from headwater.serving.variants import build


def graph(seed: int = 0) -> onnx.ModelProto:
    """Look up, multiply, multiply by a transposed and by a turned weight: every use that is rounded."""
    random = np.random.default_rng(seed)
    arrays = {
        "embedding": random.normal(size=(50, 16)),
        "first": random.normal(size=(16, 24)),
        "second": random.normal(size=(8, 24)),
        "head": random.normal(size=(4, 8)),
        "bias": random.normal(size=8),
        "scale": random.normal(size=24),
    }
    nodes = [
        helper.make_node("Gather", ["embedding", "ids"], ["x"]),
        helper.make_node("MatMul", ["x", "first"], ["y"]),
        helper.make_node("Mul", ["y", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["second"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["scaled", "turned"], ["z"]),
        helper.make_node("Add", ["z", "bias"], ["biased"]),
        helper.make_node("Gemm", ["biased", "head"], ["logits"], transB=1),
    ]
    made = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["rows"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", 4])],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in arrays.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def logits(model: onnx.ModelProto) -> np.ndarray:
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()  # onnxruntime's own rewriting would round activations, too
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"ids": np.arange(50)})[0]


def tensors(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def test_a_row_by_hand():
    # row 0: 127 / 127 = 1; row 1: 1 / 127, whose nearest 16-bit number above is a little more; row 2 holds nothing
    table, scale = round_table(np.float32([[127, -63.6, 0.4], [1, 0, -0.5], [0, 0, 0]]), axis=0)
    assert table.dtype == np.int8
    assert table.tolist() == [[127, -64, 0], [127, 0, -63], [0, 0, 0]]
    assert scale.dtype == np.float32
    assert scale[0] == scale[2] == 1
    assert 1 / 127 <= scale[1] <= 1 / 127 * (1 + 2**-15)


@pytest.mark.parametrize("axis", [0, 1])
def test_rounding_again_is_exact(axis):
    random = np.random.default_rng(1)
    weight = (random.normal(size=(300, 200)) * 10.0 ** random.integers(-6, 3, size=(300, 1))).astype(np.float32)
    table, scale = round_table(weight, axis)
    floats = table * np.expand_dims(scale, 1 - axis)
    again, scale_again = round_table(floats, axis)
    assert np.array_equal(table, again)
    assert np.array_equal(scale, scale_again)
    step = np.abs(weight).max(axis=1 - axis, keepdims=True) / 127
    assert (np.abs(floats - weight) <= step * 0.501).all()


def test_tables_become_int8_and_the_rest_stays():
    stored = tensors(round_weights(graph(), smallest=64))
    assert {name for name in stored if name.endswith("_int8")} == {"embedding_int8", "first_int8", "turned_int8"}
    assert {"head", "bias", "scale"} <= stored.keys()  # 32 elements, and two that nothing multiplies by as a matrix
    assert {name: stored[name].shape for name in ("embedding_scale", "first_scale", "turned_scale")} == {
        "embedding_scale": (50,),
        "first_scale": (24,),
        "turned_scale": (8,),
    }


def test_the_output_channels_of_a_gemm_are_its_rows_when_it_transposes():
    stored = round_weights(graph(), smallest=1)
    assert tensors(stored)["head_scale"].shape == (4,)


def test_the_stored_graph_still_computes_the_model():
    before, after = logits(graph()), logits(round_weights(graph(), smallest=1))
    assert 0 < np.abs(before - after).max() < 0.03 * np.abs(before).max()


def test_rounding_a_graph_again_changes_nothing():
    stored = round_weights(graph(), smallest=1)
    assert round_weights(stored, smallest=1) == stored
    back = tensors(round_weights(build(stored, "fp32"), smallest=1))
    tables = {name: array for name, array in tensors(stored).items() if name.endswith(("_int8", "_scale"))}
    assert len(tables) == 8
    for name, array in tables.items():
        assert np.array_equal(back[name], array), name


def test_the_model_that_came_in_is_left_alone():
    model = graph()
    round_weights(model, smallest=1)
    assert model == graph()
