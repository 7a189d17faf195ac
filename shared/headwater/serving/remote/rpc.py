"""A server of the Open Inference Protocol over gRPC: ours, Triton, KServe."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from google.protobuf import json_format

from headwater.errors import ServerError
from headwater.serving.messages import BUNDLES, INFERENCE, method
from headwater.serving.remote.rest import floats
from headwater.serving.remote.retrying import Late, Passing
from headwater.serving.remote.sharing import Share

__all__ = ["Rpc"]

OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # A server that comes back is found at once; gRPC's own wait grows to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 2000),
    (
        "grpc.service_config_disable_resolution",
        1,
    ),  # retries are decided in one place: headwater.serving.remote.retrying
]


class Rpc:
    """See `headwater.serving.remote.session.Link`. `target` is HOST:PORT; `secure` speaks TLS, with the authorities of
    SSL_CERT_FILE where that is set, as over REST.
    """

    def __init__(self, target: str, secure: bool, key: str | None, name: str) -> None:
        self.name, self.headers = name, (("authorization", f"Bearer {key}"),) if key else ()
        trusted = os.environ.get("SSL_CERT_FILE") if secure else None
        self.share = Share(("grpc", target, secure, trusted), lambda: _channel(target, secure, trusted))
        self.close = self.share.close

    def place(self, model: str) -> str:
        return f"{self.name}/v2/models/{model}"

    def metadata(self, model: str, left: float) -> Any:
        return _plain(self._ask(INFERENCE, "ModelMetadata", left, name=model))

    def config(self, model: str, left: float) -> Any:
        answer = self._ask(INFERENCE, "ModelConfig", left, name=model, optional=True)
        return {} if answer is None else _plain(answer.config)

    def index(self, left: float) -> list[str]:
        answer = self._ask(INFERENCE, "RepositoryIndex", left, optional=True)
        if answer is None:
            raise ServerError(f"{self.name}: does not list its models: say which, connect(url, model)")
        return [entry.name for entry in answer.models]

    def file(self, model: str, name: str, left: float) -> bytes:
        answer = self._ask(BUNDLES, "Read", left, model=model, file=name, optional=True)
        if answer is None:
            raise ServerError(
                f"{self.name}: does not give the description of its bundles: name one, connect(url, model, bundle=...)"
            )
        return bytes(answer.content)

    def infer(
        self, model: str, arrays: Mapping[str, np.ndarray], left: float, digest: str | None = None
    ) -> dict[str, np.ndarray]:
        inputs = [{"name": name, "datatype": "INT64", "shape": values.shape} for name, values in arrays.items()]
        raw = [np.ascontiguousarray(values, dtype="<i8").tobytes() for values in arrays.values()]
        # Microseconds, for what queues behind the call, as Triton has it.
        parameters: dict[str, dict[str, Any]] = {"timeout": {"int64_param": int(left * 1e6)}}
        if digest:
            parameters["headwater_bundle_digest"] = {"string_param": digest}
        answer = self._ask(
            INFERENCE,
            "ModelInfer",
            left,
            model_name=model,
            inputs=inputs,
            raw_input_contents=raw,
            parameters=parameters,
        )
        try:
            return _arrays(answer)
        except (KeyError, ValueError) as fault:
            raise ServerError(f"{self.place(model)}: expected an infer response of the protocol: {fault}") from fault

    def _ask(self, service: str, asks: str, left: float, optional: bool = False, **fields: Any) -> Any:
        """The answer to one call; None where it is optional and the server has no such method."""
        asked, given = method(service, asks)
        call = self.share.connection.unary_unary(f"/{service}/{asks}", asked.SerializeToString, given.FromString)
        try:
            return call(asked(**fields), timeout=left, metadata=self.headers)
        except grpc.RpcError as fault:
            if optional and fault.code() == grpc.StatusCode.UNIMPLEMENTED:
                return None
            raise self._read(fault) from fault
        except ValueError as fault:  # of a channel that was closed
            raise ServerError(f"{self.name}: expected an open connection: {fault}") from fault

    def _read(self, fault: Any) -> Exception:
        """What a failed call means: Late, Passing or ServerError."""
        code, said = fault.code(), (fault.details() or "")[:500]
        if code == grpc.StatusCode.DEADLINE_EXCEEDED:
            return Late()
        bidden = _asked(fault)
        told = ServerError(f"{self.name}: {code.name}: {said}")
        if code == grpc.StatusCode.UNAVAILABLE and bidden != -1:
            if fault.initial_metadata() is None or "failed to connect" in said.lower():
                told = ServerError(f"{self.name}: expected a server, {said}: is it running?")
            return Passing(told, bidden)
        # What is full says when to come again; a message that is too large never will be smaller.
        if code == grpc.StatusCode.RESOURCE_EXHAUSTED and bidden is not None and bidden >= 0:
            return Passing(told, bidden)
        return told


def _channel(target: str, secure: bool, trusted: str | None) -> grpc.Channel:
    if not secure:
        return grpc.insecure_channel(target, OPTIONS)
    try:
        authorities = Path(trusted).read_bytes() if trusted else None
    except OSError as fault:
        raise ServerError(f"SSL_CERT_FILE: expected a file of certificates: {fault}") from fault
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(authorities), OPTIONS)


def _plain(message: Any) -> Any:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def _asked(fault: Any) -> float | None:
    """Seconds that a server bids to wait; -1 where it bids not to come again, None where it says nothing."""
    told = dict(fault.trailing_metadata() or ()).get("retry-pushback-ms")
    if told is None:
        return None
    return int(told) / 1000 if str(told).isdecimal() and len(told) < 9 else -1.0


def _arrays(answer: Any) -> dict[str, np.ndarray]:
    if not answer.raw_output_contents:
        return {
            item.name: np.array(item.contents.fp32_contents, dtype=np.float32).reshape(tuple(item.shape))
            for item in answer.outputs
        }
    return {
        item.name: floats(item.datatype, raw, item.shape)
        for item, raw in zip(answer.outputs, answer.raw_output_contents, strict=True)
    }
