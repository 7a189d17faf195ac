"""A model that runs elsewhere, behind the same objects: `headwater.connect`.

The client makes the tensors and reads the logits; the server, ours, Triton or any that speaks the Open Inference
Protocol over REST, runs the graph. Offsets, temperatures and thresholds are therefore the bundle's own, wherever it runs.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

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


class RemoteSession:
    """Calls a model of a server with int64 arrays by input name, and gives float arrays by output name.

    `device` and `provider` are what the server says of itself; `shapes` its outputs'. A full or restarting server is
    asked again, as it bids, until `timeout` seconds have passed. Raises ServerError.
    """

    def __init__(self, client: httpx.Client, model: str, timeout: float) -> None:
        self.client, self.path = client, f"/v2/models/{quote(model, safe='')}"
        self.timeout = 0.0  # a server that is not there at the start is told at once
        told = self.get(self.path).json()
        self.shapes = {item["name"]: tuple(item["shape"]) for item in told["outputs"]}
        self.device, self.provider = "remote", str(told.get("platform", "unknown"))
        self.timeout = timeout

    def get(self, path: str, accepted: tuple[int, ...] = (200,)) -> httpx.Response:
        """The answer to a path. Raises ServerError for a status that is not accepted."""
        return self._send("GET", path, b"", {}, accepted)

    def __call__(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
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
        return _arrays(answer)

    def _send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], accepted: tuple[int, ...] = (200,)
    ) -> httpx.Response:
        end, wait = time.monotonic() + self.timeout, 0.1
        while True:
            try:
                answer = self.client.request(method, path, content=body, headers=headers)
            except httpx.TransportError as fault:
                if time.monotonic() + wait > end:
                    raise ServerError(f"{self.client.base_url}: expected a server, {fault}: is it running?") from fault
            else:
                if answer.status_code in accepted:
                    return answer
                if answer.status_code not in AGAIN or time.monotonic() + wait > end:
                    raise ServerError(f"{answer.url}: {answer.status_code}: {_said(answer)}")
                wait = max(wait, _asked(answer))
            time.sleep(min(wait, max(0.0, end - time.monotonic())))
            wait *= 2


def _asked(answer: httpx.Response) -> float:
    """Seconds that a server bids to wait, 10 at most; 0 where it says nothing that can be read."""
    told = answer.headers.get("Retry-After", "")
    return min(10.0, float(told)) if told.isdecimal() else 0.0


def _said(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200] or answer.reason_phrase


def _arrays(answer: httpx.Response) -> dict[str, np.ndarray]:
    try:
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
    except (ValueError, KeyError, TypeError) as fault:
        raise ServerError(f"{answer.url}: expected an infer response of the protocol: {fault}") from fault


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
    root, name = _target(str(target), model)
    client = _client(root, key, timeout)
    session = RemoteSession(client, name or _only(client, root), timeout)
    known = open_description(Path(bundle)) if bundle is not None else _fetched(session)
    variant = _variant(session, known)
    return view(Model(known, variant, session, REQUESTS, BUDGET), head)


def served_digest(url: str, model: str, *, key: str | None = None, timeout: float = 30.0) -> str | None:
    """The digest of the bundle that a server holds under a name; None where it does not say. Raises ServerError."""
    session = RemoteSession(_client(url, key, timeout), model, timeout)
    return _config(session).get("bundle_digest")


def _client(root: str, key: str | None, timeout: float) -> httpx.Client:
    key = key or os.environ.get("HEADWATER_API_KEY")
    return httpx.Client(base_url=root, timeout=timeout, headers={"Authorization": f"Bearer {key}"} if key else {})


def _target(url: str, model: str | None) -> tuple[str, str | None]:
    root, found, name = url.rstrip("/").partition("/v2/models/")
    if not urlsplit(root).netloc:
        raise ServerError(f"expected http://HOST:PORT, got {url!r}")
    return root, model or (name if found else None)


def _only(client: httpx.Client, root: str) -> str:
    try:
        names = [entry["name"] for entry in client.post("/v2/repository/index").json()]
    except (httpx.TransportError, ValueError, KeyError, TypeError) as fault:
        raise ServerError(
            f"{root}: expected a server of the Open Inference Protocol, {fault}: is it running?"
        ) from fault
    if len(names) != 1:
        raise ServerError(f"{root}: holds the models {', '.join(names) or 'none'}: say which, connect(url, model)")
    return str(names[0])


def _fetched(session: RemoteSession) -> Bundle:
    """The bundle as a Headwater server describes it, without the graph; kept in the cache by its digest."""
    name = session.path.rpartition("/")[2]
    contents = {file: session.get(f"/v1/models/{name}/{file}").content for file in DESCRIPTION}
    folder = cache_folder() / "described" / hashlib.sha256(contents["bundle.json"]).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        part = folder / f".{file}.{os.getpid()}"
        part.write_bytes(content)
        os.replace(part, folder / file)
    return open_description(folder)


def _variant(session: RemoteSession, bundle: Bundle) -> str:
    """The variant that the server runs, as it says; where it does not (Triton), the default of a CPU or of a GPU.

    Raises ServerError where the server says that it holds another bundle.
    """
    told = _config(session)
    if told.get("bundle_digest") not in (None, bundle.digest):
        raise ServerError(
            f"{session.client.base_url}{session.path}: holds another bundle ({told['bundle_digest'][:12]}) than "
            f"{bundle.folder} ({bundle.digest[:12]}): write its repository again, or name the bundle it was made from"
        )
    session.provider = told.get("provider") or session.provider
    return told.get("variant") or bundle.default_variant("cpu")


def _config(session: RemoteSession) -> dict[str, str]:
    """What a server's configuration says of the bundle: bundle_digest, variant, provider; an extension of the protocol,
    which not every server has.
    """
    answer = session.get(f"{session.path}/config", accepted=(200, 404))
    held = answer.json().get("parameters", {}) if answer.status_code == 200 else {}
    start = "headwater_"
    return {key.removeprefix(start): entry["string_value"] for key, entry in held.items() if key.startswith(start)}
