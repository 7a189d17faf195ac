"""What whole pages of the monitor load, by the functions that they call, as questions of `monitor_views`."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sentiment_monitor import alertbox, desk, lab, rightings, sourcework
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.alarm import Alerts, tick_of
from sentiment_monitor.alerts.rules import DEFAULT, read_rules
from sentiment_monitor.records import Past
from sentiment_monitor.records.within import within
from tests.benchmarks.monitor_store import COMPANIES, END, SOURCES, TOPICS

__all__ = ["Question", "pages"]

MONTH = timedelta(days=30)
Question = Callable[[Past, random.Random], Any]


def pages() -> dict[str, Question]:
    """Loads by name."""
    asked: dict[str, Question] = {
        f"within a {name}, 30 days": lambda past, draw, name=name, values=values: _within(
            past, name, draw.choice(values)
        )
        for name, values in (("topic", TOPICS), ("company", COMPANIES), ("source", SOURCES))
    }
    return asked | {
        "what stands out": lambda past, draw: _kept(past).look(_tick(past), Past(past.store, _tick(past))),
        "alerts page": _alerts,
        "an alert and its window": _alert,
        "unsure page": _unsure,
        "sources page": _sources,
        "range of all news": lambda past, draw: desk._bounds(past.store),
        "load of the replay lab, 30 days": lambda past, draw: lab.of_store(past.store, _now(past) - MONTH, _now(past), _rules()),
    }  # fmt: skip


@lru_cache
def _learnt(store: str, moment: Any) -> Alerts:
    return Alerts(_rules())


def _kept(past: Past) -> Alerts:
    """As the page keeps them, knowing what is usual; the first time they learn it."""
    return _learnt(past.store.name, past.as_of)


def _now(past: Past) -> Any:
    return past.as_of or END


def _tick(past: Past) -> Any:
    return tick_of(_now(past))


def _rules() -> Any:
    return read_rules(DEFAULT)


def _within(past: Past, dimension: str, value: str) -> Any:
    other = "company" if dimension == "topic" else "topic"
    return within(past, dimension, value, _now(past) - MONTH, _now(past), other)


def _alerts(past: Past, draw: random.Random) -> Any:
    rows, mutes = alertbox.shown(past.store, _now(past)), inbox.mutes(past.store, _now(past))
    return {shelf: alertbox.on_shelf(rows, shelf, mutes) for shelf in alertbox.SHELVES}


def _alert(past: Past, draw: random.Random) -> Any:
    """The page of an alert looks for it among the others, as the list does."""
    rules = {rule.name: rule for rule in _rules()}
    row = draw.choice(alertbox.shown(past.store, _now(past)))
    return row, alertbox.window(past.store, rules[row.alert.rule], row.alert, 24, _now(past))


def _unsure(past: Past, draw: random.Random) -> Any:
    items = past.items(unsure=True, limit=11)
    return items, rightings.righted(past.store, items), rightings.unsure_items(past)


def _sources(past: Past, draw: random.Random) -> Any:
    """The head, the rows and the list of what was rejected each ask for the health of all feeds."""
    health = [past.feeds_health() for _ in range(3)]
    return health, sourcework.worker(past.store, _now(past)), past.rejects(limit=20)
