"""The tensors of the Open Inference Protocol over gRPC: a request's message -> arrays, arrays -> a response's message.

Tensors stand in `raw_input_contents`, an element for each input in little-endian bytes, or as numbers in each input's
own contents. The answer has the form of the question.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from headwater.api.tensors import TYPES, Inference, check_new, check_tensor, int64, wanted_outputs
from headwater.errors import InputError
from headwater.serving.messages import INFERENCE, method

__all__ = ["decode", "encode"]


def decode(request: Any) -> Inference:
    """Read a ModelInferRequest. Raises InputError saying which part is not as the protocol has it."""
    raw, inputs = request.raw_input_contents, dict[str, np.ndarray]()
    if raw and len(raw) != len(request.inputs):
        raise InputError(f"expected raw_input_contents of {len(request.inputs)} inputs, got {len(raw)}")
    for place, entry in enumerate(request.inputs):
        name = entry.name[:80]
        check_tensor(name, list(entry.shape), entry.datatype)
        check_new(name, inputs)
        inputs[name] = _values(name, entry, raw[place] if raw else None).reshape(tuple(entry.shape))
    items = [{"name": item.name, "parameters": _parameters(item)} for item in request.outputs]
    parameters = _parameters(request)
    return Inference(request.id, inputs, wanted_outputs(items, bool(raw)), bool(raw), parameters)


def _values(name: str, entry: Any, raw: bytes | None) -> np.ndarray:
    """int64 (values,) of an input, as many as its shape says."""
    wanted = math.prod(entry.shape)
    if raw is None:
        numbers = entry.contents.int64_contents
        if len(numbers) != wanted:
            raise InputError(f"input {name}: expected {wanted} numbers in int64_contents, got {len(numbers)}")
        return np.array(numbers, dtype=np.int64)
    if entry.HasField("contents"):
        raise InputError(f"input {name}: expected its values in raw_input_contents alone, got contents as well")
    if len(raw) != 8 * wanted:
        raise InputError(f"input {name}: expected {8 * wanted} bytes of INT64, got {len(raw)}")
    return int64(raw)


def _parameters(holder: Any) -> dict[str, Any]:
    kinds = {key: (value, value.WhichOneof("parameter_choice")) for key, value in holder.parameters.items()}
    return {key: getattr(value, kind) if kind else None for key, (value, kind) in kinds.items()}


def encode(model: str, version: str, request: Inference, outputs: Mapping[str, np.ndarray]) -> Any:
    """The ModelInferResponse that `request` asks for, of checked outputs."""
    answer = method(INFERENCE, "ModelInfer")[1](model_name=model, model_version=version, id=request.id)
    for name in [item.name for item in request.outputs] or outputs:
        values = outputs[name]
        entry = answer.outputs.add(name=name, datatype=TYPES[values.dtype], shape=values.shape)
        if request.binary:
            answer.raw_output_contents.append(values.astype("<f4", copy=False).tobytes())
        else:
            entry.contents.fp32_contents.extend(values.ravel().tolist())
    return answer
