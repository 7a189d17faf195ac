"""A folder of files: each row once, whatever is appended, replaced, torn or cut off."""

import gzip
import json
import os
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment_monitor.intake import folders
from sentiment_monitor.intake.feedlist import wanted_folder
from sentiment_monitor.intake.folders import look_into_folder
from sentiment_monitor.intake.register import declare
from sentiment_monitor.records.news import News
from sentiment_monitor.watching import Watcher


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "store.sqlite")


class Drop:
    """A folder that is watched; files in it are an hour old unless they are said to be new."""

    def __init__(self, news: News, clock, root: Path, **options: object) -> None:
        self.news, self.clock, self.root = news, clock, root
        root.mkdir()
        declare(news, [wanted_folder("drop", root, **options)])
        self.watcher = Watcher(news)

    def write(self, name: str, content: bytes, age: float = 3600.0, mode: str = "wb") -> Path:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        with path.open(mode) as stream:
            stream.write(content)
        when = (self.clock() - timedelta(seconds=age)).timestamp()
        os.utime(path, (when, when))
        return path

    def look(self) -> int:
        return self.watcher.look(self.news.feeds()[0])

    def texts(self) -> list[str]:
        return [waiting.text for waiting in self.news.waiting(10_000)]

    def reasons(self) -> list[str]:
        with self.news.store.read() as connection:
            return [row.reason for row in connection.exec_driver_sql("SELECT reason FROM news_reject ORDER BY id")]


@pytest.fixture
def drop(news: News, clock, tmp_path: Path) -> Drop:
    return Drop(news, clock, tmp_path / "drop")


def line(text: str, **more: object) -> bytes:
    return json.dumps({"text": text, **more}).encode() + b"\n"


def test_every_format_is_read_once(drop: Drop) -> None:
    drop.write(
        "a.jsonl", line("one", title="The title", source="Wire", published="2026-03-01T08:00:00Z") + b"{broken\n"
    )
    drop.write("b.csv", b"text,id\ntwo,2\nthree,3\n")
    drop.write("sub/c.jsonl.gz", gzip.compress(line("four")))
    drop.write("d.csv.gz", gzip.compress(b"text\nfive\n"))
    pq.write_table(pa.table({"text": ["six"], "title": ["Sixth"]}), drop.root / "e.parquet")
    drop.write("f.xml", b"<rss version='2.0'><channel><item><title>seven</title></item></channel></rss>")
    drop.write("notes.txt", b"not news")
    drop.write(".hidden.jsonl", line("hidden"))
    os.utime(drop.root / "e.parquet", (drop.clock().timestamp() - 60,) * 2)
    assert drop.look() == 7
    assert sorted(drop.texts()) == ["Sixth\nsix", "The title\none", "five", "four", "seven", "three", "two"]
    assert len(drop.reasons()) == 1 and drop.reasons()[0].startswith("not JSON")
    assert drop.look() == 0
    os.utime(drop.root / "b.csv", (1e9, 1e9))
    assert drop.look() == 0 and len(drop.reasons()) == 1


def test_a_file_that_grows_is_followed(drop: Drop) -> None:
    drop.write("a.jsonl", line("one") + line("two")[:9], age=5)
    assert drop.look() == 1
    drop.write("a.jsonl", line("two")[9:] + line("three"), age=5, mode="ab")
    assert drop.look() == 2
    drop.write("a.jsonl", json.dumps({"text": "four"}).encode(), age=5, mode="ab")
    assert drop.look() == 1, "a whole object needs no end of its line"
    drop.write("a.jsonl", b"\n" + line("five"), age=5, mode="ab")
    assert drop.look() == 1
    assert drop.texts() == ["one", "two", "three", "four", "five"] and drop.reasons() == []


