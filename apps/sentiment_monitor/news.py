"""The words between the rooms of the monitor: what arrives, what the models say of it, where it stands in time.

    feeds -> Arrived -> (store, unread) -> Waiting -> read: Reading -> placed in a story -> counted -> alerts

Every room takes and gives these and nothing else of each other's.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

__all__ = [
    "DIMENSIONS",
    "FUTURE",
    "LATE",
    "SENTIMENTS",
    "Arrived",
    "Counts",
    "Mention",
    "OpenStory",
    "Placed",
    "Reading",
    "Rejected",
    "Waiting",
    "timing",
]

SENTIMENTS = ("negative", "neutral", "positive", "unsure")  # unsure: the model abstained
DIMENSIONS = ("all", "topic", "company", "source")
LATE, FUTURE = timedelta(hours=24), timedelta(minutes=5)
Relation = Literal["first", "copy", "update", "same"]


@dataclass(frozen=True)
class Arrived:
    """One item as a feed gave it. `key` is its identity within the feed; `text` holds the title too."""

    key: str
    title: str
    text: str
    source: str
    seen: datetime
    published: datetime | None = None
    published_original: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Rejected:
    """What a feed gave and nobody can use. `key` tells it from others of its feed; `raw` is the beginning of it."""

    key: str
    reason: str
    raw: str = ""


@dataclass(frozen=True)
class Waiting:
    """An item in the store that no model has read yet; `at` is the time that it is counted by."""

    id: int
    source: str
    title: str
    text: str
    seen: datetime
    at: datetime
    url: str | None = None


@dataclass(frozen=True)
class Mention:
    """A company in `text[start:end]`, and what is said of it.

    `company` is its id in the company table, None where none of the table is meant. `relevance`, 0 to 1, is how much
    of the text is about it.
    """

    start: int
    end: int
    text: str
    polarity: str
    probability: float
    company: str | None = None
    relevance: float = 0.0


@dataclass(frozen=True)
class Reading:
    """What the models say of one item; `probabilities` by sentiment, `topics` with their probabilities, likeliest first.

    `skipped` says why no model read it (another language, a refusal); then the rest is empty.
    """

    sentiment: str = ""
    probabilities: dict[str, float] = field(default_factory=dict)
    unsure: bool = False
    topics: tuple[tuple[str, float], ...] = ()
    mentions: tuple[Mention, ...] = ()
    language: str | None = None
    skipped: str | None = None

    @property
    def counted(self) -> str:
        """The sentiment that it is counted by."""
        return "unsure" if self.unsure else self.sentiment


@dataclass(frozen=True)
class Placed:
    """An item that was read and found its story; `story` is None where it begins one. `vector`: float32, of its text."""

    item: Waiting
    reading: Reading
    relation: Relation
    story: int | None
    vector: np.ndarray | None = None


@dataclass(frozen=True)
class OpenStory:
    """A story that items may still join: the text of its first item and its vector (float32), the titles of all its
    items, the first one's first, and the time of the newest.
    """

    id: int
    text: str
    vector: np.ndarray
    latest: datetime
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """Stories by sentiment."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unsure: int = 0

    @property
    def total(self) -> int:
        return self.negative + self.neutral + self.positive + self.unsure


def timing(published: datetime | None, seen: datetime) -> tuple[datetime, str]:
    """The time that an item is counted by, and the rule that gave it.

    `given`: the time it was published. `late`: that too, but it came over a day after, and no alert looks there any
    more. `future`: more than five minutes ahead of our clock, so the time it was seen. `undated`: likewise.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 12, 12, tzinfo=UTC)
    >>> timing(noon - timedelta(hours=2), noon)[1], timing(noon + timedelta(hours=2), noon)[1], timing(None, noon)[1]
    ('given', 'future', 'undated')
    """
    if published is None:
        return seen, "undated"
    if published > seen + FUTURE:
        return seen, "future"
    return published, "late" if seen - published > LATE else "given"
