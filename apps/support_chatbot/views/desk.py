"""The operators' desk: who waits for a person, and one conversation."""

from pathlib import Path

import streamlit as st

from headwater.errors import InputError
from headwater.ui import clock, frame
from support_chatbot import deskwork
from support_chatbot.opening import conversations
from support_chatbot.records.desk import Desk
from support_chatbot.views.desk_list import draw_filters, draw_list
from support_chatbot.views.desk_talk import draw_talk

t = frame.texts()
desk = Desk(conversations())


def draw_queue() -> None:
    """The overview: the sentence of who waits, and the list; drawn again every few seconds."""
    held, queue = deskwork.counts(desk), desk.queue(limit=1)
    first = [deskwork.waiting(talk, desk.conversations.now()) for talk in queue.conversations]
    if first and first[0] is not None:
        sentence = t.count("desk.waits", queue.total, span=clock.lasting(first[0], t))
    else:
        sentence = t("desk.nobody" if held["all"] else "desk.nothing")
    frame.head(t("desk.nav"), sentence, t("desk.rests") if held["all"] else t("desk.nothing_detail"))
    if held["all"]:
        draw_filters(held)
        draw_list(desk)
    else:
        st.page_link(Path(__file__).with_name("chat.py"), label=t("desk.to_chat"), icon=":material/forum:")


key = st.query_params.get("talk", "")
if not key:
    st.fragment(draw_queue, run_every=5)()
    st.stop()
try:
    talk = desk.conversations.conversation(key)
except InputError:
    frame.head(t("desk.nav"), t("desk.gone"), t("desk.gone_detail"))
    if st.button(t("desk.back"), icon=":material/arrow_back:"):
        del st.query_params["talk"]
        st.rerun()
    st.stop()
draw_talk(desk, talk)
