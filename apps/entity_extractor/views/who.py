"""Who corrects: as signed in, or as they say themselves."""

import streamlit as st

from entity_extractor.learning.desk import person
from headwater.ui import frame, signin

__all__ = ["draw_person"]


def draw_person() -> None:
    """Where nobody signs in, who corrects says so."""
    t = frame.texts()
    if not signin.is_on():
        given = st.text_input(t("newsdesk.person"), person(), max_chars=80, help=t("newsdesk.person_help"))
        if given.strip() != person():
            st.session_state["correct.person"] = given.strip()
            st.rerun()
    if not person():
        st.caption(t("newsdesk.nobody"))
