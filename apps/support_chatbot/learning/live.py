"""What the store knows of questions that the bot could not answer, and of what people answered then or put right."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from headwater.store import Store
from headwater.store.tables import CORRECTION, TURN, utc_now
from support_chatbot.learning.proposing import same
from support_chatbot.learning.study import Asked
from support_chatbot.learning.talk import is_question
from support_chatbot.learning.transcripts import AGENT, CUSTOMER, Conversation, Said

__all__ = ["Live", "read_live"]

LARGE = 1000  # rows fetched at a time


@dataclass(frozen=True)
class Live:
    """Questions that the bot declined, handed over, or found passages for that were no help; and conversations in which
    a person answered. `corrected` counts questions that are left out, since somebody has said which intent they are.
    """

    unanswered: tuple[Asked, ...]
    conversations: tuple[Conversation, ...]
    corrected: int


def read_live(
    store: Store, days: int, out_of_scope: str | None = None, *, head: str = "intent", now: datetime | None = None
) -> Live:
    """What was said in the last `days`. A correction to `out_of_scope` makes a question one that no intent covers.

    Conversations are named by their number in the store, never by their key: who knows the key can read them.
    """
    since = (now or utc_now()) - timedelta(days=days)
    with store.read() as connection:
        right = dict(_corrections(connection, since, head))
        asked = {(one.where, same(one.text)): one for one in _unanswered(connection, since)}
        talks = tuple(_answered(connection, since))
    outside = [Asked(text, "corrected") for text, label in right.values() if label == out_of_scope and out_of_scope]
    known = {key for key, (_, label) in right.items() if label != out_of_scope}
    counted = {same(one.text) for one in asked.values()}
    # A question that a person has answered is among the conversations' questions already.
    said = {(talk.id, same(turn.text)) for talk in talks for turn in talk.turns if turn.speaker == CUSTOMER}
    left = [
        one for (where, key), one in asked.items() if key not in known and (where.split(" line ")[0], key) not in said
    ]
    left += [one for one in outside if same(one.text) not in counted]
    return Live(tuple(left), talks, sum(key in known for _, key in asked))


def _unanswered(connection: sa.Connection, since: datetime) -> Iterator[Asked]:
    failed = sa.or_(
        TURN.c.outcome.in_(("declined", "handed_over")), sa.and_(TURN.c.outcome == "found", TURN.c.thumbs == -1)
    )
    chosen = (
        sa.select(TURN.c.conversation, TURN.c.number, TURN.c.reply)
        .where(TURN.c.speaker == "bot", TURN.c.created >= since, failed)
        .order_by(TURN.c.id)
        .execution_options(yield_per=LARGE)
    )
    for row in connection.execute(chosen):
        message = (row.reply or {}).get("message") or {}
        if message.get("act") is not None:  # "give me a person" says nothing of the matter
            continue
        for text in _questions(message):
            if is_question(text):
                yield Asked(text, f"store {row.conversation} line {row.number - 1}")


def _questions(message: Mapping[str, Any]) -> list[str]:
    """The questions of a message; the whole of it where it was not taken apart."""
    texts = [question["text"] for question in message.get("questions") or () if question.get("text", "").strip()]
    return texts or [message.get("text") or ""]


def _answered(connection: sa.Connection, since: datetime) -> Iterator[Conversation]:
    """Conversations in which a person spoke, as transcripts; the bot's turns are left out. How they ended is unknown."""
    talks = sa.select(TURN.c.conversation).where(TURN.c.speaker == "agent", TURN.c.created >= since).distinct()
    chosen = (
        sa.select(TURN.c.conversation, TURN.c.number, TURN.c.speaker, TURN.c.who, TURN.c.text)
        .where(TURN.c.conversation.in_(talks), TURN.c.speaker != "bot")
        .order_by(TURN.c.conversation, TURN.c.number)
        .execution_options(yield_per=LARGE)
    )
    found: dict[int, list[Said]] = defaultdict(list)
    for row in connection.execute(chosen):
        speaker = AGENT if row.speaker == "agent" else CUSTOMER
        found[row.conversation].append(Said(speaker, row.text, row.number, row.who or ""))
    for number, turns in found.items():
        yield Conversation(f"store {number}", tuple(turns))


def _corrections(connection: sa.Connection, since: datetime, head: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Text -> (as written, the right label); of several corrections of one text the last counts."""
    chosen = (
        sa.select(CORRECTION.c.text, CORRECTION.c.right)
        .where(CORRECTION.c.head == head, CORRECTION.c.created >= since)
        .order_by(CORRECTION.c.created, CORRECTION.c.id)
    )
    for text, right in connection.execute(chosen):
        if isinstance(right.get("label"), str):
            yield same(text), (text, right["label"])
