"""`entity-extractor convert IN OUT`: annotated texts from one format into another."""

from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.options import Json
from headwater.cli.output import notes, print_json

__all__ = ["convert"]


def convert(
    source: Annotated[Path, typer.Argument(help="CoNLL, JSONL, Parquet, spaCy, Label Studio, Prodigy.")],
    target: Annotated[Path, typer.Argument(help="The file to write.")],
    form: Annotated[
        str | None, typer.Option("--from", help="The format of the source; told from it if left out.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="The format to write; told from the target's ending.")] = None,
    offsets: Annotated[
        str | None, typer.Option(help="What offsets count in JSON: characters, utf-16 or utf-8.")
    ] = None,
    snap: Annotated[bool, typer.Option("--snap", help="Widen spans that cut a word to the whole word.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse what the format would lose.")] = False,
    json: Json = False,
) -> None:
    """Read a file of annotated texts and write it in another format, whole or not at all."""
    from entity_extractor.commands.run import told_format
    from entity_extractor.formats import read, write

    count = write(to or told_format(str(target)), read(source, form, offsets=offsets), target, strict=strict, snap=snap)
    if json:
        print_json({"documents": count, "output": str(target)})
    else:
        notes.print(f"{count:,} documents", markup=False, highlight=False)
