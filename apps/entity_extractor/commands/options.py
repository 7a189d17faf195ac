"""Options that several verbs have, and the extractor that they name."""

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["CompanyTable", "Json", "Knowledge", "RelationModel", "SetUp", "opened"]

SetUp = Annotated[
    Path | None, typer.Option(help="A set-up in TOML: models, dictionaries, patterns, values, precedence.")
]
Knowledge = Annotated[
    Path | None, typer.Option(help="Your own knowledge base, CSV or JSONL: id, name, aliases, type, hints.")
]
CompanyTable = Annotated[
    bool, typer.Option("--companies/--no-companies", help="Link to the table of listed companies.")
]
RelationModel = Annotated[str | None, typer.Option(help="The bundle of a relation model: a folder, or a name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def opened(setup: Path | None, knowledge: Path | None, companies: bool, relations: str | None) -> Any:
    """The extractor of these options."""
    from entity_extractor.extraction import open_extractor
    from entity_extractor.finding import DEFAULT
    from headwater.cli.bundles import bundle_folder
    from headwater.cli.output import notes
    from headwater.companies.table import Companies

    with notes.status("opening the models"):
        return open_extractor(
            setup or DEFAULT,
            knowledge=knowledge,
            companies=Companies.open() if companies else None,
            relations=str(bundle_folder(relations)) if relations else None,
        )
