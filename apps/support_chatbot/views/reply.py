"""One turn of the chat: the question, the reply, the buttons of a question back, and why."""

import streamlit as st

from headwater.serving import Classifier
from headwater.ui import blocks, formats, frame
from headwater.ui.loading import word_weights
from support_chatbot import single_turn

__all__ = ["draw_turn", "name_of"]

ICONS = {single_turn.UNDERSTOOD: "check_circle", single_turn.ASKED: "help", single_turn.HANDED_OVER: "support_agent"}


def name_of(intent: str) -> str:
    """The intent in the words of the page's language, or its label as words."""
    return frame.texts().get(f"intent.{intent.strip('?').lower()}", single_turn.readable(intent))


def draw_turn(model: Classifier, turns: list[single_turn.Turn], number: int) -> None:
    """Draw turn `number`; the last one may still be answered by a button."""
    turn, last = turns[number], number == len(turns) - 1
    with st.chat_message("user", avatar=":material/person:"):
        st.html(blocks.paragraph(turn.text))
    with st.chat_message("assistant", avatar=f":material/{ICONS[turn.reply.outcome]}:"):
        st.html(blocks.paragraph(_says(turn)))
        if last and turn.reply.outcome == single_turn.ASKED:
            _draw_options(turns, number)
        with st.expander(frame.texts()("why.title"), expanded=last):
            _draw_why(model, turn)


def _says(turn: single_turn.Turn) -> str:
    t, reply = frame.texts(), turn.reply
    if turn.picked:
        return t(
            "chat.picked" if reply.outcome == single_turn.UNDERSTOOD else "chat.neither", intent=name_of(reply.intent)
        )
    return t(f"chat.{reply.outcome}", intent=name_of(reply.intent), percent=formats.percent(reply.probability))


def _draw_options(turns: list[single_turn.Turn], number: int) -> None:
    def pick(intent: str | None) -> None:
        turns[number] = single_turn.chosen(turns[number], intent)

    with st.container(horizontal=True):
        for intent in turns[number].reply.options:
            st.button(name_of(intent), key=f"pick-{number}-{intent}", on_click=pick, args=(intent,))
        st.button(
            frame.texts()("chat.none_of_them"), key=f"pick-{number}", on_click=pick, args=(None,), type="tertiary"
        )


def _draw_why(model: Classifier, turn: single_turn.Turn) -> None:
    t = frame.texts()
    st.html(blocks.note(t("why.intents")))
    st.html(blocks.bars([(name_of(label), share, formats.percent(share)) for label, share in turn.reply.top]))
    label = turn.reply.top[0][0]
    parts = word_weights(model, model.bundle.digest, turn.text, label)
    st.html(blocks.note(t("why.words", label=name_of(label))))
    st.html(blocks.weighted_words([(part.text, part.drop) for part in parts]))
