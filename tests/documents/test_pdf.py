import io
import zlib

import pytest
from pypdf import PdfReader, PdfWriter

from headwater.documents.pdf import open_pdf, pdf_pages, pdf_title
from headwater.errors import DataError
from tests.documents.pdf_files import assembled, pdf, placed_pdf, streamed


def paragraphs(content: bytes) -> list[tuple[str, ...]]:
    return [page.paragraphs for page in pdf_pages(open_pdf(io.BytesIO(content)), placed=True)]


def test_paragraphs_are_told_by_gaps_sizes_and_bullets() -> None:
    lines = [
        (20, 0, "Annual report"),
        (12, 30, "He joined Deutsche"),
        (12, 14, "Bank in 2004 and left work-"),
        (12, 14, "ing for Coca-"),
        (12, 14, "Cola."),
        (12, 28, "A new paragraph"),
        (12, 14, "starts."),
        (12, 14, "- one"),
        (12, 14, "- two"),
    ]
    assert paragraphs(placed_pdf([lines])) == [
        (
            "Annual report",
            "He joined Deutsche Bank in 2004 and left working for Coca-Cola.",
            "A new paragraph starts.",
            "- one",
            "- two",
        )
    ]


def test_pages_without_text_say_whether_they_hold_pictures() -> None:
    pages = list(pdf_pages(open_pdf(io.BytesIO(pdf("Text.", "", pictures=True))), placed=True))
    assert [(page.number, page.text, page.pictures) for page in pages] == [(1, "Text.", False), (2, "", True)]
    assert not list(pdf_pages(open_pdf(io.BytesIO(pdf("", ""))), placed=True))[1].pictures


def test_where_lines_stand_changes_no_word() -> None:
    content = pdf("One line\nand another.", "Second page.")
    plain = [page.text for page in pdf_pages(open_pdf(io.BytesIO(content)))]
    assert plain == [page.text for page in pdf_pages(open_pdf(io.BytesIO(content)), placed=True)]
    assert plain == ["One line\nand another.", "Second page."]


def test_streams_are_let_go_page_by_page() -> None:
    reader = open_pdf(io.BytesIO(pdf(*[f"Page {number}" for number in range(30)], "", pictures=True)))
    assert len(list(pdf_pages(reader, placed=True))) == 31
    kept = [thing for thing in reader.resolved_objects.values() if hasattr(thing, "get_data")]
    assert kept == []


def protected(content: bytes, user: str, algorithm: str) -> bytes:
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(content))), io.BytesIO()
    writer.encrypt(user, "owner", algorithm=algorithm)
    writer.write(out)
    return out.getvalue()


def test_a_password_is_asked_for_only_where_one_opens_the_file() -> None:
    assert paragraphs(protected(pdf("Free to read."), "", "RC4-128")) == [("Free to read.",)]
    with pytest.raises(DataError, match="opens without a password"):
        open_pdf(io.BytesIO(protected(pdf("Secret."), "secret", "RC4-128")))


def test_a_bomb_in_a_page_is_not_unpacked() -> None:
    packed = zlib.compress(b" " * 60_000_000, 9)
    stream = streamed(packed, "/Filter /FlateDecode")
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /ProcSet [/PDF] >> >>"
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    with pytest.raises(DataError, match="at most 25 MB of a page"):
        paragraphs(assembled([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, stream]))


def test_broken_and_long_files_are_refused_in_words() -> None:
    for content in (b"", b"%PDF-1.4 broken", b"no PDF at all"):
        with pytest.raises(DataError, match="expected a PDF"):
            open_pdf(io.BytesIO(content))
    with pytest.raises(DataError, match="at most 2 pages, got 3: split the file"):
        open_pdf(io.BytesIO(pdf("a", "b", "c")), max_pages=2)


def test_the_title_is_the_files_own() -> None:
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("a")))), io.BytesIO()
    writer.add_metadata({"/Title": " The  report "})
    writer.write(out)
    assert pdf_title(open_pdf(out)) == "The report"
    assert pdf_title(open_pdf(io.BytesIO(pdf("a")))) == ""
