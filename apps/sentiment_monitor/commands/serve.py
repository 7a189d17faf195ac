"""`sentiment-monitor serve`: news over HTTP into the store."""

from typing import Annotated

import typer

from headwater.api.logs import LogKind
from headwater.cli.options import Host, KeyFile, Log, LogTexts, Port, Proxies, Url
from headwater.cli.output import notes
from headwater.cli.server import open_keys, run_server
from headwater.store import open_store

__all__ = ["serve"]


def serve(
    port: Port = 8000,
    host: Host = "127.0.0.1",
    keys: KeyFile = None,
    backlog: Annotated[
        int, typer.Option(min=1, help="Items that may wait for `watch`; beyond, requests get 429.")
    ] = 50_000,
    max_body: Annotated[int, typer.Option(min=1024, help="Bytes of a request.")] = 8 * 2**20,
    model: Annotated[
        str, typer.Option(help="The bundle whose endpoints stand beside: a folder or a name.")
    ] = "financial-news",
    store: Url = None,
    log: Log = LogKind.text,
    log_texts: LogTexts = False,
    proxies: Proxies = None,
) -> None:
    """Serve POST /v1/events, beside the endpoints of the model; Ctrl-C stops it. `watch` reads what it takes in."""
    from headwater.api.app import create_app
    from headwater.api.service import Limits
    from headwater.bundle import open_bundle
    from headwater.cli.bundles import bundle_folder
    from headwater.serving.model import open_model
    from sentiment_monitor.intake.api import Inbox, events_router
    from sentiment_monitor.records.news import News

    known = open_keys(keys, host)
    with open_store(store) as opened:
        with notes.status("opening the model"):
            bundle = open_bundle(bundle_folder(model))
            models = [open_model(bundle, bundle.default_variant("cpu"), "cpu")]
            app = create_app(models, Limits(body=max_body), known, scopes={"/v1/events": "events"})
        app.include_router(events_router(Inbox(News(opened), backlog=backlog)))
        run_server(app, host, port, log, log_texts, proxies)
