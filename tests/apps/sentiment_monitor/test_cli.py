"""`sentiment-monitor`: what its verbs do to a store."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from headwater.cli.dashboards import free_port
from headwater.store import Store, open_store
from sentiment_monitor.cli import app
from sentiment_monitor.records.news import News
from sentiment_monitor.sample import FEED as SAMPLE

runner = CliRunner()
MAIN = "import sys; from sentiment_monitor.cli import app; app(sys.argv[1:], prog_name='sentiment-monitor')"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("HEADWATER_STORE", str(tmp_path / "s.sqlite"))
    with open_store() as opened:
        yield opened


def call(*words: str, code: int = 0, **more: object):
    done = runner.invoke(app, list(words), env={"COLUMNS": "200"}, **more)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in words and done.stdout else done


def started(*words: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", MAIN, *words], env=environment, text=True, **pipes)


def test_ingest_a_file_twice(store: Store) -> None:
    assert call("ingest", str(SAMPLE), "--json") == {"feed": "feed.jsonl", "new": 300, "known": 0, "rejected": 0}
    assert call("ingest", str(SAMPLE), "--json")["known"] == 300
    assert call("ingest", str(SAMPLE), "--feed", "other", "--json")["new"] == 300
    assert News(store).backlog() == 600


def test_ingest_standard_input(store: Store) -> None:
    given = '{"id": "1", "text": "Oil fell"}\n{broken\n'
    assert call("ingest", "-", "--json", input=given) == {"feed": "stdin", "new": 1, "known": 0, "rejected": 1}
    assert "0 new, 1 known" in call("ingest", "-", input=given).stderr


def test_ingest_what_is_not_there(store: Store) -> None:
    assert "expected a file or a URL" in call("ingest", "nowhere.jsonl", code=1).stderr
    assert "not a public address" in call("ingest", "http://127.0.0.1:9/feed.xml", code=1).stderr


def test_feeds(store: Store, tmp_path: Path) -> None:
    call("feeds", "add", "ecb", "https://ecb.example/rss.xml", "--every", "10m", "--source", "ECB")
    call("feeds", "add", "drop", str(tmp_path), "--pattern", "*.csv")
    drop, ecb = call("feeds", "list", "--json")
    assert (ecb["kind"], ecb["options"], drop["options"]) == (
        "url",
        {"every": 600.0, "source": "ECB"},
        {"pattern": "*.csv"},
    )
    call("feeds", "pause", "ecb")
    assert call("feeds", "list", "--json")[1]["paused"]
    assert "paused" in call("feeds", "list").stdout
    call("feeds", "resume", "ecb")
    assert not call("feeds", "list", "--json")[1]["paused"]
    assert "expected the name of a feed (drop, ecb)" in call("feeds", "pause", "none", code=1).stderr
    assert "every: expected a time" in call("feeds", "add", "x", "https://x.example/", "--every", "soon", code=1).stderr
    assert "got a folder" in call("feeds", "add", "x", str(tmp_path), "--private", code=1).stderr
    assert (
        "pattern: a feed of kind url"
        in call("feeds", "add", "x", "https://x.example/", "--pattern", "*", code=1).stderr
    )


def test_watch_a_folder_and_standard_input_until_it_is_told_to_stop(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"text": "Oil fell"}\n')
    feeds = tmp_path / "FEEDS.toml"
    feeds.write_text('[[feed]]\nname = "drop"\nfolder = "drop"\nevery = "1s"\n')
    news = News(store)
    for words, expected in ((str(feeds), 1), ("-", 2)):
        with started("watch", words, "--no-read") as watching:
            if words == "-":
                watching.stdin.write('{"text": "Gold rose"}\n')
                watching.stdin.flush()
            end = time.monotonic() + 60
            while news.backlog() < expected and time.monotonic() < end and watching.poll() is None:
                time.sleep(0.05)
            watching.send_signal(signal.SIGTERM)
            _, said = watching.communicate(timeout=30)
        assert (news.backlog(), watching.returncode) == (expected, 0), said
        assert "watching 1 feeds" in said


def test_a_feeds_file_with_faults_is_told(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "FEEDS.toml"
    path.write_text("[[feed]]\nname = 'x'\n")
    assert "feed 1: expected a url or a folder" in call("watch", str(path), code=1).stderr


def test_serve_takes_events_with_a_key(store: Store, tmp_path: Path, tiny) -> None:
    bundle = tiny(tmp_path / "bundle", "sentiment").folder
    port = free_port("127.0.0.1", 28811)
    keys = tmp_path / "keys"
    keys.write_text("secret\n")
    url, answer = f"http://127.0.0.1:{port}/v1/events", None
    with started("serve", "--port", str(port), "--model", str(bundle), "--keys", str(keys)) as server:
        end = time.monotonic() + 60
        while answer is None and time.monotonic() < end and server.poll() is None:
            try:
                refused = httpx.post(url, json=[{"text": "Oil fell"}], trust_env=False)
                answer = httpx.post(url, json=[{"text": "Oil fell"}], headers={"X-API-Key": "secret"}, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.1)
        server.terminate()
        _, said = server.communicate(timeout=30)
    assert answer is not None and (refused.status_code, answer.json()["new"]) == (401, 1), said
    assert News(store).backlog() == 1
