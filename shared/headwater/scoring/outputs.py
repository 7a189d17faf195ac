"""Finished shards -> one JSONL, CSV or Parquet file, as a stream."""

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from headwater.errors import InputError
from headwater.scoring.scorer import Field

__all__ = ["WRITERS", "Writer", "columns", "flatten", "write_csv", "writer_for"]

META = ("id", "published", "published_original", "source", "url", "text")
GROUP = 8_000_000  # bytes of JSON in a Parquet row group: some 20,000 headlines

Writer = Callable[[Iterable[Path], Path, Sequence[Field]], None]


def columns(fields: Sequence[Field]) -> dict[str, str]:
    """Names and kinds (int, text, float, bool, json) of a flat output row."""
    flat = {"row": "int", **dict.fromkeys(META, "text")}
    for field in fields:
        flat[field.name] = "text" if field.kind == "single" else "json"
        if field.kind == "single":
            flat[f"{field.name}_probability"] = "float"
            if field.threshold is not None:
                flat[f"{field.name}_abstained"] = "bool"
    return flat


def flatten(row: dict[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """A row with one value to a column: a single-label head becomes label, probability and abstained."""
    flat = {name: row[name] for name in ("row", *META)}
    for field in fields:
        value = row[field.name]
        if field.kind == "single":
            flat[field.name] = value["label"]
            flat |= {f"{field.name}_{part}": value[part] for part in ("probability", "abstained") if part in value}
        else:
            flat[field.name] = value
    return flat


def as_text(row: dict[str, Any], kinds: dict[str, str]) -> list[Any]:
    """The values of a flat row in order, lists as JSON."""
    return [json.dumps(row[name], ensure_ascii=False) if kind == "json" else row[name] for name, kind in kinds.items()]


def read_shard(shard: Path) -> Iterator[dict[str, Any]]:
    """The rows of a finished shard."""
    with shard.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            yield json.loads(line)


def write_jsonl(shards: Iterable[Path], target: Path, fields: Sequence[Field]) -> None:
    """Shards are JSONL already: join them."""
    with target.open("wb") as out:
        for shard in shards:
            with shard.open("rb") as stream:
                shutil.copyfileobj(stream, out, 1 << 20)


def write_csv(
    shards: Iterable[Path], target: Path, fields: Sequence[Field], cell: Callable[[Any], Any] | None = None
) -> None:
    """One header, one record a row; missing values are empty, lists are JSON.

    Texts stand as they came, for programs; `cell` makes of a value what a spreadsheet may read (`headwater.spreadsheet`).
    """
    kinds = columns(fields)
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(kinds)
        for shard in shards:
            rows = (as_text(flatten(row, fields), kinds) for row in read_shard(shard))
            writer.writerows(rows if cell is None else (map(cell, row) for row in rows))


def write_parquet(shards: Iterable[Path], target: Path, fields: Sequence[Field]) -> None:
    """Lists stay lists: entities are list<struct>, embeddings list<float>."""
    schema = _schema(fields)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        held, size = [], 0
        for shard in shards:
            held += [flatten(row, fields) for row in read_shard(shard)]
            size += shard.stat().st_size
            if size >= GROUP:
                writer.write_table(pa.Table.from_pylist(held, schema))
                held, size = [], 0
        if held:
            writer.write_table(pa.Table.from_pylist(held, schema))


def _schema(fields: Sequence[Field]) -> pa.Schema:
    simple = {"int": pa.int64(), "text": pa.string(), "float": pa.float64(), "bool": pa.bool_()}
    label = [("label", pa.string()), ("probability", pa.float64())]
    lists = {
        "multi": pa.list_(pa.struct(label)),
        "token": pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64()), *label, ("text", pa.string())])),
        "embedding": pa.list_(pa.float32()),
    }
    kinds = {field.name: field.kind for field in fields}
    return pa.schema(
        [(name, simple[kind] if kind != "json" else lists[kinds[name]]) for name, kind in columns(fields).items()]
    )


WRITERS: dict[str, Writer] = {
    ".csv": write_csv,
    ".jsonl": write_jsonl,
    ".ndjson": write_jsonl,
    ".parquet": write_parquet,
}


def writer_for(output: Path) -> Writer:
    """The writer that a file's ending names. Raises InputError for another ending."""
    if writer := WRITERS.get(output.suffix.lower()):
        return writer
    raise InputError(f"{output}: expected an output that ends in {', '.join(WRITERS)}, or a database URL with #table")
