"""One alert: why it was told, its window against what was to be expected, the stories that led it, and what to do."""

import streamlit as st

from headwater.errors import InputError
from headwater.ui import blocks, frame
from headwater.ui.colours import OTHER, sentiment_ink
from sentiment_monitor import alertbox
from sentiment_monitor.alert_chart import alert_chart
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.alerts.wording import expected_words, plain_number
from sentiment_monitor.desk import Desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.views.alert_actions import draw_actions
from sentiment_monitor.views.alert_row import INKS
from sentiment_monitor.views.desk_bar import when
from sentiment_monitor.views.links import link_story, link_subject

__all__ = ["draw_alert"]


def draw_alert(here: Desk, row: alertbox.Shown, rule: Rule | None) -> None:
    """The page of one alert; `rule` is None where it is no more."""
    t, alert = frame.texts(), row.alert
    name = name_of(t, here.companies, alert.dimension, alert.value)
    if st.button(t("inbox.back"), icon=":material/arrow_back:", type="tertiary"):
        del st.query_params["alert"]
        st.rerun()
    _draw_head(here, row, name)
    state = t(f"newsalert.severity.{row.severity}" if row.open else "inbox.ended")
    rests = t("inbox.rule" if rule else "inbox.rule_gone", rule=alert.rule)
    st.html(blocks.tags(rests, [blocks.chip(state, INKS[row.severity] if row.open else OTHER)]))
    draw_actions(here, row, rule)
    if row.reason and rule is not None:
        _draw_window(here, row, rule, int(row.reason["hours"]))
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
    frame.head(t("inbox.nav"), said, f"{t('inbox.chance', p=plain_number(why['p']))} {since}")


def _draw_window(here: Desk, row: alertbox.Shown, rule: Rule, hours: int) -> None:
    t = frame.texts()
    st.subheader(t("inbox.window", hours=hours), anchor=False)
    if not (points := alertbox.window(here.store, rule, row.alert, hours, here.now)):
        st.html(blocks.note(t("inbox.too_little")))
        return
    words = {name: t(f"inbox.axis.{name}") for name in ("stories", "expected", "needed", "opened", "end")}
    st.html(blocks.note(t("inbox.window_note", hours=hours, sentiment=t(f"sentiment.{rule.sentiment}"))))
    st.altair_chart(alert_chart(points, row.alert.opened, here.zone, words, rule.sentiment), key="inbox.chart")


def _draw_led(here: Desk, row: alertbox.Shown) -> None:
    t = frame.texts()
    st.subheader(t("inbox.led"), anchor=False)
    if not row.led:
        st.html(blocks.note(t("inbox.no_led")))
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
