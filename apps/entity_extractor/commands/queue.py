"""`entity-extractor queue FILES... -o queue.jsonl`: the sentences of texts in the order in which correcting them teaches most."""

from pathlib import Path
from typing import Annotated

import typer

from entity_extractor.commands.options import ModelName, Sentences, documents_of, embedder_of
from headwater.cli.options import Json, Url
from headwater.cli.output import notes, print_json

__all__ = ["queue"]


def queue(
    sources: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, folders and addresses, as `run` takes them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .jsonl to write: each sentence with what the model says.")],
    most: Annotated[int, typer.Option(min=1, help="At most so many sentences.")] = 200,
    page: Annotated[bool, typer.Option("--page", help="Also among the queues of the page Corrections, by the output's name.")] = False,
    model: ModelName = "entities",
    sentences: Sentences = "sentences",
    column: Annotated[str | None, typer.Option(help="The text column of tables.")] = None,
    store: Url = None,
    json: Json = False,
) -> None:  # fmt: skip
    """Order sentences by the model's doubt times how new they are; personal data is masked, and what was corrected is left out."""
    import headwater
    from entity_extractor.learning import corrected
    from entity_extractor.learning import queue as queues
    from entity_extractor.learning.doubts import opinions
    from headwater.cli.bundles import bundle_folder
    from headwater.errors import InputError
    from headwater.serving import Tagger
    from headwater.store import open_store

    if output.suffix != ".jsonl":
        raise InputError(f"{output}: expected a name that ends in .jsonl")
    with notes.status("opening the models"):
        tagger = headwater.connect(model if "://" in model else str(bundle_folder(model)))
        embedder = embedder_of(sentences)
    if not isinstance(tagger, Tagger):
        raise InputError(f"{model}: expected a bundle with one head that finds names, got {type(tagger).__name__}")
    with open_store(store) as opened:
        done = corrected.done_texts(opened, tagger.bundle.manifest.name, tagger.head.name)
    rows = queues.build(
        documents_of(sources, column), lambda texts: opinions(tagger, texts), embedder, done=done, most=most
    )
    for file in (output, *([queues.folder() / output.name] if page else [])):
        queues.save(rows, file, tagger.bundle, tagger.head.name, tagger.model.variant)
    if json:
        print_json({"sentences": len(rows), "output": str(output)})
    else:
        notes.print(f"{output}: {len(rows):,} sentences", markup=False, highlight=False)
