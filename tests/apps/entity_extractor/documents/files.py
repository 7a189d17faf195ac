"""Files of every kind, made in the tests: what a test knows of them, it wrote."""

import io
import json
import zipfile
from email.message import EmailMessage

import pyarrow as pa
import pyarrow.parquet as pq
from docx import Document as Word

from tests.documents.pdf_files import pdf

__all__ = ["NAMES", "docx", "mail", "member", "one_of_each", "packed", "parquet"]

NAMES = ("Angela Moreau", "Deutsche Bank", "São Paulo", "北京")


def docx(*paragraphs: str, rows: tuple[tuple[str, ...], ...] = ()) -> bytes:
    word, out = Word(), io.BytesIO()
    for paragraph in paragraphs:
        word.add_paragraph(paragraph)
    if rows:
        table = word.add_table(len(rows), len(rows[0]))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, words in zip(row.cells, cells, strict=True):
                cell.text = words
    word.save(out)
    return out.getvalue()


def member(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def packed(content: bytes, changes: dict[str, bytes]) -> bytes:
    """A zip archive with members replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, member in changes.items():
            new.writestr(name, member)
    return out.getvalue()


def mail(text: str, *attachments: tuple[str, bytes], html: str = "") -> bytes:
    message = EmailMessage()
    message["From"] = "Angela Moreau <angela@northbank.example>"
    message["To"] = "Kenji Watanabe <kenji@barclays.example>"
    message["Subject"] = "Büro in São Paulo"
    message["Date"] = "Wed, 01 May 2024 09:00:00 +0200"
    message["X-Mailer"] = "unseen"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def parquet(columns: dict[str, list]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def one_of_each() -> dict[str, bytes]:
    """A file of every kind by its name; each holds NAMES, but for the PDF, whose letters are Latin."""
    a, b, c, d = NAMES
    sentence = f"{a} left {b} for {c} and {d}."
    rows = [{"text": sentence, "id": "one"}, {"text": f"{b} again", "id": "two"}]
    return {
        "a.txt": f"{sentence}\n\nA second paragraph.\n".encode(),
        "a.pdf": pdf(f"{a} left Deutsche\nBank for {c}.", "A second page."),
        "a.docx": docx(sentence, "A second paragraph.", rows=(("Name", "City"), (a, c))),
        "a.html": f"<html><body><p>{sentence}</p><p>A <b>second</b> paragraph.</p></body></html>".encode(),
        "a.eml": mail(sentence, ("list.csv", f"text\n{b}\n".encode())),
        "a.csv": b"text,id\n" + "".join(f'"{row["text"]}",{row["id"]}\n' for row in rows).encode(),
        "a.tsv": b"id\ttext\n" + "".join(f"{row['id']}\t{row['text']}\n" for row in rows).encode(),
        "a.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(),
        "a.parquet": parquet({"text": [row["text"] for row in rows], "id": [row["id"] for row in rows]}),
    }
