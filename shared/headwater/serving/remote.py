"""A model that runs elsewhere, behind the same objects: `headwater.connect`.

The client makes the tensors and reads the logits; the server, ours, Triton or any that speaks the Open Inference
Protocol over REST, runs the graph. Offsets, temperatures and thresholds are therefore the bundle's own, wherever it runs.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np

from headwater.bundle import Bundle, open_description
from headwater.errors import ServerError
from headwater.home import cache_folder
from headwater.serving.model import Classifier, Embedder, Model, Tagger, load, view

__all__ = ["RemoteSession", "connect", "served_digest"]

HEADER = "Inference-Header-Content-Length"
BUDGET = 4096  # tokens of a request: several batches of the server's
REQUESTS = 4  # at once
AGAIN = (429, 502, 503)  # what may be well a moment later
DESCRIPTION = ("bundle.json", "tokenizer.json")
LEAST = 0.05  # seconds that any attempt is given


class RemoteSession:
    """Calls a model of a server with int64 arrays by input name, and gives float arrays by output name.

    `device` and `provider` are what the server says of itself; `shapes` its outputs'; `config` what it says of the bundle.
    A full or restarting server is asked again, as it bids, until `timeout` seconds have passed; one that is not there
    at the start is told at once. Raises ServerError.
    """

    def __init__(self, client: httpx.Client, model: str, timeout: float) -> None:
        self.client, self.path, self.timeout = client, f"/v2/models/{quote(model, safe='')}", timeout
        self.name = _name(client.base_url)
        told = self.json(self.path, patient=False)
        config = self.json(f"{self.path}/config", patient=False, missing={})  # not every server has this extension
        try:
            self.shapes = {item["name"]: tuple(item["shape"]) for item in told["outputs"]}
            held = {key: entry["string_value"] for key, entry in config.get("parameters", {}).items()}
            self.most = int(config.get("max_batch_size") or 0)  # rows of a request; 0: as many as there are
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise ServerError(f"{self.name}{self.path}: expected a model's metadata, got something else") from fault
        start = "headwater_"
        self.config = {key.removeprefix(start): value for key, value in held.items() if key.startswith(start)}
        self.device = "remote"
        self.provider = self.config.get("provider") or str(told.get("platform", "unknown"))

    def get(self, path: str, patient: bool = True, accepted: tuple[int, ...] = (200,)) -> httpx.Response:
        """The answer to a path. Raises ServerError for a status that is not accepted."""
        return self._send("GET", path, b"", {}, patient, accepted)

    def json(self, path: str, patient: bool = True, missing: Any = None) -> Any:
        """What stands at a path, as values; `missing` where nothing does, if it is given."""
        answer = self.get(path, patient, (200,) if missing is None else (200, 404))
        if answer.status_code == 404:
            return missing
        try:
            found = answer.json()
        except ValueError as fault:
            raise ServerError(f"{self.name}{path}: expected JSON, got {answer.text[:40]!r}") from fault
        return found

    def __call__(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        rows = len(next(iter(arrays.values())))
        if not self.most or rows <= self.most:
            return self._infer(arrays)
        parts = [
            self._infer({name: values[start : start + self.most] for name, values in arrays.items()})
            for start in range(0, rows, self.most)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _infer(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
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
        head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
        body = head + b"".join(values.tobytes() for values in parts.values())
        answer = self._send("POST", f"{self.path}/infer", body, {HEADER: str(len(head))})
        try:
            return _arrays(answer)
        except (ValueError, KeyError, TypeError) as fault:
            raise ServerError(f"{self.name}{self.path}: expected an infer response of the protocol: {fault}") from fault

    def _send(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        patient: bool = True,
        accepted: tuple[int, ...] = (200,),
    ) -> httpx.Response:
        end, wait = time.monotonic() + self.timeout, 0.1
        while True:
            left = max(LEAST, end - time.monotonic())
            try:
                answer = self.client.request(method, path, content=body, headers=headers, timeout=left)
            except httpx.TimeoutException as fault:
                raise ServerError(f"{self.name}: expected an answer within {self.timeout:g} s, got none") from fault
            except httpx.HTTPError as fault:
                if not patient or time.monotonic() + wait > end:
                    raise ServerError(f"{self.name}: expected a server, {fault}: is it running?") from fault
            else:
                if answer.status_code in accepted:
                    return answer
                if not patient or answer.status_code not in AGAIN or time.monotonic() + wait > end:
                    raise ServerError(f"{self.name}{path}: {answer.status_code}: {_said(answer)}")
                wait = max(wait, _asked(answer))
            time.sleep(max(0.0, min(wait, end - time.monotonic())))
            wait *= 2


def _name(url: httpx.URL) -> str:
    """A server's address without user, password and query: it stands in messages and on pages."""
    return f"{url.scheme}://{url.netloc.rpartition(b'@')[2].decode()}"


