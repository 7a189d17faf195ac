"""The surge test: which of a rule's targets stand out now, by their likeliest window."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sentiment_monitor.alerts.expectation import Baseline
from sentiment_monitor.alerts.rule import LED, Finding, Rule

__all__ = ["Label", "findings"]

Label = tuple[str, datetime, str, int]  # value, at, sentiment, story


def findings(rule: Rule, baseline: Baseline, labels: Iterable[Label], now: datetime) -> dict[str, Finding]:
    """For each value that a window holds enough stories of: the window of the smallest p, the shorter of equals.

    `labels` are those of the rule's dimension in its longest window, in any order; a window is [now - hours, now).
    """
    since = now - timedelta(hours=rule.windows[-1])
    told: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for value, at, sentiment, story in labels:
        if sentiment == rule.sentiment and since <= at < now and rule.watches(value):
            told[value].append((at, story))
    likeliest = {
        value: _likeliest(rule, baseline, value, sorted(stories), now)
        for value, stories in told.items()
        if len(stories) >= rule.least
    }
    return {value: found for value, found in sorted(likeliest.items()) if found is not None}


def _likeliest(
    rule: Rule, baseline: Baseline, value: str, stories: list[tuple[datetime, int]], now: datetime
) -> Finding | None:
    best: Finding | None = None
    for hours in rule.windows:
        first = bisect_left(stories, now - timedelta(hours=hours), key=lambda story: story[0])
        if (count := len(stories) - first) < rule.least:
            continue
        usual = baseline.expect(value, now, hours)
        p = usual.chance(count)
        if best is None or p < best.p:
            best = Finding(
                count, hours, usual.expected, p, tuple(story for _, story in stories[first:][-LED:]), rule.sentiment
            )
    return best
