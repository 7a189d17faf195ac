"""A server of the Open Inference Protocol over REST: ours, Triton, KServe."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np

from headwater.errors import ServerError
from headwater.serving.remote.retrying import Late, Passing
from headwater.serving.remote.sharing import Share

__all__ = ["Rest", "floats"]

HEADER = "Inference-Header-Content-Length"
AGAIN = (429, 502, 503)  # what may be well a moment later
KINDS = {"FP32": "<f4", "FP16": "<f2"}


class Rest:
    """See `headwater.serving.remote.session.Link`. `root` is the server's URL, `key` a bearer token."""

    def __init__(self, root: str, key: str | None) -> None:
        self.share = Share(("rest", root, key), lambda: _client(root, key))
        self.client, self.close = self.share.connection, self.share.close
        self.name = _name(self.client.base_url)

    def place(self, model: str) -> str:
        return f"{self.name}{_path(model)}"

    def metadata(self, model: str, left: float) -> Any:
        return self._values(self._send("GET", _path(model), left))

    def config(self, model: str, left: float) -> Any:
        answer = self._send("GET", f"{_path(model)}/config", left, accepted=(200, 404))
        return {} if answer.status_code == 404 else self._values(answer)

    def index(self, left: float) -> list[str]:
        answer = self._send("POST", "/v2/repository/index", left)
        try:
            return [str(entry["name"]) for entry in answer.json()]
        except (ValueError, KeyError, TypeError) as fault:
            raise ServerError(f"{self.name}: expected a server of the Open Inference Protocol: {fault}") from fault

    def file(self, model: str, name: str, left: float) -> bytes:
        return self._send("GET", f"/v1/models/{quote(model, safe='')}/{name}", left).content

    def infer(
        self, model: str, arrays: Mapping[str, np.ndarray], left: float, digest: str | None = None
    ) -> dict[str, np.ndarray]:
        parts = {name: np.ascontiguousarray(values, dtype="<i8") for name, values in arrays.items()}
        inputs = [
            {
                "name": name,
                "shape": list(values.shape),
                "datatype": "INT64",
                "parameters": {"binary_data_size": values.nbytes},
            }
            for name, values in parts.items()
        ]
        # Microseconds, as Triton has it.
        parameters: dict[str, Any] = {"binary_data_output": True, "timeout": int(left * 1e6)}
        if digest:
            parameters["headwater_bundle_digest"] = digest
        head = json.dumps({"inputs": inputs, "parameters": parameters}).encode()
        body = head + b"".join(values.tobytes() for values in parts.values())
        answer = self._send("POST", f"{_path(model)}/infer", left, body, {HEADER: str(len(head))})
        try:
            return _arrays(answer)
        except (ValueError, KeyError, TypeError) as fault:
            raise ServerError(f"{self.place(model)}: expected an infer response of the protocol: {fault}") from fault

    def _send(
        self,
        method: str,
        path: str,
        left: float,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        accepted: tuple[int, ...] = (200,),
    ) -> httpx.Response:
        try:
            answer = self._whole(method, path, left, body, headers)
        except httpx.TimeoutException as fault:
            raise Late from fault
        except httpx.HTTPError as fault:
            raise Passing(ServerError(f"{self.name}: expected a server, {fault}: is it running?")) from fault
        if answer.status_code in accepted:
            return answer
        if answer.status_code == 504:  # the server has kept the time that it was given
            raise Late
        told = ServerError(f"{self.name}{path}: {answer.status_code}: {_said(answer)}")
        if answer.status_code in AGAIN:
            raise Passing(told, _asked(answer))
        raise told

    def _whole(
        self, method: str, path: str, left: float, body: bytes, headers: Mapping[str, str] | None
    ) -> httpx.Response:
        """An answer whose last byte came in time: httpx bounds only the wait for each piece. Raises Late."""
        end, pieces = time.monotonic() + left, []
        with self.client.stream(method, path, content=body, headers=headers, timeout=left) as answer:
            for piece in answer.iter_raw():
                pieces.append(piece)
                if time.monotonic() > end:
                    raise Late
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=b"".join(pieces), request=answer.request
        )

    def _values(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError as fault:
            place = f"{self.name}{answer.url.path}"
            raise ServerError(f"{place}: expected JSON, got {answer.text[:40]!r}") from fault


def floats(kind: str, content: bytes, shape: Any) -> np.ndarray:
    """float32 of an output's bytes. Raises KeyError for another type, ValueError for another size."""
    return np.frombuffer(content, dtype=KINDS[kind]).astype(np.float32).reshape(tuple(shape))


def _client(root: str, key: str | None) -> httpx.Client:
    try:
        client = httpx.Client(base_url=root, headers={"Authorization": f"Bearer {key}"} if key else {})
    except (httpx.InvalidURL, ValueError) as fault:
        raise ServerError(f"expected http://HOST:PORT, got something else: {fault}") from fault
    if not client.base_url.host:
        raise ServerError(f"expected http://HOST:PORT, got {root!r}")
    return client


def _path(model: str) -> str:
    return f"/v2/models/{quote(model, safe='')}"


def _name(url: httpx.URL) -> str:
    """A server's address without user, password and query: it stands in messages and on pages."""
    return f"{url.scheme}://{url.netloc.rpartition(b'@')[2].decode()}"


def _asked(answer: httpx.Response) -> float | None:
    """Seconds that a server bids to wait; None where it says nothing that can be read."""
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() and len(told) < 6 else None


def _said(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200] or answer.reason_phrase


def _arrays(answer: httpx.Response) -> dict[str, np.ndarray]:
    length = int(answer.headers.get(HEADER, len(answer.content)))
    entries, rest, out = json.loads(answer.content[:length])["outputs"], answer.content[length:], {}
    for entry in entries:
        if "data" in entry:
            out[entry["name"]] = np.asarray(entry["data"], dtype=np.float32).reshape(entry["shape"])
        else:
            size = entry["parameters"]["binary_data_size"]
            out[entry["name"]] = floats(entry["datatype"], rest[:size], entry["shape"])
            rest = rest[size:]
    return out
