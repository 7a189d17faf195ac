"""The tensors of the Open Inference Protocol: a request's bytes -> arrays, arrays -> a response's bytes.

A body is JSON; tensors stand in it as lists, or behind it as little-endian bytes, one after the other, where the header
Inference-Header-Content-Length says how long the JSON is (the binary tensor data extension, as Triton speaks it).
https://github.com/kserve/open-inference-protocol and Triton's docs/protocol/extension_binary_data.md.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import orjson

from headwater.errors import InputError

__all__ = [
    "HEADER",
    "TYPES",
    "Asked",
    "Inference",
    "check_new",
    "check_outputs",
    "check_tensor",
    "decode",
    "encode",
    "int64",
    "rows_of",
    "wanted_outputs",
]

HEADER = "Inference-Header-Content-Length"
TYPES = {np.dtype(np.int64): "INT64", np.dtype(np.float32): "FP32"}
INPUT = "INT64"  # what every input of a text model is


@dataclass(frozen=True)
class Asked:
    """An output that is asked for, in JSON or in bytes."""

    name: str
    binary: bool


@dataclass(frozen=True)
class Inference:
    """One request. `outputs` is empty where all are asked for, in the form that `binary` says."""

    id: str
    inputs: dict[str, np.ndarray]
    outputs: tuple[Asked, ...]
    binary: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


def decode(body: bytes, header_length: str | None) -> Inference:
    """Read the body of an infer request. Raises InputError saying which part is not as the protocol has it."""
    length = _length(body, header_length)
    try:
        content = orjson.loads(body[:length])
    except orjson.JSONDecodeError as fault:
        raise InputError(f"expected a JSON object in the body: {fault}") from fault
    if not isinstance(content, dict) or not isinstance(content.get("inputs"), list):
        raise InputError('expected a JSON object with a list "inputs"')
    rest, inputs = memoryview(body)[length:], dict[str, np.ndarray]()
    for entry in content["inputs"]:
        name, array, used = _tensor(entry, rest)
        check_new(name, inputs)
        inputs[name], rest = array, rest[used:]
    if len(rest):
        raise InputError(f"expected as many bytes as the inputs' binary_data_size say, got {len(rest)} more")
    parameters = _parameters(content)
    binary = parameters.get("binary_data_output") is True
    outputs = wanted_outputs(_list(content.get("outputs")), binary)
    return Inference(str(content.get("id") or ""), inputs, outputs, binary, parameters)


def wanted_outputs(items: Sequence[Any], binary: bool) -> tuple[Asked, ...]:
    """The outputs that a request asks for, of their objects in the protocol's JSON. Raises InputError."""
    outputs = tuple(_asked(item, binary) for item in items)
    if len({item.name for item in outputs}) < len(outputs):
        raise InputError("expected each output once")  # else a small request could ask for any amount
    return outputs


def _asked(item: Any, binary: bool) -> Asked:
    item = _object(item, "output")
    parameters = _parameters(item)
    if more := sorted(set(parameters) - {"binary_data"}):
        raise InputError(
            f"output {_short(item.get('name'))}: expected no parameter but binary_data, got {_short(more[0])}"
        )
    return Asked(_short(item.get("name")), parameters.get("binary_data", binary) is True)


def _length(body: bytes, header_length: str | None) -> int:
    if header_length is None:
        return len(body)
    if len(header_length) > 12 or not header_length.isdecimal() or int(header_length) > len(body):
        raise InputError(f"{HEADER}: expected a number of bytes up to {len(body)}, got {header_length[:20]!r}")
    return int(header_length)


def _tensor(entry: Any, rest: memoryview) -> tuple[str, np.ndarray, int]:
    """Name, int64 array and the number of bytes that it took from `rest`."""
    entry = _object(entry, "input")
    name, shape = _short(entry.get("name")), entry.get("shape")
    check_tensor(name, shape, entry.get("datatype"))
    wanted, size = math.prod(shape), _parameters(entry).get("binary_data_size")
    if size is not None:
        if type(size) is not int or size != 8 * wanted or size > len(rest):
            raise InputError(f"input {name}: expected {8 * wanted} bytes of INT64, got {_short(size)} of {len(rest)}")
        return name, int64(rest[:size]).reshape(shape), size
    return name, _numbers(name, entry.get("data"), wanted).reshape(shape), 0


