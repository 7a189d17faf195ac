"""The row of choices of the monitor's pages: which news, the range, and the moment and the zone that they are shown for."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import streamlit as st

from headwater.ui import clock, frame
from sentiment_monitor.desk import NEWS, SPANS, Desk, choose

__all__ = ["draw_bar", "when"]

NEAR = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Asia/Tokyo", "Asia/Singapore")


def when(here: Desk, moment: datetime) -> str:
    """A moment as the pages write it: the hour of the day that is shown, or the day and the hour."""
    return clock.moment(moment, here.now, frame.texts().language, here.zone)


def draw_bar(here: Desk, span: bool = True) -> None:
    """The choices in one row; `span`: whether the page has a range."""
    t = frame.texts()
    with st.container(horizontal=True, vertical_alignment="center"):
        _pick("news", list(NEWS), here.news)
        if span:
            _pick("span", [*SPANS, *(["from"] if here.span == "from" else [])], here.span)
        shown = t("newsdesk.live") if here.live else t("newsdesk.as_of", when=_dated(here.now, here))
        with st.popover(shown, icon=":material/schedule:"):
            _draw_moment(here, span)


def _pick(name: str, options: list[str], chosen: str) -> None:
    t, key = frame.texts(), f"desk.pick.{name}"
    st.session_state[key] = chosen

    def picked() -> None:
        if st.session_state[key]:
            choose(name, st.session_state[key])

    st.segmented_control(
        t(f"newsdesk.{name}"), options, key=key, on_change=picked, label_visibility="collapsed",
        format_func=lambda option: t(f"newsdesk.pick.{name}.{option}"),
    )  # fmt: skip


def _draw_moment(here: Desk, span: bool) -> None:
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


def _dated(moment: datetime, here: Desk) -> str:
    return clock.moment(moment, moment + timedelta(days=2), frame.texts().language, here.zone)