def _asked(answer: httpx.Response) -> float:
    """Seconds that a server bids to wait, 10 at most; 0 where it says nothing that can be read."""
    told = answer.headers.get("Retry-After", "")
    return min(10.0, float(told)) if told.isdecimal() and len(told) < 6 else 0.0


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
            flat = np.asarray(entry["data"], dtype=np.float32)
        else:
            size = entry["parameters"]["binary_data_size"]
            kind = {"FP32": "<f4", "FP16": "<f2"}[entry["datatype"]]
            flat, rest = np.frombuffer(rest[:size], dtype=kind).astype(np.float32), rest[size:]
        out[entry["name"]] = flat.reshape(entry["shape"])
    return out


def connect(
    target: str | os.PathLike[str],
    model: str | None = None,
    head: str | None = None,
    *,
    bundle: str | os.PathLike[str] | None = None,
    key: str | None = None,
    timeout: float = 30.0,
) -> Classifier | Tagger | Embedder | Model:
    """The same object for a bundle's folder and for the URL of a server: what `headwater.load` gives.

    `model` is its name on the server; it may be left out where the server holds one, or where the URL ends in
    /v2/models/NAME. A Headwater server gives the description of its bundle itself; for Triton or KServe name the
    `bundle` that the repository was made from, whose digest is held against the server's. `key` (default:
    HEADWATER_API_KEY) is sent as a bearer token. `timeout` in seconds bounds each request with its retries.
    Raises ServerError, BundleError.

    >>> connect("http://localhost:8000", "support-intent").predict(["Where is my new card?"])  # doctest: +SKIP
    """
    if not str(target).startswith(("http://", "https://")):
        return load(target, head)
    root, found, named = str(target).rstrip("/").partition("/v2/models/")
    client = _client(root, key)
    session = RemoteSession(client, model or (named if found else _only(client, timeout)), timeout)
    known = open_description(Path(bundle)) if bundle is not None else _fetched(session)
    _check_same(session, known)
    # A server that does not say which variant it runs (not every one does) is taken to run the default of a CPU.
    variant = session.config.get("variant") or known.default_variant("cpu")
    return view(Model(known, variant, session, REQUESTS, BUDGET), head)


def served_digest(url: str, model: str, *, key: str | None = None, timeout: float = 30.0) -> str | None:
    """The digest of the bundle that a server holds under a name; None where it does not say. Raises ServerError."""
    with _client(url, key) as client:
        return RemoteSession(client, model, timeout).config.get("bundle_digest")


def served_models(url: str, *, key: str | None = None, timeout: float = 30.0) -> list[str]:
    """The names of the models that a server holds, sorted. Raises ServerError."""
    with _client(url, key) as client:
        return sorted(set(_held(client, timeout)))


def _client(root: str, key: str | None) -> httpx.Client:
    key = key or os.environ.get("HEADWATER_API_KEY")
    try:
        client = httpx.Client(base_url=root, headers={"Authorization": f"Bearer {key}"} if key else {})
    except (httpx.InvalidURL, ValueError) as fault:
        raise ServerError(f"expected http://HOST:PORT, got something else: {fault}") from fault
    if not client.base_url.host:
        raise ServerError(f"expected http://HOST:PORT, got {root!r}")
    return client


def _only(client: httpx.Client, timeout: float) -> str:
    names = _held(client, timeout)
    if len(names) != 1:
        name = _name(client.base_url)
        raise ServerError(f"{name}: holds the models {', '.join(names) or 'none'}: say which, connect(url, model)")
    return names[0]


def _held(client: httpx.Client, timeout: float) -> list[str]:
    try:
        return [str(entry["name"]) for entry in client.post("/v2/repository/index", timeout=timeout).json()]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as fault:
        raise ServerError(
            f"{_name(client.base_url)}: expected a server of the Open Inference Protocol, {fault}: is it running?"
        ) from fault


def _fetched(session: RemoteSession) -> Bundle:
    """The bundle as a Headwater server describes it, without the graph; kept in the cache by its digest."""
    name = session.path.rpartition("/")[2]
    contents = {file: session.get(f"/v1/models/{name}/{file}").content for file in DESCRIPTION}
    folder = cache_folder() / "described" / hashlib.sha256(contents["bundle.json"]).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        handle, part = tempfile.mkstemp(dir=folder, prefix=".part-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(part, folder / file)
    return open_description(folder)


def _check_same(session: RemoteSession, bundle: Bundle) -> None:
    """Raise ServerError where the server holds another bundle than the one whose description is to read its answers."""
    digest = session.config.get("bundle_digest")
    lacking = sorted({head.output for head in bundle.manifest.heads} - session.shapes.keys())
    if digest not in (None, bundle.digest) or lacking:
        said = f"its digest is {digest[:12]}" if digest else f"it has no output {', '.join(lacking)}"
        raise ServerError(
            f"{session.name}{session.path}: holds another bundle than {bundle.folder} ({bundle.digest[:12]}): {said}; "
            "write its repository again, or name the bundle it was made from"
        )
