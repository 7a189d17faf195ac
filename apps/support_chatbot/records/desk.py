"""The operators' desk: who waits, taking over, writing as a person, closing, and putting an intent right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.cleaning import clean_text
from headwater.store.corrections import Correction, record_in
from headwater.store.subjects import Hashed
from headwater.store.tables import CONVERSATION, HANDOFF, TURN
from support_chatbot.records.conversations import Conversations, add_turn, move_on
from support_chatbot.records.masking import masked_words
from support_chatbot.records.rows import (
    SHOWN,
    Closed,
    Conflict,
    Conversation,
    Turn,
    conversation_of,
    found,
    turns_of,
)
from support_chatbot.turn import State, plain

__all__ = ["Desk", "Page"]

MOST = 500  # of a page


@dataclass(frozen=True)
class Page:
    """Some of the conversations that were asked for, and how many there are."""

    conversations: tuple[Conversation, ...]
    total: int


class Desk:
    """What agents do; `who` is the agent's name or id, in 1 to 255 characters."""

    def __init__(self, conversations: Conversations) -> None:
        self.conversations = conversations
        self.store: Store = conversations.store

    def page(
        self,
        *,
        handoff: str | None = None,
        status: str | None = None,
        channel: str | None = None,
        language: str | None = None,
        reason: str | None = None,
        taken_by: str | None = None,
        since: datetime | None = None,
        words: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> Page:
        """Conversations that fit: those that wait for a person first, the longest waiting before all; then the latest.

        `handoff` is waiting, taken or closed; `status` open, handed_over or closed; `since` the last word in them;
        `words` stand in some turn, whatever their case.
        """
        if not (1 <= limit <= MOST and offset >= 0):
            raise InputError(f"expected a page of 1 to {MOST} and an offset from 0, got {limit} and {offset}")
        equal = {HANDOFF.c.state: handoff, CONVERSATION.c.status: status, CONVERSATION.c.channel: channel,
                 CONVERSATION.c.language: language, HANDOFF.c.reason: reason, CONVERSATION.c.taken_by: taken_by}  # fmt: skip
        which: list[sa.ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
        if since is not None:
            which.append(CONVERSATION.c.updated >= since)
        if words:
            said = sa.select(TURN.c.id).where(TURN.c.conversation == CONVERSATION.c.id)
            which.append(said.where(TURN.c.text.icontains(words, autoescape=True)).exists())
        chosen = SHOWN.where(*which)
        waits = HANDOFF.c.state == "waiting"
        order = (
            sa.case((waits, 0), else_=1),
            sa.case((waits, HANDOFF.c.created)).asc(),
            CONVERSATION.c.updated.desc(),
            CONVERSATION.c.id,
        )
        with self.store.read() as connection:
            total = connection.execute(sa.select(sa.func.count()).select_from(chosen.subquery())).scalar_one()
            rows = connection.execute(chosen.order_by(*order).limit(limit).offset(offset))
            return Page(tuple(map(conversation_of, rows)), total)

    def queue(self, limit: int = 50, offset: int = 0) -> Page:
        """Who waits for a person, the longest waiting first."""
        return self.page(handoff="waiting", limit=limit, offset=offset)

    def take(self, key: str, who: str) -> Conversation:
        """Take a conversation over, handed over or not; from here on the bot is silent in it.

        Of agents who come at once one has it, and the others are told by whom it was taken (Conflict). Raises
        UnknownConversation, Closed.
        """
        who, moment = _named(who), self.conversations.now()
        with self.store.write() as connection:
            row = found(connection, key)
            if row.status == "closed":
                raise Closed(f"conversation {key} is closed: nothing is to be taken over")
            if row.taken_by not in (None, who):
                raise Conflict(f"conversation {key} was taken over by {row.taken_by}")
            if row.taken_by is None:
                taken = {"state": "taken", "by": who, "taken": moment}
                mine = sa.and_(HANDOFF.c.conversation == row.id, HANDOFF.c.state == "waiting")
                if not connection.execute(HANDOFF.update().where(mine).values(taken)).rowcount:
                    blank = {"reason": "agent", "summary": "", "slots": {}, "wait": ""}
                    about = {"conversation": row.id, "subject": row.subject, "created": moment}
                    connection.execute(HANDOFF.insert().values(about | blank | taken))
                move_on(connection, row, row.updated, 0, status="handed_over", taken_by=who, state=None)
            return conversation_of(connection.execute(SHOWN.where(CONVERSATION.c.key == key)).one())

    def answer(self, key: str, who: str, text: str) -> Turn:
        """Write to the customer as a person. Raises InputError, and Conflict for who has not taken it over."""
        who, moment = _named(who), self.conversations.now()
        if not text.strip():
            raise InputError("expected a message, got an empty one")
        with self.store.write() as connection:
            row = self._held(connection, key, who)
            turn = add_turn(
                connection, row, moment, 1, speaker="agent", who=who, text=masked_words(text, moment.date())
            )
            move_on(connection, row, moment, 1)
            return turn

    def close(self, key: str, who: str) -> None:
        """End a conversation that `who` has; nothing is said in it any more."""
        with self.store.write() as connection:
            row = self._held(connection, key, _named(who))
            ended = {"state": "closed", "closed": self.conversations.now()}
            mine = sa.and_(HANDOFF.c.conversation == row.id, HANDOFF.c.state != "closed")
            connection.execute(HANDOFF.update().where(mine).values(ended))
            move_on(connection, row, row.updated, 0, status="closed", state=None)

    def give_back(self, key: str, who: str) -> None:
        """Let the bot answer again in a conversation that `who` has; it begins anew and remembers nothing under way."""
        with self.store.write() as connection:
            row = self._held(connection, key, _named(who))
            ended = {"state": "closed", "closed": self.conversations.now()}
            mine = sa.and_(HANDOFF.c.conversation == row.id, HANDOFF.c.state != "closed")
            connection.execute(HANDOFF.update().where(mine).values(ended))
            state = plain(State(turns=row.turns // 2))
            move_on(connection, row, row.updated, 0, status="open", taken_by=None, state=state)

    def correct(
        self,
        key: str,
        number: int,
        right: str,
        who: str,
        *,
        head: str = "intent",
        labels: Sequence[str] | None = None,
    ) -> Correction:
        """Put the intent of a customer's turn right, or of the one that the bot's turn of this number answers.

        It becomes a correction of the conversation's bundle, about the same subject, for training to take. `labels`
        are those of the head. Raises InputError for a turn without an answer of the bundle, and for an unknown label.
        """
        who = _named(who)
        with self.store.write() as connection:
            row = found(connection, key)
            turns = {turn.number: turn for turn in turns_of(connection, row.id)}
            turn = turns.get(number)
            if turn is not None and turn.speaker == "bot":
                turn = turns.get(number - 1)
            if turn is None or turn.speaker != "customer":
                raise InputError(
                    f"expected the number of a customer's turn, or of the bot's answer to one, got {number}"
                )
            correction = Correction(
                text=turn.text, said=turn.intent, right=right, who=who, bundle=row.bundle, version=row.bundle_version,
                digest=row.bundle_digest, head=head, kind="single", confidence=turn.probability, source="support-chatbot",
            )  # fmt: skip
            subject = Hashed(row.subject)
            return record_in(connection, correction, subject, labels, self.conversations.now)

    def _held(self, connection: sa.Connection, key: str, who: str) -> sa.Row[Any]:
        row = found(connection, key)
        if row.status == "closed":
            raise Closed(f"conversation {key} is closed: nothing more is said in it")
        if row.taken_by != who:
            raise Conflict(
                f"conversation {key}: expected its agent, {row.taken_by or 'nobody yet'}: take it over first"
            )
        return row


def _named(who: str) -> str:
    name = clean_text(who.strip())
    if not 1 <= len(name) <= 255:
        raise InputError(f"expected the name of an agent in 1 to 255 characters, got {who[:80]!r}")
    return name
