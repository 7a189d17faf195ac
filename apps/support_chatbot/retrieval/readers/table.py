"""CSV -> Document: a section for each row, a question with its answer or a text alone."""

import csv
import io
from collections.abc import Iterator, Mapping

from headwater.errors import DataError
from support_chatbot.retrieval.readers.document import Document, Writer, plain_line

__all__ = ["read_csv"]

ROWS = 100_000
NAMES = {
    "question": ("question", "questions", "q", "问题", "问"),
    "answer": ("answer", "answers", "a", "答案", "回答", "答"),
    "text": ("text", "content", "body", "passage", "正文", "内容"),
    "title": ("title", "heading", "topic", "标题"),
}


def read_csv(text: str, name: str) -> Document:
    """Read rows with the columns question and answer, or text; title is optional. Row 7's link ends in "#row=7" (RFC 7111).

    A row without an answer is left out and noted. Raises DataError where no such columns are.
    """
    rows = _rows(text)
    header = next(rows, [])
    columns = _columns([plain_line(cell).lower() for cell in header])
    writer, notes = Writer(name), []
    for number, row in enumerate(rows, 2):
        if number > ROWS:
            raise DataError(f"expected at most {ROWS} rows, got more: split the file")
        cells = {key: row[place].strip() if place < len(row) else "" for key, place in columns.items()}
        if body := cells.get("answer") or cells.get("text"):
            question = plain_line(cells.get("question", ""))
            writer.heading(
                2, plain_line(cells.get("title", "")) or question, f"row={number}", (question,) * bool(question)
            )
            for paragraph in body.splitlines():
                writer.block(plain_line(paragraph))
        elif any(cell.strip() for cell in row):
            notes.append(f"row {number}: no {'answer' if 'answer' in columns else 'text'}")
    return writer.finish(notes=tuple(notes))


def _rows(text: str) -> Iterator[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(5_000_000)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _columns(header: list[str]) -> Mapping[str, int]:
    """Where each column that we know stands."""
    found = {
        key: header.index(next(name for name in names if name in header))
        for key, names in NAMES.items()
        if any(name in header for name in names)
    }
    if "text" not in found and not {"question", "answer"} <= set(found):
        raise DataError(
            f"line 1: expected the columns question and answer, or text; got {', '.join(header) or 'none'}: "
            "name the columns in the first line"
        )
    return found
