import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from entity_extractor.documents import UPLOAD, Limits, read_documents, read_pages, where
from entity_extractor.mentions import Document
from headwater.errors import DataError
from tests.apps.entity_extractor.documents.files import NAMES, docx, mail, member, one_of_each, packed, parquet
from tests.documents.pdf_files import assembled, pdf, streamed

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def paragraphs(document: Document) -> list[str]:
    return [document.text[part.start : part.end] for part in document.paragraphs]


def read(name: str, content: bytes, **more) -> list[Document]:
    return list(read_documents(name, content, **more))


@pytest.mark.parametrize("name", one_of_each())
def test_every_kind_gives_its_names_whole_and_edges_that_hold(name: str) -> None:
    found = read(name, one_of_each()[name])
    everything = "\n".join(document.text for document in found)
    assert all(word in everything for word in NAMES[: 3 if name == "a.pdf" else 4])
    for document in found:
        edges = [edge for part in document.paragraphs for edge in (part.start, part.end)]
        assert edges == sorted(edges)
        assert edges[-1] <= len(document.text)
        assert [part.number for part in document.paragraphs] == list(range(1, len(document.paragraphs) + 1))
        assert all(words == words.strip() or document.kind == "txt" for words in paragraphs(document))
        for part in document.paragraphs:
            assert where(document, part.start).paragraph == where(document, part.end - 1).paragraph == part.number


