"""The customer's chat; for the team, beside it, why the bot said what it said."""

import streamlit as st

from headwater.ui import blocks, frame, signin
from support_chatbot import talk, talking
from support_chatbot.opening import bot
from support_chatbot.views.bubbles import draw_greeting, draw_turn
from support_chatbot.views.reasons import draw_reasons
from support_chatbot.views.standing import draw_head, draw_standing, draw_tail

EXAMPLES = ("arrival", "lost", "found", "unsure")
HEIGHT = 470  # pixels of the conversation, so that the field beneath it stays in sight

t = frame.texts()
opened = bot()
here = talking.standing()
staff = signin.person().is_staff


def draw_conversation() -> None:
    """The turns in a box that stays where it is and follows what is new."""
    new = st.session_state.pop(talking.NEW, None)
    told = len(here.turns) if here.status == "open" else talk.handed_over_at(here.turns)
    with st.container(height=HEIGHT, autoscroll=True):
        draw_greeting(opened.greeting)
        if not here.turns:
            draw_examples()
        for turn in here.turns[:told]:
            draw_turn(opened, here.key, turn, explained=explains, new=turn.number == new)
        if here.status == "open":
            draw_quick_replies()
        elif here.about:
            draw_tail(opened, here, told)


def draw_examples() -> None:
    st.html(blocks.note(t("talk.try")))
    for example in EXAMPLES:
        question = t(f"talk.example.{example}")
        st.button(question, key=example, icon=":material/chat:", on_click=talking.send, args=(opened, question))


def draw_quick_replies() -> None:
    replies = talk.quick_replies(here.turns)
    with st.container(horizontal=True):
        for place, (words, intent) in enumerate(replies):
            key = f"reply-{len(here.turns)}-{place}"
            st.button(words, key=key, on_click=talking.send, args=(opened, words, intent))


def draw_field() -> None:
    """The field to write in; it is shut where a person has ended the conversation."""

    def typed() -> None:
        if st.session_state["talk.typed"].strip():
            talking.send(opened, st.session_state["talk.typed"])

    shut = here.status == "closed" and here.about is not None and here.about.taken_by is not None
    words = t("talk.closed_field" if shut else "talk.write" if here.turns else "talk.placeholder")
    st.chat_input(words, max_chars=2000, key="talk.typed", on_submit=typed, disabled=shut)


draw_head(opened, here)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.button(t("talk.again"), icon=":material/restart_alt:", on_click=talking.begin_anew, disabled=not here.turns)
    explains = staff and st.toggle(t("talk.explain"), value=True, key="talk.explains")
left, right = st.columns([5, 3], gap="medium") if explains else (st.container(), None)
with left:
    draw_conversation()
    draw_standing(opened, here)
    draw_field()
if right is not None:
    with right:
        draw_reasons(opened, talking.explained(here))