def test_half_a_line_is_waited_for_and_at_last_a_reject(drop: Drop) -> None:
    drop.write("a.jsonl", line("one") + b'{"text": "tw', age=1)
    assert (drop.look(), drop.reasons()) == (1, [])
    drop.clock.forward(minutes=2)
    drop.look()
    assert len(drop.reasons()) == 1
    drop.look()
    assert len(drop.reasons()) == 1


def test_a_file_that_is_replaced_is_read_anew(drop: Drop) -> None:
    drop.write("a.jsonl", line("one") + line("two"))
    drop.look()
    drop.write("a.jsonl", line("1") + line("2") + line("3") + line("4"))
    assert drop.look() == 4
    drop.write("a.jsonl", line("5"))
    assert drop.look() == 1
    (drop.root / "a.jsonl").unlink()
    assert drop.look() == 0 and drop.news.feeds()[0].state == {"files": {}}


def test_a_file_that_is_still_written_is_let_be(drop: Drop) -> None:
    drop.write("a.csv", b"text\none\ntw", age=0.5)
    assert drop.look() == 0
    drop.write("a.csv", b"text\none\ntwo\n", age=3)
    assert drop.look() == 2 and drop.texts() == ["one", "two"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.jsonl.gz"])
def test_a_look_that_is_cut_off_goes_on_where_it_stood(drop: Drop, monkeypatch, name: str) -> None:
    for module in (folders, __import__("sentiment_monitor.intake.items", fromlist=["x"])):
        monkeypatch.setattr(module, "ROWS", 10)
    monkeypatch.setattr("sentiment_monitor.intake.items.batches.__defaults__", (10,))
    content = (
        b"text\n" + b"".join(b"row %d\n" % n for n in range(35))
        if name == "a.csv"
        else b"".join(line(f"row {n}") for n in range(35))
    )
    drop.write(name, gzip.compress(content) if name.endswith("gz") else content)
    looks = look_into_folder(drop.news.feeds()[0], drop.clock)
    for _ in range(2):
        drop.watcher._write(drop.news.feeds()[0], next(looks))
    del looks
    assert len(drop.texts()) == 20
    again = list(look_into_folder(drop.news.feeds()[0], drop.clock))
    assert sum(len(look.batch) for look in again) == 15, "rows that are done are not given again"
    assert drop.look() == 15
    assert drop.texts() == [f"row {n}" for n in range(35)]


def test_what_cannot_be_read_is_a_reject_and_the_rest_goes_on(drop: Drop) -> None:
    drop.write("a.parquet", b"PAR1 is not enough")
    drop.write("b.csv", b"headline\nno column of that name\n")
    drop.write("c.jsonl.gz", gzip.compress(line("three") * 3)[:-12])
    drop.write("d.jsonl", b"\xff\xfe" + line("four").decode().encode("utf-16-le"))
    drop.write("e.jsonl", line("five \xe9").replace(b"\\u00e9", b"\xe9") + b"x" * 9_000_000 + b"\n" + line("six"))
    drop.look()
    reasons = " | ".join(drop.reasons())
    assert drop.texts()[-2:] == ["four", "six"]
    for said in (
        "cannot be read as Parquet",
        "expected a header with one column 'text'",
        "not UTF-8",
        "the line is longer",
    ):
        assert said in reasons
    before = len(drop.reasons())
    assert drop.look() == 0 and len(drop.reasons()) == before


def test_a_folder_that_is_not_there_fails(drop: Drop, clock) -> None:
    drop.root.rmdir()
    drop.look()
    feed = drop.news.feeds()[0]
    assert "expected a folder or a file" in feed.last_error and feed.failures == 1 and feed.due > clock()


def test_other_columns_and_patterns(news: News, clock, tmp_path: Path) -> None:
    drop = Drop(news, clock, tmp_path / "drop", text="headline", pattern="*.csv", source="Desk")
    drop.write("a.csv", b"headline\none\n")
    drop.write("b.jsonl", line("two"))
    assert drop.look() == 1
    assert [(waiting.text, waiting.source) for waiting in news.waiting()] == [("one", "Desk")]
