"""`headwater serve`: bundles over HTTP."""

import os
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
EVERY = 3.0  # seconds between two looks at which version is live, with --follow


def serve(
    bundles: Annotated[
        list[str] | None, typer.Argument(metavar="BUNDLE...", help="Folders or names; every model that ships if none.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8000,
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
    follow: Annotated[
        bool, typer.Option("--follow", help="Change to another version when one is promoted or rolled back.")
    ] = False,
) -> None:
    """Serve bundles: /v1/classify, /v1/extract, /v1/embed, the Open Inference Protocol at /v2, /health, /metrics, /docs.

    Requests share batches; answers do not depend on the company. A model can be changed while it serves: --follow, or POST
    /v2/repository/models/NAME/load. Ctrl-C stops it.
    """
    from headwater.api.app import create_app
    from headwater.api.service import Limits
    from headwater.bundle import open_bundle
    from headwater.serving.model import open_model
    from headwater.versions.shelf import resolve

    known = read_keys(keys)
    with notes.status("opening the models"):
        given = bundles or shipped()
        opened = [open_bundle(bundle_folder(name)) for name in given]
        meant = {bundle.manifest.name: name for bundle, name in zip(opened, given, strict=True)}
        models = [open_model(each, variant or each.default_variant(device), device) for each in opened]
        limits = Limits(budget=budget, capacity=capacity, deadline=deadline, body=max_body)
        app = create_app(
            models, limits, known, workers, variant=variant, follow=EVERY if follow else None,
            find=lambda name: bundle_folder(meant[name]) if name in meant else resolve(name),
        )  # fmt: skip
    for model in models:
        manifest, unmeasured = model.bundle.manifest, model.bundle.unmeasured(model.variant)
        notes.print(f"{manifest.name} {manifest.version}: {model.variant} on {model.provider}", highlight=False)
        if unmeasured:
            notes.print(f"warning: probabilities of {', '.join(unmeasured)} are not calibrated in it", style="yellow")
    if host not in LOCAL and not known:
        notes.print(f"warning: {host} is open to the network and asks for no key: give --keys FILE", style="yellow")
    run_server(app, host, port)


def run_server(app: Any, host: str, port: int) -> None:
    """Serve an app until Ctrl-C. A busy port is told before anything is promised."""
    import uvicorn

    settings = uvicorn.Config(
        app, host, port, log_level="warning", access_log=False, timeout_graceful_shutdown=10, timeout_keep_alive=KEPT
    )
    server = uvicorn.Server(settings)
    with server.config.bind_socket() as listening:
        shown = f"[{host}]" if ":" in host else host
        notes.print(f"http://{shown}:{port}  (documentation at /docs, Ctrl-C stops it)", markup=False, highlight=False)
        server.run(sockets=[listening])


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
    """The names of the models that ship, whichever version of them is live."""
    from headwater.home import shipped_models
    from headwater.ui.shelf import places

    ships = {path.name for path in shipped_models().iterdir()} if shipped_models().is_dir() else set()
    held = [place for place in places() if place.name in ships and (place.folder.is_dir() or place.fault)]
    return list(dict.fromkeys(place.name for place in held))
