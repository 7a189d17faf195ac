"""Inputs and outputs by URL, on storages that need no network."""

import errno
from pathlib import Path

import pytest

from headwater.errors import DataError, InputError, ScoringError
from headwater.scoring import remote, score_file

fsspec = pytest.importorskip("fsspec", reason="no fsspec: pip install 'headwater[scale]'")


@pytest.fixture
def bucket(feed_content, tmp_path, monkeypatch):
    """A storage with the feed in it; the run works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe("/news/feed.jsonl", feed_content)
    yield memory
    memory.store.clear()


def test_from_url_to_url(bucket, feed, news, tmp_path):
    report = score_file([news], "memory://news/feed.jsonl", "memory://scores/out.csv", shard_rows=500)
    assert (report.output, report.rejects) == ("memory://scores/out.csv", "memory://scores/out.csv.rejects.jsonl")
    score_file([news], feed, tmp_path / "here.csv", shard_rows=500)
    assert bucket.cat("/scores/out.csv") == (tmp_path / "here.csv").read_bytes()
    assert bucket.cat("/scores/out.csv.rejects.jsonl") == (tmp_path / "here.csv.rejects.jsonl").read_bytes()
    assert not Path("out.csv.work").exists() and not Path("out.csv").exists()


def test_an_upload_that_fails_leaves_what_stood_there(bucket, news, tmp_path, monkeypatch):
    place = tmp_path / "far" / "out.jsonl"
    place.parent.mkdir()
    place.write_text("old")

    def breaks(stream, out, piece):
        out.write(b"half")
        raise ConnectionError(errno.ECONNRESET, "reset by peer")

    url = f"file://{place}"
    with monkeypatch.context() as patch:
        patch.setattr(remote.shutil, "copyfileobj", breaks)
        with pytest.raises(DataError, match="could not be written: .*reset by peer"):
            remote.upload(Path(news / "bundle.json"), url)
    assert place.read_text() == "old"
    assert [path.name for path in place.parent.iterdir()] == ["out.jsonl"]
    remote.upload(Path(news / "bundle.json"), url)
    assert place.read_bytes() == (news / "bundle.json").read_bytes()


def test_a_run_that_could_not_deliver_delivers_when_called_again(bucket, news, monkeypatch):
    def full(path, url):
        raise OSError(errno.ENOSPC, "No space left on device")

    given = ([news], "memory://news/feed.jsonl", "memory://scores/out.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr("headwater.scoring.target.upload", full)
        with pytest.raises(ScoringError, match="make room on the disk, .*goes on from the last finished shard"):
            score_file(*given, shard_rows=500)
    bucket.rm("/news/feed.jsonl")  # what was fetched is kept
    report = score_file(*given, shard_rows=500)
    assert report.resumed == report.read == 3000
    assert bucket.cat("/scores/out.jsonl").count(b"\n") == report.scored


def test_refusals(bucket, news, feed):
    with pytest.raises(DataError, match="could not be fetched"):
        score_file([news], "memory://news/none.jsonl", "out.jsonl")
    with pytest.raises(InputError, match="cannot be opened"):
        score_file([news], "nowhere://news/feed.jsonl", "out.jsonl")
    with pytest.raises(InputError, match="cannot be opened"):
        score_file([news], feed, "nowhere://scores/out.csv")
    assert not Path("out.csv.work").exists(), "told before anything was begun"
    with pytest.raises(InputError, match=r"ends in \.csv"):
        score_file([news], feed, "memory://scores/out.xlsx")
    with pytest.raises(InputError, match="twice"):
        score_file([news], "memory://news/feed.jsonl", "memory://news/feed.jsonl")


def test_what_is_a_storage():
    assert remote.is_remote("gs://a/b.csv") and remote.is_remote("file:///a/b.csv")
    assert not any(map(remote.is_remote, ("a/b.csv", "HTTP://a.example/b", "postgresql://u@h/d#t", "C:/a.csv")))
