"""What changed between two windows: how many times the stories of before, and how surprising that is."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from headwater.errors import InputError
from headwater.intervals import Interval, wilson
from sentiment_monitor.news import Counts
from sentiment_monitor.records import Past
from sentiment_monitor.trends.net import Net, net_of

__all__ = ["Change", "changes", "ratio", "surprise"]


@dataclass(frozen=True)
class Change:
    """A value of a dimension in two windows, `now` and `before`.

    `ratio` is how many times the rate of before the rate of now is, with its 95 % interval; `surprise` is -log10 of the
    chance of so large a change, or a larger one, where the rate is what it was: 3 is one in a thousand.
    """

    value: str
    now: Counts
    before: Counts
    net: Net
    net_before: Net
    ratio: Interval
    surprise: float


def changes(
    past: Past,
    dimension: str,
    end: datetime,
    window: timedelta = timedelta(days=1),
    back: timedelta | None = None,
    sentiment: str = "negative",
    limit: int | None = 10,
) -> list[Change]:
    """What changed most: the window that ends at `end` against the one `back` (its own length) before it.

    Counted are the stories of one sentiment, or "total". The most surprising first. `back` of a week compares with the
    same hours of the same weekday. Raises InputError where the windows overlap.
    """
    back = window if back is None else back
    if back < window:
        raise InputError(f"expected windows apart from each other, got {window} against {back} before it")
    now = dict(past.tops(dimension, end - window, end, None))
    before = dict(past.tops(dimension, end - back - window, end - back, None))
    found = [_change(value, now.get(value, Counts()), before.get(value, Counts()), sentiment) for value in {*now, *before}]  # fmt: skip
    return sorted(found, key=lambda change: (-change.surprise, -getattr(change.now, sentiment), change.value))[:limit]


def _change(value: str, now: Counts, before: Counts, sentiment: str) -> Change:
    here, there = getattr(now, sentiment), getattr(before, sentiment)
    return Change(value, now, before, net_of(now), net_of(before), ratio(here, there), surprise(here, there))


def ratio(now: int, before: int) -> Interval:
    """The ratio of two counts of equal windows, and its 95 % interval; infinite where there were none before.

    Given their sum, `now` is binomial, and its share p is ratio / (1 + ratio): Wilson's interval of p gives that of the
    ratio (Przyborowski & Wilenski 1940; Graham, Mengersen & Morton 2003 on the interval). Stories are taken as
    independent, which copies of one are not and stories of one event hardly are: read it as the narrowest there is.

    >>> found = ratio(20, 10)
    >>> round(found.low, 2), round(found.value, 2), round(found.high, 2)
    (0.95, 2.0, 4.2)
    """
    if not now + before:
        return Interval(1.0, 0.0, math.inf)
    share = wilson(now, now + before)
    return Interval(*(_odds(p) for p in (share.value, share.low, share.high)))


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def surprise(now: int, before: int) -> float:
    """-log10 of the two-sided chance of so uneven a split of `now + before` stories between two equal windows.

    The exact binomial test of one half, doubled: of Poisson rates, the conditional test of Przyborowski & Wilenski.

    >>> round(surprise(10, 0), 2)  # 2 / 2^10
    2.71
    """
    both, least = now + before, min(now, before)
    if 2 * least >= both - 1:
        return 0.0
    logs = [math.lgamma(both + 1) - math.lgamma(k + 1) - math.lgamma(both - k + 1) for k in range(least + 1)]
    top = max(logs)
    chance = top + math.log(sum(math.exp(one - top) for one in logs)) - (both - 1) * math.log(2)
    return max(0.0, -chance / math.log(10))
