"""`support-chatbot`: what its verbs say of a store."""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from headwater.cli.dashboards import free_port
from headwater.store import Store, open_store, outbox
from support_chatbot.cli import app
from support_chatbot.records.conversations import Conversations
from tests.apps.support_chatbot.records.conftest import SECRET, Echo

runner = CliRunner()
KEYS = ("first-session-0001", "second-session-002")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that the environment names: a hand-over, and a question that was declined."""
    monkeypatch.setenv("HEADWATER_STORE", str(tmp_path / "s.sqlite"))
    monkeypatch.delenv("HEADWATER_SUPPORT_WEBHOOK", raising=False)
    with open_store() as opened:
        talks, echo = Conversations(opened), Echo()
        for key, text in zip(KEYS, ("human [bold] please", "no way =1"), strict=True):
            talks.begin("web", "en", key=key)
            talks.say(key, text, echo.reply)
        yield opened


def call(*words: str, code: int = 0, **settings: str):
    done = runner.invoke(app, list(words), env={"COLUMNS": "200", **settings})
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in words and done.stdout else done


def test_conversations(store: Store) -> None:
    listed = call("conversations", "list", "--json")
    assert listed["total"] == 2
    assert [talk["key"] for talk in listed["conversations"]] == list(KEYS)
    waiting = call("conversations", "list", "--waiting", "--json")["conversations"]
    assert [(talk["key"], talk["status"], talk["reason"]) for talk in waiting] == [(KEYS[0], "handed_over", "asked")]
    assert KEYS[1] in call("conversations", "list", "--words", "WAY").stdout
    said = call("conversations", "transcript", KEYS[0]).stdout
    assert "customer: human [bold] please" in said and "(handed_over)" in said
    assert [turn["number"] for turn in call("conversations", "transcript", KEYS[0], "--json")] == [1, 2]
    assert "expected the key of a conversation" in call("conversations", "transcript", "none", code=1).stderr


def test_outcomes(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    found = call("outcomes", "--json", "--csv", str(file))
    assert found["counts"] == {
        "answered": 0, "found": 0, "clarified": 0, "handed_over": 1, "abandoned": 0, "declined": 1,
    }  # fmt: skip
    assert found["containment"]["value"] == 0.5 and found["unanswered"] == [["no way =1", 1]]
    assert [row["key"] for row in csv.DictReader(file.open(encoding="utf-8-sig"))] == list(KEYS)
    shown = call("outcomes", "--days", "1").stdout
    assert "50.0% (" in shown and "handed over" in shown and "no way =1" in shown
    assert "cannot be written" in call("outcomes", "--csv", str(tmp_path / "no" / "x.csv"), code=1).stderr


def test_deliver(store: Store) -> None:
    assert "HEADWATER_SUPPORT_WEBHOOK: expected the URL" in call("deliver", code=1).stderr
    settings = {"HEADWATER_SUPPORT_WEBHOOK": "http://127.0.0.1:9/", "HEADWATER_SUPPORT_WEBHOOK_SECRET": SECRET}
    assert call("deliver", "--json", **settings) == {"sent": 0, "failed": 1, "dead": 0}
    assert outbox.messages(store)[0].attempts == 1


def test_no_verb_that_looks_makes_a_store(tmp_path: Path) -> None:
    file = tmp_path / "none.sqlite"
    for words in (["outcomes"], ["conversations", "list"], ["conversations", "transcript", "x"]):
        assert "expected a store, found none" in call(*words, "--store", str(file), code=1).stderr
    assert not file.exists()


SERVE = """
import sys, types
from headwater.bundle import open_bundle
from headwater.serving.model import open_model
from tests.apps.support_chatbot.records.conftest import Echo
from support_chatbot.cli import app

class Bot(Echo):
    lacks = ("help centre",)
    def __init__(self):
        super().__init__()
        self.classifier = types.SimpleNamespace(model=open_model(open_bundle(sys.argv[1]), "int8", "cpu"))
        self.folder = types.SimpleNamespace(digest="p" * 64)

sys.modules["support_chatbot.bot"] = types.SimpleNamespace(
    open_bot=lambda path, **chosen: Bot(), with_risk=lambda bot, risk: bot, Bot=Bot, RISK=0.03
)
app(sys.argv[2:])
"""


def test_serve_answers_and_writes_down(tmp_path: Path, tiny) -> None:
    bundle = tiny(tmp_path / "bundle", "sentiment").folder
    port, file = free_port("127.0.0.1", 28801), tmp_path / "s.sqlite"
    words = [sys.executable, "-c", SERVE, str(bundle), "serve", "--port", str(port), "--store", str(file)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            url, end = f"http://127.0.0.1:{port}/v1/chat", time.monotonic() + 60
            answer = None
            while answer is None and time.monotonic() < end and server.poll() is None:
                try:
                    answer = httpx.post(url, json={"text": "where is my card", "session": KEYS[0]}, trust_env=False)
                except httpx.TransportError:
                    time.sleep(0.1)
        finally:
            server.terminate()
        _, said = server.communicate(timeout=30)
    assert answer is not None and answer.json()["parts"][0]["text"] == "1: where is my card", said
    assert "the bot has no help centre" in said and "hand-overs wait at the desk alone" in said
    with open_store(str(file)) as store:
        talk = Conversations(store).conversation(KEYS[0])
    assert (talk.turns, talk.origin.policy, len(talk.origin.digest)) == (2, "p" * 64, 64)
