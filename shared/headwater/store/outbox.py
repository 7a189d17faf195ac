"""What is to be sent: written in the transaction of the rows it is about, delivered afterwards, at least once.

`put` writes a message down; `deliver`, in this process or any other, hands it to its channel. A process that dies
after sending and before it could say so leaves a message that is sent again when its lease ends, so the receiver gets
the key along and should know a message by it. A channel that fails is tried again, ever later, and at last the message
is dead: kept, with its error, until someone revives it.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store.cleaning import clean_values, mask_text
from headwater.store.database import Store, insert_once
from headwater.store.subjects import subject_hash
from headwater.store.tables import OUTBOX, utc_now

__all__ = ["STATES", "Delivered", "Message", "deliver", "messages", "put", "retry_after", "revive"]

STATES = ("waiting", "sent", "dead")
ERROR_LENGTH = 500  # characters kept of what a channel said
FIRST, LONGEST = 10.0, 3600.0  # seconds until the second attempt, and at most between any two


@dataclass(frozen=True)
class Message:
    """A row of the outbox; (channel, key) is its identity, `attempts` counts the one that is under way too."""

    id: int
    channel: str
    key: str
    payload: Any
    created: datetime
    due: datetime
    attempts: int
    state: str
    last_error: str | None
    finished: datetime | None


@dataclass(frozen=True)
class Delivered:
    """What a call of `deliver` did: messages sent, attempts that failed and will be made again, messages given up."""

    sent: int = 0
    failed: int = 0
    dead: int = 0


COLUMNS = [OUTBOX.c[field.name] for field in fields(Message)]


def put(
    connection: sa.Connection,
    channel: str,
    key: str,
    payload: Any,
    *,
    due: datetime | None = None,
    subject: str | None = None,
    masked: bool = True,
    now: Callable[[], datetime] = utc_now,
) -> bool:
    """Write a message down in the caller's transaction; False, and nothing written, where (channel, key) stands.

    The key names the event ("rule 7, story 4411") and never a person. `payload` is any JSON value; personal data in its
    texts is masked. A hand-over may need the customer's address: `masked=False` keeps it, and then `subject` must
    say whom it is about, so that erasure finds it. Raises InputError for what cannot be written.
    """
    for name, value, longest in (("channel", channel, 64), ("key", key, 255)):
        if not value or len(value) > longest:
            raise InputError(f"outbox: expected a {name} of 1 to {longest} characters, got {len(value)}")
    if not masked and subject is None:
        raise InputError("outbox: expected a subject for a payload that is not masked: erasure must find it")
    moment = now()
    row = {
        "channel": channel, "key": key, "payload": _checked(clean_values(payload, masked)), "subject": subject_hash(connection, subject),
        "created": moment, "due": due or moment, "attempts": 0, "state": "waiting",
    }  # fmt: skip
    return insert_once(connection, OUTBOX, row)


def _checked(payload: Any) -> Any:
    try:
        json.dumps(payload, allow_nan=False)
    except (TypeError, ValueError) as fault:
        raise InputError(f"outbox: expected a payload of JSON values: {fault}") from fault
    return payload


def deliver(
    store: Store,
    send: Mapping[str, Callable[[Message], None]],
    *,
    limit: int = 100,
    attempts: int = 8,
    lease: float = 60.0,
    now: Callable[[], datetime] = utc_now,
) -> Delivered:
    """Hand up to `limit` due messages to their channels, one after the other, outside any transaction.

    `send` holds the channels that this process serves; a channel that raises anything has failed. `lease` is how many
    seconds a message is this process's alone, and must be more than one sending takes. After `attempts` tries a
    message is dead; one whose sender died each time before it could say how it went, too. Several processes
    may deliver at once.
    """
    counts = {"sent": 0, "waiting": 0, "dead": 0}
    for _ in range(limit):
        message = _claim(store, tuple(send), lease, now())
        if message is None:
            break
        state, error = "sent", None
        if message.attempts > attempts:
            state, error = "dead", message.last_error or f"its sender stopped {attempts} times before it was done"
        else:
            try:
                send[message.channel](message)
            except Exception as fault:  # noqa: BLE001 - whatever a channel raises is its failure
                state = "dead" if message.attempts == attempts else "waiting"
                error = f"{type(fault).__name__}: {fault}"
        _mark(store, message, state, error, now())
        counts[state] += 1
    return Delivered(sent=counts["sent"], failed=counts["waiting"], dead=counts["dead"])


def retry_after(message: Message) -> timedelta:
    """How long after a failed attempt the next is due: 10 s doubling up to an hour, less up to half of it.

    The part taken off depends on key and attempt alone, so messages that failed together do not come back together.
    """
    full = min(FIRST * 2.0 ** min(message.attempts - 1, 20), LONGEST)  # 20 doublings are past any longest wait
    share = zlib.crc32(f"{message.channel}\0{message.key}\0{message.attempts}".encode()) / 2**32
    return timedelta(seconds=full * (1 - share / 2))


def _claim(store: Store, channels: tuple[str, ...], lease: float, moment: datetime) -> Message | None:
    """Lease the message that has been due longest. On PostgreSQL rows that another claims now are passed over."""
    free = sa.or_(OUTBOX.c.leased_until.is_(None), OUTBOX.c.leased_until <= moment)
    ready = sa.and_(OUTBOX.c.state == "waiting", OUTBOX.c.due <= moment, free, OUTBOX.c.channel.in_(channels))
    first = sa.select(OUTBOX.c.id).where(ready).order_by(OUTBOX.c.due, OUTBOX.c.id).limit(1)
    with store.write() as connection:
        found = connection.execute(first.with_for_update(skip_locked=True)).scalar()
        if found is None:
            return None
        leased = {"leased_until": moment + timedelta(seconds=lease), "attempts": OUTBOX.c.attempts + 1}
        connection.execute(OUTBOX.update().where(OUTBOX.c.id == found).values(leased))
        return Message(*connection.execute(sa.select(*COLUMNS).where(OUTBOX.c.id == found)).one())


def _mark(store: Store, message: Message, state: str, error: str | None, moment: datetime) -> None:
    """Write down how an attempt went.

    What was sent is sent, whoever holds it now; a failure counts only where nobody has claimed the message since.
    """
    mine = sa.and_(OUTBOX.c.id == message.id, OUTBOX.c.state == "waiting")
    if state != "sent":
        mine = sa.and_(mine, OUTBOX.c.attempts == message.attempts)
    values: dict[str, Any] = {"state": state, "leased_until": None}
    values |= {"due": moment + retry_after(message)} if state == "waiting" else {"finished": moment}
    if error is not None:
        values["last_error"] = mask_text(error)[0][:ERROR_LENGTH]  # a channel may quote what it was given
    with store.write() as connection:
        connection.execute(OUTBOX.update().where(mine).values(values))


def messages(store: Store, state: str | None = None, channel: str | None = None) -> list[Message]:
    """The messages of the outbox, oldest first: waiting, sent or dead ones, of one channel, or all."""
    chosen = sa.select(*COLUMNS).where(*_of(state, channel)).order_by(OUTBOX.c.id)
    with store.read() as connection:
        return [Message(*row) for row in connection.execute(chosen)]


def revive(
    store: Store,
    ids: Iterable[int] | None = None,
    channel: str | None = None,
    now: Callable[[], datetime] = utc_now,
) -> int:
    """Make dead messages due at once, with all their attempts before them; return how many.

    Those with these ids, of this channel, or all.
    """
    chosen = _of("dead", channel)
    if ids is not None:
        chosen.append(OUTBOX.c.id.in_(list(ids)))
    fresh = {"state": "waiting", "attempts": 0, "due": now(), "finished": None}
    with store.write() as connection:
        return connection.execute(OUTBOX.update().where(*chosen).values(fresh)).rowcount


def _of(state: str | None, channel: str | None) -> list[sa.ColumnElement[bool]]:
    states = [] if state is None else [OUTBOX.c.state == state]
    return states if channel is None else [*states, OUTBOX.c.channel == channel]
