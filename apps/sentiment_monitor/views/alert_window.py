"""The window of an alert over time, against what was to be expected."""

from functools import partial

import streamlit as st

from headwater.ui import blocks, frame
from sentiment_monitor import alertbox
from sentiment_monitor.alert_chart import alert_chart
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.desk import Desk
from sentiment_monitor.views.desk_bar import dated

__all__ = ["draw_window"]


def draw_window(here: Desk, row: alertbox.Shown, rule: Rule, hours: int) -> None:
    """A bar every quarter of an hour, and what its lines mean."""
    t = frame.texts()
    st.subheader(t("inbox.window", hours=hours), anchor=False)
    if not (points := alertbox.window(here.store, rule, row.alert, hours, here.now)):
        st.html(blocks.note(t("inbox.too_little")))
        return
    words = {name: t(f"inbox.axis.{name}") for name in ("stories", "expected", "needed", "opened", "end")}
    words["day"] = t("common.day_axis")
    st.html(blocks.note(t("inbox.window_note", hours=hours, sentiment=t(f"sentiment.{rule.sentiment}"))))
    said = partial(dated, here=here)
    st.altair_chart(alert_chart(points, row.alert.opened, here.zone, words, rule.sentiment, said), key="inbox.chart")
