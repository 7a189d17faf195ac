"""A file of any kind -> its Documents. What is wrong with it comes as a Refused, in its place."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from entity_extractor.documents.docx import read_docx
from entity_extractor.documents.given import Given, Refused
from entity_extractor.documents.kinds import ENDINGS, kind_of
from entity_extractor.documents.limits import Limits
from entity_extractor.documents.mail import read_mail
from entity_extractor.documents.pdf import pages_of, read_pdf
from entity_extractor.documents.tables import read_table
from entity_extractor.documents.writing import of_paragraphs, of_text
from entity_extractor.mentions import Document
from headwater.documents.decoding import decode, decode_html
from headwater.documents.html import read_page
from headwater.errors import DataError, InputError

__all__ = ["read_documents", "read_given", "read_pages"]

ATTACHED_ROWS = 100_000


def read_documents(
    name: str,
    content: bytes | Path,
    *,
    column: str | None = None,
    id_column: str | None = None,
    limits: Limits | None = None,
) -> Iterator[Document]:
    """The documents of one file; a row or attachment that cannot be read is passed over.

    Raises DataError, whose message begins with the name, where the file gives none.
    """
    refused: Refused | None = None
    given = Given(name, content)
    found = False
    for item in read_given(given, column=column, id_column=id_column, limits=limits or Limits()):
        if isinstance(item, Document):
            found = True
            yield item
        else:
            refused = refused or item
    if not found:
        raise DataError(f"{refused.name}: {refused.why}" if refused else f"{name}: expected text, got none")


def read_pages(name: str, content: bytes | Path, *, limits: Limits | None = None) -> Iterator[Document]:
    """The pages of a PDF, each a Document "name#page=3" that is read when it is asked for. Raises DataError."""
    given = Given(name, content)
    if (kind := kind_of(given)) != "pdf":
        raise DataError(f"{name}: expected a PDF, which has pages, got {kind}: read it whole")
    yield from pages_of(given, limits or Limits())


def read_given(
    given: Given,
    *,
    column: str | None = None,
    id_column: str | None = None,
    limits: Limits,
    depth: int = 0,
) -> Iterator[Document | Refused]:
    """What one file holds; never an exception for what is wrong with the file."""
    if depth > limits.depth:
        yield Refused(
            given.name, f"expected at most {limits.depth} mails inside each other, got more: save it by itself"
        )
        return

    def inner(part: Given) -> Iterator[Document | Refused]:
        # What a mail holds is held until its notes are known, so that it may be only so much.
        few = replace(limits, rows=min(limits.rows, ATTACHED_ROWS))
        return read_given(part, column=column, id_column=id_column, limits=few, depth=depth + 1)

    try:
        kind = kind_of(given)
        if kind == "eml":
            yield from read_mail(given, limits, inner)
        elif kind in ("csv", "jsonl", "parquet"):
            yield from read_table(given, kind, limits, column, id_column)
        else:
            yield _noted(_whole(given, kind, limits), given)
    except (DataError, InputError) as fault:
        yield Refused(given.name, str(fault))
    except OSError as fault:
        yield Refused(given.name, f"expected a file that can be read, got: {fault.strerror or fault}")


def _whole(given: Given, kind: str, limits: Limits) -> Document:
    if kind == "pdf":
        return read_pdf(given, limits)
    if kind == "docx":
        return read_docx(given, limits)
    content = given.whole(limits)
    charset = given.content_type.lower().partition("charset=")[2].partition(";")[0].strip("\"' ")
    if kind == "html":
        page = decode_html(content, charset)
        blocks = [block.text for block in read_page(page).blocks]
        if not any(blocks):  # a page that is all menu, form or links is still what was given
            blocks = [block.text for block in read_page(page, whole=True).blocks]
        return of_paragraphs(given.name, kind, blocks, limits)
    return of_text(given.name, kind, decode(content, charset or "utf-8"), limits)


def _noted(document: Document, given: Given) -> Document:
    """With a note where the name says another kind than the content."""
    ending = PurePosixPath(given.name.lower()).suffix
    named = ENDINGS.get(ending)
    if named in (None, document.kind):
        return document
    return replace(document, notes=(*document.notes, f"read as {document.kind}, though its name ends in {ending}"))
