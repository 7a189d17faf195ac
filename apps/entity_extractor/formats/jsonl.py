"""Our own JSONL: a document a line, with everything that is known of it; and Parquet's rows, which are the same.

{"id": "a", "text": "Acme in Oslo", "entities": [{"start": 8, "end": 12, "label": "LOC", "text": "Oslo", "probability": 0.98}],
"meta": {}}. Offsets count characters. `headwater train` reads such files too.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from entity_extractor.formats.json_rows import json_lines, text_in
from entity_extractor.formats.options import Reading, Writing
from entity_extractor.formats.places import settled
from entity_extractor.formats.soundness import meta_json, sound
from entity_extractor.mentions import Annotated, Mention
from headwater.errors import DataError

__all__ = ["from_row", "mention_of", "read_jsonl", "to_row", "write_jsonl"]

WORDS = ("source", "value", "link")


def to_row(one: Annotated) -> dict[str, Any]:
    """A document as a row: id, text, entities. What a mention does not say is left out."""
    entities = [
        {"start": m.start, "end": m.end, "label": m.label, "text": m.text, "probability": m.probability}
        | {key: getattr(m, key) for key in WORDS if getattr(m, key)}
        for m in one.mentions
    ]
    return {"id": one.id, "text": one.text, "entities": entities}


def write_jsonl(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing) -> None:
    """Write a line a document."""
    for one in annotated:
        meta = orjson.Fragment(meta_json(one))
        stream.write(orjson.dumps(to_row(one) | {"meta": meta}, option=orjson.OPT_APPEND_NEWLINE))


def read_jsonl(file: Path, options: Reading) -> Iterator[Annotated]:
    """Read a line a document; entities may also be [start, end, label]. Raises DataError with file and line."""
    for where, row in json_lines(file):
        yield from_row(row, where, options.offsets)


def from_row(row: dict[str, Any], where: str, offsets: str | None) -> Annotated:
    """A row of JSONL or Parquet -> a document; one without an id is named by file and line."""
    text, entities, meta = text_in(row, "text", where), row.get("entities") or [], row.get("meta") or {}
    if not isinstance(entities, list) or not isinstance(meta, dict):
        raise DataError(
            f"{where}: expected entities to be a list and meta a table, got {str(entities)[:40]}, {str(meta)[:40]}"
        )
    name = Path(where).name if row.get("id") is None else str(row["id"])
    mentions = tuple(mention_of(entity, f"{where}: {name}") for entity in entities)
    return sound(settled(Annotated(name, text, mentions, meta), offsets))


def mention_of(entity: Any, where: str) -> Mention:
    """{start, end, label} or [start, end, label] -> a mention whose places are as they stand in the file."""
    try:
        if isinstance(entity, list | tuple):
            start, end, label = entity[:3]
            entity = {}
        else:
            start, end, label = entity["start"], entity["end"], entity.get("label") or entity["type"]
        if not all(type(offset) is int for offset in (start, end)) or not isinstance(label, str):
            raise ValueError
        words = {key: str(entity.get(key) or "") for key in ("text", *WORDS)}
        probability = entity.get("probability")
        return Mention(start, end, label, probability=1.0 if probability is None else float(probability), **words)
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise DataError(f"{where}: expected spans of {{start, end, label}}, got {str(entity)[:80]}") from fault
