"""What an agent can do with a conversation: take it over, close it, hand it back."""

from collections.abc import Callable

import streamlit as st

from headwater.errors import InputError
from headwater.ui import blocks, frame
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Conversation

__all__ = ["attempt", "draw_actions"]


def draw_actions(desk: Desk, talk: Conversation, who: str, holder: str) -> None:
    """What can be done with it now."""
    t, key = frame.texts(), talk.key
    if holder in ("waiting", "bot"):
        if not who:
            st.html(blocks.note(t("desk.name_first")))
        if st.button(t("desk.take"), type="primary", icon=":material/support_agent:", disabled=not who):
            attempt(lambda: desk.take(key, who))
    if holder == "mine":
        with st.container(horizontal=True):
            with st.popover(
                t("desk.close"), type="primary", icon=":material/done_all:"
            ):  # it cannot be undone: two clicks
                st.html(blocks.paragraph(t("desk.close_ask")))
                if st.button(t("desk.close_sure"), type="primary"):
                    attempt(lambda: desk.close(key, who))
            if st.button(t("desk.give_back"), icon=":material/smart_toy:", help=t("desk.give_back_help")):
                attempt(lambda: desk.give_back(key, who))


def attempt(act: Callable[[], object]) -> None:
    """Do it and draw the page anew; where somebody else was first, say so."""
    try:
        act()
    except InputError as fault:
        st.session_state["desk.fault"] = str(fault)
    st.rerun()
