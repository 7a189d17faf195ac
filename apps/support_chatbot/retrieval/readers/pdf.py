"""PDF -> Document: a section for each page, linked by its number."""

import io
import logging
import re
from collections import Counter

from pypdf import PdfReader

from headwater.errors import DataError
from support_chatbot.retrieval.readers.document import Document, Writer, plain_line

__all__ = ["read_pdf", "reflowed"]

PAGES = 2_000
logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of each oddity of a file, which still can be read


def read_pdf(content: bytes, name: str) -> Document:
    """Read the text layer; the link of page 3 ends in "#page=3" (RFC 8118).

    Raises DataError for a PDF without text (a scan), with a password, with more than 2,000 pages, or broken.
    """
    pages, title = _pages(content)
    empty = [number for number, page in enumerate(pages, 1) if not page.strip()]
    if len(empty) == len(pages):
        raise DataError(
            f"expected text, got {len(pages)} pages of pictures: the PDF is scanned; run it through text recognition (OCR) first"
        )
    title = title or name
    writer = Writer(title)
    furniture = _repeated(pages)
    for number, page in enumerate(pages, 1):
        writer.heading(2, f"page {number}", f"page={number}")
        for paragraph in reflowed([line for line in page.splitlines() if _shape(line) not in furniture]):
            writer.block(paragraph)
    notes = (f"no text on pages {', '.join(map(str, empty))}: perhaps scanned",) if empty else ()
    return writer.finish(notes=notes)


def _pages(content: bytes) -> tuple[list[str], str]:
    """The text of each page, and the title that the file gives itself."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DataError("expected a PDF that opens without a password: save it without one")
        if len(reader.pages) > PAGES:
            raise DataError(f"expected at most {PAGES} pages, got {len(reader.pages)}: split the file")
        title = plain_line(str(reader.metadata.get("/Title") or "") if reader.metadata else "")
        return [page.extract_text() or "" for page in reader.pages], title
    except DataError:
        raise
    except Exception as fault:
        raise DataError(
            f"expected a PDF, got what cannot be read as one ({type(fault).__name__}): save it anew"
        ) from fault


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


def reflowed(lines: list[str]) -> list[str]:
    """Paragraphs from the lines of a page: a blank line ends one, and a word cut at a line's end is whole again.

    >>> reflowed(["Your card arrives within five work-", "ing days.", "", "Fees"])
    ['Your card arrives within five working days.', 'Fees']
    """
    text = "\n".join(line.strip() for line in lines)
    text = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text)
    return [plain_line(part) for part in re.split(r"\n{2,}", text) if part.strip()]
