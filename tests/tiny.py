"""A bundle small enough to build in a test: a real graph, tokenizer and manifest, with random weights."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from headwater.bundle import Bundle, Calibration, Head, Manifest, Threshold, write_bundle
from headwater.spans import bio_labels
from headwater.text import Input

__all__ = ["HEADS", "VOCABULARY", "graph", "tiny_bundle", "tokenizer"]

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *"oil gold shares rose fell in London Acme Bank profit beats misses".split(),
]
HEADS = {
    "sentiment": Head("sentiment", "single", ("negative", "neutral", "positive"), "sentiment"),
    "entities": Head("entities", "token", bio_labels(["LOC", "ORG"]), "entities"),
    "companies": Head("companies", "token", bio_labels(["negative", "neutral", "positive"]), "companies"),
    "topics": Head("topics", "multi", ("energy", "metals"), "topics"),
    "vector": Head("vector", "embedding", (), "vector"),
    "same": Head("same", "pair", ("no", "yes"), "same"),
    "relation": Head("relation", "single", ("none", "Based_In", "Beats"), "relation", out_of_scope="none"),
}


def tokenizer() -> bytes:
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made.to_str().encode()


def graph(heads: list[Head], seed: int) -> bytes:
    """Word vectors; token heads read each, the others their mean under the mask."""
    draw, width = np.random.default_rng(seed), 8
    tensors = {"table": draw.normal(size=(len(VOCABULARY), width)), "last": np.int64([-1]), "tokens": np.int64([1])}
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["words"]),
        helper.make_node("Cast", ["mask"], ["kept"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["kept", "last"], ["column"]),
        helper.make_node("Mul", ["words", "column"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "tokens"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["column", "tokens"], ["count"], keepdims=0),
        helper.make_node("Div", ["sum", "count"], ["mean"]),
    ]
    outputs = []
    for head in heads:
        labels = len(head.labels) or width
        tensors[f"{head.name}_weight"] = 3 * draw.normal(size=(width, labels))
        read, shape = ("words", ["rows", "tokens", labels]) if head.kind == "token" else ("mean", ["rows", labels])
        nodes.append(helper.make_node("MatMul", [read, f"{head.name}_weight"], [head.output]))
        outputs.append(helper.make_tensor_value_info(head.output, TensorProto.FLOAT, shape))
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "tokens"]) for name in ("ids", "mask")]
    weights = [
        numpy_helper.from_array(v if v.dtype == np.int64 else v.astype(np.float32), n) for n, v in tensors.items()
    ]
    made = helper.make_graph(nodes, "tiny", inputs, outputs, weights)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def tiny_bundle(folder: Path, *names: str, seed: int = 0) -> Bundle:
    """Write a bundle with the heads of these names (see HEADS); `sentiment` abstains at risk 0.05."""
    heads = [HEADS[name] for name in names]
    calibration = {name: Calibration() for name in names}
    calibration["sentiment"] = Calibration(1.0, (Threshold(0.05, 0.1, 0.8, 0.5),))
    inputs = (Input("ids", "ids.v1"), Input("mask", "mask.v1"))
    manifest = Manifest(
        folder.name, "1", "test", tuple(heads), inputs, 32, 4, {"int8": calibration, "fp32": calibration}
    )
    return write_bundle(folder, manifest, {"model.onnx": graph(heads, seed), "tokenizer.json": tokenizer()})
