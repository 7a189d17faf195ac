"""`headwater serve`: bundles over HTTP, and over gRPC where a port is given for it."""

import socket
from pathlib import Path
from typing import Annotated

import typer

from headwater.api.logs import LogKind
from headwater.cli.bundles import bundle_folder
from headwater.cli.options import Host, KeyFile, Log, LogTexts, Port, Proxies
from headwater.cli.output import notes
from headwater.cli.server import open_keys, run_server, shown
from headwater.errors import InputError

__all__ = ["serve"]

EVERY = 3.0  # seconds between two looks at which version is live, with --follow


def serve(
    bundles: Annotated[
        list[str] | None, typer.Argument(metavar="BUNDLE...", help="Folders or names; every model that ships if none.")
    ] = None,
    port: Port = 8000,
    grpc_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve over gRPC too, at this port (usually 8001).")
    ] = None,
    host: Host = "127.0.0.1",
    variant: Annotated[str | None, typer.Option(help="int8 or fp32 on a CPU, fp16 or fp32 on a GPU.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or tensorrt.")] = "cpu",
    keys: KeyFile = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Batches side by side; the processors if left out.")
    ] = None,
    budget: Annotated[int | None, typer.Option(min=1, help="Tokens of a batch; 192 on a CPU, 4,096 on a GPU.")] = None,
    capacity: Annotated[int, typer.Option(min=1, help="Tokens that may wait; beyond, requests get 429.")] = 65_536,
    deadline: Annotated[float, typer.Option(min=0.001, help="Seconds a request may take; it may ask for less.")] = 30.0,
    max_body: Annotated[int, typer.Option(min=1024, help="Bytes of a request.")] = 8 * 2**20,
    patience: Annotated[
        float, typer.Option(min=0.1, help="Seconds in which a request must have come whole; a file has 15 minutes.")
    ] = 60.0,
    max_upload: Annotated[int, typer.Option(min=1024, help="Bytes of a file at /v1/score.")] = 256 * 2**20,
    max_jobs: Annotated[int, typer.Option(min=1, help="Files that may wait; beyond, they get 429.")] = 16,
    keep_jobs: Annotated[float, typer.Option(min=0, help="Days that a file's job is kept after its end.")] = 7.0,
    jobs: Annotated[Path | None, typer.Option(help="Where files are kept; `jobs` in Headwater's home.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Change to another version when one is promoted or rolled back.")
    ] = False,
    log: Log = LogKind.text,
    log_texts: LogTexts = False,
    proxies: Proxies = None,
) -> None:
    """Serve bundles: /v1/classify, /v1/extract, /v1/embed, files at /v1/score, the Open Inference Protocol at /v2, /health, /metrics, /docs.

    With --grpc-port the Open Inference Protocol over gRPC too, from the same queue.

    Requests share batches; answers do not depend on the company. A model can be changed while it serves: --follow, or POST
    /v2/repository/models/NAME/load. Ctrl-C stops it; a file that is being scored goes on at the next start.
    """
    from headwater.api.app import create_app
    from headwater.api.jobs import Jobs
    from headwater.api.service import Limits
    from headwater.bundle import open_bundle
    from headwater.home import home
    from headwater.serving.model import open_model
    from headwater.versions.shelf import resolve

    known = open_keys(keys, host)
    with notes.status("opening the models"):
        given = bundles or shipped()
        opened = [open_bundle(bundle_folder(name)) for name in given]
        meant = {bundle.manifest.name: name for bundle, name in zip(opened, given, strict=True)}
        models = [open_model(each, variant or each.default_variant(device), device) for each in opened]
        limits = Limits(
            budget=budget, capacity=capacity, deadline=deadline, body=max_body, upload=max_upload, patience=patience
        )
        remote = None if grpc_port is None else f"{shown(host)}:{_free(host, grpc_port)}"
        app = create_app(
            models, limits, known, workers, grpc=remote, jobs=Jobs(jobs or home() / "jobs", max_jobs, keep_jobs),
            find=lambda name: bundle_folder(meant[name]) if name in meant else resolve(name),
            variant=variant, follow=EVERY if follow else None,
        )  # fmt: skip
    for model in models:
        manifest, unmeasured = model.bundle.manifest, model.bundle.unmeasured(model.variant)
        notes.print(f"{manifest.name} {manifest.version}: {model.variant} on {model.provider}", highlight=False)
        if unmeasured:
            notes.print(f"warning: probabilities of {', '.join(unmeasured)} are not calibrated in it", style="yellow")
    if remote is not None:
        notes.print(f"grpc://{remote}", markup=False, highlight=False)
    run_server(app, host, port, log, log_texts, proxies, patience)


def _free(host: str, port: int) -> int:
    """The port, which nobody listens at. Raises InputError: gRPC itself would say so only after the app has begun."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise InputError(f"--grpc-port {port}: expected a free port at {host}: {fault}") from fault
    return port


def shipped() -> list[str]:
    """The names of the models that ship, whichever version of them is live."""
    from headwater.home import shipped_models
    from headwater.ui.shelf import places

    ships = {path.name for path in shipped_models().iterdir()} if shipped_models().is_dir() else set()
    held = [place for place in places() if place.name in ships and (place.folder.is_dir() or place.fault)]
    return list(dict.fromkeys(place.name for place in held))
