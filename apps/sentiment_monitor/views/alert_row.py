"""One alert in the inbox, how its severity looks everywhere, and what is muted."""

from collections.abc import Sequence

import streamlit as st

from headwater.ui import blocks, clock, frame
from headwater.ui.colours import ACCENT, BAD, OTHER, Ink
from sentiment_monitor.alertbox import Shown
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.wording import leaders, worded
from sentiment_monitor.desk import Desk
from sentiment_monitor.naming import name_of, short
from sentiment_monitor.views.desk_bar import when

__all__ = ["INKS", "draw_mutes", "draw_row"]

INKS = {1: Ink(ACCENT, "●"), 2: Ink(BAD, "◆"), 3: Ink(BAD, "▲")}


def draw_row(here: Desk, row: Shown) -> None:
    """Who, since when, why; and the way into it."""
    t, alert = frame.texts(), row.alert
    state = t(f"newsalert.severity.{row.severity}") if row.open else t("inbox.ended")
    said = worded(row.reason, [], t.language) if row.reason else t("inbox.quiet")
    said = t("inbox.of", name=name_of(t, here.companies, alert.dimension, alert.value), said=said)
    led = [short(title) for title in leaders(here.store, row.led, 1)]
    with st.container(border=True):
        words, way = st.columns([6, 1], vertical_alignment="center")
        ink = INKS[row.severity] if row.open else OTHER
        words.html(blocks.story("\n".join([said, *led]), state, ink, _meta(here, row)))
        if way.button(t("inbox.look"), key=f"inbox.look.{alert.id}", icon=":material/chevron_right:", type="tertiary"):
            st.query_params["alert"] = str(alert.id)
            st.rerun(scope="app")


def _meta(here: Desk, row: Shown) -> list[str]:
    t, alert, judged = frame.texts(), row.alert, row.judged
    end = alert.closed if not row.open and alert.closed else here.now
    meta = [
        t(f"inbox.dimension.{alert.dimension}"),
        t("inbox.since", when=when(here, alert.opened)),
        t("inbox.lasted", span=clock.lasting(end - alert.opened, t)),
    ]
    return [*meta, t(f"inbox.verdict.{judged.verdict}", by=judged.by or "")] if judged.verdict else meta


def draw_mutes(here: Desk, mutes: Sequence[inbox.Mute]) -> None:
    """What sends nothing for a while, and the way to take that back."""
    t = frame.texts()
    for mute in mutes:
        with st.container(horizontal=True, vertical_alignment="center"):
            name = name_of(t, here.companies, mute.dimension, mute.value)
            until = {"name": name, "until": when(here, mute.until), "by": mute.by}
            st.html(blocks.note(t("inbox.muted_rule" if mute.rule else "inbox.muted_all", rule=mute.rule, **until)))
            if st.button(t("inbox.unmute"), key=f"inbox.unmute.{mute.id}", icon=":material/notifications:", type="tertiary"):  # fmt: skip
                inbox.unmute(here.store, mute.id)
                st.rerun(scope="app")
