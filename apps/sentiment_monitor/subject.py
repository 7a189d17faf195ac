"""One topic, company or source over a range: its counts by bucket, its net sentiment, and the range before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from headwater.ui.texts import Catalogue
from sentiment_monitor.news import SENTIMENTS, Counts
from sentiment_monitor.records import Bucket, Past
from sentiment_monitor.trends import Net, net_of

__all__ = ["STEPS", "Subject", "aligned", "look", "net_words", "sentence", "steps_for", "summed"]

STEPS: dict[str, timedelta | str] = {
    "hour": timedelta(hours=1),
    "six": timedelta(hours=6),
    "day": "day",
    "week": "week",
}
LENGTHS = {"hour": timedelta(hours=1), "six": timedelta(hours=6), "day": timedelta(days=1), "week": timedelta(days=7)}
MOST = 400  # buckets: more than a screen has room for
FEWEST = 24  # buckets by which a step is chosen where nobody has


@dataclass(frozen=True)
class Subject:
    """Buckets of the range, its sum, and the sum of the range of the same length before it."""

    buckets: tuple[Bucket, ...]
    counts: Counts
    before: Counts
    start: datetime

    @property
    def net(self) -> Net:
        return net_of(self.counts)


def steps_for(start: datetime, end: datetime) -> tuple[list[str], str]:
    """The steps that suit a range, and the longest of them that still gives two dozen points, or else the shortest.

    >>> steps_for(datetime(2026, 11, 1), datetime(2026, 12, 1))
    (['six', 'day', 'week'], 'day')
    """
    fitting = [step for step, length in LENGTHS.items() if length * 2 <= end - start <= length * MOST] or ["week"]
    rich = [step for step in fitting if LENGTHS[step] * FEWEST <= end - start]
    return fitting, rich[-1] if rich else fitting[0]


def aligned(start: datetime, step: str, zone: tzinfo) -> datetime:
    """The beginning of the bucket that a moment lies in, so that the first bar is a whole one."""
    local = start.astimezone(zone)
    if step == "hour":
        return local.replace(minute=0, second=0, microsecond=0)
    day = local.date() - timedelta(days=local.weekday() if step == "week" else 0)
    return datetime.combine(day, time(), zone)


def look(past: Past, dimension: str, value: str, start: datetime, end: datetime, step: str, zone: tzinfo) -> Subject:
    """The range from the bucket in which it starts up to `end`."""
    first = aligned(start, step, zone)
    buckets = past.series(dimension, value, first, end, STEPS[step], str(zone))
    earlier = past.series(dimension, value, first - (end - first), first, "month", str(zone))
    return Subject(tuple(buckets), summed(buckets), summed(earlier), first)


def summed(buckets: Sequence[Bucket]) -> Counts:
    """All buckets as one."""
    return Counts(*(sum(getattr(bucket.counts, name) for bucket in buckets) for name in SENTIMENTS))


def sentence(t: Catalogue, name: str, found: Subject) -> str:
    """How many stories, how many of them negative."""
    if not found.counts.total:
        return t("subject.none", name=name)
    return t.count("subject.sum", found.counts.total, name=name, negative=found.counts.negative)


def net_words(t: Catalogue, counts: Counts) -> str:
    """Net sentiment with its interval, or that there is none."""
    net = net_of(counts)
    if not net.stories:
        return t("subject.no_net")
    return t("subject.net", value=_signed(net.value), low=_signed(net.low), high=_signed(net.high))


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
