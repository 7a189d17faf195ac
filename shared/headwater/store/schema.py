"""The schema of an open database: which version it has, and how it gets the one that this code reads.

The versions are Alembic's, in `migrations/versions/`, without an alembic.ini: everything is said here. A new table is
a new file there and its twin in `tables.py`; the tests hold the two against each other on both databases.
"""

import threading
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from headwater.errors import StoreError

__all__ = ["VERSION_TABLE", "configuration", "latest", "upgrade", "version_of"]

FOLDER = Path(__file__).with_name("migrations")
VERSION_TABLE = "headwater_version"  # not Alembic's own name: the database may be home to another program too
LOCK = 0x48656164  # of PostgreSQL's advisory locks, which are numbers: "Head"
_one_at_a_time = threading.Lock()  # Alembic's context is one for the whole process


def version_of(connection: sa.Connection) -> str | None:
    """The schema version of a database; None where it has none of our tables."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    """All versions that this code knows, newest first."""
    scripts = ScriptDirectory.from_config(configuration())
    return tuple(script.revision for script in scripts.walk_revisions())


def latest() -> str:
    """The version that this code reads and writes."""
    return _known()[0]


def upgrade(connection: sa.Connection, name: str) -> str | None:
    """Bring the database up to date inside the caller's write transaction; return the version it had.

    Whoever comes second waits and finds it done: SQLite's write transaction is a lock already, PostgreSQL gets one.
    Raises StoreError, with `name`, for a schema that a newer Headwater made.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    with _one_at_a_time:
        found = version_of(connection)
        if found == latest():
            return found
        if found is not None and found not in _known():
            raise StoreError(
                f"{name}: expected a schema up to version {latest()}, got version {found}, which a newer Headwater "
                "made: install that one, or name another store"
            )
        command.upgrade(configuration(connection), "head")
        return found


def configuration(connection: sa.Connection | None = None) -> Config:
    """What Alembic's commands take; they work inside the transaction of `connection`."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))  # % has a meaning in an ini file
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
