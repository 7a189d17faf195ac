"""Opening, and the two kinds of transaction: nothing is lost, nobody waits without need, every refusal is a sentence."""

import sqlite3
import stat
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from headwater.errors import StoreError
from headwater.home import home
from headwater.store import Store, insert_once, open_store, schema, store_url
from headwater.store.tables import OUTBOX, SETTING

WRITER = """
import sys
from headwater.store import open_store
from headwater.store.tables import SETTING

url, name, rows = sys.argv[1:]
with open_store(url) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for row in range(int(rows)):
        with store.write() as connection:
            connection.execute(SETTING.insert().values(name=f"{name}-{row}", value="x"))
"""


def count(store: Store, prefix: str = "") -> int:
    chosen = sa.select(sa.func.count()).select_from(SETTING).where(SETTING.c.name.startswith(prefix))
    with store.read() as connection:
        return connection.execute(chosen).scalar_one()


def put(store: Store, name: str) -> None:
    with store.write() as connection:
        connection.execute(SETTING.insert().values(name=name, value="x"))


def test_four_processes_that_make_the_store_and_write_lose_nothing(url: str, spawn: Callable) -> None:
    writers = [spawn(WRITER, url, f"row-{number}", 250) for number in range(4)]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 4, writers[0].stderr.read()
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert writer.returncode == 0, said
    with open_store(url) as store:
        assert count(store, "row-") == 1000
        assert count(store, "row-2-") == 250


def test_a_transaction_is_whole_or_not_at_all(store: Store) -> None:
    def half() -> None:
        with store.write() as connection:
            connection.execute(SETTING.insert().values(name="row-1", value="x"))
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        half()
    assert count(store, "row-") == 0


def test_who_reads_and_then_writes_waits_for_its_turn(store: Store) -> None:
    """A deferred transaction would be refused here at once: another has written since it read."""

    def add(_: int) -> None:
        with store.write() as connection:
            value = connection.execute(sa.select(SETTING.c.value).where(SETTING.c.name == "sum").with_for_update())
            connection.execute(
                SETTING.update().where(SETTING.c.name == "sum").values(value=str(int(value.scalar_one()) + 1))
            )

    with store.write() as connection:
        connection.execute(SETTING.insert().values(name="sum", value="0"))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(80)))
    with store.read() as connection:
        assert connection.execute(sa.select(SETTING.c.value).where(SETTING.c.name == "sum")).scalar_one() == "80"


def test_a_reader_sees_one_moment_and_neither_waits_nor_is_waited_for(store: Store) -> None:
    before = count(store)
    with store.write() as writing:
        writing.execute(SETTING.insert().values(name="row-1", value="x"))
        assert count(store) == before  # while the writer is at it
    with store.read() as reading:
        chosen = sa.select(sa.func.count()).select_from(SETTING)
        assert reading.execute(chosen).scalar_one() == before + 1
        put(store, "row-2")  # while the reader is at it
        assert reading.execute(chosen).scalar_one() == before + 1
    assert count(store) == before + 2


def test_a_reader_does_not_write_and_the_next_writer_does(store: Store) -> None:
    with pytest.raises(StoreError, match="read-?only"), store.read() as connection:
        connection.execute(SETTING.insert().values(name="row-1", value="x"))
    put(store, "row-2")
    assert count(store, "row-") == 1


def test_of_a_thousand_rows_with_one_key_one_is_written(store: Store) -> None:
    def insert(number: int) -> bool:
        with store.write() as connection:
            return insert_once(connection, SETTING, {"name": "event", "value": str(number)})

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(insert, range(1000))) == 1
    assert count(store, "event") == 1


def test_moments_come_back_as_they_went_in_whatever_their_zone(store: Store) -> None:
    tokyo = datetime(2026, 1, 1, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=9)))
    row = {"channel": "a", "payload": None, "attempts": 0, "state": "waiting"}
    with store.write() as connection:
        connection.execute(OUTBOX.insert().values(key="1", created=tokyo, due=tokyo, **row))
        found = connection.execute(sa.select(OUTBOX.c.due, OUTBOX.c.finished)).one()
        assert found.due == tokyo and found.due.tzinfo is UTC and found.finished is None
        earlier = OUTBOX.c.due < datetime(2025, 12, 31, 18, 4, 6, tzinfo=UTC)
        assert connection.execute(sa.select(OUTBOX.c.key).where(earlier)).scalars().all() == ["1"]
    with pytest.raises(sa.exc.StatementError, match="with its zone"), store.write() as connection:
        connection.execute(OUTBOX.insert().values(key="2", created=datetime(2026, 1, 1), due=tokyo, **row))


