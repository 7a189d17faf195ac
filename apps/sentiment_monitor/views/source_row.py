"""One source, and what was rejected of all of them."""

import streamlit as st

from headwater.ui import blocks, frame, signin
from headwater.ui.colours import ACCENT, BAD, GOOD, OTHER, Ink
from headwater.ui.roles import ADMIN
from sentiment_monitor import sourcework
from sentiment_monitor.desk import Desk
from sentiment_monitor.records import FeedHealth
from sentiment_monitor.views.desk_bar import when

__all__ = ["draw_rejects", "draw_row"]

INKS = {
    "failing": Ink(BAD, "▲"),
    "overdue": Ink(BAD, "◆"),
    "new": Ink(ACCENT, "○"),
    "paused": OTHER,
    "well": Ink(GOOD, "●"),
}
PUSHED = Ink(ACCENT, "●")
STEP = 20


def draw_row(here: Desk, health: FeedHealth, mine: bool) -> None:
    """Its state, what came of it within a day, what was wrong, and the switch; `mine`: it is one's own, and shown now."""
    t, feed = frame.texts(), health.feed
    state = sourcework.state_of(health, here.now) if mine else "paused" if feed.paused else "well"
    ink = PUSHED if state == "well" and feed.due is None else INKS[state]
    said = t("newssources.pushed") if ink is PUSHED else t(f"newssources.state.{state}")
    counts = t("newssources.counts", items=f"{health.items:,}", late=f"{health.late:,}", rejects=f"{health.rejects:,}")
    meta = [t(f"newssources.kind.{feed.kind}"), counts]
    if mine and feed.succeeded:
        meta.append(t("newssources.read", when=when(here, feed.succeeded)))
    if mine and feed.due and not feed.paused:
        meta.append(t("newssources.due", when=when(here, feed.due)))
    with st.container(border=True):
        words, way = st.columns([6, 1], vertical_alignment="center")
        words.html(blocks.story("\n".join(part for part in (feed.name, feed.address if feed.address != feed.name else "") if part), said, ink, meta))  # fmt: skip
        if feed.last_error and mine:
            words.html(blocks.note(t.count("newssources.failed", feed.failures, why=feed.last_error)))
        if mine and feed.kind in ("url", "folder") and signin.person().may(ADMIN):
            key = "resume" if feed.paused else "pause"
            if way.button(t(f"newssources.{key}"), key=f"newssources.{key}.{feed.id}", type="tertiary"):
                here.pen.pause(feed.id, not feed.paused)
                st.rerun(scope="app")


def draw_rejects(here: Desk) -> None:
    """What could not be used, newest first, with the reason."""
    t = frame.texts()
    with st.expander(t("newssources.rejects"), icon=":material/rule:"):
        names = {one.feed.id: one.feed.name for one in here.past.feeds_health()}
        chosen = st.selectbox(
            t("newssources.of"), [None, *names], format_func=lambda number: names.get(number, t("newssources.every")), key="newssources.of"
        )  # fmt: skip
        rows = here.past.rejects(chosen, limit=st.session_state.get("newssources.shown", STEP))
        if not rows:
            st.html(blocks.note(t("newssources.no_rejects")))
            return
        words = {key: t(f"newssources.column.{key}") for key in ("when", "feed", "reason", "raw")}
        shown = [(when(here, row.seen), names.get(row.feed, ""), row.reason, row.raw[:200]) for row in rows]
        st.dataframe([dict(zip(words.values(), row, strict=True)) for row in shown], hide_index=True)
        if len(rows) == st.session_state.get("newssources.shown", STEP) and st.button(t("newssources.more"), key="newssources.more"):  # fmt: skip
            st.session_state["newssources.shown"] = len(rows) + 5 * STEP
            st.rerun()
