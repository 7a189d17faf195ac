"""PDF -> its pages, one at a time: the text layer, and whether there are pictures.

A page of a PDF is letters at places. pypdf gives them as lines; which of them are one paragraph is told by their distance
and the size of their letters (`headwater.documents.lines`).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from pypdf import PageObject, PasswordType, PdfReader, apply_configuration
from pypdf.errors import DependencyError, LimitReachedError
from pypdf.generic import DictionaryObject, StreamObject

from headwater.documents.lines import Line, paragraphs, plain_line
from headwater.errors import DataError

__all__ = ["PdfPage", "open_pdf", "pdf_pages", "pdf_title"]

PAGES = 2_000
STREAM = 25_000_000  # bytes of one decompressed stream: the text of a page has thousands
OPERATIONS = 500_000  # of one page: 2 s
FORMS = 4  # depth to which forms inside forms are searched for pictures
logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of each oddity of a file, which still can be read


@dataclass(frozen=True)
class PdfPage:
    """A page by its number from 1: its lines as they come, the same as paragraphs, and whether it holds pictures."""

    number: int
    text: str
    paragraphs: tuple[str, ...] = ()
    pictures: bool = False


def open_pdf(stream: BinaryIO, max_pages: int = PAGES) -> PdfReader:
    """Open a PDF, which is read from `stream` as its pages are asked for.

    Raises DataError for one that is broken, has a password, or more pages than `max_pages`.
    """
    with _guarded():
        reader = PdfReader(stream)
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise DataError("expected a PDF that opens without a password: save it without one")
        if len(reader.pages) > max_pages:
            raise DataError(f"expected at most {max_pages:,} pages, got {len(reader.pages):,}: split the file")
        return reader


def pdf_title(reader: PdfReader) -> str:
    """The title that the file gives itself, "" for none."""
    with _guarded():
        return plain_line(str(reader.metadata.get("/Title") or "") if reader.metadata else "")


def pdf_pages(reader: PdfReader, *, placed: bool = False) -> Iterator[PdfPage]:
    """Read page after page; what was unpacked for one is let go before the next.

    `placed` also reads where lines stand, for `paragraphs`, and looks for pictures. Raises DataError.
    """
    held = 0
    for number in range(1, len(reader.pages) + 1):
        with _guarded():
            page = _read(reader.pages[number - 1], number, placed)
            _let_go(reader, held)
            held = len(reader.resolved_objects)
        yield page


def _let_go(reader: PdfReader, held: int) -> None:
    """Forget the streams that came after the first `held` things, but for those that hold other things.

    pypdf keeps every stream that it met, and what was unpacked from it: pictures would add up to the file.
    """
    known = reader.resolved_objects
    for key, thing in list(islice(known.items(), held, None)):
        if isinstance(thing, StreamObject) and thing.get("/Type") != "/ObjStm":
            del known[key]


@contextmanager
def _guarded() -> Iterator[None]:
    """Limits against bombs, and every way in which pypdf may fail as one DataError."""
    try:
        with apply_configuration(
            zlib_maximum_output_length=STREAM, lzw_maximum_output_length=STREAM,
            run_length_maximum_output_length=STREAM, array_based_stream_maximum_output_length=STREAM,
            stream_parsing_work_maximum_count=OPERATIONS,
        ):  # fmt: skip
            yield
    except DataError:
        raise
    except DependencyError as fault:
        raise DataError(
            f"expected a PDF without encryption, got one that asks for more ({fault}): print it anew"
        ) from fault
    except LimitReachedError as fault:
        raise DataError(
            f"expected at most {STREAM // 1_000_000} MB of a page when unpacked, got more ({fault}): print the file anew"
        ) from fault
    except Exception as fault:
        raise DataError(
            f"expected a PDF, got what cannot be read as one ({type(fault).__name__}): save it anew"
        ) from fault


def _read(page: PageObject, number: int, placed: bool) -> PdfPage:
    if not placed:
        return PdfPage(number, page.extract_text() or "")
    pieces: list[tuple[str, float, float]] = []

    def visit(text: str, outer: list[float], inner: list[float], font: Any, size: float) -> None:
        # The text's place (0, 0) and its scale, through its own matrix and then the page's.
        height = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        scale = abs(inner[3] * outer[3] + inner[2] * outer[1]) or 1.0
        pieces.append((text, height, size * scale))

    text = page.extract_text(visitor_text=visit) or ""
    # A page that was not told piece by piece has no places that could be trusted.
    told = "".join(piece for piece, _, _ in pieces) == text
    lines = _lines(pieces) if told else [Line(line) for line in text.split("\n")]
    return PdfPage(number, text, tuple(paragraphs(lines)), _pictures(page.get("/Resources"), FORMS))


def _lines(pieces: list[tuple[str, float, float]]) -> list[Line]:
    """Pieces of text -> lines, each at the place of its first words."""
    lines = [Line("")]
    for text, height, size in pieces:
        for at, part in enumerate(text.split("\n")):
            if at:
                lines.append(Line(""))
            if part.strip() and not lines[-1].text.strip():
                lines[-1] = Line(lines[-1].text + part, height, size)
            else:
                lines[-1] = Line(lines[-1].text + part, lines[-1].height, lines[-1].size)
    return lines


def _pictures(resources: Any, depth: int) -> bool:
    """Whether the resources of a page, or of the forms in them, name a picture."""
    resources = resources.get_object() if resources is not None else None
    things = resources.get("/XObject") if isinstance(resources, DictionaryObject) else None
    things = things.get_object() if things is not None else None
    if not isinstance(things, DictionaryObject):
        return False
    for name in things:
        thing = things[name]
        if not isinstance(thing, DictionaryObject):
            continue
        if thing.get("/Subtype") == "/Image":
            return True
        if depth and thing.get("/Subtype") == "/Form" and _pictures(thing.get("/Resources"), depth - 1):
            return True
    return False
