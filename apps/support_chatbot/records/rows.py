"""What the store's rows of a conversation are read into."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store.tables import CONVERSATION, HANDOFF, TURN

__all__ = [
    "SHOWN",
    "TURN_COLUMNS",
    "Closed",
    "Conflict",
    "Conversation",
    "Origin",
    "Stored",
    "Turn",
    "UnknownConversation",
    "conversation_of",
    "found",
    "turns_of",
]


class UnknownConversation(InputError):
    """A conversation that the store does not hold, or no longer."""


class Conflict(InputError):
    """Somebody else was first: another turn was written, or another agent has the conversation."""


class Closed(InputError):
    """A conversation in which nothing more is said."""


@dataclass(frozen=True)
class Origin:
    """Which model answers in a conversation, and by which content and policy (their digest)."""

    bundle: str = ""
    version: str = ""
    digest: str = ""
    policy: str = ""


@dataclass(frozen=True)
class Turn:
    """One thing that was said, masked. `number` counts from 1 within the conversation; `who` is an agent.

    A customer's turn has the intent that was understood and its probability; a bot's its `reply` as JSON, the outcome,
    the kinds of its parts, milliseconds and thumbs (1, -1 or None).
    """

    number: int
    speaker: str
    text: str
    created: datetime
    who: str | None = None
    reply: Mapping[str, Any] | None = None
    outcome: str | None = None
    kinds: str | None = None
    intent: str | None = None
    probability: float | None = None
    milliseconds: float | None = None
    thumbs: int | None = None


@dataclass(frozen=True)
class Conversation:
    """A conversation as the desk lists it; `reason` to `waiting_since` are those of its latest hand-over, if any."""

    key: str
    channel: str
    language: str
    known: bool
    origin: Origin
    turns: int
    status: str
    taken_by: str | None
    created: datetime
    updated: datetime
    reason: str | None = None
    summary: str | None = None
    slots: Mapping[str, str] | None = None
    wait: str | None = None
    handoff: str | None = None
    waiting_since: datetime | None = None


@dataclass(frozen=True)
class Stored:
    """What became of a customer's message: its number, the bot's turn (None: a person has the conversation), and
    where it stands. `repeated`: it had been written before, and nothing was changed.
    """

    key: str
    number: int
    bot: Turn | None
    status: str
    repeated: bool = False


TURN_COLUMNS = [TURN.c[field.name] for field in fields(Turn)]
LATEST = sa.select(sa.func.max(HANDOFF.c.id)).where(HANDOFF.c.conversation == CONVERSATION.c.id).correlate(CONVERSATION)
HANDED = HANDOFF.c.id == LATEST.scalar_subquery()
COLUMNS = [
    *(CONVERSATION.c[name] for name in ("key", "channel", "language", "known", "turns", "status", "taken_by")),
    CONVERSATION.c.created, CONVERSATION.c.updated, CONVERSATION.c.bundle, CONVERSATION.c.bundle_version,
    CONVERSATION.c.bundle_digest, CONVERSATION.c.policy_digest, HANDOFF.c.reason, HANDOFF.c.summary, HANDOFF.c.slots,
    HANDOFF.c.wait, HANDOFF.c.state.label("handoff"), HANDOFF.c.created.label("waiting_since"),
]  # fmt: skip
BY_KEY = sa.select(CONVERSATION).where(CONVERSATION.c.key == sa.bindparam("given"))
LOCKED = BY_KEY.with_for_update()
# Every conversation with its latest hand-over.
SHOWN = sa.select(*COLUMNS).select_from(CONVERSATION.outerjoin(HANDOFF, HANDED))


def conversation_of(row: sa.Row[Any]) -> Conversation:
    """A row of `SHOWN`."""
    values = dict(row._mapping)
    names = ("bundle", "bundle_version", "bundle_digest", "policy_digest")
    return Conversation(origin=Origin(*(values.pop(name) for name in names)), **values)


def found(connection: sa.Connection, key: str, lock: bool = True) -> sa.Row[Any]:
    """The row of a conversation, locked for a transaction that writes: whoever comes second waits.

    Raises UnknownConversation.
    """
    row = connection.execute(LOCKED if lock else BY_KEY, {"given": key}).one_or_none()
    if row is None:
        raise UnknownConversation(f"expected the key of a conversation, got {key[:80]!r}: it never was, or was erased")
    return row


def turns_of(connection: sa.Connection, conversation: int) -> list[Turn]:
    """All turns, in their order."""
    chosen = sa.select(*TURN_COLUMNS).where(TURN.c.conversation == conversation).order_by(TURN.c.number)
    return [Turn(**row._mapping) for row in connection.execute(chosen)]
