"""One worker at a time: a row of the table `setting` that says who, and until when."""

import json
from datetime import datetime, timedelta

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store.database import insert_once
from headwater.store.news import EPOCH
from headwater.store.tables import SETTING

__all__ = ["WorkerBusy", "hold", "release"]

NAME = "news.worker"
MINE = SETTING.c.name == NAME
LOCKED = sa.select(SETTING.c.value).where(MINE).with_for_update()
MOVED = SETTING.update().where(MINE).values(value=sa.bindparam("given"))


class WorkerBusy(InputError):
    """Another worker reads the items of this store."""


def hold(connection: sa.Connection, who: str, now: datetime, seconds: float) -> bool:
    """Take the lease or renew it, for so many seconds; return whether it is new, so that others may have written.

    The row stays locked to the end of the transaction: of two workers the second waits, and is told. One that was taken
    further ahead than a lease lasts was taken by a clock that has been set back since: it holds nobody up. Raises WorkerBusy.
    """
    free = {"name": NAME, "value": json.dumps({"who": "", "until": EPOCH.isoformat()})}
    held = connection.execute(LOCKED).scalar()
    if held is None:
        insert_once(connection, SETTING, free)
        held = connection.execute(LOCKED).scalar_one()
    lease = json.loads(held)
    since, length = datetime.fromisoformat(lease.get("since", EPOCH.isoformat())), timedelta(seconds=seconds)
    if lease["who"] != who and datetime.fromisoformat(lease["until"]) > now and since <= now + length:
        raise WorkerBusy(
            f"another worker ({lease['who']}) reads the items of this store until {lease['until']}: stop it, or wait"
        )
    taken = {"who": who, "since": now.isoformat(), "until": (now + length).isoformat()}
    connection.execute(MOVED, {"given": json.dumps(taken)})
    return bool(lease["who"] != who)


def release(connection: sa.Connection, who: str) -> None:
    """Give the lease back, if it is this worker's."""
    held = connection.execute(LOCKED).scalar()
    if held is not None and json.loads(held)["who"] == who:
        connection.execute(SETTING.delete().where(MINE))
