"""Torch model -> ONNX, through optimum. The only module that knows optimum: leaving it one day is this file's work."""

import io
import logging
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import onnx
import torch
from optimum.exporters.onnx import TextEncoderOnnxConfig, export
from torch import Tensor, nn

from headwater.bundle import Head
from headwater.text import CASING_ROWS, Input

__all__ = ["OPSET", "HeadsOnnxConfig", "to_onnx"]

OPSET = 18


class HeadsOnnxConfig(TextEncoderOnnxConfig):
    """Any inputs that `headwater.text` makes, and one output a head."""

    def __init__(self, config: Any, inputs: Sequence[Input], heads: Sequence[Head], vocabulary: int) -> None:
        self.input_list, self.heads, self.vocabulary = inputs, heads, vocabulary
        super().__init__(config, task="feature-extraction")

    NORMALIZED_CONFIG_CLASS = staticmethod(lambda config, **kwargs: config)  # ours needs no renaming of its fields

    @property
    def inputs(self) -> dict[str, dict[int, str]]:
        return {item.name: {0: "batch_size", 1: "sequence_length"} for item in self.input_list}

    @property
    def outputs(self) -> dict[str, dict[int, str]]:
        axes = {0: "batch_size"}
        return {head.output: axes | ({1: "sequence_length"} if head.kind == "token" else {}) for head in self.heads}

    def generate_dummy_inputs(self, framework: str = "pt", **shapes: Any) -> dict[str, Tensor]:
        """Two rows of 16 tokens, the second half padding, so that the mask is traced at work."""
        generator = torch.Generator().manual_seed(13)
        dummy = {}
        for item in self.input_list:
            if item.feature == "mask.v1":
                dummy[item.name] = torch.tensor([[1] * 16, [1] * 8 + [0] * 8])
            else:
                top = {"ids.v1": self.vocabulary, "casing.v1": CASING_ROWS}.get(item.feature, 2)
                dummy[item.name] = torch.randint(0, top, (2, 16), generator=generator)
        if framework == "np":
            return {name: values.numpy() for name, values in dummy.items()}
        return dummy


def to_onnx(model: nn.Module, inputs: Sequence[Input], heads: Sequence[Head], vocabulary: int) -> onnx.ModelProto:
    """Export a model whose forward takes the inputs by name and gives a dict of outputs by head.

    The graph is fp32 and unrounded; batch and length are free axes. `vocabulary` bounds the example's token ids.
    """
    config = HeadsOnnxConfig(model.config, inputs, heads, vocabulary)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter(
            "ignore"
        )  # the tracer's notes on shapes that it takes as constants: parity is proved after
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        path = Path(folder) / "model.onnx"
        export(model.eval(), config, path, opset=OPSET)
        proto = onnx.load(path)
    for output, head in zip(proto.graph.output, heads, strict=True):
        if head.kind != "embedding":  # the tracer leaves the last axis nameless; a bundle is checked against it
            output.type.tensor_type.shape.dim[-1].dim_value = len(head.labels)
    return proto
