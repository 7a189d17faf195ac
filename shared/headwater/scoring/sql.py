"""Finished shards -> a table of any database that SQLAlchemy speaks to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from headwater.errors import InputError, ScoringError
from headwater.scoring.outputs import as_text, columns, flatten, read_shard
from headwater.scoring.scorer import Field

__all__ = ["SqlTable"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
WAIT = 30.0  # seconds for another writer of a SQLite file
TYPES = {"int": sa.BigInteger, "text": sa.Text, "float": sa.Double, "bool": sa.Boolean, "json": sa.Text}


class SqlTable:
    """The table that `<SQLAlchemy URL>#<table>` names; its key is (run, row), so no row stands in it twice.

    `run` names input, bundles and parameters by their digest: the same run again replaces its own rows and no
    others. `shown` is the target without its password. Raises InputError for a URL that names no table.
    """

    def __init__(self, target: str) -> None:
        url, _, self.name = target.partition("#")
        if not NAME.fullmatch(self.name):
            raise InputError(
                f"expected a database URL with a table, such as sqlite:///scores.db#headlines, got {target.partition('@')[2] or target!r}"
            )
        try:
            parsed = sa.make_url(url)
            waits = {"timeout": WAIT} if parsed.get_backend_name() == "sqlite" else {}
            self.engine = sa.create_engine(parsed, connect_args=waits)
        except (SQLAlchemyError, ImportError) as fault:
            raise InputError(f"this database URL cannot be used: {fault}") from fault
        self.shown = f"{parsed.render_as_string(hide_password=True)}#{self.name}"

    def prepare(self, fields: Sequence[Field]) -> None:
        """Connect and create the table, before any text is scored. Raises ScoringError where it has other columns."""
        self.kinds = columns(fields)
        self.table = sa.Table(
            self.name,
            sa.MetaData(),
            sa.Column("run", sa.String(32), primary_key=True),
            sa.Column("row", sa.BigInteger, primary_key=True, autoincrement=False),
            *(sa.Column(name, TYPES[kind]) for name, kind in self.kinds.items() if name != "row"),
        )
        with self._said():
            self.table.create(self.engine, checkfirst=True)
            there = {column["name"] for column in sa.inspect(self.engine).get_columns(self.name)}
        missing = [column.name for column in self.table.columns if column.name not in there]
        if missing:
            raise ScoringError(f"{self.shown} has no column {', '.join(missing)}: name another table, or drop this one")

    def write(self, run: str, shards: Iterable[tuple[Path, int, int]], fields: Sequence[Field]) -> int:
        """Write shards (file, first row, last row), each in a transaction; return how many rows of the run stand there."""
        names = ["run", *self.kinds]
        mine = self.table.c.run == run
        for shard, first, last in shards:
            rows = [
                dict(zip(names, [run, *as_text(flatten(row, fields), self.kinds)], strict=True))
                for row in read_shard(shard)
            ]
            with self._said(), self.engine.begin() as connection:
                # Delete first: a run that was killed here begins the writing again.
                connection.execute(self.table.delete().where(mine, self.table.c.row.between(first, last)))
                if rows:
                    connection.execute(self.table.insert(), rows)
        with self._said(), self.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(self.table).where(mine)).scalar_one())

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as fault:
            reason = str(getattr(fault, "orig", None) or fault).splitlines()[0]
            raise ScoringError(
                f"{self.shown}: the database refused: {reason}; put it right and run again to go on"
            ) from fault
