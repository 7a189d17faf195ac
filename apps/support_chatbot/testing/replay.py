"""Logged conversations answered again by a bot with another bundle, policy or folder: what changed, turn by turn.

A turn differs in one way, the first of WAYS that applies. After the first difference of a conversation the customer would
perhaps have said something else: later differences are counted apart (`follows`).
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from support_chatbot.testing.cases import NOON
from support_chatbot.testing.logs import Logged, Said, Seen, seen
from support_chatbot.testing.run import Speaker
from support_chatbot.turn import State, plain, state_of

__all__ = ["WAYS", "Change", "Replayed", "replay", "summary"]

# masked: a value that the log no longer holds was said, then or before; outcome, intent: other than before; words: the same in other words.
WAYS = ("masked", "outcome", "intent", "words")


@dataclass(frozen=True)
class Change:
    """A turn that differs. `turn` counts the customer's messages from 1."""

    conversation: str
    turn: int
    said: str
    way: str
    before: Seen
    after: Seen
    follows: bool = False


@dataclass(frozen=True)
class Replayed:
    """A conversation answered again: how many turns were compared, and those that differ."""

    key: str
    turns: int
    changes: tuple[Change, ...]


def replay(logged: Iterable[Logged], bot: Speaker, before: Speaker | None = None) -> list[Replayed]:
    """Let `bot` answer every conversation again; each turn is compared with what was logged, else with what `before` says."""
    return [_replay(talk, bot, before) for talk in logged]


def _replay(talk: Logged, bot: Speaker, before: Speaker | None) -> Replayed:
    states, changes, turns = [State(), State()], list[Change](), 0
    masked = False
    for number, said in enumerate(talk.said, 1):
        masked = masked or said.masked
        new, states[1] = _answer(bot, states[1], said)
        old = said.seen
        if old is None and before is not None:
            old, states[0] = _answer(before, states[0], said)
        if old is None:
            continue
        turns += 1
        way = _way(old, new, masked)
        if way is not None:
            changes.append(Change(talk.key, number, said.text, way, old, new, follows=bool(changes)))
    return Replayed(talk.key, turns, tuple(changes))


def _answer(bot: Speaker, state: State, said: Said) -> tuple[Seen, State]:
    reply = bot.reply(state, said.text, picked=said.picked, now=said.when or NOON)
    return seen(reply), state_of(json.loads(json.dumps(plain(reply.state))))


def _way(old: Seen, new: Seen, masked: bool) -> str | None:
    if old == new:
        return None
    if masked:
        return "masked"
    return "outcome" if old.outcome != new.outcome else "intent" if old.intent != new.intent else "words"


def summary(replayed: Sequence[Replayed]) -> dict[str, Any]:
    """Counts of turns and ways, which outcomes and intents became which, and all changes, as JSON values."""
    changes = [change for talk in replayed for change in talk.changes]
    first = [change for change in changes if not change.follows]
    turns = sum(talk.turns for talk in replayed)
    return {
        "conversations": len(replayed),
        "changed": sum(bool(talk.changes) for talk in replayed),
        "turns": turns,
        "same": turns - len(changes),
        **{way: sum(change.way == way for change in first) for way in WAYS},
        "after a difference": len(changes) - len(first),
        "outcomes": _pairs(
            (change.before.outcome, change.after.outcome) for change in first if change.way == "outcome"
        ),
        "intents": _pairs(
            (change.before.intent or "none", change.after.intent or "none")
            for change in first
            if change.before.intent != change.after.intent
        ),
        "changes": [asdict(change) for change in changes],
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[list[Any]]:
    """[before, after, how often], the commonest first."""
    return [[*pair, count] for pair, count in Counter(pairs).most_common()]
