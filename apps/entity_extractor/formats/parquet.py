"""Parquet: the rows of our JSONL as a typed table, with meta as JSON."""

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet as pq

from entity_extractor.formats.jsonl import WORDS, from_row, to_row
from entity_extractor.formats.options import Reading, Writing
from entity_extractor.formats.soundness import meta_json
from entity_extractor.mentions import Annotated
from headwater.errors import DataError

__all__ = ["SCHEMA", "read_parquet", "write_parquet"]

ROWS = 500  # documents a row group: what is held at a time
ENTITY = pa.struct(
    {"start": pa.int64(), "end": pa.int64(), "label": pa.string(), "text": pa.string(), "probability": pa.float64()}
    | dict.fromkeys(WORDS, pa.string())
)
SCHEMA = pa.schema(
    [("id", pa.string()), ("text", pa.large_string()), ("entities", pa.list_(ENTITY)), ("meta", pa.string())]
)


def write_parquet(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing) -> None:
    """Write a row a document."""
    rows = iter(annotated)
    with pq.ParquetWriter(stream, SCHEMA, compression="zstd") as writer:
        while batch := list(itertools.islice(rows, ROWS)):
            writer.write_table(pa.Table.from_pylist([_row(one) for one in batch], SCHEMA))


def _row(one: Annotated) -> dict[str, Any]:
    return to_row(one) | {"meta": meta_json(one).decode()}


def read_parquet(file: Path, options: Reading) -> Iterator[Annotated]:
    """Read a row a document, some hundred at a time. Raises DataError with file and row."""
    number = 0
    try:
        with pq.ParquetFile(file) as table:
            for batch in table.iter_batches(batch_size=ROWS):
                for row in batch.to_pylist():
                    number += 1
                    where = f"{file}: row {number}"
                    yield from_row(row | {"meta": _meta(row.get("meta"), where)}, where, options.offsets)
    except (pa.ArrowException, OSError) as fault:
        raise DataError(f"{file}: expected a Parquet file that can be read whole: {fault}") from fault


def _meta(value: Any, where: str) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError as fault:
        raise DataError(f"{where}: expected meta to be JSON, got {value[:40]!r}") from fault
