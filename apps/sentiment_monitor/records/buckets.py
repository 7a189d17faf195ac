"""Where the buckets of a series begin: steps of whole hours, or days, weeks and months of a time zone."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from headwater.errors import InputError
from headwater.store.news import EPOCH

__all__ = ["STEPS", "check_window", "edges_of"]

STEPS = ("day", "week", "month")
HOUR = timedelta(hours=1)
MOST = 10_000  # buckets: more than any screen has points


def edges_of(start: datetime, end: datetime, step: timedelta | str, zone: str = "UTC") -> list[datetime]:
    """The edges of the buckets of a window: `start` first, `end` last, the others where the step has them.

    A step of hours counts from the whole hour at or before `start`; a day, week (from Monday) or month is the zone's,
    so that a day may have 23 or 25 hours. The first and the last bucket may be shorter. Raises InputError.

    >>> noon = datetime(2026, 3, 29, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> [edge.isoformat() for edge in edges_of(noon - timedelta(days=1), noon, "day", "Europe/Berlin")]
    ['2026-03-28T12:00:00+01:00', '2026-03-29T00:00:00+01:00', '2026-03-29T12:00:00+02:00']
    """
    check_window(start, end)
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise InputError(f"expected a time zone such as Europe/London, got {zone!r}") from fault
    steps = _hours(start, step) if isinstance(step, timedelta) else _days(start.astimezone(place).date(), step, place)
    edges = [start.astimezone(place)]
    for edge in steps:
        if edge >= end:
            break
        if edge > start:
            edges.append(edge.astimezone(place))
        if len(edges) > MOST:
            raise InputError(f"expected at most {MOST} buckets, got more: take a longer step than {step}")
    return [*edges, end.astimezone(place)]


def check_window(start: datetime, end: datetime) -> None:
    """Raise InputError for what is no window."""
    if start.tzinfo is None or end.tzinfo is None or not start < end:
        raise InputError(f"expected a window of two moments with their zones, the first earlier, got {start} to {end}")


def _hours(start: datetime, step: timedelta) -> Iterator[datetime]:
    if step < HOUR or step % HOUR:
        raise InputError(f"expected a step of whole hours, got {step}")
    edge = start - (start - EPOCH) % HOUR
    while True:
        yield edge
        edge += step


def _days(day: date, step: str, zone: ZoneInfo) -> Iterator[datetime]:
    if step not in STEPS:
        raise InputError(f"expected a step of hours, or one of {', '.join(STEPS)}, got {step!r}")
    if step == "week":
        day -= timedelta(days=day.weekday())
    if step == "month":
        day = day.replace(day=1)
    while True:
        yield datetime.combine(day, time(), zone)
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1) if step == "month" else day + timedelta(days=7 if step == "week" else 1)  # fmt: skip
