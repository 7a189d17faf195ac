"""Any date that a feed carries -> one spelling: ISO 8601 in UTC."""

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any

__all__ = ["to_utc"]

# 1973 to 5138 in seconds; the same numbers times 1,000 are milliseconds. Smaller ones (20261020) are not seconds.
EPOCH = range(10**8, 10**11)


def to_utc(value: Any) -> str | None:
    """The moment as ISO 8601 in UTC, or None where it cannot be read.

    Takes datetimes and dates, ISO 8601, RFC 822 ("Tue, 20 Oct 2026 08:00:00 +0200") and seconds or milliseconds
    since 1970. A moment without a zone is taken as UTC.

    >>> to_utc("Tue, 20 Oct 2026 08:00:00 +0200")
    '2026-10-20T06:00:00Z'
    >>> to_utc("yesterday") is None
    True
    """
    try:
        moment = _moment(value)
        if moment is None:
            return None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment.isoformat().replace("+00:00", "Z")


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(value)
    if not isinstance(value, str):
        return None
    written = value.strip()
    if re.fullmatch(r"[0-9]{9,14}(\.[0-9]+)?", written):
        return _since_1970(float(written))
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return parsedate_to_datetime(written)


def _since_1970(number: float) -> datetime | None:
    if EPOCH.start <= number < EPOCH.stop:
        return datetime.fromtimestamp(number, UTC)
    if EPOCH.start <= number / 1000 < EPOCH.stop:
        return datetime.fromtimestamp(number / 1000, UTC)
    return None
