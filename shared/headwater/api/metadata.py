"""What the Open Inference Protocol tells of a server and its models, over REST and over gRPC alike."""

from collections.abc import Mapping
from typing import Any

import headwater
from headwater.api.service import Service, Swapped, UnknownModel
from headwater.serving.model import Model

__all__ = ["check_bundle", "config", "index", "metadata", "model_of", "seconds_of", "server"]

DIGEST = "headwater_bundle_digest"  # told in the configuration; sent back with a request by who reads by it
MICROSECONDS = 1e6  # Triton's unit of `timeout`


def server() -> dict[str, Any]:
    """The server and its extensions."""
    return {
        "name": "headwater",
        "version": headwater.__version__,
        "extensions": ["binary_tensor_data", "model_configuration"],
    }


def model_of(service: Service, name: str, version: str | None = None) -> Model:
    """The model of that name and, if one is given, version. Raises UnknownModel."""
    model = service.model(name)
    if version not in (None, model.bundle.manifest.version):
        raise UnknownModel(f"model {name}: expected version {model.bundle.manifest.version}, got {version!r}")
    return model


def metadata(model: Model) -> dict[str, Any]:
    """Inputs and outputs, as the graph has them."""
    manifest = model.bundle.manifest
    return {
        "name": manifest.name,
        "versions": [manifest.version],
        "platform": "onnxruntime_onnx",
        "inputs": [
            {"name": item.name, "datatype": "INT64", "shape": [-1, -1]} for item in model.predictor.encoder.inputs
        ],
        "outputs": [
            {"name": name, "datatype": "FP32", "shape": [-1, *shape]} for name, shape in _outputs(model).items()
        ],
    }


def config(service: Service, model: Model) -> dict[str, Any]:
    """As much of Triton's model configuration as a client can use: which bundle, as in our Triton repository."""
    return {
        "name": model.bundle.manifest.name,
        "backend": "onnxruntime",
        "max_batch_size": service.limits.texts,
        "input": [
            {"name": item.name, "data_type": "TYPE_INT64", "dims": [-1]} for item in model.predictor.encoder.inputs
        ],
        "output": [{"name": name, "data_type": "TYPE_FP32", "dims": shape} for name, shape in _outputs(model).items()],
        "parameters": {
            DIGEST: {"string_value": model.bundle.digest},
            "headwater_variant": {"string_value": model.variant},
            "headwater_provider": {"string_value": model.provider},
        },
    }


def index(service: Service) -> list[dict[str, str]]:
    """The models that are held."""
    manifests = [model.bundle.manifest for model in service.models.values()]
    return [{"name": each.name, "version": each.version, "state": "READY", "reason": ""} for each in manifests]


def check_bundle(model: Model, parameters: Mapping[str, Any]) -> None:
    """Raise Swapped where a caller would read the answer by the description of another bundle."""
    if parameters.get(DIGEST) not in (None, model.bundle.digest):
        raise Swapped(f"model {model.bundle.manifest.name}: another version is served now: connect again")


def seconds_of(parameters: Mapping[str, Any]) -> float | None:
    """The time that a request gives itself, of `timeout` in microseconds; None where it names none."""
    timeout = parameters.get("timeout")
    return timeout / MICROSECONDS if isinstance(timeout, int | float) and timeout else None


def _outputs(model: Model) -> dict[str, list[int]]:
    """Shapes by output name, less the axis of rows; -1 where any size goes."""
    shapes = model.session.shapes
    return {
        head.output: [axis if isinstance(axis, int) else -1 for axis in shapes[head.output][1:]] for head in model.heads
    }
