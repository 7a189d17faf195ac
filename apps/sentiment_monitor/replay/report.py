"""Alerts held against the surges that are known: which were caught and when, and what was told for nothing.

An alert is right where it opened within a surge of its target, or up to two hours after. A surge is caught by the first
such alert; its delay is from its onset to there. An alert that was open when the surge began catches nothing: it had
been told before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from headwater.intervals import LEVEL, RESAMPLES, SEED, Interval, poisson, wilson
from sentiment_monitor.alerts.rule import Alert, Rule
from sentiment_monitor.replay.history import Surge

__all__ = ["AFTER", "MONTH", "Caught", "Report", "catches", "median", "report"]

AFTER = timedelta(hours=2)
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Caught:
    """A known surge, and the alert that caught it, None where none did."""

    surge: Surge
    alert: Alert | None

    @property
    def delay(self) -> timedelta | None:
        """From onset to the alert."""
        return None if self.alert is None else self.alert.opened - self.surge.start


@dataclass(frozen=True)
class Report:
    """What was told from `start` to `end`. Of nothing there is no rate: None.

    `false_a_month` is by rule: alerts that are right of no known surge, in 30 days and for one target. `delay` is the
    median of what was caught, in hours. Intervals are 95 %; that of false alarms takes them as independent.
    """

    start: datetime
    end: datetime
    alerts: tuple[Alert, ...]
    false: tuple[Alert, ...]
    caught: tuple[Caught, ...]
    precision: Interval | None
    recall: Interval | None
    recall_by_factor: Mapping[float, Interval]
    delay: Interval | None
    false_a_month: Mapping[str, Interval]


def report(
    alerts: Sequence[Alert],
    rules: Sequence[Rule],
    targets: Mapping[str, Sequence[str]],
    start: datetime,
    end: datetime,
    surges: Sequence[Surge] = (),
) -> Report:
    """Hold alerts against the surges that began in the time that was watched, of what the rules watch.

    A surge of a value that the history does not have is one that was missed.
    """
    known = [
        one for one in surges
        if start <= one.start <= end and any(one.dimension == rule.dimension and rule.watches(one.value) for rule in rules)
    ]  # fmt: skip
    caught, false = catches(alerts, known)
    hits = sum(one.alert is not None for one in caught)
    delays = [one.delay / timedelta(hours=1) for one in caught if one.delay is not None]
    factors = sorted({one.surge.factor for one in caught if one.surge.factor is not None})
    months = max((end - start) / MONTH, 1e-9)
    return Report(
        start, end, tuple(alerts), tuple(false), tuple(caught),
        wilson(len(alerts) - len(false), len(alerts)) if alerts and known else None,
        wilson(hits, len(known)) if known else None,
        {factor: _recall([one for one in caught if one.surge.factor == factor]) for factor in factors},
        median(delays) if delays else None,
        {
            rule.name: poisson(sum(alert.rule == rule.name for alert in false), months * len(targets[rule.name]))
            for rule in rules if targets[rule.name]
        },
    )  # fmt: skip


def catches(alerts: Sequence[Alert], surges: Sequence[Surge]) -> tuple[list[Caught], list[Alert]]:
    """Each surge with the alert that caught it, and the alerts that are right of none; alerts in the order they opened."""
    by_target: dict[tuple[str, str], list[Surge]] = {}
    for surge in surges:
        by_target.setdefault((surge.dimension, surge.value), []).append(surge)
    first: dict[Surge, Alert] = {}
    false = []
    for alert in alerts:
        mine = by_target.get((alert.dimension, alert.value), [])
        right = [surge for surge in mine if surge.start <= alert.opened <= surge.end + AFTER]
        for surge in right:
            first.setdefault(surge, alert)
        if not right:
            false.append(alert)
    return [Caught(surge, first.get(surge)) for surge in surges], false


def _recall(caught: Sequence[Caught]) -> Interval:
    return wilson(sum(one.alert is not None for one in caught), len(caught))


def median(values: Sequence[float]) -> Interval:
    """The median and its 95 % bootstrap interval, seed 13."""
    held = np.asarray(values, float)
    draws = np.median(np.random.default_rng(SEED).choice(held, (RESAMPLES, len(held))), axis=1)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(np.median(held)), float(low), float(high))
