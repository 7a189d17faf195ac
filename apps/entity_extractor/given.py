"""What a visitor gives -> Documents: a pasted text, an uploaded file, an address of the web. No more than a page can hold."""

from itertools import islice

from entity_extractor.documents import UPLOAD, Refused, read_documents, read_source
from entity_extractor.documents.writing import of_text
from entity_extractor.mentions import Document
from headwater.errors import DataError

__all__ = ["MOST", "TABLES", "at_address", "of_file", "pasted"]

MOST = 1_000  # documents of one file to choose from
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".pq")


def pasted(text: str) -> Document | None:
    """The text as a document, None for an empty one. Raises DataError for one that is too long."""
    return of_text("text", "txt", text, UPLOAD) if text.strip() else None


def of_file(name: str, content: bytes, column: str | None = None) -> list[Document]:
    """The first `MOST` documents of a file; `column` is a table's. Raises DataError where it gives none."""
    return list(islice(read_documents(name, content, column=column, limits=UPLOAD), MOST))


def at_address(url: str) -> list[Document]:
    """The documents at an http(s) address of the public web. Raises DataError where it gives none, and for any other place."""
    if not url.lower().startswith(("http://", "https://")):  # a path would be read from the server's own disk
        raise DataError(f"{url}: expected an address that begins with https:// or http://")
    found: list[Document] = []
    refused: Refused | None = None
    for item in read_source(url, limits=UPLOAD):
        if isinstance(item, Document):
            found.append(item)
        else:
            refused = refused or item
        if len(found) == MOST:
            break
    if not found:
        raise DataError(refused.why if refused else "expected text, got none")
    return found
