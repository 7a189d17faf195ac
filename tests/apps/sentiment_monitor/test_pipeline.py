"""The live path with stand-ins for the models and the index: what it gives them, and what it does when they fail."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from headwater.errors import InputError
from headwater.store import open_store
from sentiment_monitor.news import OpenStory, Reading, Waiting
from sentiment_monitor.pipeline import Pipeline
from sentiment_monitor.records import News, Past, WorkerBusy
from tests.apps.sentiment_monitor.records.conftest import NOON, arrived, reading
from tests.store.conftest import Clock

MINUTE = timedelta(minutes=1)


class Models:
    """Reads everything as negative, "de" not at all; refuses "bad"."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def read(self, items: Sequence[Waiting]) -> list[Reading]:
        self.calls.append(len(items))
        if any("bad" in item.title for item in items):
            raise InputError("a text that nobody can read")
        return [Reading(skipped="language de") if "de" in item.title else reading() for item in items]

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([[float(len(text)), 1.0] for text in texts], np.float32)


class Words:
    """An index of stories by the last letter of the title."""

    window = timedelta(days=7)
    made: list["Words"] = []  # noqa: RUF012 - emptied by each test

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.loaded: list[OpenStory] = []
        self.made.append(self)

    def load(self, open_stories) -> None:
        self.loaded = list(open_stories)
        self.known = {story.titles[0][-1]: story.id for story in self.loaded}

    def place(self, items: Sequence[Waiting], vectors: np.ndarray) -> list:
        assert len(items) == len(vectors)
        self.waits = [item.title[-1] for item in items]
        begun: dict[str, int] = {}
        placed = []
        for place, letter in enumerate(self.waits):
            if letter in self.known:
                placed.append(("same", self.known[letter]))
            elif letter in begun:
                placed.append(("copy", -begun[letter] - 1))
            else:
                begun[letter] = place
                placed.append(("first", None))
        return placed

    def settled(self, ids: Sequence[int]) -> None:
        self.known |= dict(zip(self.waits, ids, strict=True))


class Rules:
    def __init__(self) -> None:
        self.ticks: list = []

    def tick(self, now, past: Past) -> list:
        self.ticks.append((now, past.as_of, len(past.items())))
        return []


@pytest.fixture
def clock() -> Clock:
    Words.made.clear()
    return Clock()


@pytest.fixture
def news(tmp_path: Path, clock: Clock):
    with open_store(str(tmp_path / "store.sqlite")) as store:
        yield News(store, clock)


def give(news: News, *titles: str, seen=NOON) -> None:
    news.arrive(news.feed("a", "events"), [arrived(title, seen) for title in titles])


def stories(news: News) -> dict[str, int | None]:
    return {item.title.removeprefix("title "): item.story for item in Past(news.store).items()}


def test_what_waits_is_read_placed_and_settled(news) -> None:
    give(news, "1a", "de", "2b", "3a", "4b", "5c")
    pipeline = Pipeline(news, Models(), Words, bundle="digest", batch=4)
    seen: list[int] = []
    assert pipeline.run_waiting(seen.append) == 6 and seen == [4, 6]
    found = stories(news)
    assert found["1a"] == found["3a"] and found["2b"] == found["4b"] != found["1a"] and found["de"] is None
    assert {item.relation for item in Past(news.store).items()} == {"first", "copy", "same", None}
    assert pipeline.step() == 0 and len(Words.made) == 1


def test_a_text_that_is_refused_is_left_out_and_no_other(news) -> None:
    give(news, "1a", "2bad", "3a")
    models = Models()
    assert Pipeline(news, models, Words).run_waiting() == 3
    assert models.calls == [3, 1, 1, 1]
    skipped = {item.title: item.skipped for item in Past(news.store).items()}
    assert skipped == {"title 1a": None, "title 2bad": "refused: a text that nobody can read", "title 3a": None}


def test_another_pipeline_goes_on_from_the_store(news, clock) -> None:
    give(news, "1a", "2b")
    Pipeline(news, Models(), Words).run_waiting()
    give(news, "3a")
    other = News(news.store, clock)
    with pytest.raises(WorkerBusy):
        Pipeline(other, Models(), Words).step()
    clock.forward(seconds=news.seconds)
    assert Pipeline(other, Models(), Words).step() == 1
    assert len(Words.made[-1].loaded) == 2
    found = stories(news)
    assert found["3a"] == found["1a"]


def test_a_batch_that_cannot_be_settled_waits_and_the_index_is_built_anew(news, monkeypatch) -> None:
    pipeline = Pipeline(news, Models(), Words)
    give(news, "1a")
    pipeline.step()
    give(news, "2b")
    with monkeypatch.context() as patch:
        patch.setattr(news, "settle", lambda batch, bundle: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pipeline.step()
    assert news.backlog() == 1 and pipeline.step() == 1
    assert [len(made.loaded) for made in Words.made] == [0, 1]


def test_the_alerts_of_every_tick_once_all_that_was_seen_up_to_it_is_settled(news, clock) -> None:
    rules = Rules()
    pipeline = Pipeline(news, Models(), Words, rules, batch=1)
    clock.forward(minutes=2)
    give(news, "1a", "2b")
    give(news, "3c", seen=NOON + 6 * MINUTE)
    pipeline.step()
    assert rules.ticks == [], "one that was seen at noon waits still"
    pipeline.step()
    pipeline.step()
    assert rules.ticks == [(NOON, NOON, 2)]
    clock.forward(minutes=9)
    for _ in range(3):
        pipeline.step()
    assert [tick[0] for tick in rules.ticks] == [NOON, NOON + 5 * MINUTE, NOON + 10 * MINUTE]
    assert rules.ticks[-1][1:] == (NOON + 10 * MINUTE, 3)
    clock.forward(days=3)
    Pipeline(news, Models(), Words, rules).step()
    assert rules.ticks[-1][0] == NOON + timedelta(days=2, minutes=10), "a day is made up for"


def test_a_lease_that_was_another_s_meanwhile_means_a_new_index(news, clock) -> None:
    mine, rules = Pipeline(news, Models(), Words, Rules()), Rules()
    give(news, "1a")
    mine.step()
    clock.forward(minutes=5)
    other = News(news.store, clock)
    give(news, "2b")
    Pipeline(other, Models(), Words, rules).step()
    clock.forward(minutes=10)
    mine.step()  # a tick alone
    give(news, "3b")
    mine.step()
    found = stories(news)
    assert found["3b"] == found["2b"]
