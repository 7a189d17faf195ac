"""One alert: why it was told, its window against what was to be expected, the stories that led it, and what to do."""

import streamlit as st

from headwater.errors import InputError
from headwater.ui import blocks, frame
from headwater.ui.colours import OTHER, sentiment_ink
from sentiment_monitor import alertbox
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.alerts.wording import chance_words, expected_words
from sentiment_monitor.desk import Desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.views.alert_actions import draw_actions
from sentiment_monitor.views.alert_row import INKS
from sentiment_monitor.views.alert_window import draw_window
from sentiment_monitor.views.desk_bar import when
from sentiment_monitor.views.links import link_story, link_subject

__all__ = ["draw_alert", "draw_back"]


def draw_back() -> None:
    """The way to the inbox."""
    if st.button(frame.texts()("inbox.back"), icon=":material/arrow_back:", type="tertiary"):
        del st.query_params["alert"]
        st.rerun()


def draw_alert(here: Desk, row: alertbox.Shown, rule: Rule | None) -> None:
    """The page of one alert; `rule` is None where it is no more."""
    t, alert = frame.texts(), row.alert
    name = name_of(t, here.companies, alert.dimension, alert.value)
    draw_back()
    _draw_head(here, row, name)
    state = t(f"newsalert.severity.{row.severity}" if row.open else "inbox.ended")
    rests = t("inbox.rule" if rule else "inbox.rule_gone", rule=alert.rule)
    st.html(blocks.tags(rests, [blocks.chip(state, INKS[row.severity] if row.open else OTHER)]))
    draw_actions(here, row, rule)
    if row.reason and rule is not None:
        draw_window(here, row, rule, int(row.reason["hours"]))
    _draw_led(here, row)
    link_subject(here, alert.dimension, alert.value)


def _draw_head(here: Desk, row: alertbox.Shown, name: str) -> None:
    t, why, alert = frame.texts(), row.reason, row.alert
    since = t("inbox.opened", when=when(here, alert.opened))
    if not row.open and alert.closed is not None:
        since = t("inbox.opened_closed", when=when(here, alert.opened), until=when(here, alert.closed))
    if not why:
        frame.head(t("inbox.nav"), t("inbox.calm", name=name), since)
        return
    figures = {"hours": why["hours"], "expected": expected_words(t, why["expected"])}
    said = t.count(f"inbox.open.{why['sentiment']}", why["stories"], name=name, **figures)
    said = said if row.open else t("inbox.was", said=said)
    frame.head(t("inbox.nav"), said, t.joined(t("inbox.chance", p=chance_words(why["p"])), since))


def _draw_led(here: Desk, row: alertbox.Shown) -> None:
    t = frame.texts()
    st.subheader(t("inbox.led"), anchor=False)
    if not row.led:
        st.html(blocks.note(t("inbox.no_led")))
    else:
        st.html(blocks.note(t("inbox.led_note", name=name_of(t, here.companies, row.alert.dimension, row.alert.value))))
    for number in reversed(row.led):
        try:
            story = here.past.story(number, limit=1)
        except InputError:  # forgotten with its day
            continue
        label = next((said for *mine, said in story.labels if tuple(mine) == row.alert.target[1:]), "neutral")
        meta = [when(here, story.at), ", ".join(story.sources[:2])] + ([t.count("inbox.items", story.count)] if story.count > 1 else [])  # fmt: skip
        with st.container(gap=None):
            link_story(number, story.title)
            st.html(blocks.tags(" · ".join(meta), [blocks.chip(t(f"sentiment.{label}"), sentiment_ink(label))]))
