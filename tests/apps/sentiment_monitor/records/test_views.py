"""The benchmark's made store is one that the monitor could have written, and every question of it has an answer."""

import random
from collections import Counter

import pytest
import sqlalchemy as sa

from headwater.store.news import NEWS_COUNT, NEWS_ITEM, NEWS_LABEL, NEWS_STORY, hour_of
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.records import News, Past
from tests.benchmarks.monitor_store import END, fill
from tests.benchmarks.monitor_views import questions, rates


@pytest.fixture
def made(store):
    fill(store, 1500)
    return store


def rows(store, table: sa.Table) -> list:
    with store.read() as connection:
        return connection.execute(table.select().order_by(*table.primary_key)).all()


def test_its_counts_and_stories_are_those_of_its_labels_and_items(made) -> None:
    labels, items = rows(made, NEWS_LABEL), rows(made, NEWS_ITEM)
    told = Counter((r.dimension, r.value, hour_of(r.at), hour_of(r.seen), r.sentiment) for r in labels)
    counts = rows(made, NEWS_COUNT)
    assert told == Counter(
        {(*r[:4], name): getattr(r, name) for r in counts for name in SENTIMENTS if getattr(r, name)}
    )
    sizes = Counter(item.story for item in items)
    stories = rows(made, NEWS_STORY)
    assert {story.id: story.items for story in stories} == sizes and len(stories) > 500
    first = {item.story: item for item in reversed(items)}
    assert all(first[r.story].at == r.at and first[r.story].id == r.item for r in labels if r.dimension == "all")
    assert all(item.seen <= END for item in items)


def test_every_question_has_an_answer_and_rates_leave_nothing_waiting(made) -> None:
    asked = questions()
    assert len(asked) > 20
    for name, ask in asked.items():
        assert ask(Past(made), random.Random(1)) is not None, name
    assert rates(made, 300).keys() == {"arrive", "settle"}
    assert News(made).backlog() == 0
