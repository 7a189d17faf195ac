"""The moment that the pages are shown for, where the range begins, and the time zone: what a popover asks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import streamlit as st

from headwater.ui import frame
from sentiment_monitor.desk import Desk, choose

__all__ = ["draw_moment"]

NEAR = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Asia/Tokyo", "Asia/Singapore")


def draw_moment(here: Desk, span: bool) -> None:
    """Now, or a day and an hour of the past; where the range begins; the zone."""
    t, local = frame.texts(), here.now.astimezone(here.zone)
    first = (here.first or here.now - timedelta(days=365)).astimezone(here.zone).date()
    last = max((here.now if here.live else here.last or here.now).astimezone(here.zone).date(), local.date())
    st.caption(t("newsdesk.moment_note"))
    day = st.date_input(t("newsdesk.day"), local.date(), min(first, local.date()), last, format="YYYY-MM-DD")
    hour = st.time_input(t("newsdesk.hour"), local.time().replace(second=0, microsecond=0), step=1800)
    start = _draw_start(here, first) if span else None
    zones = list(dict.fromkeys([here.zone_name, *NEAR, *sorted(available_timezones())]))
    zone = st.selectbox(t("newsdesk.zone"), zones, format_func=lambda name: name.replace("_", " "))
    with st.container(horizontal=True):
        if st.button(t("newsdesk.show"), type="primary", key="desk.show"):
            _show(here, day, hour, start, zone)
        if not here.live and here.news == "own" and st.button(t("newsdesk.to_now"), key="desk.to_now"):
            choose("moment", None)
            st.rerun()


def _draw_start(here: Desk, first: date) -> date:
    begins = here.start.astimezone(here.zone).date()
    return st.date_input(
        frame.texts()("newsdesk.from"), begins, min(first, begins), here.now.date(), format="YYYY-MM-DD"
    )


def _show(here: Desk, day: date, hour: time, start: date | None, zone: str) -> None:
    """Keep what was set; a moment that was left as it stood goes on being now."""
    local = here.now.astimezone(here.zone)
    if (day, hour) != (local.date(), local.time().replace(second=0, microsecond=0)):
        choose("moment", datetime.combine(day, hour, here.zone).astimezone(UTC))
    if start is not None and start != here.start.astimezone(here.zone).date():
        choose("from", datetime.combine(start, time(), here.zone).astimezone(UTC))
        choose("span", "from")
    choose("zone", zone)
    st.rerun()
