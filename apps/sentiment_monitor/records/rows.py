"""What the store's rows of news are read into."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sentiment_monitor.news import Counts, Mention

__all__ = ["Bucket", "Feed", "FeedHealth", "Intake", "ItemRow", "RejectRow", "Story", "StoryRow"]


@dataclass(frozen=True)
class Feed:
    """Where items come from. `due` is when it is to be fetched next, None for what is pushed; `failures` in a row."""

    id: int
    name: str
    kind: str
    address: str
    options: dict[str, Any]
    state: dict[str, Any]
    paused: bool
    due: datetime | None
    failures: int
    tried: datetime | None
    succeeded: datetime | None
    last_error: str | None


@dataclass(frozen=True)
class FeedHealth:
    """A feed and what came of it within a day: items, those that came late, rejects; `newest` is when the last came."""

    feed: Feed
    items: int
    late: int
    rejects: int
    newest: datetime | None


@dataclass(frozen=True)
class Intake:
    """What became of what a feed gave: items that are new, those that stood there already, rejects; together all."""

    new: int
    known: int
    rejected: int


@dataclass(frozen=True)
class Bucket:
    """Stories from `start` up to, not including, `end`."""

    start: datetime
    end: datetime
    counts: Counts


@dataclass(frozen=True)
class StoryRow:
    """A story as a list shows it: counted at `at` with this sentiment under what was asked for.

    `items` and `sources` say how many there were at the moment that is shown; `before=(at, id)` gives what follows.
    """

    id: int
    title: str
    at: datetime
    sentiment: str
    items: int
    sources: int


@dataclass(frozen=True)
class ItemRow:
    """An item as it was read; `probabilities` by sentiment, empty where no model read it; `bundle`: the digest of what did."""

    id: int
    feed: int
    source: str
    url: str | None
    title: str
    text: str
    language: str | None
    published: datetime | None
    seen: datetime
    at: datetime
    timing: str
    scored: datetime | None
    skipped: str | None
    bundle: str | None
    sentiment: str | None
    unsure: bool
    probabilities: dict[str, float]
    topics: tuple[tuple[str, float], ...]
    story: int | None
    relation: str | None
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True)
class Story:
    """A story with its items in the order in which they came, up to a limit; `count` is how many there are.

    `labels` is what it counts as: (dimension, value, sentiment).
    """

    id: int
    title: str
    at: datetime
    latest: datetime
    count: int
    sources: tuple[str, ...]
    items: tuple[ItemRow, ...]
    labels: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class RejectRow:
    """What a feed gave and nobody could use."""

    id: int
    feed: int
    key: str
    seen: datetime
    reason: str
    raw: str
