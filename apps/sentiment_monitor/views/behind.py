"""The stories behind a point of a chart, or of the whole range: by sentiment, a page at a time."""

import streamlit as st

from headwater.ui import frame
from headwater.ui.colours import sentiment_ink
from sentiment_monitor import charts
from sentiment_monitor.desk import Desk
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.subject import Subject
from sentiment_monitor.views.desk_bar import dated
from sentiment_monitor.views.links import draw_story_row

__all__ = ["draw_behind"]

STEP = 10


def draw_behind(here: Desk, dimension: str, value: str, found: Subject, chosen: str | None) -> None:
    """Newest first; `chosen` is the bucket that was clicked."""
    t = frame.texts()
    start, end = found.start, here.now
    for bucket in found.buckets:
        if charts.key_of(bucket.start) == chosen:
            start, end = bucket.start, bucket.end
    title = t("subject.stories_of", start=dated(start, here), end=dated(end, here)) if chosen else t("subject.stories")
    st.subheader(title, anchor=False)
    if chosen and st.button(t("subject.all_range"), icon=":material/close:", type="tertiary"):
        st.session_state["subject.bucket"] = None
        st.rerun()
    kept = st.session_state.get("subject.kept_sentiment")
    sentiment = st.pills(
        t("stories.show"), SENTIMENTS, format_func=_word, default=kept, key="subject.sentiment", wrap=True,
        label_visibility="collapsed",
    )  # fmt: skip
    st.session_state["subject.kept_sentiment"] = sentiment
    of = (dimension, value, start, end, sentiment)
    if st.session_state.get("subject.listed") != of:
        st.session_state["subject.listed"], st.session_state["subject.limit"] = of, STEP
    limit = st.session_state["subject.limit"]
    rows = here.past.stories(dimension, value, start, end, sentiment, limit=limit + 1)
    for row in rows[:limit]:
        draw_story_row(here, row)
    if not rows:
        st.info(t("stories.none"), icon=":material/inbox:")
    if len(rows) > limit and st.button(t("stories.show_more"), icon=":material/expand_more:"):
        st.session_state["subject.limit"] = limit + STEP
        st.rerun()


def _word(label: str) -> str:
    return f"{sentiment_ink(label).mark} {frame.texts()(f'sentiment.{label}')}"
