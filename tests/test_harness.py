"""The harness itself: a real PostgreSQL, empty for every test, and a tiny bundle that predicts."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy

import headwater


def test_postgres_is_real_and_empty(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        assert connection.execute(sqlalchemy.text("SELECT version()")).scalar_one().startswith("PostgreSQL")
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(sqlalchemy.text(tables)).scalar_one() == 0
        connection.execute(sqlalchemy.text("CREATE TABLE left_behind (id integer)"))
    engine.dispose()


def test_the_next_test_finds_it_empty_again(postgres_url: str) -> None:
    test_postgres_is_real_and_empty(postgres_url)


def test_a_tiny_bundle_predicts(tiny: Callable, tmp_path: Path) -> None:
    folder = tiny(tmp_path / "tiny", "sentiment").folder
    assert folder.stat().st_size < 100_000
    (found,) = headwater.load(folder).predict(["Acme Bank beats"])
    assert found.label in ("negative", "neutral", "positive")
