"""PDF -> a Document, or one a page: paragraphs that names are whole in, and notes of pages that hold only pictures."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from entity_extractor.documents.given import Given
from entity_extractor.documents.limits import Limits
from entity_extractor.documents.writing import BETWEEN, shown
from entity_extractor.mentions import Document, Stretch
from headwater.documents.pdf import PdfPage, open_pdf, pdf_pages
from headwater.errors import DataError

__all__ = ["pages_of", "read_pdf", "spoken"]

SCANNED = "pictures without text: run OCR (text recognition) first"


def pages_of(given: Given, limits: Limits) -> Iterator[Document]:
    """A Document a page, read as it is asked for: its own text, and the numbers of page and paragraphs in the file.

    A page that holds pictures alone has no text and a note. Raises DataError, at the page that it concerns.
    """
    limits.check("bytes", given.size(), limits.size)
    began, numbers = time.monotonic(), count(1)
    with given.stream() as stream:
        for page in pdf_pages(open_pdf(stream, limits.pages), placed=True):
            yield _page(given.name, page, numbers)
            if time.monotonic() - began > limits.seconds:
                raise DataError(
                    f"expected a PDF that is read in {limits.seconds:,.0f} s, got to page {page.number}: {limits.advice}"
                )


def _page(name: str, page: PdfPage, numbers: Iterator[int]) -> Document:
    words = [part for part in (shown(part).strip() for part in page.paragraphs) if part]
    paragraphs, at = [], 0
    for part in words:
        paragraphs.append(Stretch(at, at + len(part), next(numbers)))
        at += len(part) + len(BETWEEN)
    text = BETWEEN.join(words)
    notes = (f"page {page.number} holds {SCANNED}",) if page.pictures and not text else ()
    pages = (Stretch(0, len(text), page.number),)
    return Document(f"{name}#page={page.number}", text, "pdf", pages, tuple(paragraphs), notes)


def read_pdf(given: Given, limits: Limits) -> Document:
    """The whole file, its pages and paragraphs in their places. Raises DataError where no page has text."""
    texts: list[str] = []
    pages: list[Stretch] = []
    paragraphs: list[Stretch] = []
    scanned: list[int] = []
    at = 0
    for page in pages_of(given, limits):
        number = page.pages[0].number
        if page.text:
            at += len(BETWEEN) if texts else 0
            texts.append(page.text)
            paragraphs += [replace(part, start=part.start + at, end=part.end + at) for part in page.paragraphs]
        elif page.notes:
            scanned.append(number)
        pages.append(Stretch(at, at + len(page.text), number))
        at += len(page.text)
        limits.check("characters", at, limits.characters)
    if not texts:
        raise DataError(
            f"expected text, got {len(scanned)} pages of {SCANNED}" if scanned else "expected text, got empty pages"
        )
    notes = (f"{spoken(scanned)} {SCANNED}",) if scanned else ()
    return Document(given.name, BETWEEN.join(texts), "pdf", tuple(pages), tuple(paragraphs), notes)


def spoken(numbers: Sequence[int]) -> str:
    """Page numbers in words.

    >>> spoken([3, 4, 5, 9]), spoken([2])
    ('pages 3-5, 9 hold', 'page 2 holds')
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    told = ", ".join("-".join(map(str, run)) for run in runs)
    return f"page {told} holds" if len(numbers) == 1 else f"pages {told} hold"
