"""When a feed is looked at next: its interval, ever longer after failures, never sooner than its server asks."""

import zlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

__all__ = ["LONGEST", "next_look", "retry_after"]

LONGEST = timedelta(hours=6)  # between two looks at a feed that fails
ASKED = timedelta(days=1)  # the most that a server is obeyed
SPREAD = 0.1  # of an interval that is taken off, so that feeds declared together do not stay together


def next_look(name: str, now: datetime, every: float, failures: int = 0, asked: timedelta | None = None) -> datetime:
    """When to look again: after `every` seconds, doubled with each failure in a row after the first, six hours at most.

    Less up to a tenth, after a failure up to a half, by a hash of name and time. `asked` is what Retry-After says.

    >>> noon = datetime(2026, 11, 12, 12, tzinfo=UTC)
    >>> (next_look("ecb", noon, 300, failures=4) - noon).seconds in range(1200, 2401)
    True
    """
    full = min(every * 2.0 ** min(max(failures - 1, 0), 30), max(LONGEST.total_seconds(), every))
    share = zlib.crc32(f"{name}\0{now.isoformat()}".encode()) / 2**32
    wait = timedelta(seconds=full * (1 - share * (0.5 if failures else SPREAD)))
    return now + max(wait, min(asked or wait, ASKED))


def retry_after(written: str | None, now: datetime) -> timedelta | None:
    """Retry-After as a span of time: seconds, or a date of HTTP; None where it is neither, or past.

    >>> retry_after("120", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    """
    written = (written or "").strip()
    if written.isascii() and written.isdigit():
        return timedelta(seconds=min(int(written[:9]), ASKED.total_seconds()))
    try:
        when = parsedate_to_datetime(written)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return when - now if when > now else None
