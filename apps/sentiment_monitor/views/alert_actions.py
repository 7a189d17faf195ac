"""What a person does with an alert: acknowledge it, call it false, mute its target; each can be taken back."""

from datetime import timedelta

import streamlit as st

from headwater.ui import blocks, frame
from sentiment_monitor import alertbox
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.alerts.wording import chance_words
from sentiment_monitor.desk import Desk, person
from sentiment_monitor.naming import name_of
from sentiment_monitor.views.desk_bar import when

__all__ = ["draw_actions"]

SPANS = {"hours": timedelta(hours=8), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


def draw_actions(here: Desk, row: alertbox.Shown, rule: Rule | None) -> None:
    """The verdict and the mute, as they stand, and the buttons that change them."""
    t, verdict, number = frame.texts(), row.judged.verdict, row.alert.id
    mute = alertbox.muted_by(row.alert, inbox.mutes(here.store, here.now))
    with st.container(horizontal=True, vertical_alignment="center"):
        if verdict is None:
            _button("acknowledge", "check", lambda: inbox.decide(here.store, number, "acknowledged", _by()))
            _button("false", "close", lambda: inbox.decide(here.store, number, "false", _by()))
        else:
            _button("undo", "undo", lambda: inbox.decide(here.store, number, None, _by()))
        if mute is None:
            _draw_mute(here, row)
        else:
            _button("unmute", "notifications", lambda: inbox.unmute(here.store, mute.id))
    if verdict is not None:
        st.html(blocks.state(verdict == "acknowledged", t(f"inbox.verdict.{verdict}", by=row.judged.by or "")))
    if mute is not None:
        st.html(blocks.note(t("inbox.muted_until", until=when(here, mute.until), by=mute.by)))
    if verdict == "false" and rule is not None:
        _draw_tuning(here, row, rule)


def _button(name: str, icon: str, act) -> None:
    if st.button(frame.texts()(f"inbox.{name}"), icon=f":material/{icon}:", key=f"inbox.do.{name}"):
        act()
        st.rerun()


def _draw_mute(here: Desk, row: alertbox.Shown) -> None:
    t, alert = frame.texts(), row.alert
    with st.popover(t("inbox.mute"), icon=":material/notifications_off:"):
        st.caption(t("inbox.mute_note", name=name_of(t, here.companies, alert.dimension, alert.value)))
        span = st.radio(
            t("inbox.mute_for"), list(SPANS), format_func=lambda name: t(f"inbox.span.{name}"), key="inbox.span"
        )
        every = st.checkbox(t("inbox.mute_all", rule=alert.rule), key="inbox.every")
        if st.button(t("inbox.mute_now"), type="primary", key="inbox.do.mute"):
            until, named = here.now + SPANS[span], None if every else alert.rule
            inbox.mute(here.store, alert.dimension, alert.value, until, _by(), named, here.now)
            st.rerun()


def _draw_tuning(here: Desk, row: alertbox.Shown, rule: Rule) -> None:
    """What marking it false does to the next alert of its target."""
    t, chance = frame.texts(), alertbox.chance_of(here.store, rule, row.alert, here.now)
    tuned = chance < rule.chance
    figures = {"chance": chance_words(chance), "usual": chance_words(rule.chance)}
    st.html(blocks.note(t("inbox.tuned" if tuned else "inbox.not_tuned", **figures)))


def _by() -> str:
    return person() or frame.texts()("inbox.somebody")
