"""What the next person must know of a conversation: why it was handed over, what was told, what the customer has said."""

import streamlit as st

from headwater.ui import blocks, clock, frame
from support_chatbot import deskwork
from support_chatbot.naming import intent_name
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Conversation
from support_chatbot.views.desk_row import HOLDERS, channel_of, reason_of

__all__ = ["draw_facts", "summary_of"]


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
        rows = [(_slot_name(name), value) for name, value in talk.slots.items()]
        st.html(blocks.note(t("desk.slots")))
        st.html(blocks.facts(rows))


def summary_of(desk: Desk, talk: Conversation) -> str:
    """Why it was handed over, about what, what was under way and what was asked last; as written where parts were not kept."""
    t, told = frame.texts(), deskwork.handed(desk.conversations.transcript(talk.key))
    if not talk.summary or "recent" not in told:
        return talk.summary or ""
    said = [t("desk.told.reason", reason=reason_of(talk))]
    if told["topic"]:
        said.append(t("desk.told.topic", intent=intent_name(t, told["topic"])))
    for intent, filled in told["tasks"]:
        values = t("common.comma").join(f"{_slot_name(name)}: {value}" for name, value in filled.items())
        said.append(t("desk.told.task", intent=intent_name(t, intent), filled=values or t("desk.told.nothing")))
    if told["recent"]:
        texts = t("common.comma").join(t("desk.told.text", text=text) for text in told["recent"])
        said.append(t("desk.told.recent", texts=texts))
    return " ".join(said)


def _slot_name(name: str) -> str:
    return frame.texts().get(f"desk.slot.{name}", name.replace("_", " "))
