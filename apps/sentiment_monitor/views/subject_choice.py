"""Which topic, company or source the page is about: in its address, or chosen here."""

import streamlit as st

from headwater.ui import formats, frame
from sentiment_monitor.desk import Desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.news import DIMENSIONS

__all__ = ["draw_choice"]

MOST = 300  # values to choose from: those with the most stories


def draw_choice(here: Desk) -> tuple[str, str]:
    """(dimension, value); what was chosen stands in the address, so that the page can be sent to somebody."""
    t = frame.texts()
    asked = st.query_params.get("of", "all")
    dimension = asked if asked in DIMENSIONS else "all"
    st.session_state["subject.of"] = dimension
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            t("subject.choice"), DIMENSIONS, key="subject.of", on_change=_turn, label_visibility="collapsed",
            format_func=lambda one: t(f"subject.of.{one}"),
        )  # fmt: skip
        if dimension == "all":
            return "all", ""
        counts = dict(here.past.tops(dimension, here.start, here.now, MOST))
        value = st.query_params.get("name") or next(iter(counts), "")
        values = list(dict.fromkeys([*counts, *([value] if value else [])]))
        if not values:
            st.caption(t("subject.no_values"))
            return dimension, ""
        st.session_state["subject.name"] = value
        st.selectbox(
            t(f"subject.of.{dimension}"), values, key="subject.name", on_change=_name, label_visibility="collapsed",
            format_func=lambda one: f"{name_of(t, here.companies, dimension, one)} · {formats.number(counts[one].total if one in counts else 0)}",
        )  # fmt: skip
    return dimension, value


def _turn() -> None:
    st.query_params.from_dict({"of": st.session_state["subject.of"] or "all"})


def _name() -> None:
    st.query_params["name"] = st.session_state["subject.name"]
