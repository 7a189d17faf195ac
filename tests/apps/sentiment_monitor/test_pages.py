"""The monitor as a desk uses it: a fresh store, a file that is given, a feed that is added, an alert judged and muted."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from headwater.store import Store, open_store
from headwater.store.tables import utc_now
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.book import Stored
from sentiment_monitor.alerts.rule import Alert, Change, Rule
from sentiment_monitor.records import News, Past
from sentiment_monitor.stories.index import Stories
from tests.apps.conftest import APPS, words
from tests.apps.sentiment_monitor.newsroom import NOON, fill

RULE = Rule("company", "company", chance=1e-4, least=3)
REASON = {"code": "surge", "sentiment": "negative", "stories": 14, "hours": 2, "expected": 3.1, "p": 6.65e-7}
WIDTH = 8  # of the vectors of a tiny bundle
NEWS = b'{"id": "1", "text": "oil rose in London"}\n{"id": "2", "text": "Acme Bank fell"}\nnonsense\n'


@pytest.fixture
def store(shelf: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """One's own news, none yet, and the models that read."""
    tiny(shelf / "sentences" / "bundle", "vector")
    monkeypatch.setattr("sentiment_monitor.stories.index.Stories", partial(Stories, dimension=WIDTH))
    with open_store() as opened:
        yield opened


def opened(view: str, language: str = "en", query: dict[str, str] | None = None, **kept: object) -> AppTest:
    """A page on one's own news; `kept`: what the session has chosen before."""
    page = AppTest.from_file(str(APPS / "sentiment_monitor/app.py"), default_timeout=120)
    chosen = {"language": language, "desk.person": "Ann", "desk.kept.news": "own"}
    for name, value in (chosen | {f"desk.kept.{name}": value for name, value in kept.items()}).items():
        page.session_state[name] = value
    return turned(page.run(), view, query)


def turned(page: AppTest, view: str, query: dict[str, str] | None = None) -> AppTest:
    """Another page of the same session."""
    page.switch_page(f"views/{view}.py")
    for name, value in (query or {}).items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def told(store: Store) -> int:
    """An alert that is open now."""
    moment = utc_now() - timedelta(hours=1)
    alert = Alert("company", "company", "siemens", moment, moment, 2, REASON, (1,))
    (written,) = Stored(store).write([RULE], [Change("opened", alert, moment)])
    return written.alert.id


def test_a_store_without_news_says_what_to_do_first(store: Store) -> None:
    page = opened("overview")
    for view in ("overview", "subject", "alerts", "unsure"):
        said = words(turned(page, view))
        assert "No news yet: add a source" in said, view
        assert "No alert is open" not in said  # calm is what nobody knows yet


def test_a_file_is_taken_in_and_read(store: Store) -> None:
    page = opened("sources")
    assert "No source is known yet" in words(page)
    page.file_uploader(key="newssources.file").set_value(("news.jsonl", NEWS, "application/json")).run()
    press(page, "newssources.take")
    assert [block.value for block in page.success] == ["New: 2; known already: 0; rejected: 1."]
    assert "The source is well" in words(page)
    assert News(store).backlog() == 0
    assert {item.text for item in Past(store).items()} == {"oil rose in London", "Acme Bank fell"}
    assert "No news yet" not in words(turned(page, "overview"))


def test_a_file_that_nobody_can_read_is_named_and_leaves_nothing(store: Store) -> None:
    page = opened("sources")
    page.file_uploader(key="newssources.file").set_value(("news.parquet", b"nonsense", "")).run()
    press(page, "newssources.take")
    assert "news\\.parquet cannot be read" in words(page)
    assert Past(store).items() == []


def test_a_feed_that_was_just_added_was_not_looked_at_yet(store: Store) -> None:
    page = opened("sources")
    page.text_input(key="newssources.name").set_value("ecb")
    page.text_input(key="newssources.address").set_value("https://example.com/rss")
    next(button for button in page.button if button.label == "Add").click().run()
    said = words(page)
    assert "1 of 1 sources was not looked at yet: ecb" in said
    assert "Not looked at yet" in said
    assert "Nobody looks at the feeds: run sentiment-monitor watch" in said
    assert "No news has come yet" in words(turned(page, "overview"))


def test_an_alert_is_judged_and_that_is_taken_back(store: Store) -> None:
    fill(store)
    page = opened("alerts", query={"alert": str(number := told(store))})
    assert "p = 7\u00a0×\u00a010⁻⁷" in words(page)
    press(page, "inbox.do.acknowledge")
    assert (inbox.alert(store, number).verdict, inbox.alert(store, number).by) == ("acknowledged", "Ann")
    assert "acknowledged by Ann" in words(page)
    press(page, "inbox.do.undo")
    assert inbox.alert(store, number).verdict is None
    press(page, "inbox.do.false")
    assert inbox.alert(store, number).verdict == "false"
    assert "marked false by Ann" in words(page)
    assert "Nothing stands out: no alert is open" in words(opened("alerts"))


def test_an_alert_is_muted_for_a_week_by_every_rule(store: Store) -> None:
    fill(store)
    page = opened("alerts", query={"alert": str(told(store))})
    page.radio(key="inbox.span").set_value("week")
    page.checkbox(key="inbox.every").set_value(True)
    press(page, "inbox.do.mute")
    (mute,) = inbox.mutes(store)
    assert (mute.dimension, mute.value, mute.rule, mute.by) == ("company", "siemens", None, "Ann")
    assert timedelta(days=6, hours=23) < mute.until - utc_now() <= timedelta(days=7)
    assert "(muted by Ann)" in words(page)
    assert "Nothing new stands out: what is open is muted" in words(opened("alerts"))
    press(page, "inbox.do.unmute")
    assert inbox.mutes(store) == []


def test_zone_and_range_hold_from_page_to_page(store: Store) -> None:
    fill(store)
    page = opened("subject", moment=NOON)
    page.segmented_control(key="desk.pick.span").set_value("week").run()
    next(box for box in page.selectbox if box.label == "Time zone").set_value("Asia/Tokyo").run()
    press(page, "desk.show")
    for view in ("alerts", "subject"):
        turned(page, view)
    assert "From 5 November 00:00 to 12 November 21:00." in words(page)
    assert page.segmented_control(key="desk.pick.span").value == "week"


def test_the_text_of_a_story_stands_once(store: Store) -> None:
    fill(store)
    said = words(opened("story", "zh", {"story": "1"}, moment=NOON))
    assert "2 个来源共报道 3 次" in said.partition("</h1>")[0]
    assert said.count("falls.") == 1 + said.count("UPDATE 1-")


def test_a_replay_says_which_days_it_only_learnt_from(store: Store) -> None:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    hours = [start + timedelta(hours=n) for n in range(0, 24 * 16, 3)]
    rows = [
        {"at": at.isoformat(), "seen": at.isoformat(), "dimension": "topic", "value": "credit", "sentiment": "negative", "story": n}
        for n, at in enumerate(hours)
    ]  # fmt: skip
    page = opened("replay")
    assert page.button(key="lab.run").disabled  # nothing of one's own to replay
    labels = "\n".join(json.dumps(row) for row in rows).encode()
    page.file_uploader(key="lab.upload").set_value(("labels.jsonl", labels, "")).run()
    press(page, "lab.run")
    said = words(page)
    assert "You chose 16 days: the first" in said
    assert "replayed. With the rules as they are saved" in said
