"""Spans as files: JSONL and CSV, with offsets in characters of the text that is shown."""

import csv
import io
import json
from collections.abc import Sequence

from headwater.spans import Span
from headwater.text import clean

__all__ = ["to_csv", "to_jsonl"]

FIELDS = ("start", "end", "label", "probability", "text")


def to_jsonl(text: str, spans: Sequence[Span]) -> bytes:
    """One line: the text whole and its spans, so that the offsets can be checked by whoever reads it."""
    entities = [_row(span) for span in spans]
    return (json.dumps({"text": clean(text), "entities": entities}, ensure_ascii=False) + "\n").encode()


def to_csv(spans: Sequence[Span]) -> bytes:
    """A row a span, with a byte order mark, by which spreadsheets know UTF-8."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(span) for span in spans)
    return stream.getvalue().encode("utf-8-sig")


def _row(span: Span) -> dict[str, object]:
    return {
        "start": span.start,
        "end": span.end,
        "label": span.label,
        "probability": round(span.probability, 4),
        "text": clean(span.text),
    }
