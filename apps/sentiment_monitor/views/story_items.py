"""The items of a story as they came: which was first, which are copies, updates or the same in other words."""

import streamlit as st

from headwater.ui import blocks, frame
from headwater.ui.colours import ACCENT, OTHER, Ink
from sentiment_monitor.desk import Desk
from sentiment_monitor.naming import short
from sentiment_monitor.records import Story
from sentiment_monitor.views.desk_bar import when

__all__ = ["draw_items"]

INKS = {"first": Ink(ACCENT, "●"), "update": Ink(ACCENT, "◆"), "same": Ink(ACCENT, "○"), "copy": OTHER}
STEP = 12


def draw_items(here: Desk, story: Story) -> None:
    """In the order in which they came; the words where they differ from the first."""
    t = frame.texts()
    st.subheader(t("story.items", number=f"{story.count:,}"), anchor=False)
    key = f"story.limit.{story.id}"
    limit = st.session_state.get(key, STEP)
    for item in story.items[:limit]:
        relation = item.relation or "first"
        chip = blocks.chip(t(f"story.relation.{relation}"), INKS[relation])
        name = item.source or t("newsdesk.no_source")
        at = when(here, item.at)
        st.html(
            blocks.tags(at, [blocks.safe_link(item.url, name), chip])
            if item.url
            else blocks.tags(f"{at} · {name}", [chip])
        )
        if relation in ("update", "same"):
            st.html(blocks.note(short(item.title)))
    if len(story.items) > limit and st.button(t("stories.show_more"), icon=":material/expand_more:"):
        st.session_state[key] = limit + STEP
        st.rerun()
    if story.count > len(story.items):
        st.caption(t("story.not_all", number=f"{len(story.items):,}"))
