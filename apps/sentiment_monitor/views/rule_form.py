"""One rule as fields."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from headwater.errors import InputError
from headwater.ui import frame
from headwater.ui.faults import draw_fault
from sentiment_monitor import rulework
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.alerts.wording import plain_number
from sentiment_monitor.desk import Desk
from sentiment_monitor.news import SENTIMENTS

__all__ = ["draw_form"]

HOURS = (1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168)


def draw_form(here: Desk, rules: Sequence[Rule]) -> list[Rule]:
    """The fields of a chosen rule; all rules as they stand in the fields, or [] where those cannot be."""
    t, names = frame.texts(), [rule.name for rule in rules]
    name = (
        st.segmented_control(t("newsrules.which"), names, default=names[0], key=f"newsrules.which.{here.news}")
        or names[0]
    )
    rule = next(rule for rule in rules if rule.name == name)
    values = _fields(rule, f"{here.news}.{name}")
    try:
        tried = rulework.edited(rules, name, values)
    except InputError as fault:
        draw_fault(t("newsrules.not_yet"), fault)
        return []
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("newsrules.save"), type="primary", disabled=tried == list(rules), key="newsrules.save"):
            rulework.saved(here.rules, rulework.place_of(here.news), tried)
            st.session_state["newsrules.said"] = t(f"newsrules.saved.{here.news}", name=name)
            st.rerun()
        st.caption(t("newsrules.same" if tried == list(rules) else "newsrules.changed"))
    return tried


def _fields(rule: Rule, key: str) -> dict[str, Any]:
    t = frame.texts()

    def named(field: str) -> dict[str, Any]:
        return {"label": t(f"newsrules.field.{field}"), "help": t(f"newsrules.help.{field}"), "key": f"newsrules.{key}.{field}"}  # fmt: skip

    left, right = st.columns(2, gap="large")
    with left:
        sentiment = st.selectbox(
            options=SENTIMENTS, index=SENTIMENTS.index(rule.sentiment), format_func=lambda label: t(f"sentiment.{label}"),
            **named("sentiment"),
        )  # fmt: skip
        values = st.text_input(value="*" if rule.values is None else "; ".join(rule.values), **named("values"))
        windows = st.multiselect(
            options=sorted({*HOURS, *rule.windows}), default=list(rule.windows), format_func=lambda hours: t("inbox.hours", hours=hours),
            max_selections=6, **named("windows"),
        )  # fmt: skip
        least = st.number_input(value=rule.least, min_value=1, max_value=10_000, **named("least"))
        chance = st.text_input(value=plain_number(rule.chance), **named("chance"))
    with right:
        close = st.number_input(value=rule.close, min_value=1.0, step=10.0, format="%g", **named("close"))
        calm = st.number_input(value=rule.calm, min_value=0.0, max_value=168.0, step=1.0, format="%g", **named("calm"))
        cool = st.number_input(
            value=rule.cool_down, min_value=0.0, max_value=720.0, step=1.0, format="%g", **named("cool_down")
        )
        channels = st.text_input(value="; ".join(rule.channels), **named("channels"))
    return {
        "sentiment": sentiment, "values": None if values.strip() == "*" else rulework.parts_of(values), "windows": tuple(sorted(windows)),
        "least": int(least), "chance": rulework.chance_of(chance, rule), "close": close, "calm": calm, "cool_down": cool,
        "channels": rulework.parts_of(channels),
    }  # fmt: skip
