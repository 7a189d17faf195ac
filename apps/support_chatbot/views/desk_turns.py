"""What was said, turn by turn, with what the bot understood."""

import streamlit as st

from headwater.store.corrections import recorded
from headwater.ui import blocks, clock, formats, frame
from support_chatbot import deskwork
from support_chatbot.naming import intent_name
from support_chatbot.records.desk import Desk
from support_chatbot.records.rows import Conversation
from support_chatbot.views.desk_correct import draw_correction
from support_chatbot.views.desk_row import agent

__all__ = ["draw_turns"]

FACES = {"customer": ("user", "person"), "bot": ("assistant", "smart_toy"), "agent": ("assistant", "support_agent")}


def draw_turns(desk: Desk, talk: Conversation) -> None:
    """The transcript; it is drawn again every two seconds while the conversation is open."""
    t, now = frame.texts(), desk.conversations.now()
    fresh = desk.conversations.conversation(talk.key)
    if (fresh.status, fresh.taken_by, fresh.handoff) != (talk.status, talk.taken_by, talk.handoff):
        st.rerun(scope="app")  # somebody else has taken it, or closed it
    corrections = recorded(desk.store, since=talk.created)
    turns = deskwork.lines(desk.conversations.transcript(talk.key), corrections)
    if not turns:
        st.info(t("desk.silent"), icon=":material/inbox:")
    for line in turns:
        face, icon = FACES[line.turn.speaker]
        with st.chat_message(face, avatar=f":material/{icon}:"):
            when = clock.moment(line.turn.created, now, t.language, clock.reader_zone())
            speaker = line.turn.who or t(f"desk.speaker.{line.turn.speaker}")
            st.html(blocks.note(" · ".join([speaker, when])))
            if line.turn.speaker == "bot":
                st.markdown(line.turn.text)
            else:
                st.html(blocks.paragraph(line.turn.text))
            if line.correctable:
                _draw_understood(desk, talk, line, agent())


def _draw_understood(desk: Desk, talk: Conversation, line: deskwork.Line, who: str) -> None:
    """What the bot took it for, and what somebody put in its place."""
    t = frame.texts()
    top = line.top or ((line.turn.intent or "", line.turn.probability or 0.0),)
    shown = [f"{intent_name(t, name)} {formats.percent(share)}" for name, share in top]
    if line.act:  # no question was answered: what the likeliest intent was tells the agent nothing
        st.html(blocks.note(t("reason.act", act=t(f"reason.acts.{line.act}"))))
    else:
        st.html(blocks.note(t("desk.understood", intents=t("common.comma").join(shown))))
    if line.right:
        st.html(blocks.note(t("desk.corrected", intent=intent_name(t, line.right))))
    with st.popover(t("desk.correct"), icon=":material/edit:", type="tertiary"):
        draw_correction(desk, talk, line, who)
