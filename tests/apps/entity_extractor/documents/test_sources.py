import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from entity_extractor.documents import Limits, Refused, read_source, read_sources
from entity_extractor.mentions import Document
from tests.apps.entity_extractor.documents.files import one_of_each
from tests.documents.pdf_files import pdf


def told(found: Iterator[Document | Refused]) -> list[str]:
    return [item.id if isinstance(item, Document) else f"{item.name}: {item.why}" for item in found]


def test_a_folder_is_read_in_order_without_hidden_files_and_nothing_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    for name, content in {
        "c.txt": b"Acme", "b/z.pdf": pdf("Acme"), "b/a.bin": b"\0\1", ".hidden.txt": b"x", ".git/x.txt": b"x", "a.csv": b"who\nx\n",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    found = told(read_source(tmp_path))
    assert [line.partition(": ")[0] for line in found] == ["a.csv", "b/a.bin", "b/z.pdf", "c.txt", "gone.txt"]
    assert "got the columns 'who'" in found[0]
    assert "zero bytes" in found[1]
    assert "broken link" in found[4]


def test_a_folder_with_every_kind(tmp_path: Path) -> None:
    for name, content in one_of_each().items():
        (tmp_path / name).write_bytes(content)
    found = list(read_source(str(tmp_path)))
    assert all(isinstance(item, Document) for item in found)
    assert len({item.id for item in found}) == len(found) == 14


def test_a_file_alone_and_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("who,note\n1,Acme\n")
    assert told(read_source(tmp_path / "t.csv", column="note", id_column="who")) == ["1"]
    assert "expected a file, a folder or an http(s) address" in told(read_source(tmp_path / "no.txt"))[0]


def test_rows_that_hold_no_text_are_refused_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"text": "a"}\n{"text": ""}\n{"text": 3}\n{"text": "b"}\n')
    assert told(read_source(tmp_path / "t.jsonl")) == [
        "t.jsonl:1", "t.jsonl:2: the text is empty", "t.jsonl:3: expected a text in 'text', got int", "t.jsonl:4",
    ]  # fmt: skip


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = {
            "/news": ("text/html; charset=iso-8859-1", "<p>São Paulo</p>".encode("latin-1")),
            "/report": ("application/octet-stream", pdf("Acme")),
            "/rows.csv?v=1": ("text/plain", b"text\nAcme\n"),
            "/data": ("application/x-ndjson", b'{"text": "Acme"}\n'),
            "/large": ("text/plain", b"x" * 5000),
        }.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_addresses_are_read_by_what_the_server_and_the_bytes_say(site: str) -> None:
    read = [list(read_source(site + path, private=True)) for path in ("/news", "/report", "/rows.csv?v=1", "/data")]
    kinds = [(item.id.removeprefix(site), item.kind, item.text) for [item] in read]
    assert kinds == [
        ("/news", "html", "São Paulo"),
        ("/report", "pdf", "Acme"),
        ("/rows.csv?v=1:1", "csv", "Acme"),
        ("/data:1", "jsonl", "Acme"),
    ]


def test_addresses_that_are_not_read_say_why(site: str) -> None:
    assert "is not a public address" in told(read_source(f"{site}/news"))[0]
    assert told(read_source(f"{site}/no", private=True)) == [f"{site}/no: could not be fetched: expected status 200, got 404"]  # fmt: skip
    assert "more than 1,000 bytes came" in told(read_source(f"{site}/large", private=True, limits=Limits(size=1000)))[0]
    assert "expected a file, a folder or an http(s) address" in told(read_source("file:///etc/passwd"))[0]


def test_a_name_that_came_before_becomes_its_path(tmp_path: Path) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_text("Acme")
        (tmp_path / folder / "t.csv").write_text("text\nAcme\n")
    found = told(read_sources([tmp_path / "a", tmp_path / "b", tmp_path / "a" / "y.txt"]))
    second = (tmp_path / "b").as_posix()
    assert found[:4] == ["t.csv:1", "x.txt", f"{second}/t.csv:1", f"{second}/x.txt"]


def test_a_carriage_return_in_a_cell_is_a_blank(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"text": "Acme\\r\\nOslo\\rRome"}\n')
    assert [item.text for item in read_source(tmp_path / "t.jsonl")] == ["Acme \nOslo Rome"]
