"""The stories of one day, ten at a time."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from headwater.serving import Classifier
from headwater.ui import formats, frame
from headwater.ui.colours import sentiment_ink
from sentiment_monitor.sample_stories import Story
from sentiment_monitor.trend import LABELS, Day
from sentiment_monitor.views.story_card import draw_story

__all__ = ["draw_stories"]

STEP = 10


def draw_stories(model: Classifier, days: Sequence[Day], stories: Sequence[Story], chosen: str) -> None:
    """The list of the chosen day, with the day and the sentiments to show; the likeliest scores first."""
    t = frame.texts()
    day = date.fromisoformat(chosen)
    st.subheader(t("stories.title", day=formats.day(day, t.language)), anchor=False)
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    known = [day.day.isoformat() for day in days]
    left.selectbox(t("stories.day"), known, format_func=lambda d: _name_day(d, days), key="monitor.day")
    shown = right.pills(t("stories.show"), LABELS, selection_mode="multi", format_func=_name_label, default=LABELS)
    todays = [story for story in stories if story.day == day and story.label in shown]
    todays.sort(key=lambda story: (LABELS.index(story.label), -story.probability))
    if not todays:
        st.info(t("stories.none"), icon=":material/inbox:")
    limit = st.session_state.get(f"stories.limit.{chosen}", STEP)
    for story in todays[:limit]:
        draw_story(model, story)
    if len(todays) > limit and st.button(t.count("stories.more", len(todays) - limit)):
        st.session_state[f"stories.limit.{chosen}"] = limit + STEP
        st.rerun()


def _name_day(chosen: str, days: Sequence[Day]) -> str:
    t = frame.texts()
    total = next(day.total for day in days if day.day.isoformat() == chosen)
    return f"{formats.day(date.fromisoformat(chosen), t.language)} · {t.count('stories.count', total)}"


def _name_label(label: str) -> str:
    return f"{sentiment_ink(label).mark} {frame.texts()(f'sentiment.{label}')}"
