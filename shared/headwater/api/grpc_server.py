"""The Open Inference Protocol over gRPC: the same service, queue, keys and counters as over REST.

inference.GRPCInferenceService with ModelConfig and RepositoryIndex of Triton's extensions, grpc.health.v1.Health/Check,
and headwater.v1.Bundles/Read, from which `headwater.connect` takes the description of a bundle.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from headwater.api import logs
from headwater.api import metadata as told
from headwater.api.batcher import Expired
from headwater.api.faults import CODES, FAILED, status_of
from headwater.api.grpc_tensors import decode, encode
from headwater.api.keys import Caller, token_of
from headwater.api.metrics import Metrics
from headwater.api.service import Service, UnknownModel
from headwater.api.tensors import check_outputs
from headwater.errors import InputError
from headwater.serving.messages import BUNDLES, HEALTH, INFERENCE, method, pool

__all__ = ["GrpcServer"]

OPEN = ("ServerLive", "ServerReady", "Check")  # probes, which bring no key
GRACE = 10.0  # seconds that requests are given to end when the server stops
LARGE = 200_000  # bytes that are read and written in a thread of their own
SAID = 2000  # characters of a message: peers refuse metadata of more than 8 KB
SERVING, NOT_SERVING = 1, 2  # of grpc.health.v1

log = logging.getLogger("headwater.api")
Admit = Callable[[str, str], Caller]  # of a token and a scope; raises what keeps the caller out
Answer = Callable[[Any, Any], Awaitable[Any]]  # of a request and its context


class GrpcServer:
    """A gRPC server at `address` (HOST:PORT) for as long as it is entered, in the event loop that enters it.

    `admit` is called with the caller's token and the scope "predict", and raises what keeps him out. Messages are as
    large as a body may be over REST. `port` is known once it has begun. Raises InputError where the port is taken.
    """

    def __init__(self, address: str, service: Service, metrics: Metrics, admit: Admit | None = None) -> None:
        self.address, self.service, self.metrics, self.admit = address, service, metrics, admit
        self.port = 0

    async def __aenter__(self) -> "GrpcServer":
        options = [
            ("grpc.max_receive_message_length", self.service.limits.body),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),  # else two servers would share a port, each with half of the requests
        ]
        self.server = grpc.aio.server(options=options)
        self.server.add_generic_rpc_handlers(tuple(self._handlers(name) for name in (INFERENCE, HEALTH, BUNDLES)))
        try:
            self.port = self.server.add_insecure_port(self.address)
        except RuntimeError as fault:
            raise InputError(f"expected a free port for gRPC, and {self.address} is taken: name another") from fault
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop(GRACE)

    def _handlers(self, service: str) -> Any:
        made = {}
        for name in pool().FindServiceByName(service).methods_by_name:
            asked, given = method(service, name)
            # The same on the wire as a unary call, whose message gRPC would read before anybody asks for a key.
            made[name] = grpc.stream_unary_rpc_method_handler(
                self._counted(name, getattr(self, NAMES[name])), _reading(asked.FromString), given.SerializeToString
            )
        return grpc.method_handlers_generic_handler(service, made)

    def _counted(self, name: str, answer: Answer) -> Answer:
        """Answer with what stands before every method: the key, the request's id, faults as codes, and the count."""

        async def call(requests: Any, context: Any) -> Any:
            began, status, headers = time.perf_counter(), 200, _headers(context)
            entry = logs.Entry(logs.request_id(headers.get("x-request-id")))
            logs.enter(entry)
            try:
                await context.send_initial_metadata((("x-request-id", entry.request),))
                if self.admit is not None and name not in OPEN:
                    token = token_of(headers.get("authorization"), headers.get("x-api-key"))
                    entry.key = self.admit(token, "predict").name
                request = await self._only(requests)
                if isinstance(request, DecodeError):
                    raise InputError("expected the message of this method, got bytes that are none") from request
                return await answer(request, context)
            except asyncio.CancelledError:  # the caller has left, or his deadline has passed
                status = 499
                raise
            except Exception as fault:  # whatever it is, the caller must hear of it
                status = status_of(fault)
                if status == 500:
                    log.exception("%s failed", name)
                await _refuse(context, status, fault)
            finally:
                seconds = time.perf_counter() - began
                self.metrics.answered(f"grpc:{name}", status, seconds)
                logs.write(entry, "GRPC", f"grpc:{name}", status, seconds)

        return call

    async def _only(self, requests: Any) -> Any:
        """The one message of a call. Raises Expired where it does not come in time, InputError where none comes."""
        patience = self.service.limits.patience
        try:
            async with asyncio.timeout(patience):
                return await anext(aiter(requests))
        except TimeoutError as fault:
            raise Expired(f"expected the whole message within {patience:g} s") from fault
        except StopAsyncIteration as fault:
            raise InputError("expected the message of this method, got none") from fault

    async def live(self, request: Any, context: Any) -> Any:
        return _message("ServerLive", {"live": True})

    async def ready(self, request: Any, context: Any) -> Any:
        return _message("ServerReady", {"ready": not self.service.faults()})

    async def model_ready(self, request: Any, context: Any) -> Any:
        told.model_of(self.service, request.name, request.version or None)
        return _message("ModelReady", {"ready": not self.service.faults()})

    async def server_metadata(self, request: Any, context: Any) -> Any:
        return _message("ServerMetadata", told.server())

    async def model_metadata(self, request: Any, context: Any) -> Any:
        model = told.model_of(self.service, request.name, request.version or None)
        return _message("ModelMetadata", told.metadata(model))

    async def config(self, request: Any, context: Any) -> Any:
        model = told.model_of(self.service, request.name, request.version or None)
        return _message("ModelConfig", {"config": told.config(self.service, model)})

    async def index(self, request: Any, context: Any) -> Any:
        return _message("RepositoryIndex", {"models": told.index(self.service)})

    async def infer(self, request: Any, context: Any) -> Any:
        """Tensors in, tensors out; the caller's own deadline counts, and `timeout` where it is the shorter."""
        service = self.service
        model = told.model_of(service, request.model_name, request.model_version or None)
        logs.note(model.bundle.manifest.name)
        large = request.ByteSize() > LARGE
        asked = await service.run(large, decode, request)
        told.check_bundle(model, asked.parameters)
        check_outputs(asked, [head.output for head in model.heads])
        deadline = service.deadline(_shorter(told.seconds_of(asked.parameters), context.time_remaining()))
        # Who leaves, cancels this very call, and with it what he has in the queue.
        outputs = await service.infer(model, asked.inputs, deadline)
        manifest = model.bundle.manifest
        return await service.run(large, encode, manifest.name, manifest.version, asked, outputs)

    async def health(self, request: Any, context: Any) -> Any:
        if request.service not in ("", INFERENCE, BUNDLES):
            self.service.model(request.service)
        status = NOT_SERVING if self.service.faults() else SERVING
        return method(HEALTH, "Check")[1](status=status)

    async def read(self, request: Any, context: Any) -> Any:
        known = self.service.files[self.service.model(request.model).bundle.manifest.name]
        if request.file not in known:
            raise UnknownModel(f"expected one of {', '.join(known)}, got {request.file[:80]!r}")
        return method(BUNDLES, "Read")[1](content=known[request.file])


