"""Conversations as they were held: from the store, with what the bot said then, or from a file of what customers said."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from headwater.errors import InputError
from headwater.store import Store
from support_chatbot.records.conversations import Conversations
from support_chatbot.records.desk import Desk
from support_chatbot.records.masking import masked_reply
from support_chatbot.records.rows import Turn
from support_chatbot.turn import Reply

__all__ = ["Logged", "Said", "Seen", "from_file", "from_store", "seen"]

PAGE = 200  # conversations read at a time
MASKED = re.compile(r"\[[a-z_]{3,20}\]")


@dataclass(frozen=True)
class Seen:
    """What is compared of a reply: what was understood first, what it counts as, its kinds, and its words (masked)."""

    intent: str | None
    outcome: str
    kinds: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Said:
    """A customer's message, when it came (None: not known), and what the bot made of it then (None: not logged)."""

    text: str
    picked: str | None = None
    when: datetime | None = None
    seen: Seen | None = None

    @property
    def masked(self) -> bool:
        """Whether a value was taken out of the message before it was written down: no bot can read it again."""
        return MASKED.search(self.text) is not None


@dataclass(frozen=True)
class Logged:
    """What a customer said in a conversation, in order."""

    key: str
    said: tuple[Said, ...]


def seen(reply: Reply) -> Seen:
    """What is compared of a reply, masked as the store masks it."""
    return _seen(masked_reply(reply), reply.outcome)


def _seen(content: Mapping[str, Any], outcome: str) -> Seen:
    questions = content["message"]["questions"]
    intent = content["message"]["picked"] or next((one["top"][0][0] for one in questions if one["top"]), None)
    parts = content["parts"]
    return Seen(
        intent, outcome, tuple(part["kind"] for part in parts), "\n\n".join(str(part["text"]) for part in parts)
    )


def from_store(store: Store, limit: int | None = None) -> Iterator[Logged]:
    """The conversations of a store in the order of its desk, `limit` at most; those without a reply of the bot are left out.

    What was said after a person took over is not the bot's to answer, and left out.
    """
    talks, place, given = Conversations(store), 0, 0
    desk = Desk(talks)
    while limit is None or given < limit:
        page = desk.page(limit=PAGE, offset=place).conversations
        for talk in page:
            logged = Logged(talk.key, tuple(_said(talks.transcript(talk.key))))
            if logged.said and (limit is None or given < limit):
                given += 1
                yield logged
        place += PAGE
        if len(page) < PAGE:
            return


def _said(turns: list[Turn]) -> Iterator[Said]:
    """The customer's turns that the bot answered: each stands right before its reply."""
    for customer, bot in pairwise(turns):
        if customer.speaker == "customer" and bot.speaker == "bot" and bot.reply is not None:
            picked = bot.reply["message"]["picked"]
            yield Said(customer.text, picked, customer.created, _seen(bot.reply, bot.outcome or ""))


def from_file(file: Path) -> list[Logged]:
    """Conversations of a JSONL file, one a line: {"conversation": key, "turns": [words, or {"user": words, "picked": intent}]}.

    Raises InputError with the line that is not one.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{file}: cannot be read: {fault}") from fault
    found = [_logged(line, f"{file}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise InputError(f"{file}: expected conversations, one a line, got none")
    return found


def _logged(line: str, where: str) -> Logged:
    try:
        row = json.loads(line)
        key, turns = str(row["conversation"]), row["turns"]
        said = tuple(
            Said(turn) if isinstance(turn, str) else Said(turn.get("user", ""), turn.get("picked")) for turn in turns
        )
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputError(
            f'{where}: expected {{"conversation": "a", "turns": ["words", ...]}}, got {line[:80]!r}'
        ) from fault
    if not said or not all(isinstance(one.text, str) and isinstance(one.picked, str | None) for one in said):
        raise InputError(f"{where}: expected turns: what the customer said, in words")
    return Logged(key, said)
