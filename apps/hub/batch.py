"""Score an uploaded file with a bundle, and hold the result in every form that it can be taken away in."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.scoring.outputs import META, WRITERS, columns, flatten, write_csv
from headwater.scoring.run import Report, score_file
from headwater.scoring.scorer import Field, Scorer
from headwater.spreadsheet import cell

__all__ = ["FORMATS", "Result", "run", "summary"]

FORMATS = ("jsonl", "csv", "parquet")
SHARD = 200  # rows: about half a second, so that the progress bar moves
SHOWN = 5000  # rows of the table; the files hold all


@dataclass(frozen=True)
class Result:
    """What came out: the report, the first rows as flat records, label counts by head, rejects, files by format.

    `order` names the columns as people read them: the text and what was found first, where it came from last.
    """

    report: Report
    rows: list[dict[str, Any]]
    counts: dict[str, dict[str, int]]
    order: list[str]
    rejects: list[dict[str, Any]]
    files: dict[str, bytes]


def run(scorer: Scorer, source: Path, text_column: str, progress: Callable[[Report], None]) -> Result:
    """Score every record of a file. Raises the errors of `score_file`."""
    output = source.with_name("scored.jsonl")
    report = score_file(scorer, source, output, text_column=text_column, shard_rows=SHARD, progress=progress)
    with output.open(encoding="utf-8") as stream:
        scored = [json.loads(line) for line in stream]
    rejects = [json.loads(line) for line in Path(report.rejects).read_text(encoding="utf-8").splitlines()]
    rows = [_readable(flatten(row, scorer.fields)) for row in scored[:SHOWN]]
    found = [name for name in columns(scorer.fields) if name not in (*META, "row")]
    order = [*dict.fromkeys(["text", *found, *META, "row"])]
    return Result(report, rows, _counts(scored, scorer.fields), order, rejects, _files(output, scorer.fields))


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Lists (spans, label sets) as one line of text."""
    return {name: _line(value) if isinstance(value, list) else value for name, value in row.items()}


def _line(items: list[Any]) -> str:
    named = [item for item in items if isinstance(item, dict)]
    return ", ".join(f"{item['text']} ({item['label']})" if "text" in item else item["label"] for item in named)


def _counts(rows: Sequence[dict[str, Any]], fields: Sequence[Field]) -> dict[str, dict[str, int]]:
    """Head -> label -> how often, most frequent first; for spans, how many of each type."""
    counts: dict[str, Counter[str]] = {field.name: Counter() for field in fields if field.kind != "embedding"}
    for row in rows:
        for name, counter in counts.items():
            value = row[name]
            counter.update(item["label"] for item in (value if isinstance(value, list) else [value]))
    return {name: dict(counter.most_common()) for name, counter in counts.items()}


def _files(output: Path, fields: Sequence[Field]) -> dict[str, bytes]:
    files = {}
    for form in FORMATS:
        target = output.with_name(f"out.{form}")
        if form == "csv":  # people open it in a spreadsheet, which would run what a text begins with
            write_csv([output], target, fields, cell)
        else:
            WRITERS[f".{form}"]([output], target, fields)
        files[form] = target.read_bytes()
    return files


def summary(counts: dict[str, int], most: int = 3) -> list[tuple[str, int, float]]:
    """The most frequent labels: (label, how often, share of all).

    >>> summary({"a": 3, "b": 1})
    [('a', 3, 0.75), ('b', 1, 0.25)]
    """
    whole = sum(counts.values()) or 1
    return [(label, count, count / whole) for label, count in list(counts.items())[:most]]
