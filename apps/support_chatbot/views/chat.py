"""The chat; the dial stands in the sidebar."""

import streamlit as st

from headwater.ui import blocks, formats, frame
from headwater.ui.loading import model_for
from support_chatbot import single_turn
from support_chatbot.views.dial import draw_dial
from support_chatbot.views.reply import draw_turn, name_of

EXAMPLES = ("arrival", "charge", "unsure", "weather")

t = frame.texts()
model = model_for("support")
turns: list[single_turn.Turn] = st.session_state.setdefault("support.turns", [])


def ask(text: str) -> None:
    """Add a question and the bot's reply to the conversation."""
    prediction = model.predict([text])[0]
    reply = single_turn.decide(prediction, st.session_state["support.stop"].least, model.head.out_of_scope)
    turns.append(single_turn.Turn(text, reply))


def draw_head() -> None:
    count = single_turn.tally(turns)
    if not turns:
        frame.head(t("nav.support"), t("chat.empty"), t("chat.empty_detail"))
        return
    frame.head(t("nav.support"), t.count("chat.summary", len(turns), **count), name_of_last())


def name_of_last() -> str:
    reply = turns[-1].reply
    return t("chat.last", intent=name_of(reply.intent), percent=formats.percent(reply.probability))


typed = st.chat_input(t("chat.placeholder"), max_chars=2000)
top = st.container()
with st.sidebar.container(border=True):
    draw_dial(model)
    if turns and st.button(t("chat.again"), icon=":material/restart_alt:"):
        turns.clear()
        st.rerun()
if typed and typed.strip():
    ask(typed)
with top:
    draw_head()
for number in range(len(turns)):
    draw_turn(model, turns, number)
if not turns:
    st.html(blocks.note(t("chat.try")))
    for example in EXAMPLES:
        question = t(f"chat.example.{example}")
        if st.button(question, key=example, icon=":material/chat:"):
            ask(question)
            st.rerun()
