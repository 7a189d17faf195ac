"""What else the stories of a subject are about: its companies, topics and sources."""

import streamlit as st

from headwater.ui import blocks, frame
from sentiment_monitor.desk import Desk
from sentiment_monitor.records.within import NEWEST, within
from sentiment_monitor.views.links import link_subject

__all__ = ["draw_sides"]

WITHIN = {"all": ("topic", "company", "source"), "topic": ("company", "topic", "source")}
OTHERS = ("topic", "company", "source")


def draw_sides(here: Desk, dimension: str, value: str, start: object) -> None:
    """A list each, those with the most stories first."""
    t = frame.texts()
    for other in WITHIN.get(dimension, OTHERS):
        rows = within(here.past, dimension, value, start, here.now, other, limit=6)  # type: ignore[arg-type]
        if not rows or (other == "source" and dimension == "source"):
            continue
        st.subheader(t(f"subject.within.{other}"), anchor=False)
        for name, counts in rows:
            with st.container(gap=None):
                link_subject(here, other, name)
                st.html(blocks.note(t.count("subject.part", counts.total, negative=counts.negative)))
    if dimension != "all":
        st.caption(t("subject.within_note", newest=f"{NEWEST:,}"))
