"""What the next person must know of a conversation: why it was handed over, what was told, what the customer has said."""

import streamlit as st

from headwater.ui import blocks, clock, frame
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Conversation
from support_chatbot.views.desk_row import HOLDERS, channel_of, reason_of

__all__ = ["draw_facts"]


def draw_facts(desk: Desk, talk: Conversation, holder: str) -> None:
    """The state, the facts, and the values that were found."""
    t = frame.texts()
    begun = clock.moment(talk.created, desk.conversations.now(), t.language, clock.reader_zone())
    st.html(blocks.chip(t(f"desk.state.{holder}"), HOLDERS[holder]))
    facts = {"reason": reason_of(talk), "wait": talk.wait, "begun": begun, "channel": channel_of(talk.channel)}
    facts |= {
        "language": t.get(f"desk.language.{talk.language}", talk.language),
        "customer": t("desk.known" if talk.known else "desk.unknown"),
    }
    st.html(blocks.facts([(t(f"desk.fact.{name}"), value) for name, value in facts.items() if value]))
    if talk.slots:
        rows = [(t.get(f"desk.slot.{name}", name.replace("_", " ")), value) for name, value in talk.slots.items()]
        st.html(blocks.note(t("desk.slots")))
        st.html(blocks.facts(rows))
