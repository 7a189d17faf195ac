"""Conversations in the store: each message, its reply, the next state and a hand-over written together or not at all."""

import re
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store, outbox
from headwater.store.cleaning import clean_text
from headwater.store.database import insert_once
from headwater.store.subjects import Hashed, subject_hash
from headwater.store.tables import CONVERSATION, HANDOFF, METADATA, TURN, utc_now
from support_chatbot.records.masking import at_rest, masked_handoff, masked_message, masked_reply, masked_words
from support_chatbot.records.rows import (
    SHOWN,
    TURN_COLUMNS,
    Closed,
    Conflict,
    Conversation,
    Origin,
    Stored,
    Turn,
    conversation_of,
    found,
    turns_of,
)
from support_chatbot.turn import Reply, State, plain, state_of

__all__ = ["Conversations", "add_turn", "move_on"]

TOLD = ("reason", "summary", "slots", "wait")  # of a hand-over, in its row and in what is sent of it
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
TRIES = 50  # of a message that others get ahead of; in one process they wait in line (support_chatbot.api)

# Built once: building and reading a statement costs SQLAlchemy more than running it costs the database.
INSERTED = TURN.insert()
MOVED = CONVERSATION.update().where(CONVERSATION.c.id == sa.bindparam("row"))
REPEATED = sa.select(TURN.c.number).where(
    TURN.c.conversation == sa.bindparam("row"), TURN.c.idempotency == sa.bindparam("given")
)


