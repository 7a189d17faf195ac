"""One turn of the chat: who says it, its parts with their sources, thumbs, and the way to its why."""

import time
from collections.abc import Iterator
from datetime import datetime

import streamlit as st

from headwater.ui import blocks, clock, frame
from support_chatbot import talk
from support_chatbot.bot import Bot
from support_chatbot.opening import conversations
from support_chatbot.views.sources import draw_source

__all__ = ["draw_greeting", "draw_turn", "shown_time"]

ICONS = {"customer": ":material/person:", "bot": ":material/water:", "agent": ":material/support_agent:"}
WORD = 0.012  # seconds that a word takes: a reply of 80 words is there within a second


def shown_time(when: datetime) -> str:
    """When it was, in the reader's own zone."""
    return clock.moment(when, conversations().now(), frame.texts().language, clock.reader_zone())


def draw_greeting(text: str) -> None:
    """What the bot says before anything was said."""
    with st.chat_message("assistant", avatar=ICONS["bot"]):
        st.markdown(talk.as_markdown(text))


def draw_turn(bot: Bot, key: str, turn: talk.Said, *, explained: bool, new: bool = False) -> None:
    """Draw a turn; `explained`: with a button for its why; `new`: word by word."""
    t = frame.texts()
    with st.chat_message("user" if turn.speaker == "customer" else "assistant", avatar=ICONS[turn.speaker]):
        if turn.speaker != "bot":
            when = shown_time(turn.created)
            st.html(blocks.paragraph(turn.text))
            if turn.speaker == "agent":
                st.html(blocks.note(t("talk.agent", name=turn.who or "", time=when)))
            return
        for place, part in enumerate(turn.parts):
            text = talk.as_markdown(part["text"])
            st.write_stream(_typed(text)) if new else st.markdown(text)
            with st.container(gap=None):
                for source in [*talk.sources(part, bot.folder), *talk.read_more(part, bot.folder)]:
                    draw_source(source, f"{turn.number}-{place}-{source.link}")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            _draw_thumbs(key, turn)
            if explained:
                st.button(t("talk.why"), key=f"why-{turn.number}", type="tertiary", on_click=_choose, args=(turn,))


def _typed(text: str) -> Iterator[str]:
    for piece in talk.pieces(text):
        yield piece
        time.sleep(WORD)


def _choose(turn: talk.Said) -> None:
    st.session_state["talk.why"] = turn.number


def _draw_thumbs(key: str, turn: talk.Said) -> None:
    def give() -> None:
        picked = st.session_state[name]
        conversations().thumbs(key, turn.number, None if picked is None else 2 * picked - 1)

    name = f"thumbs-{key[:8]}-{turn.number}"
    st.feedback("thumbs", key=name, default=None if turn.thumbs is None else (turn.thumbs + 1) // 2, on_change=give)
