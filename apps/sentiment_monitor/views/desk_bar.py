"""The row of choices of the monitor's pages: which news, the range, and the moment and the zone that they are shown for."""

from datetime import datetime, timedelta

import streamlit as st

from headwater.ui import clock, frame
from sentiment_monitor.desk import NEWS, SPANS, Desk, choose
from sentiment_monitor.views.desk_moment import draw_moment

__all__ = ["between", "dated", "draw_bar", "when"]


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
        zone = here.zone_name.rpartition("/")[2].replace("_", " ")
        shown = (
            t("newsdesk.live", zone=zone) if here.live else t("newsdesk.as_of", when=dated(here.now, here), zone=zone)
        )
        with st.popover(shown, icon=":material/schedule:"):
            draw_moment(here, span)


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


def dated(moment: datetime, here: Desk) -> str:
    """A moment with its day, whichever it is."""
    return clock.moment(moment, moment + timedelta(days=2), frame.texts().language, here.zone)


def between(here: Desk, first: datetime, last: datetime) -> str:
    """Two moments, the day once where they share it."""
    t, days = frame.texts(), [moment.astimezone(here.zone).date() for moment in (first, last)]
    if first == last:
        return t("newsdesk.at", when=dated(first, here))
    until = clock.moment(last, last, t.language, here.zone) if days[0] == days[1] else dated(last, here)
    return t("story.span", first=dated(first, here), last=until)
