"""A store with its news, a clock, and a server of feeds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.store import Store, open_store
from sentiment_monitor.records.news import News
from tests.apps.sentiment_monitor.intake.feedserver import FeedServer, serving
from tests.store.conftest import Clock


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "store.sqlite") if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


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
