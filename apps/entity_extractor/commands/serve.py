"""`entity-extractor serve`: documents over HTTP."""

from typing import Annotated

import typer

from entity_extractor.commands.options import MODEL, CompanyTable, Knowledge, ModelName, RelationModel, SetUp, opened
from headwater.api.logs import LogKind
from headwater.cli.options import Host, KeyFile, Log, LogTexts, Port, Proxies
from headwater.cli.server import open_keys, run_server

__all__ = ["serve"]


def serve(
    port: Port = 8000,
    host: Host = "127.0.0.1",
    keys: KeyFile = None,
    max_body: Annotated[int, typer.Option(min=1024, help="Bytes of a request.")] = 20_000_000,
    setup: SetUp = None,
    model: ModelName = "entities",
    knowledge: Knowledge = None,
    companies: CompanyTable = True,
    relations: RelationModel = None,
    log: Log = LogKind.text,
    log_texts: LogTexts = False,
    proxies: Proxies = None,
) -> None:
    """Serve POST /v1/documents, beside the endpoints of the model; Ctrl-C stops it."""
    from entity_extractor.api import documents_router
    from headwater.api.app import create_app
    from headwater.api.service import Limits

    known = open_keys(keys, host)
    extractor = opened(setup, model, knowledge, companies, relations)
    tagger = extractor.finder.models.get(MODEL)
    models = [tagger.model] if tagger is not None else []
    app = create_app(models, Limits(body=max_body), known, scopes={"/v1/documents": "documents"})
    app.include_router(documents_router(extractor))
    run_server(app, host, port, log, log_texts, proxies)