class Conversations:
    """The conversations of a store; threads and processes may share it.

    `sends` are the outbox channels that somebody delivers: "handoff" for what is handed over, "chat" for each reply of
    the bot. What nobody delivers is not put there.
    """

    def __init__(
        self, store: Store, sends: Iterable[str] = ("handoff",), now: Callable[[], datetime] = utc_now
    ) -> None:
        self.store, self.sends, self.now = store, frozenset(sends), now

    def begin(
        self,
        channel: str,
        language: str = "",
        subject: str | None = None,
        *,
        origin: Origin | None = None,
        key: str | None = None,
    ) -> str:
        """Begin a conversation and return its key; with `key`, begin it or go on with it.

        `subject` is the id of the customer, where known; it can also become known later, once. Who knows a key can
        read the conversation, so one that is given must be as hard to guess as one that is drawn: 16 to 64 letters,
        digits, - and _. Raises InputError for another, and Conflict where the conversation is another subject's.
        """
        if key is not None and not KEY.fullmatch(key):
            raise InputError(f"expected a session of 16 to 64 letters, digits, - and _, got {key[:80]!r}")
        if key is not None and self._stands(key, subject):
            return key
        key, moment, origin = key or secrets.token_hex(16), self.now(), origin or Origin()
        with self.store.write() as connection:
            row = {
                "key": key, "channel": clean_text(channel)[:64], "language": clean_text(language)[:16], "known": subject is not None,
                "subject": subject_hash(connection, key if subject is None else subject), "bundle": origin.bundle,
                "bundle_version": origin.version, "bundle_digest": origin.digest, "policy_digest": origin.policy,
                "state": plain(State()), "turns": 0, "status": "open", "created": moment, "updated": moment,
            }  # fmt: skip
            if not insert_once(connection, CONVERSATION, row) and subject is not None:
                _make_known(connection, found(connection, key), str(row["subject"]))
        return key

    def _stands(self, key: str, subject: str | None) -> bool:
        """Whether a conversation is there and nothing of it is to be written: mostly so, and then nobody has to wait."""
        chosen = sa.select(CONVERSATION.c.subject).where(CONVERSATION.c.key == key)
        with self.store.read() as connection:
            held = connection.execute(chosen).scalar()
            return held is not None and (subject is None or held == subject_hash(connection, subject))

    def state(self, key: str) -> State:
        """Where a conversation stands; a new one where nothing is under way. Raises UnknownConversation."""
        with self.store.read() as connection:
            return _state(found(connection, key, lock=False))

    def conversation(self, key: str) -> Conversation:
        """The conversation as the desk lists it. Raises UnknownConversation."""
        with self.store.read() as connection:
            found(connection, key, lock=False)
            return conversation_of(connection.execute(SHOWN.where(CONVERSATION.c.key == key)).one())

    def say(
        self, key: str, text: str, answer: Callable[[State, str], Reply], *, idempotency: str | None = None
    ) -> tuple[Stored, Reply | None]:
        """A customer's message and the bot's answer to it: read the state, ask the bot, write.

        The bot is asked outside any transaction. Where another message was written meanwhile it is asked again, about
        the state of now. Where a person has the conversation, the message is written and the bot is not asked. The
        reply is None then, and where the message had been answered before (the stored one is given).
        Raises UnknownConversation, Closed, and Conflict where others get ahead again and again.
        """
        text = clean_text(text)  # what the bot remembers of it is stored as it was said, and a NUL never could be
        for tried in range(TRIES):
            with self.store.read() as connection:
                row = found(connection, key, lock=False)
                before = _repeated(connection, row, idempotency)
                if before is not None:
                    return before, None
                state = _state(row)
            _check_open(row)
            began = time.perf_counter()
            reply = None if row.taken_by is not None else answer(state, text)
            spent = 1000 * (time.perf_counter() - began)
            try:
                if reply is None:
                    return self.hear(key, text, idempotency=idempotency), None
                stored = self.write(key, reply, idempotency=idempotency, milliseconds=spent, after=row.turns)
            except Conflict:
                time.sleep(0.002 * tried)
            else:
                return stored, None if stored.repeated else reply
        raise Conflict(f"conversation {key}: {TRIES} other messages came before this one: send it again")

    def write(
        self, key: str, reply: Reply, *, idempotency: str | None = None, milliseconds: float, after: int | None = None
    ) -> Stored:
        """Write a message and its reply, the next state, a hand-over and what is to be sent, in one transaction.

        A repeated `idempotency` key gives what was stored under it and changes nothing. `after` is how many turns the
        conversation had when its state was read. Raises Conflict where it has others now, or where a person has it;
        UnknownConversation; Closed.
        """
        with self.store.write() as connection:
            row = found(connection, key)
            before = _repeated(connection, row, idempotency)
            if before is not None:
                return before
            _check_open(row)
            if row.taken_by is not None or (after is not None and row.turns != after):
                raise Conflict(f"conversation {key}: something was said meanwhile: read its state again")
            moment = self.now()
            add_turn(connection, row, moment, 1, idempotency=idempotency, **_customer(reply))
            turn = add_turn(connection, row, moment, 2, milliseconds=milliseconds, **_bot(reply))
            status = self._hand_over(connection, row, reply, moment)
            state = at_rest(reply.state) if status != "open" else reply.state
            language = reply.message.language[:16] or row.language
            move_on(connection, row, moment, 2, state=plain(state), status=status, language=language)
            if "chat" in self.sends:
                content = {"session": key, "turn": turn.number, "outcome": turn.outcome, "parts": turn.reply["parts"]}
                self._send(connection, "chat", row, turn.number, "conversation.replied", content)
            return Stored(key, turn.number - 1, turn, status)

    def hear(self, key: str, text: str, *, idempotency: str | None = None) -> Stored:
        """Write a customer's message that the bot does not answer, since a person has the conversation."""
        with self.store.write() as connection:
            row = found(connection, key)
            before = _repeated(connection, row, idempotency)
            if before is not None:
                return before
            _check_open(row)
            moment = self.now()
            turn = add_turn(
                connection,
                row,
                moment,
                1,
                speaker="customer",
                text=masked_words(text, moment.date()),
                idempotency=idempotency,
            )
            move_on(connection, row, moment, 1)
            return Stored(key, turn.number, None, row.status)

    def transcript(self, key: str) -> list[Turn]:
        """All that was said, in its order. Raises UnknownConversation."""
        with self.store.read() as connection:
            return turns_of(connection, found(connection, key, lock=False).id)

    def thumbs(self, key: str, number: int, thumbs: int | None) -> None:
        """What the customer thinks of a reply of the bot: 1, -1, or None to take it back. Raises InputError."""
        if thumbs not in (1, -1, None):
            raise InputError(f"expected thumbs of 1, -1 or none, got {thumbs!r}")
        with self.store.write() as connection:
            row = found(connection, key)
            this = sa.and_(TURN.c.conversation == row.id, TURN.c.number == number, TURN.c.speaker == "bot")
            if not connection.execute(TURN.update().where(this).values(thumbs=thumbs)).rowcount:
                raise InputError(f"expected the number of a reply of the bot, got {number}")

    def _hand_over(self, connection: sa.Connection, row: sa.Row[Any], reply: Reply, moment: datetime) -> str:
        """Write the hand-over of a reply, once a conversation; return the status that is then."""
        if reply.handoff is None or row.status == "handed_over":
            return row.status if row.status == "handed_over" else reply.state.status
        kept = {name: getattr(masked_handoff(reply), name) for name in TOLD}
        kept |= {name: kept[name][:255] for name in ("reason", "wait")}
        about = {"conversation": row.id, "subject": row.subject, "created": moment, "state": "waiting"}
        connection.execute(HANDOFF.insert().values(kept | about))
        said = turns_of(connection, row.id)
        if "handoff" in self.sends:
            # Who takes over needs the values: they are not masked here. The row has a subject, so erasure finds it.
            content = {"session": row.key, "channel": row.channel, "language": row.language}
            told = plain(reply.handoff)
            content |= {name: told[name] for name in TOLD}
            names = ("number", "speaker", "text")
            content["transcript"] = [
                {name: getattr(turn, name) for name in names} | {"created": turn.created.isoformat()} for turn in said
            ]
            self._send(connection, "handoff", row, said[-1].number, "conversation.handed_over", content)
        return "handed_over"

    def _send(
        self, connection: sa.Connection, channel: str, row: sa.Row[Any], number: int, event: str, content: Any
    ) -> None:
        """Put an event in the form of Standard Webhooks into the outbox."""
        payload = {"type": event, "timestamp": self.now().isoformat(), "data": content}
        key, subject = f"{row.key}/{number}", Hashed(row.subject)
        outbox.put(connection, channel, key, payload, subject=subject, masked=False, now=self.now)


