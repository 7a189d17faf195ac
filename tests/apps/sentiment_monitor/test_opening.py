"""One's own company table: everything that names companies opens it, and the sample keeps to its own."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from headwater.companies.table import COMPANIES, Companies, standing_table
from headwater.errors import DataError
from headwater.store import Store
from sentiment_monitor import desk, sample
from sentiment_monitor.commands.deliver import _company_names
from sentiment_monitor.commands.opening import assembled, opened_courier
from sentiment_monitor.commands.watch import _chores
from sentiment_monitor.records import News

TABLE = "id,name,aliases,ticker,exchange,country,sector\nmine,Mine Ltd,,MIN,XNYS,US,Financials\n"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "own.csv").write_text(TABLE, "utf-8")
    monkeypatch.setenv("HEADWATER_COMPANIES", str(tmp_path / "own.csv"))
    return tmp_path / "own.csv"


@pytest.fixture
def reads(tmp_path: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The companies that a pipeline links: `reads(store)`."""
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    tiny(tmp_path / "models" / "financial-news" / "bundle", "sentiment", "topics", "companies")
    tiny(tmp_path / "models" / "sentences" / "bundle", "vector")
    made: list[Companies] = []

    def reader(scorer: object, embedder: object, table: Companies) -> SimpleNamespace:
        made.append(table)
        return SimpleNamespace(bundle="b")

    monkeypatch.setattr("sentiment_monitor.reading.reader.Reader", reader)

    def linked(store: Store, **options: object) -> list[str]:
        assembled(News(store), **options)
        return [*made.pop()]

    return linked


def test_the_table_that_ships_or_ones_own(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert standing_table() == own
    monkeypatch.setenv("HEADWATER_COMPANIES", "")
    assert standing_table() == COMPANIES
    monkeypatch.setenv("HEADWATER_COMPANIES", "/nowhere/own.csv")
    with pytest.raises(DataError, match="/nowhere/own.csv"):
        Companies.open()


def test_the_verbs_and_the_page_that_read_take_it(own: Path, store: Store, reads: Callable) -> None:
    """`watch`, `replay FEED` and "read now" give no table unless one is named."""
    assert reads(store) == ["mine"]
    assert reads(store, companies=None, alerts=False) == ["mine"]
    assert "larkmoor-bank" in reads(store, companies=sample.COMPANIES)


def test_watch_delivers_only_where_there_are_channels(own: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A try without channels is a failed one: eight of them, and an alert that `deliver` should send is dead."""
    pipeline = SimpleNamespace(step=lambda: 0)
    monkeypatch.setattr("sentiment_monitor.commands.opening.opened_pipeline", lambda *_: pipeline)
    monkeypatch.delenv("HEADWATER_ALERT_CHANNELS", raising=False)
    watching = lambda: [chore.name for chore in _chores(News(store), "financial-news", None, None)]  # noqa: E731
    assert watching() == ["reading"]
    monkeypatch.setenv("HEADWATER_ALERT_CHANNEL_DESK", "json://127.0.0.1:9/")
    assert watching() == ["reading", "delivery"]


def test_the_couriers_and_the_pages_take_it(own: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _company_names() == opened_courier(store).names == {"mine": "Mine Ltd"}
    monkeypatch.setattr(desk, "_store", lambda url: store)
    assert [*desk._opened("overview.nav", "own")[1]] == ["mine"]
