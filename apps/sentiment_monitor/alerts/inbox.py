"""What people do with alerts: look at them, acknowledge, mark as false, mute."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.news import NEWS_ALERT, NEWS_ALERT_STEP, NEWS_MUTE
from headwater.store.tables import utc_now
from sentiment_monitor.alerts.book import COLUMNS, alert_of
from sentiment_monitor.alerts.rule import Alert
from sentiment_monitor.news import DIMENSIONS

__all__ = ["VERDICTS", "Judged", "Mute", "alert", "alerts", "as_of", "decide", "mute", "mutes", "unmute"]

VERDICTS = ("acknowledged", "false")
DECIDED = [NEWS_ALERT.c.verdict, NEWS_ALERT.c.by, NEWS_ALERT.c.decided]


@dataclass(frozen=True)
class Judged:
    """An alert, and what a person made of it: `verdict` is None, "acknowledged" or "false"."""

    alert: Alert
    verdict: str | None = None
    by: str | None = None
    decided: datetime | None = None


@dataclass(frozen=True)
class Mute:
    """Nothing is sent about a (dimension, value) until then; of one rule, or of all (None)."""

    id: int
    rule: str | None
    dimension: str
    value: str
    until: datetime
    by: str


def alerts(
    store: Store,
    *,
    open_only: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    dimension: str | None = None,
    value: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Judged]:
    """Alerts, the newest first, opened from `since` to `until`; `before` is the id of the last of the page before."""
    asked = {NEWS_ALERT.c.dimension: dimension, NEWS_ALERT.c.value: value}
    wanted = [column == given for column, given in asked.items() if given is not None]
    wanted += [NEWS_ALERT.c.closed.is_(None)] if open_only else []
    wanted += [NEWS_ALERT.c.opened >= since] if since is not None else []
    wanted += [NEWS_ALERT.c.opened <= until] if until is not None else []
    wanted += [NEWS_ALERT.c.id < before] if before is not None else []
    return _judged(store, wanted, limit)


def alert(store: Store, number: int) -> Judged:
    """One alert. Raises InputError where there is none of this number."""
    found = _judged(store, [NEWS_ALERT.c.id == number], 1)
    if not found:
        raise InputError(f"expected the number of an alert, got {number}: `sentiment-monitor alerts list` shows them")
    return found[0]


def as_of(store: Store, alerts: Sequence[Alert], moment: datetime) -> dict[int, Alert]:
    """Alerts by number as they stood at a moment: their severity, reason and stories of then.

    Those of which nothing is known at that moment, since it was not kept when they opened, are left out.
    """
    step, numbered = NEWS_ALERT_STEP.c, {alert.id: alert for alert in alerts}
    known = sa.select(step.alert, step.severity, step.reason, step.led).where(
        step.alert.in_(numbered), step.at <= moment
    )
    with store.read() as connection:
        rows = connection.execute(known.order_by(step.at)).all()  # the last of each alert stays
    return {
        row.alert: replace(numbered[row.alert], severity=row.severity, reason=row.reason, led=tuple(row.led))
        for row in rows
    }


def decide(store: Store, number: int, verdict: str | None, by: str, now: datetime | None = None) -> Judged:
    """Write down what a person made of an alert; None takes it back. False ones teach `tuning`. Raises InputError."""
    if verdict is not None and verdict not in VERDICTS:
        raise InputError(f"expected a verdict of {', '.join(VERDICTS)}, got {verdict!r}")
    alert(store, number)
    decided = {"verdict": verdict, "by": verdict and by, "decided": verdict and (now or utc_now())}
    with store.write() as connection:
        connection.execute(NEWS_ALERT.update().where(NEWS_ALERT.c.id == number).values(decided))
    return alert(store, number)


def mute(
    store: Store, dimension: str, value: str, until: datetime, by: str, rule: str | None = None, now: datetime | None = None
) -> Mute:  # fmt: skip
    """Send nothing about a target until then; its alerts still open and are shown. Raises InputError.

    Where it is muted already, by the same rule or by all, that mute takes the new end: one taken back is none left.
    """
    moment = now or utc_now()
    if dimension not in DIMENSIONS:
        raise InputError(f"expected a dimension of {', '.join(DIMENSIONS)}, got {dimension!r}")
    if until <= moment:
        raise InputError(f"expected an end after {moment.isoformat()}, got {until.isoformat()}")
    row = {"rule": rule, "dimension": dimension, "value": value, "until": until, "by": by, "created": moment}
    same = [NEWS_MUTE.c[name].is_not_distinct_from(row[name]) for name in ("rule", "dimension", "value")]
    standing = sa.select(NEWS_MUTE.c.id).where(*same, NEWS_MUTE.c.until > moment).order_by(NEWS_MUTE.c.id.desc())
    with store.write() as connection:
        number = connection.execute(standing.limit(1).with_for_update()).scalar()
        if number is None:
            number = connection.execute(NEWS_MUTE.insert().values(row).returning(NEWS_MUTE.c.id)).scalar_one()
        else:
            connection.execute(NEWS_MUTE.update().where(NEWS_MUTE.c.id == number).values(row))
    return Mute(number, rule, dimension, value, until, by)


def mutes(store: Store, now: datetime | None = None) -> list[Mute]:
    """What is muted now, the longest first."""
    columns = (NEWS_MUTE.c[name] for name in ("id", "rule", "dimension", "value", "until", "by"))
    wanted = sa.select(*columns).where(NEWS_MUTE.c.until > (now or utc_now())).order_by(NEWS_MUTE.c.until.desc())
    with store.read() as connection:
        return [Mute(*row) for row in connection.execute(wanted)]


def unmute(store: Store, number: int) -> bool:
    """Take a mute back; False where there was none of this number."""
    with store.write() as connection:
        return bool(connection.execute(NEWS_MUTE.delete().where(NEWS_MUTE.c.id == number)).rowcount)


def _judged(store: Store, wanted: Sequence[sa.ColumnElement[bool]], limit: int) -> list[Judged]:
    chosen = sa.select(*COLUMNS, *DECIDED).where(*wanted).order_by(NEWS_ALERT.c.id.desc()).limit(limit)
    with store.read() as connection:
        return [Judged(alert_of(row), row.verdict, row.by, row.decided) for row in connection.execute(chosen)]
