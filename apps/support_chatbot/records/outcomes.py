"""What became of conversations: exactly one outcome each, and the figures over a window of time.

Of a conversation the first of these that holds:

    handed_over  a person got it: the bot handed it over, or an agent took it
    abandoned    the bot's last word was a question (between intents, for a slot, for a yes), and for `PATIENCE` nobody
                 has answered it; what it asks or offers beside an answer to another question is none
    running      the same, but the time is not over yet: not counted
    clarified    answered after the bot had asked between intents
    answered     an answer was given, or a task done, without that
    found        no answer of the bot's own, but passages of the help centre
    declined     a question was put and got none of these: the bot said that it cannot help, or its asking led nowhere
    unasked      nothing was asked (greetings, thanks), or the customer withdrew it: not counted

Containment is the share that was not handed over; as everywhere in the trade an abandoned conversation counts as
contained, so the share that was resolved (clarified, answered or found) stands beside it. Resolution is durable where
the same subject did not begin another conversation within `RETURN` after the last word. That can be said only where
the subject is known and those days are over: how many others there are is told, and they are not counted.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from headwater.errors import InputError
from headwater.intervals import Interval, wilson
from headwater.store import Store
from headwater.store.tables import CONVERSATION, HANDOFF, TURN, utc_now

__all__ = ["OUTCOMES", "PATIENCE", "RETURN", "Counted", "Day", "Outcomes", "outcome_of", "outcomes"]

OUTCOMES = ("answered", "found", "clarified", "handed_over", "abandoned", "declined")
RESOLVED = ("answered", "found", "clarified")
PATIENCE = timedelta(hours=1)
RETURN = timedelta(days=7)
QUESTIONS = {"asked", "confirming"}  # kinds of parts that want an answer
GIVEN = {"answered", "clarified", "done"}
TOP = 20  # unanswered questions that are shown


@dataclass(frozen=True)
class Counted:
    """A conversation with its outcome. `durable` is None where that cannot be said. `milliseconds` are its slowest."""

    key: str
    created: datetime
    updated: datetime
    channel: str
    language: str
    known: bool
    turns: int
    outcome: str
    durable: bool | None
    reason: str | None
    intent: str | None
    probability: float | None
    up: int
    down: int
    milliseconds: float | None
    question: str


@dataclass(frozen=True)
class Day:
    """How sure the bot was on a day (UTC): of `turns` the mean and the quantiles of the likeliest intent's probability."""

    day: str
    turns: int
    mean: float
    p10: float
    p50: float


@dataclass(frozen=True)
class Outcomes:
    """The figures of a window. A share is None where there is nothing to take it of; an Interval is 95 %, Wilson's."""

    since: datetime
    until: datetime
    conversations: int
    counts: Mapping[str, int]
    shares: Mapping[str, Interval]
    running: int
    unasked: int
    containment: Interval | None
    resolution: Interval | None
    durable: Interval | None
    durable_of: int
    without_subject: int
    too_recent: int
    thumbs: Interval | None
    up: int
    down: int
    milliseconds: Mapping[str, float]
    confidence: tuple[Day, ...]
    unanswered: tuple[tuple[str, int], ...]
    each: tuple[Counted, ...] = field(repr=False)


def outcome_of(kinds: Sequence[set[str]], waits: bool, idle: timedelta, handed_over: bool = False) -> str:
    """The outcome of a conversation, by the kinds of the parts of each of the bot's replies, in their order.

    `waits` says that the last word was the bot's, `idle` how long nobody has said anything.

    >>> outcome_of([{"asked"}, {"clarified"}], waits=True, idle=timedelta(0))
    'clarified'
    """
    every = set().union(*kinds)
    if handed_over or "handed_over" in every:
        return "handed_over"
    last = kinds[-1] if kinds else set()
    offers = bool(last & GIVEN) and "confirming" not in last
    if waits and last & QUESTIONS and not offers:
        return "abandoned" if idle > PATIENCE else "running"
    if "clarified" in every:
        return "clarified"
    if every & GIVEN:
        return "answered"
    if "found" in every:
        return "found"
    return "declined" if "declined" in every or ("asked" in every and "cancelled" not in every) else "unasked"


