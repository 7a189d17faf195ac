"""Files -> examples: JSONL, CSV, TSV, Parquet and CoNLL columns, plain or gzipped.

What a row may hold, in any of the table formats:
- `text` (or `text_a` and `text_b`: a pair; or `tokens`), and any of
- `label`, `labels` (a list; in CSV separated by "|"), `ner_tags` (BIO, one for each token; in CSV separated by
  spaces), `entities` (a list of {start, end, type} in characters), `head` and `tail` (each {start, end, type}: two names
  whose `relation` is the label; the text is read with both of them marked, see headwater.relations).
Other text columns are kept as labels under their own names, for recipes with several heads.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from headwater.data.conll import read_conll, to_iob2
from headwater.data.example import Example, Target
from headwater.errors import DataError, InputError
from headwater.relations import marked
from headwater.spans import Span, from_bio

__all__ = ["example_of", "format_of", "join_tokens", "read_file"]

FORMATS = {".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet"}
FORMATS |= dict.fromkeys((".conll", ".bio", ".iob", ".txt"), "conll")
TEXT_COLUMNS = ("text", "text_a", "text_b", "tokens", "sentence")
NOT_LABELS = (*TEXT_COLUMNS, "ner_tags", "entities", "labels", "id")
csv.field_size_limit(16 * 1024 * 1024)


def read_file(path: str | Path, joiner: str = " ") -> list[Example]:
    """Read a labelled file. Raises DataError that begins with file, line and column of the first faulty row."""
    file = Path(path)
    if not file.is_file():
        raise DataError(f"{file}: expected a file, found none")
    kind = format_of(file)
    if kind is None:
        raise DataError(f"{file}: expected one of {', '.join(FORMATS)} (or with .gz), got {file.suffix or 'no suffix'}")
    try:
        rows = [example_of(row, where, joiner) for where, row in _rows(file, kind)]
    except UnicodeDecodeError as fault:
        raise DataError(_not_utf8(file)) from fault
    except (EOFError, OSError, zlib.error) as fault:
        raise DataError(f"{file}: expected a file that can be read whole ({fault}): copy it again") from fault
    if not rows:
        raise DataError(f"{file}: expected rows, found none")
    return rows


def format_of(file: Path) -> str | None:
    """jsonl, csv, tsv, parquet or conll, by the name; None for any other."""
    names = [suffix.lower() for suffix in file.suffixes if suffix.lower() != ".gz"]
    return FORMATS.get(names[-1]) if names else None


def _bytes(file: Path) -> io.BufferedIOBase:
    return gzip.open(file, "rb") if file.suffix.lower() == ".gz" else file.open("rb")  # type: ignore[return-value]


def _not_utf8(file: Path) -> str:
    """Say where the first byte stands that is not UTF-8."""
    with _bytes(file) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as fault:
                column = len(line[: fault.start].decode("utf-8")) + 1
                return f"{file}:{number}:{column}: expected UTF-8, got the byte 0x{line[fault.start]:02x}: save it as UTF-8"
    return f"{file}: expected UTF-8: save it as UTF-8"


def _rows(file: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if kind == "parquet":
        yield from _parquet_rows(file)
        return
    readers = {"conll": _conll_rows, "csv": _table_rows, "jsonl": _json_rows, "tsv": _table_rows}
    with io.TextIOWrapper(_bytes(file), encoding="utf-8-sig", newline="") as stream:  # type: ignore[type-var]
        yield from readers[kind](file, stream, kind)


def _parquet_rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    import pyarrow  # only where there is Parquet
    from pyarrow import parquet

    try:
        rows = parquet.read_table(pyarrow.BufferReader(_bytes(file).read())).to_pylist()
    except (pyarrow.ArrowException, UnicodeDecodeError) as fault:
        raise DataError(f"{file}: expected a Parquet file: {fault}") from fault
    for number, row in enumerate(rows, 1):
        yield f"{file}: row {number}", row


def _conll_rows(file: Path, stream: io.TextIOBase, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for line, tokens, tags in read_conll(stream, str(file)):
        yield f"{file}:{line}", {"tokens": tokens, "ner_tags": tags}


def _json_rows(file: Path, stream: io.TextIOBase, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for line, content in enumerate(stream, 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except json.JSONDecodeError as fault:
            raise DataError(f"{file}:{line}:{fault.colno}: expected one JSON object a line: {fault.msg}") from fault
        except (RecursionError, ValueError) as fault:  # nested too deep, or a number of too many digits
            raise DataError(f"{file}:{line}:1: expected one JSON object a line: {fault}") from fault
        if not isinstance(row, dict):
            raise DataError(f"{file}:{line}:1: expected a JSON object, got {type(row).__name__}")
        yield f"{file}:{line}", row


def _table_rows(file: Path, stream: io.TextIOBase, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.reader(stream, delimiter="\t" if kind == "tsv" else ",", strict=True)
    try:
        names = next(reader, [])
        if len(set(names)) < len(names):
            raise DataError(f"{file}:1: expected columns with different names, got {', '.join(names)}")
        line = reader.line_num + 1  # where a row begins: a cell in quotes may hold line breaks
        for cells in reader:
            if cells and len(cells) != len(names):
                raise DataError(
                    f"{file}:{line}: expected {len(names)} columns, got {len(cells)}: put quotes around such a cell"
                )
            if cells:
                yield f"{file}:{line}", _lists(dict(zip(names, cells, strict=True)))
            line = reader.line_num + 1
    except csv.Error as fault:
        raise DataError(
            f"{file}:{reader.line_num}: expected cells with quotes doubled inside quotes: {fault}"
        ) from fault


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
    targets: dict[str, Target] = {
        name: str(value)
        for name, value in row.items()
        if name not in NOT_LABELS and isinstance(value, str | int) and value != ""
    }
    _check_columns(row, where)
    if isinstance(row.get("labels"), list):
        targets["labels"] = tuple(str(label) for label in row["labels"])
    if row.get("tokens") is not None:
        return _tagged(row["tokens"], row.get("ner_tags"), targets, where, joiner)
    text = row.get("text", row.get("text_a", row.get("sentence")))
    if not isinstance(text, str):
        raise DataError(
            f"{where}: expected a column text, text_a or tokens, got {', '.join(map(str, row)) or 'nothing'}"
        )
    if row.get("head") is not None or row.get("tail") is not None:
        return Example(_related(text, row, where), None, targets, where=where)
    faults: tuple[str, ...] = ()
    if isinstance(row.get("entities"), list):
        targets["spans"], faults = _entities(text, row["entities"], where)
    second = row.get("text_b")
    if second is not None and not isinstance(second, str):
        raise DataError(f"{where}: expected text_b to be text, got {type(second).__name__}")
    return Example(text, second, targets, faults=faults, where=where)


def _check_columns(row: dict[str, Any], where: str) -> None:
    """Raise DataError for a label of a kind that would be passed over, or become the name of something else."""
    labels = row.get("labels")
    if not isinstance(row.get("label"), str | int | None):
        raise DataError(f"{where}: expected label to be a text or a whole number, got {str(row['label'])[:80]}")
    if labels is not None and not (isinstance(labels, list) and all(isinstance(one, str | int) for one in labels)):
        raise DataError(f"{where}: expected labels to be a list of texts, got {str(labels)[:80]}")
    if not isinstance(row.get("entities"), list | None):
        raise DataError(f"{where}: expected entities to be a list, got {str(row['entities'])[:80]}")


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


def _tagged(tokens: Any, tags: Any, targets: dict[str, Target], where: str, joiner: str) -> Example:
    if not isinstance(tokens, list) or not all(isinstance(token, str) and token for token in tokens):
        raise DataError(f"{where}: expected tokens to be a list of texts, none of them empty, got {str(tokens)[:80]}")
    text, edges = join_tokens(tokens, joiner)
    if tags is not None:
        if not isinstance(tags, list) or len(tags) != len(tokens):
            count = len(tags) if isinstance(tags, list) else type(tags).__name__
            raise DataError(f"{where}: expected as many ner_tags as tokens, {len(tokens)}, got {count}")
        targets["spans"] = tuple(from_bio(edges, to_iob2([str(tag) for tag in tags], where)))
    return Example(text, None, targets, edges, where=where)


def _related(text: str, row: dict[str, Any], where: str) -> str:
    """The text with its head and tail marked."""
    found = []
    for name in ("head", "tail"):
        try:
            start, end, label = int(row[name]["start"]), int(row[name]["end"]), _type_of(row[name])
        except (KeyError, OverflowError, StopIteration, TypeError, ValueError) as fault:
            raise DataError(f"{where}: expected {name} as {{start, end, type}}, got {row.get(name)!r}") from fault
        if not 0 <= start < end <= len(text):
            raise DataError(f"{where}: expected 0 <= start < end <= {len(text)} of {name}, got {start} and {end}")
        found.append(Span(start, end, label))
    try:
        return marked(text, *found)
    except InputError as fault:
        raise DataError(f"{where}: {fault}") from fault


def _type_of(entity: dict[str, Any]) -> str:
    return str(next(entity[key] for key in ("type", "label", "tag") if entity.get(key)))


def _entities(text: str, entities: list[dict[str, Any]], where: str) -> tuple[tuple[Span, ...], tuple[str, ...]]:
    """Spans by offset, and what was wrong with them: one whose text is not the value that the data names is moved to
    the nearest place of that value, or left out where there is none.
    """
    spans, faults = [], []
    for entity in entities:
        try:
            start, end, label = int(entity["start"]), int(entity["end"]), _type_of(entity)
        except (AttributeError, KeyError, OverflowError, StopIteration, TypeError, ValueError) as fault:
            raise DataError(f"{where}: expected entities of {{start, end, type}}, got {entity!r}") from fault
        value = entity.get("value")
        if isinstance(value, str) and text[start:end] != value:
            faults.append(f"{value!r} is not at {start} to {end}")
            places = [at for at in range(len(text)) if text.startswith(value, at)] if value else []
            if not places:
                continue  # the name does not occur: an offset fault of the set, nothing to learn from
            start = min(places, key=lambda at: abs(at - start))
            end = start + len(value)
        if not 0 <= start < end <= len(text):
            raise DataError(f"{where}: expected 0 <= start < end <= {len(text)}, got {start} and {end}")
        spans.append(Span(start, end, label, text=text[start:end]))
    return tuple(sorted(spans)), tuple(faults)
