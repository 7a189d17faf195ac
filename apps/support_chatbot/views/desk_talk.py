"""One conversation at the desk: what was said and understood, what the next person must know, and what they can do."""

import streamlit as st

from headwater.ui import clock, frame, signin
from headwater.ui.faults import draw_fault
from support_chatbot import deskwork
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Conversation
from support_chatbot.views.desk_actions import attempt, draw_actions
from support_chatbot.views.desk_facts import draw_facts, summary_of
from support_chatbot.views.desk_row import agent
from support_chatbot.views.desk_turns import draw_turns

__all__ = ["draw_talk"]

HEIGHT = 460  # pixels of what was said: follows what is new, unless the agent has scrolled up; the field stays in sight


def draw_talk(desk: Desk, talk: Conversation) -> None:
    """The whole of a conversation."""
    t, span = frame.texts(), deskwork.waiting(talk, desk.conversations.now())
    if st.button(t("desk.back"), icon=":material/arrow_back:", type="tertiary"):
        del st.query_params["talk"]
        st.rerun()
    top = st.container()
    aside, said_so_far = st.columns([2, 5], gap="large")  # on a narrow screen what can be done comes first
    with aside:
        _draw_name()
        holder = deskwork.holder(talk, agent())
        draw_actions(desk, talk, agent(), holder)
        draw_facts(desk, talk, holder)
    with top:
        words = {"span": clock.lasting(span, t) if span is not None else "", "who": talk.taken_by or ""}
        frame.head(t("desk.nav"), t(f"desk.talk.{holder}", **words), summary_of(desk, talk))
        if fault := st.session_state.pop("desk.fault", ""):
            draw_fault(t("desk.failed"), fault, mild=True)
    with said_so_far:
        with st.container(height=HEIGHT, autoscroll=True):
            st.fragment(draw_turns, run_every=None if holder == "closed" else 2)(desk, talk)
        # Beside the box: at the foot of the page it would scroll there at every message, away from what is being corrected.
        said = holder == "mine" and st.chat_input(t("desk.write"), max_chars=2000)
    if said and said.strip():
        attempt(lambda: desk.answer(talk.key, agent(), said))


def _draw_name() -> None:
    """Where nobody signs in, who sits here says so."""
    if signin.is_on():
        return
    t = frame.texts()
    st.session_state["desk.agent"] = st.text_input(t("desk.name"), agent(), max_chars=80).strip()
