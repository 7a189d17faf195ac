"""A store: one SQLite file by default, a PostgreSQL by URL, and the two kinds of transaction that both understand.

SQLite runs in WAL mode, where readers and the one writer do not wait for each other. A transaction says at its
beginning whether it will write: one that reads first and then wants to write would be refused at once ("database is
locked", without any waiting) where another has written in between. So `write` begins IMMEDIATE and waits its turn.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from headwater.errors import StoreError
from headwater.home import home
from headwater.secret import secret
from headwater.store import schema
from headwater.store.engines import engine_for

__all__ = ["Store", "insert_once", "open_store", "store_url"]


@dataclass(frozen=True)
class Store:
    """An open store; threads may share it. `name` is its URL without the password."""

    engine: sa.Engine
    name: str

    def write(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that may write, alone with the write lock on SQLite: committed at the end, or rolled back.

        Keep it short and send nothing from inside. Raises StoreError where the store cannot be written.
        """
        return self._transaction(headwater_writes=True)

    def read(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that sees one moment of the store and waits for nobody; a statement that writes is refused."""
        if self.engine.dialect.name == "postgresql":
            return self._transaction(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return self._transaction(headwater_writes=False)

    def close(self) -> None:
        """Close the connections; the next use would open new ones."""
        self.engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _transaction(self, **options: Any) -> Iterator[sa.Connection]:
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError):
            raise  # the caller's statement is at fault, and a traceback shows where
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as fault:
            raise StoreError(f"{self.name}: {_reason(fault)}") from fault


def store_url() -> str:
    """`HEADWATER_STORE` (or what stands in the file `HEADWATER_STORE_FILE`), or `store.sqlite` in Headwater's home."""
    return secret("HEADWATER_STORE") or str(home() / "store.sqlite")


def open_store(url: str | None = None, *, create: bool = True, wait: float = 30.0) -> Store:
    """Open a store and bring its tables up to date.

    `url` is a path or a SQLAlchemy URL (`sqlite:///...`, `postgresql://user:password@host/database`); left out, it is
    `store_url()`. A SQLite file that is not there is made, readable by its owner alone, unless `create` is False.
    `wait` is how many seconds a transaction waits for another's lock. Raises StoreError for a store that is out
    of reach, not a database, made by a newer Headwater, or not there.
    """
    engine, name = engine_for(url or store_url(), create, wait)
    store = Store(engine, name)
    try:
        _bring_up_to_date(store)
    except StoreError:
        store.close()
        raise
    return store


def _bring_up_to_date(store: Store) -> None:
    with store.read() as connection:  # mostly it is, and then nobody has to wait
        if schema.version_of(connection) == schema.latest():
            return
    with store.write() as connection:
        try:
            schema.upgrade(connection, store.name)
        except sa.exc.DBAPIError as fault:  # such as a foreign table in the place of ours
            why = _reason(fault)
            raise StoreError(f"{store.name}: cannot be brought to schema version {schema.latest()}: {why}") from fault


def insert_once(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row, or leave the one that stands there under the same unique key; return whether it was inserted.

    Of writers that come at once exactly one is told True.
    """
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[connection.dialect.name]
    # RETURNING, for the count of an INSERT's rows is not known on every driver.
    written = insert(table).values(**values).on_conflict_do_nothing().returning(sa.literal(1))
    return connection.execute(written).first() is not None


def _reason(fault: sa.exc.SQLAlchemyError) -> str:
    """A driver's first line, and what to do about it."""
    said = str(getattr(fault, "orig", None) or fault).strip().partition("\n")[0]
    advice = {
        "not a database": "this file is something else: name another",
        "malformed": "restore it from a copy",
        "locked": "another process has been writing for long: run again, or stop it",
        "readonly": "give this user the right to write the file and its folder",
        "read-only": "take write() for what writes, or a server that accepts writes",
        "unable to open": "expected a file in a folder that this user can write",
        "disk is full": "free some space; nothing was half written",
    }
    return next((f"{said} ({what})" for sign, what in advice.items() if sign in said), said)