def check_tensor(name: str, shape: Any, kind: Any) -> None:
    """Raise InputError where an input is not of the type and the axes that every input of a text model has."""
    if kind != INPUT:
        raise InputError(f"input {name}: expected datatype {INPUT}, got {_short(kind)!r}")
    if not isinstance(shape, list) or len(shape) != 2 or not all(_size(n) for n in shape):
        raise InputError(f"input {name}: expected a shape of [rows, tokens], got another one")


def check_new(name: str, inputs: Mapping[str, np.ndarray]) -> None:
    """Raise InputError for an input that was given before."""
    if name in inputs:
        raise InputError(f"expected each input once, got {name} again")


def int64(content: bytes | memoryview) -> np.ndarray:
    """int64 (values,) of little-endian bytes."""
    return np.frombuffer(content, dtype="<i8").astype(np.int64)


def _numbers(name: str, data: Any, wanted: int) -> np.ndarray:
    """int64 (wanted,) of a list of numbers, or of a list for each row.

    Each is looked at before numpy sees any: of one long text among many values it would make a table of long texts.
    """
    if isinstance(data, list) and data and all(isinstance(row, list) for row in data):
        data = list(chain.from_iterable(data))
    if not isinstance(data, list) or len(data) != wanted or not all(type(value) is int for value in data):
        raise InputError(f"input {name}: expected {wanted} whole numbers in data")
    try:
        return np.array(data, dtype=np.int64)
    except OverflowError as fault:
        raise InputError(f"input {name}: expected whole numbers of 64 bits") from fault


def _short(value: Any) -> str:
    """What came, for a message: a text's beginning, or of anything else its type."""
    return value[:80] if isinstance(value, str) else type(value).__name__


def _size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"expected each {what} to be an object, got {_short(value)!r}")
    return value


def _list(value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise InputError(f'expected "outputs" to be a list, got {_short(value)!r}')
    return value or []


def _parameters(holder: Mapping[str, Any]) -> dict[str, Any]:
    return _object(holder.get("parameters") or {}, "parameters")


def check_outputs(request: Inference, known: Sequence[str]) -> None:
    """Raise InputError for an output that is not there, before the model runs for nothing."""
    for item in request.outputs:
        if item.name not in known:
            raise InputError(f"expected outputs of {', '.join(known)}, got {item.name!r}")


def encode(
    model: str, version: str, request: Inference, outputs: Mapping[str, np.ndarray]
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the response that `request` asks for, of checked outputs."""
    asked = request.outputs or tuple(Asked(name, request.binary) for name in outputs)
    entries: list[dict[str, Any]] = []
    tail: list[bytes] = []
    for item in asked:
        values = np.ascontiguousarray(outputs[item.name])
        entry: dict[str, Any] = {"name": item.name, "datatype": TYPES[values.dtype], "shape": list(values.shape)}
        if item.binary:
            tail.append(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())
            entry["parameters"] = {"binary_data_size": len(tail[-1])}
        else:
            entry["data"] = values.ravel()
        entries.append(entry)
    head: dict[str, Any] = {"model_name": model, "model_version": version, "outputs": entries}
    if request.id:
        head["id"] = request.id
    text = orjson.dumps(head, option=orjson.OPT_SERIALIZE_NUMPY)
    if not tail:
        return text, {"Content-Type": "application/json"}
    return text + b"".join(tail), {"Content-Type": "application/octet-stream", HEADER: str(len(text))}


def rows_of(inputs: Mapping[str, np.ndarray], wanted: Sequence[str]) -> tuple[int, int]:
    """(rows, tokens), the one shape of all inputs. Raises InputError where names or shapes are not what is wanted."""
    if set(inputs) != set(wanted):
        raise InputError(f"expected the inputs {', '.join(wanted)}, got {', '.join(inputs) or 'none'}")
    shapes = {array.shape for array in inputs.values()}
    if len(shapes) != 1 or 0 in (shape := next(iter(shapes))):
        raise InputError(f"expected inputs of one shape with a row at least, got {sorted(shapes)}")
    return int(shape[0]), int(shape[1])
