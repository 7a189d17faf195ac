"""The index with the store behind it: what it says lands there, and an index built anew from it goes on alike."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from headwater.store import open_store
from sentiment_monitor.news import Arrived, Reading, Waiting
from sentiment_monitor.pipeline import Pipeline
from sentiment_monitor.records import News, Past
from sentiment_monitor.stories import Stories
from tests.apps.sentiment_monitor.records.conftest import reading
from tests.apps.sentiment_monitor.stories.test_index import feed, vectors_of  # noqa: F401 - a fixture
from tests.store.conftest import Clock


class Models:
    def read(self, items: Sequence[Waiting]) -> list[Reading]:
        return [Reading(skipped="language es") if "crecimiento" in item.text else reading() for item in items]

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        return vectors_of(list(texts))


def stored(path: Path, items: Sequence[Waiting], batch: int, anew: bool) -> list[tuple]:
    """(title, story, relation) as the store holds them after all was placed."""
    clock = Clock()
    with open_store(str(path)) as store:
        news = News(store, clock)
        every = [Arrived(str(item.id), item.title, item.text, item.source, item.seen, item.at) for item in items]
        news.arrive(news.feed("sample", "events"), every)
        pipeline = Pipeline(news, Models(), Stories, batch=batch)
        while pipeline.step():
            if anew:
                clock.forward(seconds=news.seconds + 1)  # the lease runs out: whoever comes next builds its own index
                pipeline = Pipeline(News(store, clock), Models(), Stories, batch=batch)
        return sorted((item.title, item.story, item.relation) for item in Past(store).items(limit=1000))


@pytest.mark.parametrize(("batch", "anew"), [(64, False), (23, True)])
def test_batches_and_restarts_leave_the_same_stories_in_the_store(feed, tmp_path, batch, anew):  # noqa: F811
    items = feed[0][150:250]
    whole = stored(tmp_path / "whole.sqlite", items, 256, False)
    assert stored(tmp_path / "parts.sqlite", items, batch, anew) == whole
    assert len(whole) == len(items)
    assert {relation for _, _, relation in whole} >= {None, "first", "copy", "update"}
