"""The Open Inference Protocol, version 2, over REST: what Triton and KServe speak, so that their clients work here.

GET /v2, /v2/health/live, /v2/health/ready, /v2/models/NAME, /v2/models/NAME/ready, /v2/models/NAME/config;
POST /v2/models/NAME/infer, /v2/repository/index. Bodies are read by hand: `tritonclient.http` sends no Content-Type.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

import headwater
from headwater.api.service import Service, UnknownModel
from headwater.api.tensors import HEADER, decode, encode
from headwater.serving.model import Model

__all__ = ["router"]

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])
MICROSECONDS = 1e6  # Triton's unit of `timeout`


def service_of(request: Request) -> Service:
    """The service of the app that a request came to."""
    return request.app.state.service  # type: ignore[no-any-return]


def model_of(request: Request, name: str, version: str | None = None) -> Model:
    model = service_of(request).model(name)
    if version not in (None, model.bundle.manifest.version):
        raise UnknownModel(f"model {name}: expected version {model.bundle.manifest.version}, got {version!r}")
    return model


@router.get("")
def server() -> dict[str, Any]:
    """The server and its extensions."""
    return {
        "name": "headwater",
        "version": headwater.__version__,
        "extensions": ["binary_tensor_data", "model_configuration"],
    }


@router.get("/health/live")
def live() -> Response:
    """200 while the process answers."""
    return Response()


@router.get("/health/ready")
def ready(request: Request) -> Response:
    """200 while requests are worked on, else 503."""
    return Response(status_code=503 if service_of(request).faults() else 200)


@router.get("/models/{name}/ready")
@router.get("/models/{name}/versions/{version}/ready")
def model_ready(request: Request, name: str, version: str | None = None) -> Response:
    """200 where the model is held and works."""
    model_of(request, name, version)
    return ready(request)


@router.get("/models/{name}")
@router.get("/models/{name}/versions/{version}")
def metadata(request: Request, name: str, version: str | None = None) -> dict[str, Any]:
    """Inputs and outputs, as the graph has them."""
    model = model_of(request, name, version)
    shapes = model.session.shapes
    return {
        "name": name,
        "versions": [model.bundle.manifest.version],
        "platform": "onnxruntime_onnx",
        "inputs": [
            {"name": item.name, "datatype": "INT64", "shape": [-1, -1]} for item in model.predictor.encoder.inputs
        ],
        "outputs": [
            {"name": head.output, "datatype": "FP32", "shape": [_size(axis) for axis in shapes[head.output]]}
            for head in model.heads
        ],
    }


@router.get("/models/{name}/config")
@router.get("/models/{name}/versions/{version}/config")
def config(request: Request, name: str, version: str | None = None) -> dict[str, Any]:
    """As much of Triton's model configuration as a client can use: which bundle, as in our Triton repository."""
    model = model_of(request, name, version)
    return {
        "name": name,
        "backend": "onnxruntime",
        "max_batch_size": service_of(request).limits.texts,
        "parameters": {
            "headwater_bundle_digest": {"string_value": model.bundle.digest},
            "headwater_variant": {"string_value": model.variant},
            "headwater_provider": {"string_value": model.provider},
        },
    }


@router.post("/repository/index")
def index(request: Request) -> list[dict[str, str]]:
    """The models that are held."""
    held = service_of(request).models.values()
    return [
        {"name": m.bundle.manifest.name, "version": m.bundle.manifest.version, "state": "READY", "reason": ""}
        for m in held
    ]


@router.post("/models/{name}/infer")
@router.post("/models/{name}/versions/{version}/infer")
async def infer(request: Request, name: str, version: str | None = None) -> Response:
    """Tensors in, tensors out, in JSON or in bytes; `parameters.timeout` is the deadline in microseconds."""
    service, model = service_of(request), model_of(request, name, version)
    asked = decode(await request.body(), request.headers.get(HEADER))
    timeout = asked.parameters.get("timeout")
    seconds = timeout / MICROSECONDS if isinstance(timeout, int | float) and timeout else None
    outputs = await service.infer(model, asked.inputs, service.deadline(seconds))
    body, headers = encode(name, model.bundle.manifest.version, asked, outputs)
    return Response(body, headers=headers)


def _size(axis: Any) -> int:
    return axis if isinstance(axis, int) else -1


def error(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error in the protocol's form, which all endpoints here share."""
    return JSONResponse({"error": message}, status, headers)
