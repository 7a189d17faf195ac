"""The stories of one day, ten at a time, and on demand the words that made each score."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from headwater.serving import Classifier
from headwater.ui import blocks, formats, frame
from headwater.ui.colours import sentiment_ink
from headwater.ui.loading import word_weights
from sentiment_monitor.stories import Story
from sentiment_monitor.trend import LABELS, Day

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
        _draw(model, story)
    if len(todays) > limit and st.button(t.count("stories.more", len(todays) - limit)):
        st.session_state[f"stories.limit.{chosen}"] = limit + STEP
        st.rerun()


def _name_day(chosen: str, days: Sequence[Day]) -> str:
    t = frame.texts()
    total = next(day.total for day in days if day.day.isoformat() == chosen)
    return f"{formats.day(date.fromisoformat(chosen), t.language)} · {t.count('stories.count', total)}"


def _name_label(label: str) -> str:
    return f"{sentiment_ink(label).mark} {frame.texts()(f'sentiment.{label}')}"


def _draw(model: Classifier, story: Story) -> None:
    t, item = frame.texts(), story.first
    label = t("sentiment.sure", label=t(f"sentiment.{story.label}"), percent=formats.percent(story.probability))
    meta = [f"{item.published:%H:%M} UTC", item.source or t("stories.no_source")]
    if story.copies:
        meta.append(t.count("stories.copies", len(story.copies)))
    link = blocks.safe_link(item.url, t("stories.link")) if item.url else ""
    with st.container(border=True, gap="xsmall"):
        st.html(blocks.story(item.text, label, sentiment_ink(story.label), meta, link))
        if st.toggle(t("why.ask"), key=f"why-{item.id}"):
            _draw_why(model, story)


def _draw_why(model: Classifier, story: Story) -> None:
    t = frame.texts()
    rows = [(t(f"sentiment.{label}"), share, formats.percent(share)) for label, share in story.probabilities.items()]
    st.html(blocks.bars(rows, [sentiment_ink(label) for label in story.probabilities]))
    parts = word_weights(model, model.bundle.digest, story.first.text, story.label)
    st.html(blocks.note(t("why.words", label=t(f"sentiment.{story.label}"))))
    st.html(blocks.weighted_words([(part.text, part.drop) for part in parts]))