def test_kinds_and_ids() -> None:
    found = {name: [(d.id, d.kind) for d in read(name, content)] for name, content in one_of_each().items()}
    assert found == {
        "a.txt": [("a.txt", "txt")],
        "a.pdf": [("a.pdf", "pdf")],
        "a.docx": [("a.docx", "docx")],
        "a.html": [("a.html", "html")],
        "a.eml": [("a.eml", "eml"), ("a.eml/list.csv:1", "csv")],
        "a.csv": [("a.csv:1", "csv"), ("a.csv:2", "csv")],
        "a.tsv": [("a.tsv:1", "csv"), ("a.tsv:2", "csv")],
        "a.jsonl": [("a.jsonl:1", "jsonl"), ("a.jsonl:2", "jsonl")],
        "a.parquet": [("a.parquet:1", "parquet"), ("a.parquet:2", "parquet")],
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_keeps_its_words_and_its_paragraphs(encoding: str) -> None:
    [document] = read("a.txt", "\r\nSão Paulo\r\nand on\r\n\r\n \r\n北京\x0c".encode(encoding))
    assert document.text == "\nSão Paulo\nand on\n\n \n北京\n"
    assert paragraphs(document) == ["São Paulo\nand on", "北京"]


def test_a_pdf_is_whole_or_page_by_page_with_the_same_places() -> None:
    content = pdf("He joined Deutsche\nBank.", "", "The com-\npany grew.", pictures=True)
    [document] = read("r.pdf", content)
    assert document.text == "He joined Deutsche Bank.\n\nThe company grew."
    assert document.notes == ("page 2 holds pictures without text: run OCR (text recognition) first",)
    at = document.text.index("company")
    assert (where(document, 0), where(document, at)) == (where(document, 3), where(document, at + 1))
    assert (where(document, at).page, where(document, at).paragraph) == (3, 2)
    pages = list(read_pages("r.pdf", content))
    assert [page.id for page in pages] == ["r.pdf#page=1", "r.pdf#page=2", "r.pdf#page=3"]
    assert [page.text for page in pages] == ["He joined Deutsche Bank.", "", "The company grew."]
    assert where(pages[2], 0) == where(document, at)


def test_runs_of_scanned_pages_are_named_together() -> None:
    [document] = read("r.pdf", pdf("a", "", "", "b", "", pictures=True))
    assert document.notes[0].startswith("pages 2-3, 5 hold pictures without text")
    with pytest.raises(DataError, match="got 2 pages of pictures without text: run OCR"):
        read("r.pdf", pdf("", "", pictures=True))
    with pytest.raises(DataError, match="got empty pages"):
        read("r.pdf", pdf("", ""))


def test_a_docx_shows_insertions_controls_notes_and_rows_but_nothing_deleted() -> None:
    whole = docx("Start", rows=(("Bank", "City"), ("Acme", "Rome")))
    body = member(whole, "word/document.xml").decode()
    more = (
        '<w:p><w:ins w:id="1" w:author="x"><w:r><w:t>Inserted</w:t></w:r></w:ins><w:del w:id="2" w:author="x"><w:r>'
        "<w:delText>Deleted</w:delText></w:r></w:del><w:r><w:tab/><w:t>Co</w:t><w:noBreakHyphen/><w:t>op</w:t></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        '<w:p><w:r><w:t>Around</w:t></w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="wps"><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></mc:Choice>'
        "<mc:Fallback><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></mc:Fallback></mc:AlternateContent></w:p>"
    )
    [document] = read(
        "a.docx", packed(whole, {"word/document.xml": body.replace("<w:tbl>", more + "<w:tbl>", 1).encode()})
    )
    assert paragraphs(document) == [
        "Start", "Inserted\tCo-op", "Controlled", "Boxed", "Around", "Bank | City", "Acme | Rome",
    ]  # fmt: skip


def test_html_is_read_without_menus_unless_there_is_nothing_else() -> None:
    [document] = read("a.html", b"<nav><p>Menu words</p></nav><h1>Acme</h1><p>Rome</p>")
    assert document.text == "Acme\n\nRome"
    [menu] = read("a.html", b"<form><p>Acme of Rome</p></form>")
    assert menu.text == "Acme of Rome"


def test_a_mail_shows_chosen_headers_and_its_plain_text_first() -> None:
    [document] = read("m.eml", mail("Dear Kenji,\n\nyes.", html="<p>No</p>"))
    assert document.text == (
        "From: Angela Moreau <angela@northbank.example>\nTo: Kenji Watanabe <kenji@barclays.example>\n"
        "Subject: Büro in São Paulo\nDate: Wed, 01 May 2024 09:00:00 +0200\n\nDear Kenji,\n\nyes."
    )
    assert len(document.paragraphs) == 3
    [document] = read(
        "m.eml", b"Subject: s\nMIME-Version: 1.0\nContent-Type: text/html\n\n<form>All <b>of</b> it</form>"
    )
    assert document.text == "Subject: s\n\nAll of it"


def test_attachments_are_documents_of_their_own_or_notes() -> None:
    inner = mail("Inside", ("b.txt", b"deepest"))
    found = read(
        "m.eml",
        mail("Hi", ("r.pdf", pdf("Report")), ("r.pdf", pdf("Again")), ("x.png", b"\x89PNG\r\n"), ("../f.eml", inner)),
    )
    assert [document.id for document in found] == ["m.eml", "m.eml/r.pdf", "m.eml/r (2).pdf", "m.eml/f.eml", "m.eml/f.eml/b.txt"]  # fmt: skip
    assert found[0].notes == (
        "the attachment x.png was left out: expected a document, got a picture: run text recognition (OCR) first",
    )


def test_mails_inside_mails_end() -> None:
    content = b"text"
    for _ in range(6):
        content = mail("outer", ("m.eml", content))
    found = read("m.eml", content)
    assert [document.id.count("/") for document in found] == [0, 1, 2, 3]
    assert "expected at most 3 mails inside each other" in found[-1].notes[0]
    few = read("m.eml", mail("Hi", *[(f"{i}.txt", b"x") for i in range(5)]), limits=Limits(attachments=2))
    assert len(few) == 3
    assert few[0].notes == ("3 more attachments were left out: split the file",)


def test_tables_take_their_columns_and_ids_as_asked() -> None:
    table = b"Who;Title;Note\n1;Acme;first\n1;Beta;second\n;Gamma;third\n"
    assert [(d.id, d.text) for d in read("t.csv", table)] == [("t.csv:1", "Acme"), ("t.csv:2", "Beta"), ("t.csv:3", "Gamma")]  # fmt: skip
    chosen = read("t.csv", table, column="Note", id_column="Who")
    assert [(d.id, d.text) for d in chosen] == [("1", "first"), ("1 (t.csv:2)", "second"), ("t.csv:3", "third")]
    rows = parquet({"body": ["Acme", None], "key": [7, 8]})
    assert [(d.id, d.text) for d in read("t.parquet", rows, id_column="key")] == [("7", "Acme")]
    lines = b'\n{"k": "x", "content": "Acme"}\nbroken\n{"content": "Beta"}\n'
    assert [(d.id, d.text) for d in read("t.jsonl", lines, id_column="k")] == [("x", "Acme"), ("t.jsonl:4", "Beta")]


def test_a_table_without_such_columns_names_those_that_it_has() -> None:
    for name, content in {
        "t.csv": b"name,city\nA,B\n",
        "t.jsonl": b'{"name": "A", "city": "B"}\n',
        "t.parquet": parquet({"name": ["A"], "city": ["B"]}),
    }.items():
        with pytest.raises(DataError, match="expected a column of texts named text, body, content, title, got the columns 'name', 'city'"):  # fmt: skip
            read(name, content)
        with pytest.raises(DataError, match="expected a column 'where' of texts, got the columns 'name', 'city'"):
            read(name, content, column="where")
        with pytest.raises(DataError, match="expected a column 'key' for the ids"):
            read(name, content, column="name", id_column="key")


def test_content_tells_before_the_name_does() -> None:
    [document] = read("report.txt", pdf("Acme"))
    assert (document.kind, document.notes) == ("pdf", ("read as pdf, though its name ends in .txt",))
    assert read("noname", docx("Acme"))[0].kind == "docx"
    assert read("noname", b"<!DOCTYPE html><p>Acme")[0].kind == "html"
    assert read("list.csv", b"<html><p>Sign in")[0].kind == "html"
    assert read("noname", mail("Hi"))[0].kind == "eml"
    assert read("noname", b"Note: this is\nno: mail\n")[0].kind == "txt"


XML_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + f'<!ENTITY z "x">]><w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>'.encode()
)
DEEP_XML = f'<w:document xmlns:w="{W}"><w:body>'.encode() + b"<w:p>" * 100_000


