"""The overview: what changed since yesterday, in one screen."""

import streamlit as st

from headwater.errors import InputError
from headwater.ui import blocks, frame
from headwater.ui.faults import draw_fault
from sentiment_monitor.alerts.alarm import Alerts
from sentiment_monitor.alerts.rules import Rule, read_rules
from sentiment_monitor.desk import Desk, desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.overview import DAY, Overview, overview, sentence
from sentiment_monitor.views.changes import draw_changes
from sentiment_monitor.views.desk_bar import draw_bar, when
from sentiment_monitor.views.links import draw_story_row, link_sources
from sentiment_monitor.views.no_news import stop_without_news
from sentiment_monitor.views.standing import draw_standing

EVERY, NEWEST = 30, 8  # seconds, stories

t = frame.texts()
here = desk("nav.monitor")


@st.cache_data(ttl=600, max_entries=50, show_spinner=False)
def looked(_here: Desk, news: str, moment: object, rules: tuple[object, ...]) -> Overview:
    """Kept for a minute of the clock: every session reads the same one."""
    known = read_rules(_here.rules)
    return overview(_here.store, None if _here.live else _here.now, _here.now, known, kept(known, news, rules))


@st.cache_resource(max_entries=8, show_spinner=False)
def kept(_rules: list[Rule], news: str, rules: tuple[object, ...]) -> Alerts:
    """What is usual holds for six hours, and takes longer to learn than all else on this page."""
    return Alerts(_rules)


def look() -> tuple[Desk, Overview]:
    now = desk("nav.monitor")
    minute = now.now.replace(second=0, microsecond=0) if now.live else now.now
    return now, looked(now, now.store.name, minute, (str(now.rules), now.rules.stat().st_mtime_ns))


def draw_head() -> None:
    now, found = look()
    asked = {(one.dimension, one.value) for one in found.standing}
    asked |= {(dimension, change.value) for dimension, moved in found.changes.items() for change in moved}
    names = {pair: name_of(t, now.companies, *pair) for pair in asked}
    counts = {"stories": f"{found.now.total:,}", "before": f"{found.before.total:,}"}
    counts |= {"negative": f"{found.now.negative:,}", "was": f"{found.before.negative:,}"}
    frame.head(t("nav.monitor"), sentence(t, found, names), t("overview.rests", when=when(now, now.now), **counts))


def draw_evidence() -> None:
    now, found = look()
    left, right = st.columns([3, 2], gap="large")
    with left:
        draw_standing(now, found)
        draw_changes(now, found)
    with right:
        st.subheader(t("overview.newest"), anchor=False)
        rows = now.past.stories("all", "", now.now - DAY, now.now, limit=NEWEST)
        for row in rows:
            draw_story_row(now, row)
        if not rows:
            st.html(blocks.note(t("overview.no_stories")))
            link_sources()


stop_without_news(here, "nav.monitor")
every = EVERY if here.live else None
try:
    st.fragment(draw_head, run_every=every)()
    draw_bar(here, span=False)
    st.fragment(draw_evidence, run_every=every)()
except InputError as fault:
    draw_fault(t("overview.no_rules"), fault)
