from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.news import NEWS_ALERT
from headwater.store.outbox import messages
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.alarm import TICK, Alerts
from sentiment_monitor.alerts.book import CHANNEL, Stored, event_key
from sentiment_monitor.alerts.rule import Alert, Change, Rule
from tests.apps.sentiment_monitor.alerts.conftest import MadePast

RULE = Rule("topic", "topic", windows=(2, 6), calm=1.0, channels=("desk", "mail"))


def run(store: Store, past: MadePast, start: datetime, hours: float, rule: Rule = RULE, book: Stored | None = None):
    told, now = [], start
    alerts = Alerts([rule], book or Stored(store))
    while now <= start + timedelta(hours=hours):
        told += alerts.tick(now, past)
        now += TICK
    return told


def test_the_store_gives_what_memory_gives(store: Store, past: MadePast, noon: datetime) -> None:
    past.add("legal", noon, 14)
    remembered, now = [], noon
    alerts = Alerts([RULE])
    while now <= noon + timedelta(hours=12):
        remembered += alerts.tick(now, past)
        now += TICK
    told = run(store, past, noon, 12)
    assert [replace(change.alert, id=0) for change in told] == [change.alert for change in remembered]
    assert [change.kind for change in told] == ["opened", "raised", "raised", "closed"]
    (kept,) = inbox.alerts(store)
    assert kept.alert == told[-1].alert and kept.alert.id > 0


def test_a_message_for_each_channel_and_event_and_none_twice(store: Store, past: MadePast, noon: datetime) -> None:
    past.add("legal", noon, 14)
    told = run(store, past, noon, 1)
    assert run(store, past, noon, 1) == []  # a process that begins the hour anew
    sent = messages(store, channel=CHANNEL)
    assert len(told) == 3 and len(sent) == 6
    assert [message.key for message in sent] == [event_key(change, to) for change in told for to in RULE.channels]
    assert sent[0].key == f"topic/topic/legal/{told[0].alert.opened.isoformat()}/1/desk"
    first = sent[0].payload
    assert first["reason"] == told[0].alert.reason and first["led"] == list(told[0].alert.led)
    assert (first["change"], first["to"], first["opened"]) == ("opened", "desk", told[0].alert.opened.isoformat())
    assert len(event_key(replace(told[0], alert=replace(told[0].alert, value="v" * 255, rule="r" * 64)), "c" * 64)) < 255  # fmt: skip


def test_of_two_processes_one_writes_and_tells(store: Store, past: MadePast, noon: datetime) -> None:
    past.add("legal", noon, 14)
    moment = noon + timedelta(hours=1)
    one, other = Stored(store), Stored(store)
    before = other.standing([RULE], moment)
    (opened,) = Alerts([RULE], one).tick(moment, past)
    behind = type(
        "Behind", (), {"standing": lambda *_: before, "write": other.write}
    )()  # it looked before the first wrote
    assert Alerts([RULE], behind).tick(moment, past) == []
    later = replace(opened.alert, updated=moment + TICK)
    raised = Change("raised", replace(later, severity=3), moment + TICK)
    assert other.write([RULE], [raised]) == ([raised] if opened.alert.severity < 3 else [])
    closed = Change("closed", replace(later, closed=moment + TICK), moment + TICK)
    assert one.write([RULE], [closed]) == [closed]
    assert other.write([RULE], [closed]) == []
    assert other.write([RULE], [raised]) == []