def filled_pdf() -> bytes:
    stream = zlib.compress(b"BT " * 20_000_000)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /ProcSet [/PDF] >> >>"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page]
    filled = streamed(stream, "/Filter /FlateDecode")
    return assembled([*objects, filled])


BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.txt", lambda: b"", "an empty file of 0 bytes"),
    "blank": ("a.txt", lambda: b" \n\n", "expected text, got none"),
    "zero bytes": ("a.txt", lambda: b"ab\0c", "zero bytes"),
    "latin": ("a.txt", lambda: b"caf\xe9", "expected UTF-8, got another byte at 3"),
    "picture": ("a.png", lambda: b"\x89PNG\r\n", "a picture: run text recognition"),
    "old word": ("a.doc", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "save it as .docx"),
    "locked word": ("a.docx", lambda: b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "without a password"),
    "workbook": ("a.xlsx", lambda: packed(docx("x"), {}).replace(b"word/", b"xl///"), "Excel workbook: save it as CSV"),
    "not a pdf": ("a.pdf", lambda: b"Acme", "expected PDF, as it is named, got something else"),
    "broken pdf": ("a.pdf", lambda: b"%PDF-1.7\nbroken", "cannot be read as one"),
    "filled pdf": ("a.pdf", filled_pdf, "at most 25 MB of a page when unpacked"),
    "broken docx": ("a.docx", lambda: docx("Acme")[:15_000], "broken archive"),
    "xml entities": ("a.docx", lambda: packed(docx("Acme"), {"word/document.xml": XML_BOMB}), "expected DOCX"),
    "deep xml": ("a.docx", lambda: packed(docx("Acme"), {"word/document.xml": DEEP_XML}), "expected DOCX"),
    "filled docx": ("a.docx", lambda: packed(docx("Acme"), {"word/media/x": b"\0" * 300_000_000}), "bytes when unpacked"),
    "deep html": ("a.html", lambda: b"<div>" * 200_000, "nested as in none that people read"),
    "slow charset": ("a.html", lambda: b"<meta charset=punycode><p>" + b"a" * 9999, "expected punycode"),
    "not parquet": ("a.parquet", lambda: b"PAR1 broken", "expected Parquet"),
    "no parquet": ("a.parquet", lambda: b"text\nAcme", "expected PARQUET, as it is named"),
    "json list": ("a.json", lambda: b'["Acme"]', "expected a JSON object a line, got a list"),
    "no json": ("a.jsonl", lambda: b"Acme", "expected a JSON object a line, got 'Acme'"),
    "packed": ("a.txt.gz", lambda: b"\x1f\x8b\x08", "gzip archive: unpack it"),
    "broken gzip": ("a.csv.gz", lambda: b"\x1f\x8b\x08\0\0", "damaged"),
    "mail of parts": ("a.eml", lambda: b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 400 + b"x\n" * 20_000, "parts inside parts"),
    "mail of headers": ("a.eml", lambda: b"X: 1\n" * 50_000 + b"\nhi", "headers or lines as no mail has them"),
    "mail of nothing": ("a.eml", lambda: b"\n\n", "neither"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_says_what_to_do(case: str) -> None:
    name, make, reason = BAD[case]
    with pytest.raises(DataError, match=reason) as fault:
        read(name, make())
    assert str(fault.value).startswith(f"{name}: ")
    assert "/tmp" not in str(fault.value)


def test_limits_say_where_bigger_files_go() -> None:
    small = replace(UPLOAD, size=100, rows=2, characters=50, pages=1)
    for name, content in {"a.pdf": pdf("a"), "a.docx": docx("a"), "a.txt": b"x" * 101, "a.csv": b"text\n" + b"x\n" * 99}.items():  # fmt: skip
        with pytest.raises(DataError, match=r"expected at most 100 bytes, got .*: bigger files go by the command line"):
            read(name, content, limits=small)
    with pytest.raises(DataError, match="at most 50 characters, got 60"):
        read("a.txt", b"x" * 60, limits=small)
    with pytest.raises(DataError, match="at most 1 pages, got 2"):
        read("a.pdf", pdf("a", "b"), limits=replace(small, size=10_000))
    assert len(read("a.csv", b"text\nx\ny\nz\n", limits=small)) == 2
    assert UPLOAD.size < Limits().size


def test_a_table_on_disk_is_read_as_a_stream_of_any_size(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": f"row {number}"}) + "\n" for number in range(2000)))
    documents = read_documents("a.jsonl", path, limits=Limits(size=10))
    assert next(documents).text == "row 0"
    assert sum(1 for _ in documents) == 1999


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "docx", None)
    with pytest.raises(DataError, match=r"pip install 'headwater\[documents\]'"):
        read("a.docx", one_of_each()["a.docx"])
