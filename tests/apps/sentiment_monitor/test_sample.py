"""The shipped feed as a store: made once, made anew when what it is made of changes, never half made."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from headwater.companies.table import Companies
from sentiment_monitor import sample
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.rules import read_rules, write_rules
from sentiment_monitor.news import SENTIMENTS, Mention, Reading, Waiting
from sentiment_monitor.pipeline import Pipeline
from sentiment_monitor.records import Past
from sentiment_monitor.stories.index import Stories

START, END = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC)


class Models:
    """Everything on Larkmoor Bank is negative, all else neutral; each text is a story of its own."""

    bundle = "stand-in"

    def read(self, items: Sequence[Waiting]) -> list[Reading]:
        return [self._reading(item) for item in items]

    def _reading(self, item: Waiting) -> Reading:
        place = item.text.find("Larkmoor")
        label = "neutral" if place < 0 else "negative"
        named = (Mention(place, place + 8, "Larkmoor", label, 0.9, "larkmoor-bank", 1.0),) if place >= 0 else ()
        chances = dict.fromkeys(SENTIMENTS[:3], 0.05) | {label: 0.9}
        return Reading(label, chances, topics=(("credit", 0.9),), mentions=named, language="en")

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        drawn = np.random.default_rng(13).normal(size=(len(texts), 384)).astype(np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture
def made(tmp_path: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Stand-ins for the models, in a home of its own; grows by one with each sample that is made."""
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    tiny(tmp_path / "models" / "financial-news" / "bundle", "sentiment")
    tiny(tmp_path / "models" / "sentences" / "bundle", "vector")
    calls: list[object] = []

    def assembled(news, companies: Path, alerts: bool) -> Pipeline:
        assert companies == sample.COMPANIES
        assert not alerts
        calls.append(news)
        return Pipeline(news, Models(), Stories, bundle="stand-in")

    monkeypatch.setattr("sentiment_monitor.commands.opening.assembled", assembled)
    return calls


def test_every_item_was_seen_when_it_was_published_and_none_waits(made: list[object]) -> None:
    stages: list[tuple[str, float]] = []
    with sample.sample_store(lambda *stage: stages.append(stage)) as store:
        rows = [json.loads(line) for line in sample.FEED.read_text(encoding="utf-8").splitlines()]
        items = Past(store).items(limit=1000)
        assert len(items) == len(rows) == 300
        assert sorted(item.seen for item in items) == [datetime.fromisoformat(row["published"]) for row in rows]
        assert all(item.scored and item.story and item.timing == "given" for item in items)
    assert [done for _, done in stages] == sorted(done for _, done in stages)
    assert {stage for stage, _ in stages} == {"models", "reading", "alerts"}


def test_the_surge_is_found_within_the_hour_and_ends(made: list[object]) -> None:
    with sample.sample_store() as store:
        judged = [one.alert for one in inbox.alerts(store) if one.alert.dimension == "company"]
    assert [alert.value for alert in judged] == ["larkmoor-bank"]
    # The third negative story of the day stands in the feed at 08:31.
    assert datetime(2026, 11, 11, 8, 31, tzinfo=UTC) < judged[0].opened < datetime(2026, 11, 11, 9, 31, tzinfo=UTC)
    assert judged[0].closed is not None
    assert len(judged[0].led) >= 3


def test_it_is_made_once_and_anew_for_other_rules(made: list[object], tmp_path: Path) -> None:
    for _ in range(2):
        sample.sample_store().close()
    assert len(made) == 1
    first = sample.sample_file()
    rules = [replace(rule, least=200) for rule in read_rules(sample.sample_rules())]
    write_rules(tmp_path / "home" / "sample-news-rules.toml", rules)
    with sample.sample_store() as store:
        assert inbox.alerts(store) == []
    assert len(made) == 2
    assert sample.sample_file() != first
    assert not first.exists()


def test_a_sample_that_cannot_be_finished_leaves_nothing(made: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment_monitor.sample._tell", lambda store: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sample.sample_store()
    assert not [path for path in sample.sample_file().parent.iterdir() if path.name.startswith(sample.STEM)]


def test_each_company_of_its_table_stands_in_the_feed() -> None:
    table = Companies.open(sample.COMPANIES)
    texts = [json.loads(line)["text"] for line in sample.FEED.read_text(encoding="utf-8").splitlines()]
    found = {place.company for text in texts for place in table.link(text, ()).missed}
    assert found == set(table)
    assert len(table) >= 60
