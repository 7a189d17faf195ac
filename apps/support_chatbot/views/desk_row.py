"""One conversation in the list of the desk, and what it is called everywhere at the desk."""

import streamlit as st

from headwater.ui import blocks, clock, frame, signin
from headwater.ui.colours import ACCENT, BAD, GOOD, OTHER, Ink
from support_chatbot import deskwork
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Conversation

__all__ = ["HOLDERS", "agent", "channel_of", "draw_row", "reason_of"]

HOLDERS = {
    "waiting": Ink(BAD, "▲"),
    "mine": Ink(ACCENT, "●"),
    "other": Ink(ACCENT, "○"),
    "bot": Ink(GOOD, "◆"),
    "closed": OTHER,
}


def agent() -> str:
    """Who sits at this desk: as signed in, or as they have said; "" for who has not yet."""
    person = signin.person()
    return person.email or person.name or st.session_state.get("desk.agent", "")


def reason_of(talk: Conversation) -> str:
    """Why it was handed over, in words."""
    return frame.texts().get(f"desk.reason.{talk.reason}", talk.reason or "")


def channel_of(channel: str) -> str:
    """Where it is held, in words; an integration's own name as it stands."""
    return frame.texts().get(f"desk.channel.{channel}", channel)


def draw_row(desk: Desk, talk: Conversation) -> None:
    """The state, the customer's last words, and the way into it."""
    t, now = frame.texts(), desk.conversations.now()
    holder, span = deskwork.holder(talk, agent()), deskwork.waiting(talk, now)
    state = t("desk.state.waiting_for", span=clock.lasting(span, t)) if span is not None else t(f"desk.state.{holder}")
    when = clock.moment(talk.updated, now, t.language, clock.reader_zone())
    meta = [talk.taken_by or "", reason_of(talk), channel_of(talk.channel), t.count("desk.turns", talk.turns)]
    said = deskwork.words_of(desk.conversations.transcript(talk.key)) or t("desk.silent")
    with st.container(border=True):
        words, way = st.columns([6, 1], vertical_alignment="center")
        line = [item for item in meta if item] + [t("desk.last", when=when)]
        words.html(blocks.story(deskwork.short(said), state, HOLDERS[holder], line))
        if way.button(t("desk.open"), key=f"desk.open.{talk.key}", icon=":material/chevron_right:", type="tertiary"):
            st.query_params["talk"] = talk.key
            st.rerun(scope="app")
