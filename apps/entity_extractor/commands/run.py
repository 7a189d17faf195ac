"""`entity-extractor run FILES...`: everything that files, folders and addresses hold, into one file."""

import csv
import io
import itertools
import json as json_module
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from entity_extractor.commands.options import CompanyTable, Knowledge, ModelName, RelationModel, SetUp, opened
from headwater.cli.options import Json
from headwater.cli.output import notes, print_json
from headwater.errors import DataError, InputError
from headwater.spreadsheet import cell

__all__ = ["run", "told_format"]

ENTITIES = ("document", "entity", "label", "name", "count", "unsure", "pages", "value", "link", "first")


def run(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="PDF, DOCX, HTML, EML, TXT, CSV, JSONL, Parquet; folders; http(s) addresses."
        ),
    ],
    output: Annotated[str, typer.Option("--output", "-o", help="The file to write; - for standard output.")] = "-",
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="jsonl, csv, conll, iob2, html, parquet, spacy, label-studio; told from the output's ending.",
        ),
    ] = None,
    entities: Annotated[
        Path | None, typer.Option(help="Also a CSV of entities, one a row: names, counts, pages, links.")
    ] = None,
    triples: Annotated[Path | None, typer.Option(help="Also the relations, as .csv, .jsonl, .nt or .ttl.")] = None,
    setup: SetUp = None,
    model: ModelName = "entities",
    knowledge: Knowledge = None,
    companies: CompanyTable = True,
    relations: RelationModel = None,
    column: Annotated[str | None, typer.Option(help="The text column of tables.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column of ids.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse what the format would lose.")] = False,
    private: Annotated[bool, typer.Option("--private", help="Allow addresses of the own network.")] = False,
    json: Json = False,
) -> None:
    """Find names and values, say what they mean, join them to entities, and relate them.

    One document after the other, so any number of them goes. What cannot be read is told, and kept in OUTPUT.refused.jsonl
    with its reason; the run goes on. It fails where nothing could be read, and leaves what an earlier run wrote. CoNLL and
    spaCy label whole words: unless --strict, a span that cuts one is widened, and of two in one word the surer is kept.
    """
    from entity_extractor.formats import ON_WORDS
    from entity_extractor.relations.triples import write_triples

    if triples and not relations:
        raise InputError("--triples: expected --relations BUNDLE beside it: a relation model is what finds them")
    if json and output == "-":
        raise InputError("--json: expected --output FILE beside it: standard output holds one of the two")
    form = form or told_format(output)
    extractor = opened(setup, model, knowledge, companies, relations)
    work = _Work(extractor, entities is not None, triples is not None, not strict and form in ON_WORDS)
    count = _written(work, work.documents(sources, column, id_column, private), form, output, strict)
    if entities:
        _table(entities, work.rows)
    if triples:
        write_triples(triples, work.triples)
    content = {"documents": count, "refused": len(work.refused), "mentions": work.mentions, "entities": work.entities, "relations": work.relations}  # fmt: skip
    if work.fits:
        content |= {"widened": work.widened, "dropped": work.dropped}
    if json:
        print_json(content | {"output": output})
    else:
        notes.print(", ".join(f"{number:,} {name}" for name, number in content.items()), markup=False, highlight=False)


def _written(work: "_Work", found: Iterator[Any], form: str, output: str, strict: bool) -> int:
    """How many documents were written; where there is none, what an earlier run has written stays. Raises DataError then."""
    from entity_extractor.formats import write

    first = next(found, None)
    if first is None:
        _refused(work, output)
        raise DataError(f"no document could be read: {'; '.join(f'{one.name}: {one.why}' for one in work.refused[:5])}")
    target: Any = sys.stdout.buffer if output == "-" else output
    count = write(form, itertools.chain([first], found), target, strict=strict)
    _refused(work, output)
    return count


@dataclass
class _Work:
    """A run as it goes: what is kept of each document beside the file that is written."""

    extractor: Any
    tells_entities: bool
    tells_triples: bool
    fits: bool  # spans to words
    refused: list[Any] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    triples: list[dict[str, Any]] = field(default_factory=list)
    mentions: int = 0
    entities: int = 0
    relations: int = 0
    widened: int = 0
    dropped: int = 0

    def documents(self, sources: list[str], column: str | None, id_column: str | None, private: bool) -> Iterator[Any]:
        from entity_extractor.documents import Refused, read_sources

        for item in read_sources(sources, column=column, id_column=id_column, private=private):
            if isinstance(item, Refused):
                self.refused.append(item)
                notes.print(f"{item.name}: {item.why}", style="yellow", markup=False, soft_wrap=True)
            else:
                yield self._extracted(item)

    def _extracted(self, document: Any) -> Any:
        from entity_extractor.formats.on_words import fitted
        from entity_extractor.relations.triples import rows as triples_of

        found = self.extractor.extract(document)
        for note in document.notes:
            notes.print(f"{document.id}: {note}", style="yellow", markup=False, soft_wrap=True)
        self.mentions += len(found.mentions)
        self.entities += len(found.entities)
        self.relations += len(found.relations)
        if self.tells_entities:
            self.rows += self.extractor.rows([found])
        if self.tells_triples:
            self.triples += triples_of(found.relations, found.names.__getitem__, document.id)
        if not self.fits:
            return found.annotated
        whole, widened, dropped = fitted(found.annotated)
        self.widened += widened
        self.dropped += dropped
        return whole


def told_format(output: str) -> str:
    """The format of an output's ending; JSONL for standard output."""
    from entity_extractor.formats import FORMATS

    ending = Path(output).suffix.lower()
    for one in FORMATS.values():
        if one.write and ending in one.endings:
            return str(one.name)
    if output == "-":
        return "jsonl"
    raise InputError(f"{output}: expected an ending of {', '.join(sorted({e for one in FORMATS.values() if one.write for e in one.endings}))}, or --format")  # fmt: skip


def _refused(work: _Work, output: str) -> None:
    """What was not read, beside the output; none of an earlier run is left standing."""
    from entity_extractor.formats.whole_file import writing

    if output == "-":
        return
    file = Path(f"{output}.refused.jsonl")
    if not work.refused:
        file.unlink(missing_ok=True)
        return
    with writing(file) as stream:
        for one in work.refused:
            stream.write(json_module.dumps({"name": one.name, "why": one.why}, ensure_ascii=False).encode() + b"\n")


def _table(file: Path, rows: list[dict[str, object]]) -> None:
    from entity_extractor.formats.whole_file import writing

    text = io.StringIO()
    writer = csv.DictWriter(text, ENTITIES, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    with writing(file) as stream:
        stream.write(text.getvalue().encode("utf-8-sig"))