def _check_open(row: sa.Row[Any]) -> None:
    """Where a person has closed a conversation nothing follows; one that the bot closed, the customer may reopen."""
    if row.status == "closed" and row.taken_by is not None:
        raise Closed(f"conversation {row.key} is closed: begin another")


def _make_known(connection: sa.Connection, row: sa.Row[Any], subject: str) -> None:
    """Put all that is held of a conversation about nobody known under its subject."""
    if row.subject == subject:
        return
    if row.known:
        raise Conflict(f"conversation {row.key} is about another subject: begin one for each")
    for table in METADATA.sorted_tables:
        if "subject" in table.c:
            connection.execute(table.update().where(table.c.subject == row.subject).values(subject=subject))
    connection.execute(CONVERSATION.update().where(CONVERSATION.c.id == row.id).values(known=True))


def _state(row: sa.Row[Any]) -> State:
    if row.state is None:  # forgotten after some days
        return State(turns=row.turns // 2, status=row.status)
    return state_of(row.state)


def _repeated(connection: sa.Connection, row: sa.Row[Any], idempotency: str | None) -> Stored | None:
    """What was stored under an idempotency key, with the reply as it was written."""
    if idempotency is None:
        return None
    if not 1 <= len(idempotency) <= 255:
        raise InputError(f"expected an idempotency key of 1 to 255 characters, got {len(idempotency)}")
    number = connection.execute(REPEATED, {"row": row.id, "given": idempotency}).scalar()
    if number is None:
        return None
    next_one = sa.and_(TURN.c.conversation == row.id, TURN.c.number == number + 1, TURN.c.milliseconds.is_not(None))
    bot = connection.execute(sa.select(*TURN_COLUMNS).where(next_one)).one_or_none()
    return Stored(row.key, number, None if bot is None else Turn(**bot._mapping), row.status, repeated=True)


def _customer(reply: Reply) -> dict[str, Any]:
    """The columns of a customer's turn."""
    message = masked_message(reply.message)
    top = next((question.top for question in message.questions if question.top), ())
    intent, probability = top[0] if top else (None, None)
    return {"speaker": "customer", "text": message.text, "intent": intent, "probability": probability}


def _bot(reply: Reply) -> dict[str, Any]:
    """The columns of the bot's turn."""
    content = masked_reply(reply)
    kinds = " ".join(dict.fromkeys(part.kind for part in reply.parts))
    text = "\n\n".join(part["text"] for part in content["parts"])
    intent = next((part.intent for part in reply.parts if part.intent), None)
    return {
        "speaker": "bot", "text": text, "reply": content, "outcome": reply.outcome, "kinds": kinds, "intent": intent
    }  # fmt: skip


def add_turn(connection: sa.Connection, row: sa.Row[Any], moment: datetime, place: int, **columns: Any) -> Turn:
    """Add the turn that comes `place` behind those of a conversation's row."""
    values = {"created": moment, "number": row.turns + place} | columns
    connection.execute(INSERTED, values | {"conversation": row.id, "subject": row.subject})
    return Turn(**{name: value for name, value in values.items() if name != "idempotency"})


def move_on(connection: sa.Connection, row: sa.Row[Any], moment: datetime, turns: int, **columns: Any) -> None:
    values = {"turns": row.turns + turns, "updated": moment} | columns
    connection.execute(MOVED, values | {"row": row.id})
