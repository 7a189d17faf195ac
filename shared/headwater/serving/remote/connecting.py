"""A model that runs elsewhere, behind the same objects: `headwater.connect`.

The client makes the tensors and reads the logits; the server, ours, Triton or any that speaks the Open Inference
Protocol, runs the graph. Offsets, temperatures and thresholds are therefore the bundle's own, wherever it runs.
"""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from headwater.bundle import Bundle, open_description
from headwater.errors import ServerError
from headwater.files import write_whole
from headwater.home import cache_folder
from headwater.secret import secret
from headwater.serving.model import Classifier, Embedder, Model, Tagger, load, view
from headwater.serving.remote.rest import Rest
from headwater.serving.remote.retrying import Retry, budget_of
from headwater.serving.remote.session import Link, RemoteSession

__all__ = ["connect", "needs_bundle", "served_digest", "served_models"]

VISIBLE = re.compile(r"[\x21-\x7e]+")
BUDGET = 4096  # tokens of a request: several batches of the server's
REQUESTS = 4  # at once
DESCRIPTION = ("bundle.json", "tokenizer.json")
REST = ("http://", "https://")
# gRPC: the port where none is named. Triton's scheme says that the server runs graphs and knows nothing of bundles.
PORTS = {"grpc": 8001, "grpcs": 443, "triton": 8001, "tritons": 443}


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

    A URL is http:// or https:// for REST, grpc:// or grpcs:// (TLS) for gRPC, and triton:// or tritons:// for the gRPC
    of a Triton server, to which rows are sent in lengths that share batches there. `model` is its name on the server;
    it may be left out where the server holds one, or where the URL ends in /v2/models/NAME. A Headwater server gives
    the description of its bundle itself; for Triton or KServe name the `bundle` that the repository was made from, whose
    digest is held against the server's. `key` (default: HEADWATER_API_KEY) is sent as a bearer token. `timeout` in
    seconds bounds each request with its retries, and the server is told what is left of it. Where a Headwater server
    changes to another version, the next request raises ServerError: connect again.
    Raises ServerError, BundleError.

    >>> connect("http://localhost:8000", "support-intent").predict(["Where is my new card?"])  # doctest: +SKIP
    """
    url = os.fspath(target)
    if not url.startswith((*REST, *(f"{scheme}://" for scheme in PORTS))):
        return load(target, head)
    if bundle is None and needs_bundle(url):
        raise ServerError(
            f"{url.partition('://')[0]}:// needs the bundle that the repository was made from: bundle=FOLDER"
        )
    link, named = _link(url, key)
    try:
        session = RemoteSession(link, model or named or _only(link, timeout), timeout)
        return view(_model(session, bundle, needs_bundle(url)), head)
    except BaseException:
        link.close()  # a connection that failed is not for the next to share
        raise


def _model(session: RemoteSession, bundle: str | os.PathLike[str] | None, even: bool) -> Model:
    known = open_description(Path(bundle)) if bundle is not None else _fetched(session)
    _check_same(session, known)
    # A server that does not say which variant it runs (not every one does) is taken to run the default of a CPU.
    variant = session.config.get("variant") or known.default_variant("cpu")
    model = Model(known, variant, session, REQUESTS, BUDGET)
    if even:
        session.pad_for(model.predictor.encoder)
    return model


def needs_bundle(url: str) -> bool:
    """Whether `connect` must be told the bundle, since such a server has no description of it."""
    return url.startswith(("triton://", "tritons://"))


def served_digest(url: str, model: str, *, key: str | None = None, timeout: float = 30.0) -> str | None:
    """The digest of the bundle that a server holds under a name; None where it does not say. Raises ServerError."""
    link, _ = _link(url, key)
    try:
        return RemoteSession(link, model, timeout).config.get("bundle_digest")
    finally:
        link.close()


def served_models(url: str, *, key: str | None = None, timeout: float = 30.0) -> list[str]:
    """The names of the models that a server holds, sorted. Raises ServerError."""
    link, _ = _link(url, key)
    try:
        return sorted(set(_held(link, timeout)))
    finally:
        link.close()


def _link(url: str, key: str | None) -> tuple[Link, str | None]:
    """How a server is spoken to, and the model that its URL names."""
    root, _, named = url.rstrip("/").partition("/v2/models/")
    key = (key or secret("HEADWATER_API_KEY") or "").strip() or None
    if key and not VISIBLE.fullmatch(key):  # httpx and gRPC would quote it
        raise ServerError(
            "expected a key of visible ASCII characters, without blanks, got another: see HEADWATER_API_KEY"
        )
    return Rest(root, key) if url.startswith(REST) else _rpc(root, key), named or None


def _rpc(root: str, key: str | None) -> Link:
    scheme = root.partition(":")[0]
    try:
        parts = urlsplit(root)
        host, port = parts.hostname or "", parts.port or PORTS[scheme]
    except ValueError:
        host = ""
    # A message must not show what stands before an @.
    if not host or parts.path.strip("/") or "@" in parts.netloc:
        raise ServerError(f"expected {scheme}://HOST:PORT, without user and path; a key goes by itself")
    try:
        from headwater.serving.remote.rpc import Rpc
    except ModuleNotFoundError as fault:
        if (fault.name or "").partition(".")[0] != "grpc":
            raise
        raise ServerError(f"{scheme}:// needs headwater[grpc]: pip install 'headwater[grpc]'") from fault
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Rpc(target, scheme in ("grpcs", "tritons"), key, f"{scheme}://{target}")


def _only(link: Link, timeout: float) -> str:
    names = _held(link, timeout)
    if len(names) != 1:
        raise ServerError(f"{link.name}: holds the models {', '.join(names) or 'none'}: say which, connect(url, model)")
    return names[0]


def _held(link: Link, timeout: float) -> list[str]:
    return Retry(link.name, timeout, budget_of(link.name))(link.index, patient=False)


def _fetched(session: RemoteSession) -> Bundle:
    """The bundle as a Headwater server describes it, without the graph; kept in the cache by its digest."""
    contents = {file: session.file(file) for file in DESCRIPTION}
    folder = cache_folder() / "described" / hashlib.sha256(contents["bundle.json"]).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        write_whole(folder / file, [content])
    return open_description(folder)


def _check_same(session: RemoteSession, bundle: Bundle) -> None:
    """Raise ServerError where the server holds another bundle than the one whose description is to read its answers."""
    digest = session.config.get("bundle_digest")
    lacking = sorted({head.output for head in bundle.manifest.heads} - session.shapes.keys())
    if digest not in (None, bundle.digest) or lacking:
        said = f"its digest is {digest[:12]}" if digest else f"it has no output {', '.join(lacking)}"
        raise ServerError(
            f"{session.place}: holds another bundle than {bundle.folder} ({bundle.digest[:12]}): {said}; "
            "write its repository again, or name the bundle it was made from"
        )
