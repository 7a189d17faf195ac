"""`sentiment-monitor alerts ...` and `deliver`, on a store that the environment names."""

import json
import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headwater.store import Store, open_store
from headwater.store.outbox import Delivered, messages
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.delivery import Courier
from sentiment_monitor.alerts.rule import Alert, Change, Rule
from sentiment_monitor.cli import app

REASON = {"code": "surge", "sentiment": "negative", "stories": 14, "hours": 2, "expected": 3.1, "p": 0.0004}


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noon: datetime) -> Iterator[Store]:
    monkeypatch.setenv("HEADWATER_STORE", str(tmp_path / "s.sqlite"))
    monkeypatch.delenv("HEADWATER_ALERT_CHANNELS", raising=False)
    alert = Alert("topic", "topic", "[bold]legal", noon, noon, 2, REASON, (1,))
    later = Alert("topic", "topic", "macro", noon + timedelta(hours=1), noon, 1, REASON, (1,))
    with open_store() as store:
        changes = [Change("opened", made, made.opened) for made in (alert, later)]
        Stored(store).write([Rule("topic", "topic", channels=("desk",))], changes)
        yield store


def call(*words: str, code: int = 0, **settings: str):
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "200", **settings})
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in words and done.stdout else done.output


def test_alerts_are_listed_with_their_reason(opened: Store) -> None:
    said = call("alerts", "list")
    assert "[bold]legal" in said and "14 negative stories in 2 h where 3.1 were expected, p = 0.0004" in said
    assert [row["value"] for row in call("alerts", "list", "--json")] == ["macro", "[bold]legal"]
    assert call("alerts", "list", "--value", "none", "--open", "--days", "100000", "--json") == []


def test_verdicts_and_mutes_are_written_down(opened: Store, noon: datetime) -> None:
    assert "alert 1: false by ann" in call("alerts", "false", "1", "--by", "ann")
    assert "alert 2: acknowledged by bob" in call("alerts", "acknowledge", "2", "--by", "bob")
    assert [judged.verdict for judged in inbox.alerts(opened)] == ["acknowledged", "false"]
    assert "expected the number of an alert, got 9" in call("alerts", "false", "9", code=1)
    assert "mute 1: nothing is sent about topic macro" in call("alerts", "mute", "topic", "macro", "--hours", "5")
    assert [muted.value for muted in inbox.mutes(opened)] == ["macro"]
    assert "sent again" in call("alerts", "unmute", "1") and "there is no mute 1" in call("alerts", "unmute", "1")


def test_rules_are_shown_or_their_faults(tmp_path: Path) -> None:
    assert "negative · company: all" in call("alerts", "rules")
    bad = tmp_path / "bad.toml"
    bad.write_text('[[rule]]\nname = "a"\n', encoding="utf-8")
    assert "line 1: dimension: is missing" in call("alerts", "rules", str(bad), code=1)


def test_deliver_takes_what_waits_to_the_channels(opened: Store) -> None:
    pytest.importorskip("apprise")
    assert "expected at least one channel, found none" in call("deliver", code=1)
    nobody = "json://127.0.0.1:9/"  # the port that discards: nothing listens
    done = call("deliver", "--json", HEADWATER_ALERT_CHANNEL_DESK=nobody)
    assert done == {"sent": 0, "failed": 2, "dead": 0}
    assert {message.attempts for message in messages(opened, "waiting")} == {1}
    assert "channel desk: expected every address" in call("deliver", "--test", "desk", code=1, HEADWATER_ALERT_CHANNEL_DESK=nobody)  # fmt: skip


def test_deliver_ends_after_its_message_when_its_container_is_stopped(
    opened: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("apprise")
    before = signal.signal(signal.SIGTERM, lambda *_: pytest.fail("nobody listens"))

    def once(courier: Courier, limit: int = 100) -> Delivered:
        os.kill(os.getpid(), signal.SIGTERM)
        asked.append(limit)
        return Delivered(sent=1)

    asked: list[int] = []
    monkeypatch.setattr(Courier, "once", once)
    try:
        call("deliver", "--watch", HEADWATER_ALERT_CHANNEL_DESK="json://127.0.0.1:9/")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert asked == [1]
