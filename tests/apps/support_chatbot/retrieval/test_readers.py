from pathlib import Path

import pytest

from headwater.errors import DataError
from support_chatbot.retrieval import readers
from support_chatbot.retrieval.readers import Document, read


def blocks(document: Document) -> list[tuple[str, str, list[str]]]:
    """(title path, anchor, paragraphs) of each section."""
    return [
        (" > ".join(part.titles), part.anchor, [document.text[a:b] for a, b in part.blocks])
        for part in document.sections
    ]


def read_text(name: str, text: str) -> Document:
    return read(Path(name), text.encode())


def pdf(*pages: str) -> bytes:
    """A PDF written by hand: one line of text a page; an empty one is a page of pictures."""
    kids = " ".join(f"{3 + 2 * i} 0 R" for i in range(len(pages)))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
    ]
    font = 3 + 2 * len(pages)
    for i, page in enumerate(pages):
        lines = "".join(f"({line}) Tj 0 -14 Td " for line in page.split("\n") if line)
        stream = f"BT /F1 12 Tf 72 720 Td {lines}ET"
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * i} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        )
        bodies.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    bodies.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(bodies) + 1
    return (
        out
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
        ).encode()
    )


def test_markdown():
    made = read_text(
        "card.md",
        "---\ntitle: Cards\nquestions: [where is it]\ntags: post\nurl: https://bank.example/cards\n---\n# Cards\nWe **post** it.\n\n"
        "## Abroad?\n- Europe: [10 days](https://x.example)\n- `Elsewhere`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## Abroad?\n<b>Raw</b> end\n",
    )
    assert blocks(made) == [
        ("Cards", "", ["We post it."]),
        ("Cards > Abroad?", "abroad", ["- Europe: 10 days", "- Elsewhere", "a | b", "1 | 2"]),
        ("Cards > Abroad?", "abroad-1", ["Raw end"]),
    ]
    assert (made.questions, made.tags, made.link) == (("where is it",), ("post",), "https://bank.example/cards")


def test_markdown_without_front_matter_takes_its_heading_or_its_name():
    assert read_text("a.md", "# Fees\nNone.").title == "Fees"
    assert read_text("late-fees.md", "None.").title == "Late fees"


def test_a_link_of_front_matter_that_is_no_web_address_is_none():
    assert read_text("a.md", "---\nurl: javascript:alert(1)\n---\nText.").link == ""


def test_html_leaves_out_what_is_no_text():
    page = """<html><head><title>Fees | Bank</title><link rel="canonical" href="https://bank.example/fees"></head><body>
    <nav><p>Menu words that nobody seeks</p></nav><div role="navigation">More menu</div><p hidden>Hidden</p>
    <h1>Fees</h1><p>Cash is <b>free</b> at&nbsp;home.</p><section id="abroad"><h2>Abroad</h2><div>It costs <a href="/x">2 %</a> there.
    <ul><li>Europe</li><li>Asia</li></ul></div></section><script>bad()</script>
    <ul><li><a href="/a">See also our other pages</a></li></ul><table><tr><td>UK</td><td>£1</td></tr></table>
    <footer>Copyright</footer></body></html>"""
    made = read_text("fees.html", page)
    assert blocks(made) == [
        ("Fees", "", ["Cash is free at home."]),
        ("Fees > Abroad", "abroad", ["It costs 2 % there.", "- Europe", "- Asia", "UK | £1"]),
    ]
    assert made.link == "https://bank.example/fees"


def test_html_in_another_declared_encoding():
    page = '<meta charset="gb18030"><body><p>银行卡挂失</p></body>'.encode("gb18030")
    assert read(Path("a.html"), page).text == "银行卡挂失"


def test_html_nested_deeper_than_the_stack():
    assert "deep" in read_text("a.html", "<body>" + "<div>" * 5000 + "deep text").text


def test_pdf_links_its_pages_and_joins_its_lines():
    made = read(Path("terms.pdf"), pdf("Cards arrive within five work-\ning days.", "Fees are none."))
    assert blocks(made) == [
        ("Terms > page 1", "page=1", ["Cards arrive within five working days."]),
        ("Terms > page 2", "page=2", ["Fees are none."]),
    ]


def test_pdf_headers_and_footers_are_left_out():
    made = read(
        Path("t.pdf"), pdf(*[f"Northmere terms\nClause {word} holds.\nPage {i}" for i, word in enumerate("abc")])
    )
    assert made.text.split("\n") == ["Clause a holds.", "Clause b holds.", "Clause c holds."]


def test_pdf_with_a_scanned_page_says_so():
    assert read(Path("t.pdf"), pdf("Text.", "")).notes == ("no text on pages 2: perhaps scanned",)


def test_csv_questions():
    made = read_text("faq.csv", '﻿Question;Answer\nFee?;"None.\nNever."\n;\nWhy?;\n怎样？;这样。\n')
    assert blocks(made) == [("Faq > Fee?", "row=2", ["None.", "Never."]), ("Faq > 怎样？", "row=5", ["这样。"])]
    assert [part.questions for part in made.sections] == [("Fee?",), ("怎样？",)]
    assert made.notes == ("row 4: no answer",)


def test_csv_texts():
    made = read_text("notes.csv", "title,text\nFees,None.\n")
    assert blocks(made) == [("Notes > Fees", "row=2", ["None."])]


BAD = [
    ("a.pdf", pdf("", ""), "2 pages of pictures: the PDF is scanned"),
    ("a.pdf", b"%PDF-1.4 broken", "cannot be read as one"),
    ("a.pdf", b"", "cannot be read as one"),
    ("a.csv", b"name,city\nA,B\n", "line 1: expected the columns question and answer, or text; got name, city"),
    ("a.csv", b"", "got none"),
    ("a.csv", "问题,答案\n卡,好\n".encode("gb18030"), "expected UTF-8"),
    ("a.md", b"---\ntitle: [\n---\nText", "front matter, line 3: expected YAML"),
    ("a.md", b"---\n- a\n---\nText", "expected keys with values, got a list"),
    ("a.md", b"---\nquestions: {a: b}\n---\nText", "questions: expected a list"),
    ("a.md", b"# Only a heading", "expected text, got none"),
    ("a.txt", b"ab\0c", "binary"),
    ("a.html", b"<nav>menu</nav>", "expected text, got none"),
    ("a.docx", b"PK", "expected one of .csv, .htm"),
]


@pytest.mark.parametrize(("name", "content", "reason"), BAD)
def test_a_file_that_cannot_be_read_says_why(name, content, reason):
    with pytest.raises(DataError, match=reason):
        read(Path(name), content)


def test_limits(monkeypatch):
    monkeypatch.setattr(readers, "CHARACTERS", 10)
    with pytest.raises(DataError, match="at most 10 characters of text, got 11"):
        read_text("a.md", "abcdefghijk")
    monkeypatch.setattr(readers, "BYTES", 5)
    with pytest.raises(DataError, match="split the file"):
        read_text("a.md", "abcdefghijk")
