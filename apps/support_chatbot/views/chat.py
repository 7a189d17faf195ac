"""The chat, and beside it the dial."""

import streamlit as st

from headwater.ui import blocks, formats, frame
from headwater.ui.loading import model_for
from support_chatbot import dialogue
from support_chatbot.confidence import Stop, middle, stops
from support_chatbot.views.reply import draw_turn, name_of

EXAMPLES = ("arrival", "charge", "unsure", "weather")

t = frame.texts()
model = model_for("support")
turns: list[dialogue.Turn] = st.session_state.setdefault("support.turns", [])


def ask(text: str) -> None:
    """Add a question and the bot's reply to the conversation."""
    prediction = model.predict([text])[0]
    reply = dialogue.decide(prediction, st.session_state["support.stop"].least, model.head.out_of_scope)
    turns.append(dialogue.Turn(text, reply))


def draw_head() -> None:
    count = dialogue.tally(turns)
    if not turns:
        frame.head(t("nav.support"), t("chat.empty"), t("chat.empty_detail"))
        return
    frame.head(t("nav.support"), t.count("chat.summary", len(turns), **count), name_of_last())


def name_of_last() -> str:
    reply = turns[-1].reply
    return t("chat.last", intent=name_of(reply.intent), percent=formats.percent(reply.probability))


def name_stop(stop: Stop) -> str:
    if stop.risk is None:
        return t("dial.least", percent=formats.percent(stop.least))
    return t("dial.risk", percent=formats.percent(stop.risk))


def draw_dial() -> None:
    positions = stops(model.bundle.calibration(model.model.variant, model.head.name).thresholds)
    if st.session_state.get("support.dial") not in positions:  # first visit, another bundle, or back from another page
        kept = st.session_state.get("support.stop")
        st.session_state["support.dial"] = kept if kept in positions else middle(positions)
    if positions[0].risk is None:
        stop = st.select_slider(t("dial.title"), positions, format_func=name_stop, key="support.dial")
        st.caption(t("dial.plain", least=formats.percent(stop.least)))
    else:
        covers = [t("dial.covers", share=formats.percent(stop.coverage or 0)) for stop in positions]
        stop = st.radio(t("dial.title"), positions, format_func=name_stop, captions=covers, key="support.dial")
        st.caption(t("dial.measured", least=formats.percent(stop.least)))
    st.session_state["support.stop"] = stop
    if turns and st.button(t("chat.again"), icon=":material/restart_alt:"):
        turns.clear()
        st.rerun()


typed = st.chat_input(t("chat.placeholder"), max_chars=2000)
top, (left, right) = st.container(), st.columns([2.6, 1], gap="large")
with right.container(border=True):
    draw_dial()
if typed and typed.strip():
    ask(typed)
with top:
    draw_head()
with left:
    for number, turn in enumerate(turns):
        draw_turn(model, turns, number)
    if not turns:
        st.html(blocks.note(t("chat.try")))
        for example in EXAMPLES:
            question = t(f"chat.example.{example}")
            st.button(question, key=example, on_click=ask, args=(question,), icon=":material/chat:")