def test_an_error_shows_no_row(store: Store) -> None:
    put(store, "row-1")
    with pytest.raises(sa.exc.IntegrityError) as refused, store.write() as connection:
        connection.execute(SETTING.insert().values(name="row-1", value="the customer's words"))
    assert "hidden" in str(refused.value)
    assert "the customer's words" not in str(refused.value)


def test_a_newer_schema_is_refused_and_left_alone(url: str) -> None:
    with open_store(url) as store, store.write() as connection:
        connection.execute(sa.text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"got version 9999, which a newer Headwater made: install that one"):
        open_store(url)


def test_a_foreign_table_in_the_place_of_ours_is_one_sentence(url: str) -> None:
    with open_store(url) as store, store.write() as connection:
        connection.execute(sa.text("ALTER TABLE correction RENAME TO kept"))
        connection.execute(sa.text(f"DELETE FROM {schema.VERSION_TABLE}"))
    with pytest.raises(StoreError, match=r"cannot be brought to schema version \d+: .*already exists"):
        open_store(url)
    engine = store.engine
    with engine.connect() as connection:
        assert "correction" not in sa.inspect(connection).get_table_names(), "half of an upgrade stands"
    engine.dispose()


# What only a file, or only a server, can do wrong.


def test_the_default_is_a_file_in_the_home_and_the_environment_names_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert store_url() == str(home() / "store.sqlite")
    monkeypatch.setenv("HEADWATER_STORE", "sqlite:///other.db")
    assert store_url() == "sqlite:///other.db"


def test_a_fresh_file_is_its_owner_s_alone_and_in_wal(tmp_path: Path) -> None:
    file = tmp_path / "a" / "new" / "store.sqlite"
    with open_store(str(file)) as store:
        put(store, "row-1")
        for path in file.parent.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        with store.read() as connection:
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            ]
        assert settings == ["wal", 1, 1, 1]


def test_a_store_that_is_not_there_is_not_made_where_nobody_asked(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected a store, found none"):
        open_store(str(tmp_path / "no" / "store.sqlite"), create=False)
    assert not (tmp_path / "no").exists()


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes " * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(str(tmp_path / "notes.txt"))
    assert (tmp_path / "notes.txt").read_text().startswith("these are notes")
    with pytest.raises(StoreError, match=r"unable to open|cannot be made"):
        open_store(str(tmp_path))


def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    with open_store(str(file)) as store:
        put(store, "row-1")
    with open_store(f"sqlite:///file:{file}?mode=ro&uri=true") as store:
        assert count(store, "row-") == 1
        with pytest.raises(StoreError, match="readonly database"):
            put(store, "row-2")


def test_a_lock_that_does_not_end_is_one_sentence(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.sqlite"), wait=0.1) as store:
        other = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            put(store, "row-1")
        other.close()
        put(store, "row-1")


@pytest.mark.parametrize(
    "given", ["sqlite://", "mysql://me:secret@db/x", "postgresql://me:secret@localhost:nonsense/x"]
)
def test_urls_that_name_no_store(given: str) -> None:
    with pytest.raises(StoreError, match="expected a path, sqlite:///FILE or postgresql://") as refused:
        open_store(given)
    assert "secret" not in str(refused.value)


def test_a_server_that_is_not_there() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match="postgresql.psycopg://me:...@127.0.0.1:9/x: ") as refused:
        open_store("postgresql://me:secret@127.0.0.1:9/x")
    assert "secret" not in str(refused.value)


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'headwater\[postgres\]'"):
        open_store("postgresql://me@localhost/x")


def test_a_fresh_file_that_another_is_just_making_is_waited_for(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked"):
        open_store(str(tmp_path / "store.sqlite"), wait=0.1)
    threading.Timer(0.5, other.close).start()
    with open_store(str(tmp_path / "store.sqlite"), wait=30) as store:
        assert count(store) == 1


def test_threads_may_open_fresh_stores_at_once(tmp_path: Path) -> None:
    begin = threading.Barrier(4)

    def work(number: int) -> int:
        begin.wait()
        with open_store(str(tmp_path / f"store-{number % 2}.sqlite")) as store:
            return count(store)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(4))) == [1] * 4
