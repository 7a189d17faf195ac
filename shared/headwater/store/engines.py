"""A URL -> an engine whose transactions, time-outs and file rights are those that a store needs."""

import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from headwater.errors import StoreError

__all__ = ["engine_for", "scrub"]

CONNECT_SECONDS = 10  # for a server that does not answer


def engine_for(url: str, create: bool, wait: float) -> tuple[sa.Engine, str]:
    """The engine, and its URL without the password. Raises StoreError for a URL that names no store of ours."""
    parsed = _parsed(url)
    name = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() == "sqlite":
        _prepare_file(parsed, name, create)
        options: dict[str, Any] = {"connect_args": {"timeout": wait}}
    else:
        options = {"connect_args": {"connect_timeout": CONNECT_SECONDS}, "pool_pre_ping": True}
    try:
        # hide_parameters: an error's message goes to logs, and parameters are people's texts.
        engine = sa.create_engine(parsed, hide_parameters=True, **options)
    except ModuleNotFoundError as fault:
        raise StoreError(
            f"{name}: a PostgreSQL store needs headwater[postgres] (no module {fault.name!r} here): "
            "pip install 'headwater[postgres]'"
        ) from fault
    if parsed.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _connected)
        sa.event.listen(engine, "begin", _begun)
        _keep_a_log(engine, name, wait)
    return engine, name


def _parsed(url: str) -> sa.URL:
    if "://" not in url:
        return sa.URL.create("sqlite", database=str(Path(url).expanduser()))
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as fault:  # ValueError: of a port that is no number
        raise StoreError(
            "expected a path, sqlite:///FILE or postgresql://..., got a URL that cannot be read"
        ) from fault
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    name = parsed.render_as_string(hide_password=True)
    raise StoreError(f"expected a path, sqlite:///FILE or postgresql://..., got {name}")


def _prepare_file(url: sa.URL, name: str, create: bool) -> None:
    """Make a fresh file that only its owner can read; SQLite gives the files beside it the same rights."""
    if url.query.get("uri"):  # file:...?mode=ro: whoever says it so knows what is there
        return
    file = Path(str(url.database))
    if not create and not file.is_file():
        raise StoreError(
            f"{name}: expected a store, found none: name another, or make it with `headwater store upgrade`"
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as fault:
        raise StoreError(f"{name}: cannot be made ({fault.strerror}): name a file that this user can write") from fault


def _connected(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # the driver begins no transactions: _begun does
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")  # in WAL safe against crashes; power loss may cost the last commits
    connection.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten


def _begun(connection: sa.Connection) -> None:
    """Begin as SQLAlchemy's manual has it for this driver, and as the transaction was announced."""
    writes = connection.get_execution_options().get("headwater_writes", True)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _keep_a_log(engine: sa.Engine, name: str, wait: float) -> None:
    """Turn a fresh file to WAL, which it then stays in.

    SQLite does not wait for a lock here, as it does elsewhere: of processes that open a fresh file at once, all but
    one would be told that it is locked.
    """
    end = time.monotonic() + wait
    while True:
        try:
            mode = _pragma(engine, "journal_mode")
            if mode == "wal" or _pragma(engine, "journal_mode=WAL") == "wal":
                return
            raise StoreError(f"{name}: SQLite cannot keep a write-ahead log here: take a folder on a local disk")
        except sqlite3.OperationalError as fault:
            if "locked" not in str(fault) or time.monotonic() > end:
                engine.dispose()
                raise StoreError(f"{name}: {fault}: expected a file that this user can write") from fault
            time.sleep(0.02)
        except (sqlite3.DatabaseError, sa.exc.DatabaseError) as fault:
            engine.dispose()
            raise StoreError(f"{name}: {fault}: name another file, or restore it from a copy") from fault


def _pragma(engine: sa.Engine, pragma: str) -> Any:
    """Run a pragma outside any transaction: in one, these would be refused."""
    raw = engine.raw_connection()
    try:
        return raw.cursor().execute(f"PRAGMA {pragma}").fetchone()[0]
    finally:
        raw.close()


def scrub(engine: sa.Engine, name: str, tables: Iterable[str]) -> None:
    """Leave nothing of deleted rows: SQLite's log is emptied into the file, PostgreSQL's tables are vacuumed.

    PostgreSQL's own log, its replicas and backups are for whoever runs it. Raises StoreError where a reader still
    holds an older moment of a SQLite file, and so its log.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM {', '.join(tables)}")
    elif _pragma(engine, "wal_checkpoint(TRUNCATE)"):
        raise StoreError(
            f"{name}: the rows are deleted, but a reader keeps the log of before open: stop it and run this again"
        )