# Which of the functions above answers a method.
NAMES = {
    "ServerLive": "live",
    "ServerReady": "ready",
    "ModelReady": "model_ready",
    "ServerMetadata": "server_metadata",
    "ModelMetadata": "model_metadata",
    "ModelConfig": "config",
    "RepositoryIndex": "index",
    "ModelInfer": "infer",
    "Check": "health",
    "Read": "read",
}


def _reading(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Read a message, or give why it cannot be: what is raised here, gRPC would tell as a failure of the server."""

    def reading(content: bytes) -> Any:
        try:
            return read(content)
        except DecodeError as fault:
            return fault

    return reading


async def _refuse(context: Any, status: int, fault: Exception) -> None:
    """End a call with a code and a sentence; with when to come again, or -1 for never (gRFC A6)."""
    after = getattr(fault, "retry_after", None)
    pushback = -1 if status == 413 else None if after is None else round(1000 * after)
    trailing = () if pushback is None else (("retry-pushback-ms", str(pushback)),)
    said = FAILED if status == 500 else str(fault)[:SAID]
    await context.abort(getattr(grpc.StatusCode, CODES[status]), said, trailing)


def _shorter(one: float | None, other: float | None) -> float | None:
    """The shorter of two times of which either may be missing. Raises Expired where it has passed."""
    given = [seconds for seconds in (one, other) if seconds is not None]
    if given and other is not None and other <= 0:
        raise Expired("the deadline passed before the request was read")
    return min(given, default=None)


def _headers(context: Any) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}


def _message(name: str, content: dict[str, Any]) -> Any:
    return json_format.ParseDict(content, method(INFERENCE, name)[1]())
