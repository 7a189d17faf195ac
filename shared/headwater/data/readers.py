"""Files -> examples: JSONL, CSV, TSV, Parquet and CoNLL columns, plain or gzipped.

What a row may hold, in any of the table formats:
- `text` (or `text_a` and `text_b`: a pair; or `tokens`), and any of
- `label`, `labels` (a list; in CSV separated by "|"), `ner_tags` (BIO, one for each token; in CSV separated by
  spaces), `entities` (a list of {start, end, type} in characters).
Other text columns are kept as labels under their own names, for recipes with several heads.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from headwater.data.conll import read_conll, to_iob2
from headwater.data.example import Example, Target
from headwater.errors import DataError
from headwater.spans import Span, from_bio

__all__ = ["example_of", "join_tokens", "read_file"]

FORMATS = {".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet"}
CONLL = (".conll", ".bio", ".iob", ".txt")
TEXT_COLUMNS = ("text", "text_a", "text_b", "tokens", "sentence")
NOT_LABELS = (*TEXT_COLUMNS, "ner_tags", "entities", "labels", "id")
csv.field_size_limit(16 * 1024 * 1024)


def read_file(path: str | Path, joiner: str = " ") -> list[Example]:
    """Read a labelled file. Raises DataError that begins with file, line and column of the first faulty row."""
    file = Path(path)
    if not file.is_file():
        raise DataError(f"{file}: expected a file, found none")
    suffixes = [suffix.lower() for suffix in file.suffixes]
    kind = next((suffix for suffix in reversed(suffixes) if suffix != ".gz"), "")
    if kind in CONLL:
        with _open(file) as stream:
            return [
                _tagged(tokens, tags, f"{file}:{line}", joiner) for line, tokens, tags in read_conll(stream, str(file))
            ]
    if kind not in FORMATS:
        raise DataError(f"{file}: expected one of {', '.join([*FORMATS, *CONLL])} (or with .gz), got {kind or 'no suffix'}")
    rows = [example_of(row, where, joiner) for where, row in _rows(file, FORMATS[kind])]
    if not rows:
        raise DataError(f"{file}: expected rows, found none")
    return rows


def _open(file: Path) -> io.TextIOBase:
    raw = gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")  # type: ignore[arg-type,type-var]


def _rows(file: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if kind == "parquet":
        from pyarrow import parquet  # only where there is Parquet

        for number, row in enumerate(parquet.read_table(file).to_pylist(), 1):
            yield f"{file}: row {number}", row
        return
    with _open(file) as stream:
        try:
            yield from (_json_rows if kind == "jsonl" else _table_rows)(file, stream, kind)
        except UnicodeDecodeError as fault:
            raise DataError(f"{file}: expected UTF-8, got the byte 0x{fault.object[fault.start]:02x}: save it as UTF-8") from fault


def _json_rows(file: Path, stream: io.TextIOBase, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for line, content in enumerate(stream, 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except json.JSONDecodeError as fault:
            raise DataError(f"{file}:{line}:{fault.colno}: expected one JSON object a line: {fault.msg}") from fault
        if not isinstance(row, dict):
            raise DataError(f"{file}:{line}:1: expected a JSON object, got {type(row).__name__}")
        yield f"{file}:{line}", row


def _table_rows(file: Path, stream: io.TextIOBase, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(stream, delimiter="\t" if kind == "tsv" else ",", strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise DataError(
                    f"{file}:{reader.line_num}: expected {len(reader.fieldnames or ())} columns, "
                    f"got {len([v for v in row.values() if v is not None]) + (len(row[None]) - 1 if None in row else 0)}"
                )
            yield f"{file}:{reader.line_num}", _lists(row)
    except csv.Error as fault:
        raise DataError(f"{file}:{reader.line_num}: {fault}") from fault


def _lists(row: dict[str, str]) -> dict[str, Any]:
    """Undo the flattening that a table needs."""
    out: dict[str, Any] = dict(row)
    if "labels" in out:
        out["labels"] = [label for label in out["labels"].split("|") if label]
    for column in ("tokens", "ner_tags"):
        if column in out:
            out[column] = out[column].split()
    return {name: value for name, value in out.items() if value != "" or name in TEXT_COLUMNS}


def example_of(row: dict[str, Any], where: str, joiner: str = " ") -> Example:
    """One row of a table -> an example. Raises DataError that begins with `where`."""
    if "tokens" in row:
        tags = row.get("ner_tags")
        if not isinstance(row["tokens"], list) or (tags is not None and len(tags) != len(row["tokens"])):
            raise DataError(f"{where}: expected as many ner_tags as tokens, got {len(tags or ())} and {len(row['tokens'])}")
        return _tagged(row["tokens"], tags, where, joiner)
    text = row.get("text", row.get("text_a", row.get("sentence")))
    if not isinstance(text, str):
        raise DataError(f"{where}: expected a column text, text_a or tokens, got {', '.join(map(str, row)) or 'nothing'}")
    targets: dict[str, Target] = {
        name: str(value)
        for name, value in row.items()
        if name not in NOT_LABELS and isinstance(value, str | int | bool) and value is not None
    }
    if isinstance(row.get("labels"), list):
        targets["labels"] = tuple(str(label) for label in row["labels"])
    if isinstance(row.get("entities"), list):
        targets["spans"] = _entities(text, row["entities"], where)
    second = row.get("text_b")
    if second is not None and not isinstance(second, str):
        raise DataError(f"{where}: expected text_b to be text, got {type(second).__name__}")
    return Example(text, second, targets, where=where)


def join_tokens(tokens: Sequence[str], joiner: str = " ") -> tuple[str, tuple[tuple[int, int], ...]]:
    """Tokens -> a text and the edges of each token in it.

    >>> join_tokens(["New", "York"])
    ('New York', ((0, 3), (4, 8)))
    """
    edges, at = [], 0
    for token in tokens:
        edges.append((at, at + len(token)))
        at += len(token) + len(joiner)
    return joiner.join(tokens), tuple(edges)


def _tagged(tokens: Sequence[str], tags: Sequence[str] | None, where: str, joiner: str) -> Example:
    text, edges = join_tokens([str(token) for token in tokens], joiner)
    targets: dict[str, Target] = {}
    if tags is not None:
        targets["spans"] = tuple(from_bio(edges, to_iob2([str(tag) for tag in tags], where)))
    return Example(text, None, targets, edges, where=where)


def _entities(text: str, entities: list[dict[str, Any]], where: str) -> tuple[Span, ...]:
    """Spans by offset; one whose text is not the value that the data names is moved to the nearest such place."""
    spans = []
    for entity in entities:
        try:
            start, end, label = int(entity["start"]), int(entity["end"]), str(entity.get("type", entity.get("label")))
        except (KeyError, TypeError, ValueError) as fault:
            raise DataError(f"{where}: expected entities of {{start, end, type}}, got {entity!r}") from fault
        value = entity.get("value")
        if isinstance(value, str) and text[start:end] != value:
            places = [at for at in range(len(text)) if text.startswith(value, at)] if value else []
            if not places:
                continue  # the name does not occur: an offset fault of the set, nothing to learn from
            start = min(places, key=lambda at: abs(at - start))
            end = start + len(value)
        if not 0 <= start < end <= len(text):
            raise DataError(f"{where}: expected 0 <= start < end <= {len(text)}, got {start} and {end}")
        spans.append(Span(start, end, label, text=text[start:end]))
    return tuple(sorted(spans))
