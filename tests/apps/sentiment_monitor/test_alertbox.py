"""The inbox as it stood at a moment: nothing of an alert that was only learnt later, shelves, mutes, the window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store, open_store
from headwater.store.news import NEWS_ALERT_STEP
from sentiment_monitor import alertbox, rulework, sourcework
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.rule import Alert, Change, Rule
from sentiment_monitor.alerts.rules import DEFAULT, read_rules

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = Rule("company", "company", chance=1e-4, least=3)
REASON = {"code": "surge", "sentiment": "negative", "stories": 14, "hours": 2, "expected": 3.1, "p": 1e-6}


@pytest.fixture
def store(tmp_path: Path):
    with open_store(str(tmp_path / "news.sqlite")) as opened:
        yield opened


def told(store: Store, value: str, opened: datetime, updated: datetime, closed: datetime | None = None) -> int:
    alert = Alert("company", "company", value, opened, opened, 1, REASON, (1, 2))
    book = Stored(store)
    number = book.write([RULE], [Change("opened", alert, opened)])[0].alert.id
    later = replace(alert, id=number, updated=updated, severity=3, closed=closed)
    book.write([RULE], [Change("closed" if closed else "raised", later, closed or updated)])
    return number


def test_an_alert_of_the_past_tells_nothing_of_what_came_later(store: Store) -> None:
    told(store, "acme", NOON, NOON + 3 * HOUR, NOON + 5 * HOUR)
    assert alertbox.shown(store, NOON - HOUR) == []
    (then,) = alertbox.shown(store, NOON + HOUR)
    assert (then.open, then.severity, then.reason, then.led) == (True, 1, REASON, (1, 2))
    (now,) = alertbox.shown(store, NOON + 6 * HOUR)
    assert (now.open, now.severity, now.reason["stories"]) == (False, 3, 14)


def test_an_alert_is_shown_as_it_was_at_each_of_its_ticks(store: Store) -> None:
    book, alert = Stored(store), Alert("company", "company", "acme", NOON, NOON, 1, REASON, (1, 2))
    number = book.write([RULE], [Change("opened", alert, NOON)])[0].alert.id
    worse, led = REASON | {"stories": 20, "p": 1e-9}, (1, 2, 3)
    for kind, hours, severity, reason in (("held", 1, 1, REASON), ("held", 2, 1, worse), ("raised", 3, 2, worse), ("held", 4, 2, worse)):  # fmt: skip
        at = NOON + hours * HOUR
        after = replace(alert, id=number, updated=at, severity=severity, reason=reason, led=led)
        book.write([RULE], [Change(kind, after, at)])
    seen = [alertbox.shown(store, NOON + hours * HOUR)[0] for hours in (0, 1, 2, 3, 4)]
    assert [(row.severity, row.reason["stories"], len(row.led)) for row in seen] == [
        (1, 14, 2), (1, 14, 2), (1, 20, 3), (2, 20, 3), (2, 20, 3),
    ]  # fmt: skip
    with store.read() as connection:
        assert len(connection.execute(sa.select(NEWS_ALERT_STEP)).all()) == 3, "what only holds is not written again"


def test_what_was_not_kept_then_is_not_told_from_what_came_later(store: Store) -> None:
    told(store, "acme", NOON, NOON + 3 * HOUR)
    with store.write() as connection:
        connection.execute(NEWS_ALERT_STEP.delete())  # as of an alert from before they were kept
    (then,) = alertbox.shown(store, NOON + HOUR)
    assert (then.open, then.severity, then.reason, then.led) == (True, 1, {}, ())


def test_shelves_part_the_alerts(store: Store) -> None:
    names = ("ended", "open", "false", "muted")
    numbers = {name: told(store, name, NOON, NOON + HOUR, NOON + HOUR if name == "ended" else None) for name in names}
    inbox.decide(store, numbers["false"], "false", "ann")
    inbox.mute(store, "company", "muted", NOON + 9 * HOUR, "ann", now=NOON)
    rows, mutes = alertbox.shown(store, NOON + 2 * HOUR), inbox.mutes(store, NOON + 2 * HOUR)
    for shelf in alertbox.SHELVES:
        assert [row.alert.value for row in alertbox.on_shelf(rows, shelf, mutes)] == [shelf]
    other = replace(rows[0].alert, value="muted", rule="another")
    assert alertbox.muted_by(other, mutes) is not None
    assert alertbox.muted_by(other, [replace(mutes[0], rule="company")]) is None


def test_two_false_ones_make_a_target_stricter(store: Store) -> None:
    for at in (NOON, NOON + 100 * HOUR):
        number = told(store, "acme", at, at + HOUR, at + 2 * HOUR)
        inbox.decide(store, number, "false", "ann", at + 3 * HOUR)
    (one, _) = alertbox.shown(store, NOON + 120 * HOUR)
    assert alertbox.chance_of(store, RULE, one.alert, NOON + 120 * HOUR) < RULE.chance


def test_needed_is_where_the_chance_is_first_small_enough() -> None:
    assert alertbox.needed(replace(RULE, chance=1e-3, least=1), lambda n: 2.0**-n) == 10  # 2**-10 < 1e-3 < 2**-9
    assert alertbox.needed(replace(RULE, chance=1e-3, least=20), lambda n: 2.0**-n) == 20


def test_rules_are_edited_checked_and_saved_with_their_comments(tmp_path: Path) -> None:
    place, rules = tmp_path / "home" / "rules.toml", read_rules(DEFAULT)
    tried = rulework.edited(rules, "topic", {"least": 9, "values": ("legal",)})
    rulework.saved(DEFAULT, place, tried)
    assert read_rules(place) == tried
    with pytest.raises(InputError, match="a slash"):
        rulework.saved(DEFAULT, tmp_path / "other.toml", [Rule("a/b", "topic")])
    assert not (tmp_path / "other.toml").exists(), "what is refused leaves no copy of the rules that stood before"
    assert tried[0].least == 9
    assert tried[1] == rules[1]
    assert "# hours; the one that chance explains least speaks" in place.read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)windows: expected .*chance: expected"):
        rulework.edited(rules, "topic", {"chance": 7.0, "windows": ()})
    before = place.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="expected TOML"):
        rulework.saved_text(place, "[[rule")
    assert place.read_text(encoding="utf-8") == before
    assert [path.name for path in place.parent.iterdir()] == ["rules.toml"]


def test_sources_are_added_taken_in_and_judged(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"
    file.write_text('{"id": "1", "text": "Acme fell"}\n{"id": "1", "text": "Acme fell"}\nnonsense\n', encoding="utf-8")
    took = sourcework.take_file(store, file, "news.jsonl")
    assert (took.new, took.known, took.rejected) == (1, 1, 1)
    assert sourcework.take_file(store, file, "news.jsonl").new == 0
    assert sourcework.worker(store, NOON).waiting == 1
    assert not sourcework.worker(store, NOON).active
    with pytest.raises(InputError):
        sourcework.take_file(store, tmp_path / "none.jsonl", "none.jsonl")
    with pytest.raises(InputError, match="http or https"):
        sourcework.add_feed(store, "bad", "ftp://example.com/a")
    sourcework.add_feed(store, "ecb", "https://example.com/rss", "10m")
    from sentiment_monitor.records import Past

    health = {one.feed.name: one for one in Past(store).feeds_health()}
    assert sorted(health) == ["ecb", "news.jsonl"], "what could not be read has made no source"
    due = health["ecb"].feed.due
    assert sourcework.state_of(health["ecb"], due) == "new"
    looked = replace(health["ecb"], feed=replace(health["ecb"].feed, tried=due, succeeded=due))
    assert sourcework.state_of(looked, due) == "well"
    assert sourcework.state_of(health["ecb"], due + HOUR) == "overdue"
    failing = replace(health["ecb"], feed=replace(health["ecb"].feed, failures=2))
    assert sourcework.state_of(failing, due) == "failing"
    assert sourcework.worst([health["news.jsonl"], failing], due)[0] is failing
