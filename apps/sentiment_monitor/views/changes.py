"""What changed since the day before, by company and by topic: both counts, and how many times as many."""

import streamlit as st

from headwater.ui import blocks, frame
from headwater.ui.colours import BAD, GOOD, OTHER, Ink
from sentiment_monitor.desk import Desk
from sentiment_monitor.overview import Overview, change_ratio, change_words
from sentiment_monitor.trends import Change
from sentiment_monitor.views.links import link_subject

__all__ = ["draw_changes"]

RISE, FALL = Ink(BAD, "↑"), Ink(GOOD, "↓")  # of negative stories


def draw_changes(here: Desk, found: Overview) -> None:
    """The most surprising changes first."""
    t = frame.texts()
    st.subheader(t("overview.changes"), anchor=False)
    if not any(found.changes.values()):
        st.html(blocks.note(t("overview.no_changes")))
        return
    st.html(blocks.note(t("overview.changes_note")))
    for column, (dimension, moved) in zip(st.columns(len(found.changes)), found.changes.items(), strict=True):
        with column:
            st.html(blocks.note(t(f"subject.of.{dimension}")))
            for change in moved:
                _draw(here, dimension, change)
            if not moved:
                st.html(blocks.note(t("overview.no_changes")))


def _draw(here: Desk, dimension: str, change: Change) -> None:
    t = frame.texts()
    rose, fell = change.now.negative > change.before.negative, change.now.negative < change.before.negative
    mark = blocks.chip(change_words(t, change), RISE if rose else FALL if fell else OTHER)
    with st.container(gap=None):
        link_subject(here, dimension, change.value)
        st.html(blocks.tags("", [mark, blocks.note(change_ratio(t, change))]))