def outcomes(
    store: Store,
    since: datetime,
    until: datetime | None = None,
    *,
    channel: str | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Outcomes:
    """The figures of the conversations that began in [since, until); until now where that is left out."""
    moment = now()
    until = until or moment
    if since >= until:
        raise InputError(f"expected a window that begins before it ends, got {since} to {until}")
    inside = [CONVERSATION.c.created >= since, CONVERSATION.c.created < until]
    inside += [CONVERSATION.c.channel == channel] if channel is not None else []
    with store.read() as connection:
        talks = connection.execute(sa.select(CONVERSATION).where(*inside).order_by(CONVERSATION.c.id)).all()
        turns = _turns(connection, inside)
        reasons = dict(connection.execute(_of(HANDOFF.c.conversation, HANDOFF.c.reason, where=inside)).all())
        begun = _begun(connection, since)
        asked = _unanswered(connection, inside)
    each = [_counted(row, turns[row.id], reasons, begun, moment) for row in talks if turns[row.id]]
    return _figures(since, until, each, [turn for said in turns.values() for turn in said], asked, moment)


COLUMNS = [TURN.c[name] for name in ("conversation", "number", "speaker", "text", "created", "outcome", "kinds", "intent",
                                     "probability", "milliseconds", "thumbs")]  # fmt: skip


def _of(*columns: Any, where: Sequence[Any]) -> sa.Select[Any]:
    """Columns of rows that belong to the conversations that are asked for."""
    table = columns[0].table
    return sa.select(*columns).join_from(table, CONVERSATION).where(*where).order_by(table.c.conversation, table.c.id)


def _turns(connection: sa.Connection, inside: Sequence[Any]) -> dict[int, list[sa.Row[Any]]]:
    found: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in connection.execute(_of(*COLUMNS, where=inside)):
        found[row.conversation].append(row)
    return found


def _begun(connection: sa.Connection, since: datetime) -> dict[str, list[datetime]]:
    """When each known subject began conversations, on any channel, the window's end or not: they may come back later."""
    found: dict[str, list[datetime]] = defaultdict(list)
    chosen = sa.select(CONVERSATION.c.subject, CONVERSATION.c.created).where(CONVERSATION.c.known)
    for subject, created in connection.execute(
        chosen.where(CONVERSATION.c.created >= since).order_by(CONVERSATION.c.created)
    ):
        found[subject].append(created)
    return found


def _counted(
    row: sa.Row[Any],
    turns: Sequence[sa.Row[Any]],
    reasons: Mapping[int, str],
    begun: Mapping[str, Sequence[datetime]],
    moment: datetime,
) -> Counted:
    bots = [turn for turn in turns if turn.speaker == "bot"]
    first = next((turn for turn in turns if turn.speaker == "customer"), None)
    kinds = [set((turn.kinds or "").split()) for turn in bots]
    outcome = outcome_of(kinds, turns[-1].speaker == "bot", moment - row.updated, row.id in reasons)
    spent = [turn.milliseconds for turn in bots if turn.milliseconds is not None]
    return Counted(
        row.key, row.created, row.updated, row.channel, row.language, row.known, row.turns, outcome,
        _durable(row, outcome, begun, moment), reasons.get(row.id), first.intent if first else None,
        first.probability if first else None, sum(turn.thumbs == 1 for turn in bots),
        sum(turn.thumbs == -1 for turn in bots), max(spent, default=None), first.text if first else "",
    )  # fmt: skip


def _durable(row: sa.Row[Any], outcome: str, begun: Mapping[str, Sequence[datetime]], moment: datetime) -> bool | None:
    """Whether the same subject stayed away for `RETURN`; None where it is unknown, not over, or nothing was resolved."""
    if outcome not in RESOLVED or not row.known:
        return None
    times = begun.get(row.subject, ())
    after = bisect_right(times, row.created)  # those that began while this one went on are returns too
    if after < len(times) and times[after] <= row.updated + RETURN:
        return False
    return True if moment >= row.updated + RETURN else None


def _unanswered(connection: sa.Connection, inside: Sequence[Any]) -> list[str]:
    """Customers' questions to which the bot declined, or handed over; "neither" and "a person, please" are none."""
    chosen = _of(TURN.c.reply, where=[*inside, TURN.c.outcome.in_(("declined", "handed_over"))])
    replies = [reply for reply in connection.execute(chosen).scalars() if reply]
    told = [reply["message"] for reply in replies if reply["handoff"] or _declined(reply)]  # not what is said after it
    return [message["text"] for message in told if message["act"] is None and message["text"].strip()]


def _declined(reply: Mapping[str, Any]) -> bool:
    return any(part["kind"] == "declined" for part in reply["parts"])


def _top(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The commonest, whatever their case and blanks; written as they came first."""
    counts, written = Counter[str](), dict[str, str]()
    for text in texts:
        same = " ".join(text.casefold().split()).rstrip("?!. ")
        counts[same] += 1
        written.setdefault(same, " ".join(text.split()))
    return tuple((written[same], count) for same, count in counts.most_common(TOP))


def _share(hits: int, rows: int) -> Interval | None:
    return wilson(hits, rows) if rows else None


def _figures(
    since: datetime, until: datetime, each: Sequence[Counted], turns: Sequence[Any], asked: list[str], moment: datetime
) -> Outcomes:
    found = Counter(talk.outcome for talk in each)
    counts = {name: found[name] for name in OUTCOMES}
    total = sum(counts.values())
    resolved = [talk for talk in each if talk.outcome in RESOLVED]
    told = [talk for talk in resolved if talk.durable is not None]
    up, down = sum(talk.up for talk in each), sum(talk.down for talk in each)
    spent = [turn.milliseconds for turn in turns if turn.milliseconds is not None]
    return Outcomes(
        since, until, len(each), counts, {name: wilson(count, total) for name, count in counts.items() if total},
        found["running"], found["unasked"], _share(total - counts["handed_over"], total), _share(len(resolved), total),
        _share(sum(talk.durable is True for talk in told), len(told)), len(told),
        sum(not talk.known for talk in resolved), sum(talk.known and talk.durable is None for talk in resolved),
        _share(up, up + down), up, down,
        {f"p{q}": float(np.percentile(spent, q)) for q in (50, 95, 99)} if spent else {},
        _confidence(turns), _top(asked), tuple(each),
    )  # fmt: skip


def _confidence(turns: Sequence[Any]) -> tuple[Day, ...]:
    days: dict[str, list[float]] = defaultdict(list)
    for turn in turns:
        if turn.speaker == "customer" and turn.probability is not None:
            days[turn.created.date().isoformat()].append(turn.probability)
    return tuple(
        Day(day, len(sure), float(np.mean(sure)), *map(float, np.percentile(sure, (10, 50))))
        for day, sure in sorted(days.items())
    )
