"""Prodigy's JSONL: {"text", "spans": [{"start", "end", "label"}], "meta", "answer"}, offsets in characters."""

from collections.abc import Iterator
from pathlib import Path

from entity_extractor.formats.json_rows import json_lines, text_in
from entity_extractor.formats.jsonl import mention_of
from entity_extractor.formats.options import Reading
from entity_extractor.formats.places import settled
from entity_extractor.formats.soundness import sound
from entity_extractor.mentions import Annotated
from headwater.errors import DataError

__all__ = ["read_prodigy"]


def read_prodigy(file: Path, options: Reading) -> Iterator[Annotated]:
    """Read the tasks that were accepted, and those without an answer; rejected and ignored ones are passed over.

    The id is the row's `id`, else the `id` of its meta, else file and line. Raises DataError with file and line.
    """
    for where, row in json_lines(file):
        if row.get("answer", "accept") != "accept":
            continue
        spans, meta = row.get("spans") or [], row.get("meta") or {}
        if not isinstance(spans, list) or not isinstance(meta, dict):
            raise DataError(
                f"{where}: expected spans to be a list and meta a table, got {str(spans)[:40]}, {str(meta)[:40]}"
            )
        name = next((str(given) for given in (row.get("id"), meta.get("id")) if given is not None), Path(where).name)
        mentions = tuple(mention_of(span, f"{where}: {name}") for span in spans)
        yield sound(settled(Annotated(name, text_in(row, "text", where), mentions, meta), options.offsets))
