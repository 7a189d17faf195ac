"""Options that several verbs have, and the extractor that they name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "MODEL",
    "CompanyTable",
    "Knowledge",
    "ModelName",
    "RelationModel",
    "Sentences",
    "SetUp",
    "documents_of",
    "embedder_of",
    "opened",
]

MODEL = "entities"  # what finding.toml calls the model that it leaves open
ModelName = Annotated[
    str, typer.Option("--model", help="The bundle that finds names: a folder, a name, or a server's address.")
]

SetUp = Annotated[
    Path | None,
    typer.Option(
        help="A set-up in TOML: models, dictionaries, patterns, values, precedence; left out, that of the page Set-up, "
        "or the one that ships."
    ),
]
Knowledge = Annotated[
    Path | None, typer.Option(help="Your own knowledge base, CSV or JSONL: id, name, aliases, type, hints.")
]
CompanyTable = Annotated[
    bool, typer.Option("--companies/--no-companies", help="Link to the table of listed companies.")
]
Sentences = Annotated[str, typer.Option(help="The bundle of sentence vectors: a folder, or a name.")]
RelationModel = Annotated[str | None, typer.Option(help="The bundle of a relation model: a folder, or a name.")]


def opened(setup: Path | None, model: str, knowledge: Path | None, companies: bool, relations: str | None) -> Any:
    """The extractor of these options; a set-up that nobody named is told where it is not the one that ships."""
    import headwater
    from entity_extractor.extraction import open_extractor
    from entity_extractor.finding import DEFAULT, own
    from headwater.cli.bundles import bundle_folder
    from headwater.cli.output import notes
    from headwater.companies.table import Companies

    if setup is None and (setup := own.standing()) != DEFAULT:
        notes.print(f"set-up: {setup}", style="dim", markup=False, soft_wrap=True)
    with notes.status("opening the models"):
        return open_extractor(
            setup,
            {MODEL: headwater.connect(model if "://" in model else str(bundle_folder(model)))},
            knowledge=knowledge,
            companies=Companies.open() if companies else None,
            relations=str(bundle_folder(relations)) if relations else None,
        )


def embedder_of(name: str) -> Any:
    """The bundle of sentence vectors of this name or folder. Raises InputError for one of another kind."""
    import headwater
    from headwater.cli.bundles import bundle_folder
    from headwater.errors import InputError
    from headwater.serving import Embedder

    found = headwater.load(bundle_folder(name))
    if not isinstance(found, Embedder):
        raise InputError(f"{name}: expected a bundle of sentence vectors, got {type(found).__name__}")
    return found


def documents_of(sources: list[str], column: str | None) -> Iterator[Any]:
    """The documents of files, folders and addresses; what cannot be read is told, and the rest goes on."""
    from entity_extractor.documents import Refused, read_sources
    from headwater.cli.output import notes

    for item in read_sources(sources, column=column):
        if isinstance(item, Refused):
            notes.print(f"{item.name}: {item.why}", style="yellow", markup=False, soft_wrap=True)
        else:
            yield item
