"""How long things are kept, and how all that is held of a person goes."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store.database import Store
from headwater.store.engines import scrub
from headwater.store.subjects import subject_hash
from headwater.store.tables import CORRECTION, METADATA, OUTBOX, utc_now

__all__ = ["Retention", "erase", "expire", "read_retention"]


@dataclass(frozen=True)
class Retention:
    """Days that things are kept: messages that were `sent` or given up as `dead`, and `corrections`; None: for ever.

    What waits to be sent is never too old. A key is forgotten with its message: keep `sent` longer than an event
    may come again, or it is sent again.
    """

    sent: float | None = 30
    dead: float | None = 90
    corrections: float | None = 730


def read_retention(file: str | Path) -> Retention:
    """The table [retention] of a TOML file; `sent = false` keeps for ever. Raises InputError for what it cannot be."""
    try:
        table = tomllib.loads(Path(file).read_text(encoding="utf-8")).get("retention")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise InputError(f"{file}: expected a TOML file with a table [retention]: {fault}") from fault
    if not isinstance(table, dict):
        raise InputError(f"{file}: expected a table [retention], found none")
    known = [field.name for field in fields(Retention)]
    for name, days in table.items():
        if name not in known:
            raise InputError(f"{file}: [retention] {name}: expected one of {', '.join(known)}")
        if days is not False and (
            isinstance(days, bool) or not isinstance(days, int | float) or not 0 <= days <= 36500
        ):
            raise InputError(f"{file}: [retention] {name}: expected days, or false for ever, got {days!r}")
    return Retention(**{name: None if days is False else days for name, days in table.items()})


def expire(store: Store, retention: Retention, now: Callable[[], datetime] = utc_now) -> dict[str, int]:
    """Delete what is older than its days; return how many rows of each kind went."""
    moment, gone = now(), {}
    rules: dict[str, tuple[sa.Table, sa.Column[Any], list[Any]]] = {
        "sent": (OUTBOX, OUTBOX.c.finished, [OUTBOX.c.state == "sent"]),
        "dead": (OUTBOX, OUTBOX.c.finished, [OUTBOX.c.state == "dead"]),
        "corrections": (CORRECTION, CORRECTION.c.created, []),
    }
    with store.write() as connection:
        for name, (table, since, which) in rules.items():
            days = getattr(retention, name)
            old = [] if days is None else [since < moment - timedelta(days=days), *which]
            gone[name] = connection.execute(table.delete().where(*old)).rowcount if old else 0
    scrub(store.engine, store.name, METADATA.tables)
    return gone


def erase(store: Store, subject: str) -> dict[str, int]:
    """Delete every row about a subject, in every table that has some; return how many by table.

    On SQLite nothing of them is left in the bytes of the file or its log; of PostgreSQL see `headwater.store.engines`.
    Raises StoreError where they are deleted and a reader keeps the log open: the same call again ends it.
    """
    gone = {}
    with store.write() as connection:
        hashed = subject_hash(connection, subject)
        for table in reversed(METADATA.sorted_tables):  # rows that point at others before those
            if "subject" in table.c:
                gone[table.name] = connection.execute(table.delete().where(table.c.subject == hashed)).rowcount
    scrub(store.engine, store.name, METADATA.tables)
    return dict(sorted(gone.items()))
