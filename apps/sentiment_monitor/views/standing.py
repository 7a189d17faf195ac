"""What stands out on the overview: a card for each open alert, with the stories that led it."""

from datetime import timedelta

import streamlit as st

from headwater.ui import blocks, frame
from headwater.ui.colours import OTHER
from sentiment_monitor.alerts.wording import worded
from sentiment_monitor.desk import Desk
from sentiment_monitor.overview import Overview, Standing
from sentiment_monitor.views.alert_row import INKS
from sentiment_monitor.views.desk_bar import when
from sentiment_monitor.views.links import link_alert, link_story, link_subject

__all__ = ["draw_standing"]

LED, MOST = 3, 6


def draw_standing(here: Desk, found: Overview) -> None:
    """The severest first; more than six are on the page of alerts."""
    t = frame.texts()
    st.subheader(t("overview.standing"), anchor=False)
    if not found.standing:
        st.html(blocks.state(True, t("overview.calm"), t("overview.calm_detail")))
    for one in found.standing[:MOST]:
        with st.container(border=True, gap="xsmall"):
            _draw(here, one)
    if len(found.standing) > MOST:
        st.caption(t("overview.more", number=len(found.standing) - MOST))


def _draw(here: Desk, one: Standing) -> None:
    t = frame.texts()
    link_subject(here, one.dimension, one.value, "notifications_active")
    chips = [_chip(one)]
    since = t("overview.since", when=when(here, one.alert.opened)) if one.alert else t("overview.unopened")
    st.html(blocks.tags(since, chips))
    if one.finding is None:
        st.html(blocks.paragraph(t("overview.calming")))
        return
    st.html(blocks.paragraph(worded(one.finding.reason, (), t.language)))
    begin = here.now - timedelta(hours=one.finding.hours)
    rows = here.past.stories(one.dimension, one.value, begin, here.now, one.finding.sentiment, limit=LED)
    for row in rows:
        link_story(row.id, row.title)
    if one.alert:
        link_alert(one.alert.id)


def _chip(one: Standing) -> str:
    t = frame.texts()
    if one.alert is None:
        return blocks.chip(t("overview.watched"), OTHER)
    return blocks.chip(t(f"newsalert.severity.{one.alert.severity}"), INKS[one.alert.severity])
