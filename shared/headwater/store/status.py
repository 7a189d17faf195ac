"""What a store holds, in numbers."""

from dataclasses import dataclass

import sqlalchemy as sa

from headwater.store import schema
from headwater.store.database import Store
from headwater.store.tables import METADATA, OUTBOX

__all__ = ["Status", "status"]


@dataclass(frozen=True)
class Status:
    """`url` without its password, the schema's version, rows by table, messages by channel and state."""

    url: str
    schema: str | None
    rows: dict[str, int]
    outbox: dict[str, dict[str, int]]


def status(store: Store) -> Status:
    """Count, at one moment, all that a store holds."""
    states = (OUTBOX.c.channel, OUTBOX.c.state)
    with store.read() as connection:
        rows = {
            name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
            for name, table in sorted(METADATA.tables.items())
        }
        outbox: dict[str, dict[str, int]] = {}
        counted = sa.select(*states, sa.func.count()).group_by(*states).order_by(*states)
        for channel, state, count in connection.execute(counted):
            outbox.setdefault(channel, {"waiting": 0, "sent": 0, "dead": 0})[state] = count
        return Status(store.name, schema.version_of(connection), rows, outbox)
