"""`headwater serve`: bundles over HTTP, and over gRPC where a port is given for it."""

import os
import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.cli.bundles import bundle_folder
from headwater.cli.output import notes
from headwater.errors import InputError

__all__ = ["LOCAL", "read_keys", "run_server", "serve"]

LOCAL = ("localhost", "127.0.0.1", "::1")
# Seconds that a connection stays open with nothing on it: longer than proxies and clients keep theirs (60 s is usual), so that
# none of them sends a request into a connection that is just being closed.
KEPT = 75


def serve(
    bundles: Annotated[
        list[str] | None, typer.Argument(metavar="BUNDLE...", help="Folders or names; every model that ships if none.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8000,
    grpc_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve over gRPC too, at this port (usually 8001).")
    ] = None,
    host: Annotated[str, typer.Option(help="The address; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    variant: Annotated[str | None, typer.Option(help="int8 or fp32 on a CPU, fp16 or fp32 on a GPU.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or tensorrt.")] = "cpu",
    keys: Annotated[
        Path | None, typer.Option(help="A file of API keys, one a line; also HEADWATER_API_KEYS, by commas.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Batches side by side; the processors if left out.")
    ] = None,
    budget: Annotated[int | None, typer.Option(min=1, help="Tokens of a batch; 192 on a CPU, 4,096 on a GPU.")] = None,
    capacity: Annotated[int, typer.Option(min=1, help="Tokens that may wait; beyond, requests get 429.")] = 65_536,
    deadline: Annotated[float, typer.Option(min=0.001, help="Seconds a request may take; it may ask for less.")] = 30.0,
    max_body: Annotated[int, typer.Option(min=1024, help="Bytes of a request.")] = 8 * 2**20,
) -> None:
    """Serve bundles: /v1/classify, /v1/extract, /v1/embed, the Open Inference Protocol at /v2, /health, /metrics, /docs.

    With --grpc-port the Open Inference Protocol over gRPC too, from the same queue.

    Requests share batches; answers do not depend on the company. Ctrl-C stops it.
    """
    from headwater.api.app import create_app
    from headwater.api.service import Limits
    from headwater.bundle import open_bundle
    from headwater.serving.model import open_model

    known = read_keys(keys)
    with notes.status("opening the models"):
        opened = [open_bundle(bundle_folder(name)) for name in bundles or shipped()]
        models = [open_model(each, variant or each.default_variant(device), device) for each in opened]
        limits = Limits(budget=budget, capacity=capacity, deadline=deadline, body=max_body)
        remote = None if grpc_port is None else f"{shown(host)}:{_free(host, grpc_port)}"
        app = create_app(models, limits, known, workers, remote)
    for model in models:
        manifest, unmeasured = model.bundle.manifest, model.bundle.unmeasured(model.variant)
        notes.print(f"{manifest.name} {manifest.version}: {model.variant} on {model.provider}", highlight=False)
        if unmeasured:
            notes.print(f"warning: probabilities of {', '.join(unmeasured)} are not calibrated in it", style="yellow")
    if host not in LOCAL and not known:
        notes.print(f"warning: {host} is open to the network and asks for no key: give --keys FILE", style="yellow")
    if remote is not None:
        notes.print(f"grpc://{remote}", markup=False, highlight=False)
    run_server(app, host, port)


def run_server(app: Any, host: str, port: int) -> None:
    """Serve an app until Ctrl-C. A busy port is told before anything is promised."""
    import uvicorn

    settings = uvicorn.Config(
        app, host, port, log_level="warning", access_log=False, timeout_graceful_shutdown=10, timeout_keep_alive=KEPT
    )
    server = uvicorn.Server(settings)
    with server.config.bind_socket() as listening:
        notes.print(
            f"http://{shown(host)}:{port}  (documentation at /docs, Ctrl-C stops it)", markup=False, highlight=False
        )
        server.run(sockets=[listening])


def shown(host: str) -> str:
    """A host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def _free(host: str, port: int) -> int:
    """The port, which nobody listens at. Raises InputError: gRPC itself would say so only after the app has begun."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise InputError(f"--grpc-port {port}: expected a free port at {host}: {fault}") from fault
    return port


def read_keys(file: Path | None) -> list[str]:
    """The keys of a file and of HEADWATER_API_KEYS. Raises InputError for a file without any."""
    given = os.environ.get("HEADWATER_API_KEYS", "").split(",")
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as fault:
            raise InputError(f"--keys {file}: expected a readable file: {fault}") from fault
        held = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
        if not held:
            raise InputError(f"--keys {file}: expected a key a line, found none")
        given += held
    return [key.strip() for key in given if key.strip()]


def shipped() -> list[str]:
    """The names of the models on the shelf whose bundle is there."""
    from headwater.ui.shelf import places

    return [str(place.folder) for place in places() if place.origin == "shipped" and place.folder.is_dir()]
