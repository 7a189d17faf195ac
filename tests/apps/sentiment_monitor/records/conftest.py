"""A store on each database, and news by the handful: items whose reading and story are told beforehand."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from headwater.store import Store, open_store
from headwater.store.tables import METADATA
from sentiment_monitor.news import SENTIMENTS, Arrived, Mention, Placed, Reading, Waiting
from sentiment_monitor.records import News
from tests.store.conftest import Clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPICS = ("earnings", "legal", "macro")
COMPANIES = ("acme", "birch", None)


def arrived(key: str, seen: datetime = NOON, published: datetime | None = None, source: str = "Wire") -> Arrived:
    return Arrived(key, f"title {key}", f"title {key}: text", source, seen, published)


def reading(sentiment: str = "negative", topics: Sequence[str] = (), unsure: bool = False, mentions=()) -> Reading:
    rest = [name for name in SENTIMENTS[:3] if name != sentiment]
    chances = {sentiment: 0.8, rest[0]: 0.15, rest[1]: 0.05}
    return Reading(sentiment, chances, unsure, tuple((name, 0.9) for name in topics), tuple(mentions), "en")


def mention(company: str | None, polarity: str, probability: float = 0.9) -> Mention:
    return Mention(0, 5, "title", polarity, probability, company, 0.5)


def vector(number: int) -> np.ndarray:
    drawn = np.random.default_rng(number).normal(size=8).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def drawn_feed(count: int, seed: int = 0, hours: float = 80.0) -> list[Arrived]:
    """Items in the order in which they were seen: most published a little before, some long before, some ahead, some undated."""
    draw = random.Random(seed)
    seen = sorted(NOON + timedelta(hours=draw.uniform(0, hours)) for _ in range(count))
    lags = (timedelta(minutes=3), timedelta(minutes=90), timedelta(hours=30), -timedelta(hours=2), None)
    return [
        arrived(
            f"{n}", at, None if (lag := draw.choice(lags)) is None else at - lag * draw.random(), draw.choice("ABC")
        )
        for n, at in enumerate(seen)
    ]


def drawn_reading(item: Waiting) -> Reading:
    """What is said of an item, by its title alone: whoever reads it says the same."""
    draw = random.Random(item.title)
    if draw.random() < 0.05:
        return Reading(skipped="language de", language="de")
    said = [
        mention(draw.choice(COMPANIES), draw.choice(SENTIMENTS[:3]), draw.random())
        for _ in range(draw.choice((0, 1, 1, 2, 3)))
    ]
    topics = draw.sample(TOPICS, draw.choice((0, 1, 1, 2)))
    return reading(draw.choice(SENTIMENTS[:3]), topics, draw.random() < 0.1, said)


def placed(item: Waiting, told: Reading, story: int | None = None) -> Placed:
    return Placed(item, told, "first" if story is None else "same", story, vector(item.id))


def settle_all(news: News, batch: int = 32, joins: float = 0.4) -> int:
    """Read and settle what waits; each item joins the story of an earlier one, or begins one, by its title alone."""
    done = 0
    while waiting := news.waiting(batch):
        open_stories = sorted(one.id for one in news.open_stories(NOON - timedelta(days=9)))
        batch_of: list[Placed] = []
        for item in waiting:
            told, draw = drawn_reading(item), random.Random("story " + item.title)
            chosen: int | None = None
            if told.skipped is None and draw.random() < joins:
                begun = [-i - 1 for i, one in enumerate(batch_of) if one.story is None and one.reading.skipped is None]
                known = open_stories + begun
                # Counted from the newest, so that the size of the batches changes nothing.
                chosen = known[-1 - draw.randrange(min(5, len(known)))] if known else None
            batch_of.append(placed(item, told, chosen))
        news.settle(batch_of, "digest")
        done += len(batch_of)
    return done


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def _opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all tests of a file: to make one takes longer than to empty one."""
    if request.param == "sqlite":
        url = str(tmp_path_factory.mktemp("news") / "store.sqlite")
    else:
        server, name = request.getfixturevalue("_postgres"), f"news_{request.node.name.partition('.')[0]}"
        with sa.create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def store(_opened: Store) -> Iterator[Store]:
    yield _opened
    with _opened.write() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def news(store: Store, clock: Clock) -> News:
    return News(store, clock)
