"""Where the conversation stands: the sentence at the page's top, a form's progress, and a person who takes over."""

import streamlit as st

from headwater.ui import blocks, frame
from headwater.ui.faults import draw_fault
from support_chatbot import talk, talking
from support_chatbot.bot import Bot
from support_chatbot.views.bubbles import draw_turn, shown_time

__all__ = ["draw_head", "draw_standing", "draw_tail"]

EVERY = 2.0  # seconds between two looks for what a person has written


def draw_head(bot: Bot, here: talking.Talk) -> None:
    """The page's sentence."""
    t, values = frame.texts(), {"bank": bot.policy.bank, "bot": bot.policy.bot}
    step = talking.step_of(here)
    frame.head(t("nav.support"), t(f"talk.head.{step}", **values), t(f"talk.detail.{step}", **values))


def draw_standing(bot: Bot, here: talking.Talk) -> None:
    """What is under way, above the field, and what went wrong with the last message."""
    t, form = frame.texts(), talk.progress(here.state, bot.policy)
    if fault := st.session_state.pop(talking.FAULT, None):
        text, why = fault
        draw_fault(t("talk.not_sent"), f"{text}\n\n{why}", mild=True)
    if form and here.status == "open":
        words = "talk.confirming" if form.confirming else "talk.progress"
        st.progress(
            form.known / form.all,
            t(words, form=form.title[:1].upper() + form.title[1:], known=form.known, all=form.all),
        )


def draw_tail(bot: Bot, here: talking.Talk, told: int) -> None:
    """What follows a hand-over, looked at again every two seconds until a person ends it."""

    @st.fragment(run_every=EVERY if here.status == "handed_over" else None)
    def tail() -> None:
        now = talking.standing()
        if talking.step_of(now) != talking.step_of(here) or now.key != here.key:
            st.rerun()  # the sentence at the top says it too
        ended = now.status == "closed"
        if not ended:
            _draw_card(now)
        for turn in now.turns[told:]:
            draw_turn(bot, now.key, turn, explained=False)
        if ended:  # the last thing that happened stands last
            _draw_card(now)

    tail()


def _draw_card(now: talking.Talk) -> None:
    t, about = frame.texts(), now.about
    if about is None:
        return
    with st.container(border=True):
        if about.status == "closed":
            st.html(blocks.state(True, t("talk.card.closed"), t("talk.card.closed_detail")))
        elif about.taken_by:
            st.html(blocks.state(True, t("talk.card.taken", name=about.taken_by), t("talk.card.taken_detail")))
        else:
            since = t("talk.card.since", time=shown_time(about.waiting_since or about.updated))
            st.html(blocks.state(True, t("talk.card.waiting", wait=about.wait or ""), since))