def test_alerts_and_messages_are_written_together_or_not_at_all(
    store: Store, past: MadePast, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past.add("legal", noon, 14)

    def fails(*_: object, **__: object) -> bool:
        raise InputError("no")

    with monkeypatch.context() as patch:
        patch.setattr("headwater.store.outbox.put", fails)
        with pytest.raises(InputError):
            run(store, past, noon, 1)
    assert inbox.alerts(store) == [] and messages(store) == []
    assert len(run(store, past, noon, 1)) == 3


@pytest.mark.parametrize(("rule", "sent"), [(None, 0), ("topic", 0), ("other", 6)])
def test_a_mute_keeps_the_alert_and_sends_nothing(
    store: Store, past: MadePast, noon: datetime, rule: str | None, sent: int
) -> None:
    past.add("legal", noon, 14)
    made = inbox.mute(store, "topic", "legal", noon + timedelta(hours=5), "ann", rule, now=noon)
    assert inbox.mutes(store, noon) == [made] and inbox.mutes(store, noon + timedelta(hours=5)) == []
    assert len(run(store, past, noon, 1)) == 3
    assert len(messages(store)) == sent and len(inbox.alerts(store)) == 1
    assert inbox.unmute(store, made.id) and not inbox.unmute(store, made.id)
    with pytest.raises(InputError, match="expected an end after"):
        inbox.mute(store, "topic", "legal", noon, "ann", now=noon)


@pytest.mark.parametrize("rule", [None, "topic"])
def test_what_is_muted_again_is_muted_once_and_taken_back_by_one(
    store: Store, noon: datetime, rule: str | None
) -> None:
    def mute(hours: int, name: str | None = rule, now: datetime = noon) -> inbox.Mute:
        return inbox.mute(store, "topic", "legal", now + timedelta(hours=hours), "ann", name, now=now)

    first, other, again = mute(5), mute(5, "other"), mute(9)
    assert (again.id, inbox.mutes(store, noon)) == (first.id, [again, other])
    later = mute(5, now=noon + timedelta(hours=10))
    assert later.id != first.id, "one that has ended is left as it was"
    assert inbox.unmute(store, again.id) and inbox.mutes(store, noon + timedelta(hours=6)) == [later]


def test_verdicts_teach_the_next_tick(store: Store, past: MadePast, noon: datetime) -> None:
    rule = replace(RULE, windows=(2,), severities=(1e-9, 1e-12), cool_down=0.0)
    for day in range(3):
        past.add("legal", noon + timedelta(days=day), 5)
    told = run(store, past, noon, 30, rule)
    opened = [change.alert for change in told if change.kind == "opened"]
    assert len(opened) == 2
    for alert in opened:
        inbox.decide(store, alert.id, "false", "ann", now=noon)
    chances = Stored(store).standing([rule], noon + timedelta(days=2)).chances
    strongest = [judged.alert.reason["p"] for judged in inbox.alerts(store)]
    assert chances == {("topic", "topic", "legal"): pytest.approx(min(strongest) / 2)}
    assert run(store, past, noon + timedelta(hours=47), 4, rule) == []  # the third like them
    inbox.decide(store, opened[0].id, None, "ann")
    assert Stored(store).standing([rule], noon + timedelta(days=2)).chances == {}
    assert run(store, past, noon + timedelta(hours=47), 4, rule) != []


def test_the_inbox_pages_filters_and_refuses(store: Store, noon: datetime) -> None:
    rows = [Alert("topic", "topic", f"v{i}", noon + timedelta(hours=i), noon, 1, {"code": "surge", "p": 0.1}) for i in range(5)]  # fmt: skip
    Stored(store).write([], [Change("opened", row, row.opened) for row in rows])
    page = inbox.alerts(store, limit=2)
    assert [judged.alert.value for judged in page] == ["v4", "v3"]
    assert [judged.alert.value for judged in inbox.alerts(store, before=page[-1].alert.id)] == ["v2", "v1", "v0"]
    assert [judged.alert.value for judged in inbox.alerts(store, value="v1", open_only=True)] == ["v1"]
    assert len(inbox.alerts(store, since=noon + timedelta(hours=3))) == 2
    judged = inbox.decide(store, page[0].alert.id, "acknowledged", "ann", now=noon)
    assert (judged.verdict, judged.by, judged.decided) == ("acknowledged", "ann", noon)
    with pytest.raises(InputError, match="acknowledged, false, got 'right'"):
        inbox.decide(store, page[0].alert.id, "right", "ann")
    with pytest.raises(InputError, match="expected the number of an alert, got 99"):
        inbox.decide(store, 99, "false", "ann")


def test_one_open_alert_of_a_target_at_most(store: Store, noon: datetime) -> None:
    alert = Alert("topic", "topic", "legal", noon, noon, 1, {"code": "surge"})
    later = replace(alert, opened=noon + TICK, updated=noon + TICK)
    book = Stored(store)
    assert len(book.write([], [Change("opened", alert, noon)])) == 1
    assert book.write([], [Change("opened", later, noon + TICK)]) == []
    with store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(NEWS_ALERT)).scalar() == 1
