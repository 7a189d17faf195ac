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
from headwater.store.tables import CONVERSATION, CORRECTION, METADATA, OUTBOX, utc_now

__all__ = ["Retention", "erase", "expire", "read_retention"]

TALK = ("handoff", "chat")  # channels whose messages say what is said in a conversation


@dataclass(frozen=True)
class Retention:
    """Days that things are kept: messages that were `sent` or given up as `dead`, and `corrections`; None: for ever.

    What waits to be sent is never too old. A key is forgotten with its message: keep `sent` longer than an event
    may come again, or it is sent again. `conversations` go, with their turns and hand-overs, so many days after the
    last word in them, and what is still to be sent of them goes too. `states` is how long the bot remembers what was
    under way in one that nobody goes on with: only there stand values as they were said, not masked.
    """

    sent: float | None = 30
    dead: float | None = 90
    corrections: float | None = 730
    conversations: float | None = 365
    states: float | None = 7


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
    moment, gone = now(), dict[str, int]()
    rules: dict[str, tuple[Any, sa.ColumnElement[bool]]] = {
        "sent": (OUTBOX.delete(), _finished("sent", moment, retention.sent)),
        "dead": (OUTBOX.delete(), _finished("dead", moment, retention.dead)),
        "corrections": (CORRECTION.delete(), _before(CORRECTION.c.created, moment, retention.corrections)),
        "conversations": (CONVERSATION.delete(), _before(CONVERSATION.c.updated, moment, retention.conversations)),
        "states": (CONVERSATION.update().values(state=None), _idle(moment, retention.states)),
    }
    with store.write() as connection:
        gone |= {name: connection.execute(what.where(which)).rowcount for name, (what, which) in rules.items()}
        unsent = _before(OUTBOX.c.created, moment, retention.conversations)
        connection.execute(OUTBOX.delete().where(OUTBOX.c.channel.in_(TALK), unsent))
    scrub(store.engine, store.name, METADATA.tables)
    return gone


def _before(column: sa.Column[Any], moment: datetime, days: float | None) -> sa.ColumnElement[bool]:
    return sa.false() if days is None else column < moment - timedelta(days=days)


def _finished(state: str, moment: datetime, days: float | None) -> sa.ColumnElement[bool]:
    return sa.and_(OUTBOX.c.state == state, _before(OUTBOX.c.finished, moment, days))


def _idle(moment: datetime, days: float | None) -> sa.ColumnElement[bool]:
    return sa.and_(CONVERSATION.c.state.is_not(None), _before(CONVERSATION.c.updated, moment, days))


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
