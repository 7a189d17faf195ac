"""Moments and spans of time in the reader's own zone and words."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from headwater.ui.formats import day
from headwater.ui.texts import Catalogue

__all__ = ["lasting", "moment", "reader_zone"]


def reader_zone() -> tzinfo:
    """The zone of the reader's browser; UTC where it does not say one."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):  # a browser may name a zone that this machine does not know
        return UTC


def moment(when: datetime, now: datetime, language: str, zone: tzinfo) -> str:
    """The hour of today, or the day and the hour, in `zone`.

    >>> now = datetime(2026, 11, 22, 18, tzinfo=UTC)
    >>> moment(datetime(2026, 11, 22, 9, 5, tzinfo=UTC), now, "en", UTC)
    '09:05'
    >>> moment(datetime(2026, 11, 3, 9, 5, tzinfo=UTC), now, "en", UTC)
    '3 November 09:05'
    """
    here = when.astimezone(zone)
    hour = f"{here:%H:%M}"
    return hour if here.date() == now.astimezone(zone).date() else f"{day(here.date(), language)} {hour}"


def lasting(span: timedelta, t: Catalogue) -> str:
    """How long something has taken, in its largest unit: under a minute, minutes, hours below two days, days."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return t("span.moment")
    for unit, size, below in (("minutes", 1, 120), ("hours", 60, 48 * 60)):
        if minutes < below:
            return t.count(f"span.{unit}", minutes // size)
    return t.count("span.days", minutes // 1440)
