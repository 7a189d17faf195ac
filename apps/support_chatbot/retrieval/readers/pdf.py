"""PDF -> Document: a section for each page, linked by its number."""

import io
import re
from collections import Counter

from headwater.documents.lines import reflowed
from headwater.documents.pdf import open_pdf, pdf_pages, pdf_title
from headwater.errors import DataError
from support_chatbot.retrieval.readers.document import Document, Writer, plain_line

__all__ = ["read_pdf"]


def read_pdf(content: bytes, name: str) -> Document:
    """Read the text layer; the link of page 3 ends in "#page=3" (RFC 8118).

    Raises DataError for a PDF without text (a scan), with a password, with more than 2,000 pages, or broken.
    """
    pdf = open_pdf(io.BytesIO(content))
    pages = [page.text for page in pdf_pages(pdf)]
    empty = [number for number, page in enumerate(pages, 1) if not page.strip()]
    if len(empty) == len(pages):
        raise DataError(
            f"expected text, got {len(pages)} pages of pictures: the PDF is scanned; run it through text recognition (OCR) first"
        )
    writer = Writer(pdf_title(pdf) or name)
    furniture = _repeated(pages)
    for number, page in enumerate(pages, 1):
        writer.heading(2, f"page {number}", f"page={number}")
        for paragraph in reflowed([line for line in page.splitlines() if _shape(line) not in furniture]):
            writer.block(paragraph)
    notes = (f"no text on pages {', '.join(map(str, empty))}: perhaps scanned",) if empty else ()
    return writer.finish(notes=notes)


def _shape(line: str) -> str:
    """A line with its numbers taken out: "Page 3 of 9" and "Page 4 of 9" are one."""
    return re.sub(r"\d+", "#", plain_line(line))


def _repeated(pages: list[str]) -> set[str]:
    """First and last lines that stand on more than half of at least three pages: headers and footers."""
    shapes: Counter[str] = Counter()
    for page in pages:
        lines = [line for line in page.splitlines() if line.strip()]
        shapes.update({_shape(line) for line in lines[:1] + lines[-1:]})
    return {shape for shape, count in shapes.items() if len(pages) >= 3 and count > len(pages) / 2}
