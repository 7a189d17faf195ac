"""`entity-extractor suggest EXAMPLES TEXTS... -o OUT`: more of a new type, from 5 to 20 marked examples, without training."""

from pathlib import Path
from typing import Annotated

import typer

from entity_extractor.commands.options import Sentences, documents_of, embedder_of
from headwater.cli.options import Json
from headwater.cli.output import notes, print_json

__all__ = ["suggest"]


def suggest(
    examples: Annotated[
        Path, typer.Argument(help="Sentences marked whole with the new types, in any format that `convert` reads.")
    ],
    sources: Annotated[
        list[str], typer.Argument(metavar="TEXT...", help="Files, folders and addresses, as `run` takes them.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write; its ending tells the format, as in `run`.")
    ],
    least: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out what is less likely; it orders, and is no probability.")
    ] = 0.5,
    sentences: Sentences = "sentences",
    column: Annotated[str | None, typer.Option(help="The text column of tables.")] = None,
    json: Json = False,
) -> None:
    """Write the sentences that may hold something of the types, likeliest first. Each is to be looked at: many are not right."""
    from entity_extractor.commands.run import told_format
    from entity_extractor.formats import read, write
    from entity_extractor.learning.new_types import suggested
    from headwater.errors import InputError

    form = told_format(str(output))
    with notes.status("opening the model"):
        embedder = embedder_of(sentences)
    marked = list(read(examples))
    found = suggested(embedder, marked, documents_of(sources, column), least)
    if not found:
        raise InputError(f"nothing in these texts is as likely as {least:g}: mark more examples, or lower --least")
    count = write(form, found, output)
    spans = sum(len(one.mentions) for one in found)
    if json:
        print_json({"sentences": count, "suggestions": spans, "output": str(output)})
    else:
        notes.print(f"{output}: {spans:,} suggestions in {count:,} sentences", markup=False, highlight=False)
