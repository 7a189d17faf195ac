"""The news of a store, a clock, and a server of feeds."""

from collections.abc import Iterator

import pytest

from headwater.store import Store
from sentiment_monitor.records.news import News
from tests.apps.sentiment_monitor.intake.feedserver import FeedServer, serving
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def news(store: Store, clock: Clock) -> News:
    return News(store, clock)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving(FeedServer()) as running:
        yield running
