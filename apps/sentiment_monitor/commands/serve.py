"""`sentiment-monitor serve`: news over HTTP into the store."""

from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.options import Url
from headwater.cli.output import notes
from headwater.cli.serve import LOCAL, read_keys, run_server
from headwater.store import open_store

__all__ = ["serve"]


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8000,
    host: Annotated[str, typer.Option(help="The address; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    keys: Annotated[
        Path | None, typer.Option(help="A file of API keys, one a line; also HEADWATER_API_KEYS, by commas.")
    ] = None,
    backlog: Annotated[
        int, typer.Option(min=1, help="Items that may wait for `watch`; beyond, requests get 429.")
    ] = 50_000,
    max_body: Annotated[int, typer.Option(min=1024, help="Bytes of a request.")] = 8 * 2**20,
    model: Annotated[
        str, typer.Option(help="The bundle whose endpoints stand beside: a folder or a name.")
    ] = "financial-news",
    store: Url = None,
) -> None:
    """Serve POST /v1/events, beside the endpoints of the model; Ctrl-C stops it. `watch` reads what it takes in."""
    from headwater.api.app import create_app
    from headwater.api.service import Limits
    from headwater.bundle import open_bundle
    from headwater.cli.bundles import bundle_folder
    from headwater.serving.model import open_model
    from sentiment_monitor.intake.api import Inbox, events_router
    from sentiment_monitor.records.news import News

    known = read_keys(keys)
    if host not in LOCAL and not known:
        notes.print(f"warning: {host} is open to the network and asks for no key: give --keys FILE", style="yellow")
    with open_store(store) as opened:
        with notes.status("opening the model"):
            bundle = open_bundle(bundle_folder(model))
            app = create_app([open_model(bundle, bundle.default_variant("cpu"), "cpu")], Limits(body=max_body), known)
        app.include_router(events_router(Inbox(News(opened), backlog=backlog)))
        run_server(app, host, port)
