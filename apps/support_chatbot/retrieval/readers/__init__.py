"""Files that hold help -> Documents: Markdown, plain text, HTML, PDF and CSV."""

import csv
from pathlib import Path

from headwater.documents.decoding import decode, decode_html
from headwater.errors import DataError
from support_chatbot.retrieval.readers.document import Document, Section
from support_chatbot.retrieval.readers.html import read_html
from support_chatbot.retrieval.readers.markdown import read_markdown
from support_chatbot.retrieval.readers.pdf import read_pdf
from support_chatbot.retrieval.readers.table import read_csv

__all__ = ["BYTES", "CHARACTERS", "KINDS", "Document", "Section", "read"]

BYTES = 20_000_000  # of a file
CHARACTERS = 5_000_000  # of the text in it: 1,000 dense pages
KINDS = {
    ".csv": "csv",
    ".htm": "html",
    ".html": "html",
    ".markdown": "markdown",
    ".md": "markdown",
    ".pdf": "pdf",
    ".tsv": "csv",
    ".txt": "markdown",
}


def read(path: Path, content: bytes) -> Document:
    """Read a file's bytes by the kind that its name ends in.

    Raises DataError, which says why, for a file that is too large, of no such kind, not UTF-8, broken or without text.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise DataError(f"expected one of {', '.join(sorted(KINDS))}, got {path.suffix or 'a name without ending'}")
    if len(content) > BYTES:
        raise DataError(f"expected at most {BYTES // 1_000_000} MB, got {len(content) / 1e6:.0f} MB: split the file")
    name = path.stem.replace("-", " ").replace("_", " ").strip().capitalize()
    try:
        document = _document(kind, content, name)
    except (csv.Error, RecursionError, ValueError) as fault:
        raise DataError(f"expected {kind}, got what cannot be read as it ({fault}): save it anew") from fault
    if not document.sections:
        raise DataError("expected text, got none")
    if len(document.text) > CHARACTERS:
        raise DataError(
            f"expected at most {CHARACTERS:,} characters of text, got {len(document.text):,}: split the file"
        )
    return document


def _document(kind: str, content: bytes, name: str) -> Document:
    if kind == "html":
        return read_html(decode_html(content), name)
    if kind == "pdf":
        return read_pdf(content, name)
    return (read_csv if kind == "csv" else read_markdown)(decode(content), name)
