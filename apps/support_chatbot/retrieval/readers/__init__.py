"""Files that hold help -> Documents: Markdown, plain text, HTML, PDF and CSV."""

import csv
import re
from pathlib import Path

from headwater.errors import DataError
from support_chatbot.retrieval.readers.document import Document, Section
from support_chatbot.retrieval.readers.html import read_html
from support_chatbot.retrieval.readers.markdown import read_markdown
from support_chatbot.retrieval.readers.pdf import read_pdf
from support_chatbot.retrieval.readers.table import read_csv

__all__ = ["BYTES", "CHARACTERS", "KINDS", "Document", "Section", "read"]

BYTES = 20_000_000  # of a file
CHARACTERS = 5_000_000  # of the text in it: 1,000 dense pages
CHARSET = re.compile(rb"""<meta[^>]*charset\s*=\s*["']?([\w.:-]+)""", re.I)
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
        declared = CHARSET.search(content[:1024])  # as far as browsers look
        return read_html(_decoded(content, declared[1].decode() if declared else "utf-8-sig"), name)
    if kind == "pdf":
        return read_pdf(content, name)
    return (read_csv if kind == "csv" else read_markdown)(_decoded(content), name)


def _decoded(content: bytes, encoding: str = "utf-8-sig") -> str:
    """UTF-8, UTF-16 where the file begins with its mark, or what it declares; to guess another would quote what nobody wrote."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = content.decode("utf-16" if wide else encoding)
    except (UnicodeDecodeError, LookupError) as fault:
        expected = "UTF-8" if encoding == "utf-8-sig" else encoding
        raise DataError(
            f"expected {expected}, got other bytes: save the file as UTF-8 (in Excel: CSV UTF-8)"
        ) from fault
    if "\0" in text:
        raise DataError("expected text, got a binary file")
    return text.replace("\r\n", "\n").replace("\r", "\n")
