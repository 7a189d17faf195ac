"""`entity-extractor serve`: documents over HTTP."""

from pathlib import Path
from typing import Annotated

import typer

from entity_extractor.commands.options import MODEL, CompanyTable, Knowledge, ModelName, RelationModel, SetUp, opened
from headwater.cli.output import notes
from headwater.cli.serve import LOCAL, read_keys, run_server

__all__ = ["serve"]


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8000,
    host: Annotated[str, typer.Option(help="The address; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    keys: Annotated[
        Path | None, typer.Option(help="A file of API keys, one a line; also HEADWATER_API_KEYS, by commas.")
    ] = None,
    max_body: Annotated[int, typer.Option(min=1024, help="Bytes of a request.")] = 20_000_000,
    setup: SetUp = None,
    model: ModelName = "entities",
    knowledge: Knowledge = None,
    companies: CompanyTable = True,
    relations: RelationModel = None,
) -> None:
    """Serve POST /v1/documents, beside the endpoints of the model; Ctrl-C stops it."""
    from entity_extractor.api import documents_router
    from headwater.api.app import create_app
    from headwater.api.service import Limits

    known = read_keys(keys)
    if host not in LOCAL and not known:
        notes.print(f"warning: {host} is open to the network and asks for no key: give --keys FILE", style="yellow")
    extractor = opened(setup, model, knowledge, companies, relations)
    tagger = extractor.finder.models.get(MODEL)
    app = create_app([tagger.model] if tagger is not None else [], Limits(body=max_body), known)
    app.include_router(documents_router(extractor))
    run_server(app, host, port)
