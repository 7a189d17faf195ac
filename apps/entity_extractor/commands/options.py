"""Options that several verbs have, and the extractor that they name."""

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["MODEL", "CompanyTable", "Knowledge", "ModelName", "RelationModel", "SetUp", "opened"]

MODEL = "entities"  # what finding.toml calls the model that it leaves open
ModelName = Annotated[
    str, typer.Option("--model", help="The bundle that finds names: a folder, a name, or a server's address.")
]

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


def opened(setup: Path | None, model: str, knowledge: Path | None, companies: bool, relations: str | None) -> Any:
    """The extractor of these options."""
    import headwater
    from entity_extractor.extraction import open_extractor
    from entity_extractor.finding import DEFAULT
    from headwater.cli.bundles import bundle_folder
    from headwater.cli.output import notes
    from headwater.companies.table import Companies

    with notes.status("opening the models"):
        return open_extractor(
            setup or DEFAULT,
            {MODEL: headwater.connect(model if "://" in model else str(bundle_folder(model)))},
            knowledge=knowledge,
            companies=Companies.open() if companies else None,
            relations=str(bundle_folder(relations)) if relations else None,
        )
