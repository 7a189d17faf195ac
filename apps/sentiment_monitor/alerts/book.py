"""Alerts in the store: what a tick decided and what is to be sent of it, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from headwater.store import Store, outbox
from headwater.store.news import NEWS_ALERT, NEWS_ALERT_STEP, NEWS_MUTE
from sentiment_monitor.alerts.alarm import Standing
from sentiment_monitor.alerts.rule import Alert, Change, Rule
from sentiment_monitor.alerts.tuning import MEMORY, Mark, tuned

__all__ = ["CHANNEL", "COLUMNS", "Stored", "alert_of", "event_key"]

CHANNEL = "alert"  # of the outbox
COLUMNS = [NEWS_ALERT.c[field.name] for field in fields(Alert)]


class Stored:
    """A book in a store. Several processes may tick: of two that come to the same change, one writes and tells it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def standing(self, rules: Sequence[Rule], now: datetime) -> Standing:
        """What stands now: open alerts, those that may still cool, and the chances that marked alerts have taught."""
        cool = max((rule.cool_down for rule in rules), default=0.0)
        lately = NEWS_ALERT.c.closed > now - timedelta(hours=cool)
        wanted = sa.select(*COLUMNS).where(sa.or_(NEWS_ALERT.c.closed.is_(None), lately)).order_by(NEWS_ALERT.c.closed)
        with self.store.read() as connection:
            alerts = [alert_of(row) for row in connection.execute(wanted)]
            chances = tuned(rules, _marks(connection, now))
        return Standing(
            {alert.target: alert for alert in alerts if alert.closed is None},
            {alert.target: alert for alert in alerts if alert.closed is not None},  # the last of a target stays
            chances,
        )

    def write(self, rules: Sequence[Rule], changes: Sequence[Change]) -> list[Change]:
        """Write changes down, with a message for each channel of the rule where one opens or is raised and is not muted."""
        channels = {rule.name: rule.channels for rule in rules}
        with self.store.write() as connection:
            muted = _muted(connection, changes[0].at) if changes else set()
            told = [told for change in changes if (told := _written(connection, change)) is not None]
            for change in told:
                _remember(connection, change)
                if change.kind != "closed" and not _is_muted(change.alert, muted):
                    _tell(connection, change, channels.get(change.alert.rule, ()))
        return [change for change in told if change.kind != "held"]


def alert_of(row: sa.Row[Any]) -> Alert:
    """A row that holds COLUMNS, as an alert."""
    values = {column.name: row._mapping[column.name] for column in COLUMNS}
    return Alert(**(values | {"led": tuple(values["led"])}))


def event_key(change: Change, channel: str) -> str:
    """What a message is known by: rule/dimension/value/opened/severity/channel; a long value by its digest."""
    alert = change.alert
    value = alert.value if len(alert.value) <= 64 else sha256(alert.value.encode()).hexdigest()[:32]
    return f"{alert.rule}/{alert.dimension}/{value}/{alert.opened.isoformat()}/{alert.severity}/{channel[:64]}"


def _written(connection: sa.Connection, change: Change) -> Change | None:
    """The change with the id of its alert, or None where somebody else has brought the alert as far already."""
    alert = change.alert
    values = {column.name: getattr(alert, column.name) for column in COLUMNS if column.name != "id"}
    values["led"] = list(alert.led)
    if change.kind == "opened":
        at = {key: values[key] for key in ("rule", "dimension", "value", "opened")}
        same = sa.select(NEWS_ALERT.c.id).where(*(NEWS_ALERT.c[key] == value for key, value in at.items()))
        if connection.execute(same.limit(1)).first() is not None:
            return None
        number = _inserted(connection, values)
        return None if number is None else _numbered(change, number)
    mine = [NEWS_ALERT.c.id == alert.id, NEWS_ALERT.c.closed.is_(None)]
    if change.kind == "raised":
        mine.append(NEWS_ALERT.c.severity < alert.severity)
    if change.kind == "held":
        mine.append(NEWS_ALERT.c.severity <= alert.severity)
    changed = {key: values[key] for key in ("updated", "closed", "severity", "reason", "led")}
    return change if connection.execute(NEWS_ALERT.update().where(*mine).values(changed)).rowcount else None


def _remember(connection: sa.Connection, change: Change) -> None:
    """Write down what the alert says from this tick on, where that is not what it said before."""
    step, alert = NEWS_ALERT_STEP.c, change.alert
    last = sa.select(step.severity, step.reason).where(step.alert == alert.id).order_by(step.at.desc()).limit(1)
    if change.kind != "closed" and connection.execute(last).one_or_none() != (alert.severity, alert.reason):
        values = {"alert": alert.id, "at": change.at, "severity": alert.severity, "reason": alert.reason}
        connection.execute(NEWS_ALERT_STEP.insert().values(values | {"led": list(alert.led)}))


def _inserted(connection: sa.Connection, values: dict[str, Any]) -> int | None:
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[connection.dialect.name]
    # No target is named: the index of open alerts is a partial one, which each database words otherwise.
    statement = insert(NEWS_ALERT).values(**values).on_conflict_do_nothing().returning(NEWS_ALERT.c.id)
    number: int | None = connection.execute(statement).scalar()
    return number


def _numbered(change: Change, number: int) -> Change:
    return replace(change, alert=replace(change.alert, id=number))


def _tell(connection: sa.Connection, change: Change, channels: Iterable[str]) -> None:
    alert = change.alert
    payload = {
        "alert": alert.id, "change": change.kind, "rule": alert.rule, "dimension": alert.dimension, "value": alert.value,
        "opened": alert.opened.isoformat(), "at": change.at.isoformat(), "severity": alert.severity,
        "reason": alert.reason, "led": list(alert.led),
    }  # fmt: skip
    for channel in dict.fromkeys(channels):  # one message each: what one channel refuses is not sent twice to another
        outbox.put(connection, CHANNEL, event_key(change, channel), payload | {"to": channel})


def _muted(connection: sa.Connection, now: datetime) -> set[tuple[str | None, str, str]]:
    rows = sa.select(NEWS_MUTE.c.rule, NEWS_MUTE.c.dimension, NEWS_MUTE.c.value).where(NEWS_MUTE.c.until > now)
    return {(rule, dimension, value) for rule, dimension, value in connection.execute(rows)}


def _is_muted(alert: Alert, muted: set[tuple[str | None, str, str]]) -> bool:
    return any((rule, alert.dimension, alert.value) in muted for rule in (alert.rule, None))


def _marks(connection: sa.Connection, now: datetime) -> list[Mark]:
    chosen = sa.select(
        NEWS_ALERT.c.rule, NEWS_ALERT.c.dimension, NEWS_ALERT.c.value, NEWS_ALERT.c.verdict, NEWS_ALERT.c.reason
    )
    rows = connection.execute(chosen.where(NEWS_ALERT.c.verdict.is_not(None), NEWS_ALERT.c.opened > now - MEMORY))
    return [
        Mark((rule, dimension, value), verdict == "false", _p(reason))
        for rule, dimension, value, verdict, reason in rows
    ]


def _p(reason: Mapping[str, Any]) -> float:
    return float(reason.get("p", 0.0))
