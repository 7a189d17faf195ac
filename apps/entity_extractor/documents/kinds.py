"""What a file is: by its first bytes where they tell, else by its name, else by what a server says of it."""

import re
import zipfile
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from entity_extractor.documents.given import Given
from headwater.errors import DataError

__all__ = ["ENDINGS", "kind_of"]

ENDINGS = {
    ".csv": "csv", ".docx": "docx", ".eml": "eml", ".htm": "html", ".html": "html", ".json": "jsonl", ".jsonl": "jsonl",
    ".markdown": "txt", ".md": "txt", ".ndjson": "jsonl", ".parquet": "parquet", ".pdf": "pdf", ".pq": "parquet",
    ".tsv": "csv", ".txt": "txt", ".xhtml": "html",
}  # fmt: skip
TYPES = {
    "application/json": "jsonl", "application/pdf": "pdf", "application/x-ndjson": "jsonl", "application/xhtml+xml": "html", "message/rfc822": "eml",
    "text/csv": "csv", "text/html": "html", "text/plain": "txt", "text/tab-separated-values": "csv",
}  # fmt: skip
BINARY = frozenset(("docx", "parquet", "pdf"))
OFFICE = "Word 97-2003 or another old Office file: save it as .docx (a workbook as CSV, a mail as .eml)"
FOREIGN = (  # the first bytes of what is met in folders of documents, and what to do
    (b"\xd0\xcf\x11\xe0", OFFICE),
    (b"{\\rtf", "RTF: save it as .docx"),
    (b"\x89PNG", "a picture: run text recognition (OCR) first"),
    (b"\xff\xd8\xff", "a picture: run text recognition (OCR) first"),
    (b"GIF8", "a picture: run text recognition (OCR) first"),
    (b"II*\0", "a picture: run text recognition (OCR) first"),
    (b"MM\0*", "a picture: run text recognition (OCR) first"),
    (b"7z\xbc\xaf", "an archive: unpack it"),
    (b"Rar!", "an archive: unpack it"),
    (b"%!PS", "PostScript: print it as PDF"),
)
ENCRYPTED = b"E\0n\0c\0r\0y\0p\0t\0e\0d"  # begins the name of the stream that a password locks
MEMBERS = (("xl/", "an Excel workbook: save it as CSV"), ("ppt/", "slides: save them as PDF"), ("mimetype", "an OpenDocument or e-book file: save it as .docx or PDF"))  # fmt: skip
HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
MAIL = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2}")
MAIL_HEADERS = re.compile(r"^(?:from|received|return-path|message-id|mime-version):", re.I | re.M)


def kind_of(given: Given) -> str:
    """pdf, docx, parquet, html, eml, csv, jsonl or txt. Raises DataError for a file of another kind, or not what it says."""
    head = given.head()
    if not head:
        raise DataError("expected text, got an empty file of 0 bytes: is it whole?")
    found = _binary(given, head)
    if found:
        return found
    named = ENDINGS.get(_ending(given.name))
    declared = TYPES.get(given.content_type.partition(";")[0].strip().lower(), "txt")
    told = declared if declared != "txt" else named or ""  # servers call tables text/plain
    if told in BINARY:
        raise DataError(
            f"expected {told.upper()}, as it is named, got something else: fetch the file again, or name it as it is"
        )
    text = _beginning(head)
    if told in ("eml", "html"):
        return told
    if HTML.match(text):  # a page that asks to sign in is often saved under the name of what was asked for
        return "html"
    return told or ("eml" if _is_mail(text) else "txt")


def _ending(name: str) -> str:
    """The last ending of a name or of an address's path, less ".gz", in lower case."""
    path = urlsplit(name).path if name.startswith(("http://", "https://")) else name
    return PurePosixPath(path.lower().removesuffix(".gz")).suffix


def _binary(given: Given, head: bytes) -> str:
    """The kind that first bytes tell for certain, "" for none."""
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(given)
    if head.startswith(b"\x1f\x8b"):
        if (named := ENDINGS.get(_ending(given.name), "")) in ("csv", "jsonl"):
            return named
        raise DataError("expected a document, got a gzip archive: unpack it (tables may stay: .csv.gz, .jsonl.gz)")
    for mark, what in FOREIGN:
        if head.startswith(mark):
            protected = ENCRYPTED in given.head(1_000_000)
            raise DataError(
                "expected a document that opens without a password: save it without one"
                if what == OFFICE and protected
                else f"expected a document, got {what}"
            )
    return ""


def _zipped(given: Given) -> str:
    try:
        with given.stream() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except Exception as fault:
        raise DataError(f"expected DOCX, got a broken archive ({fault}): save the file anew") from fault
    if "[Content_Types].xml" in names and any(name.startswith("word/") for name in names):
        return "docx"
    what = next((what for start, what in MEMBERS if any(name.startswith(start) for name in names)), None)
    raise DataError(f"expected DOCX, got {what or 'an archive: unpack it'}")


def _beginning(head: bytes) -> str:
    return head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")


def _is_mail(text: str) -> bool:
    """Whether a text begins with headers, and with one that only mails have."""
    found = MAIL.match(text.replace("\r\n", "\n"))
    return found is not None and MAIL_HEADERS.search(found[0]) is not None
