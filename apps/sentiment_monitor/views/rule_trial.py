"""What the last days would have given with the rules as they stand in the fields, saved or not."""

from collections.abc import Sequence

import streamlit as st

from headwater.errors import InputError
from headwater.ui import blocks, frame
from sentiment_monitor import rulework
from sentiment_monitor.alerts.rule import Alert, Rule
from sentiment_monitor.alerts.wording import worded
from sentiment_monitor.desk import Desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.views.alert_row import INKS
from sentiment_monitor.views.desk_bar import dated

__all__ = ["draw_alerts", "draw_trial"]

DAYS, MOST = (7, 14, 30, 60), 20


def draw_trial(here: Desk, rules: Sequence[Rule]) -> None:
    """A button, and what it found; shown as long as neither rules nor days change."""
    t = frame.texts()
    st.subheader(t("newsrules.trial"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        days = st.segmented_control(
            t("newsrules.days"), DAYS, default=st.session_state.get("newsrules.kept_days", 14), key="newsrules.days", format_func=lambda number: t.count("span.days", number)
        ) or 14  # fmt: skip
        st.session_state["newsrules.kept_days"] = days
        asked = (here.news, here.now if not here.live else None, days, tuple(rules))
        if st.button(t("newsrules.try"), icon=":material/replay:", key="newsrules.try"):
            with st.spinner(t("newsrules.trying")):
                st.session_state["newsrules.tried"] = (asked, _tried(here, rules, days))
    kept, found = st.session_state.get("newsrules.tried", (None, []))
    if kept != asked:
        st.html(blocks.note(t("newsrules.trial_note")))
    elif isinstance(found, str):
        st.info(t("newsrules.too_little"), icon=":material/hourglass_empty:")
        st.code(found, language=None, wrap_lines=True)
    else:
        st.html(
            blocks.paragraph(
                t.count("newsrules.would", len(found), days=days) if found else t("newsrules.none", days=days)
            )
        )
        draw_alerts(here, found)


def _tried(here: Desk, rules: Sequence[Rule], days: int) -> list[Alert] | str:
    try:
        return rulework.would_have(here.store, rules, here.now, days)
    except InputError as fault:
        return str(fault)


def draw_alerts(here: Desk, alerts: Sequence[Alert], wrong: Sequence[Alert] = ()) -> None:
    """Alerts of a replay, the first twenty, each with its severity and its reason; `wrong`: those that were false."""
    t = frame.texts()
    for alert in alerts[:MOST]:
        name = name_of(t, here.companies, alert.dimension, alert.value)
        said = t("inbox.of", name=name, said=worded(alert.reason, (), t.language))
        meta = [dated(alert.opened, here), t("inbox.rule", rule=alert.rule)] + (
            [t("lab.false_one")] if alert in wrong else []
        )
        st.html(blocks.story(said, t(f"newsalert.severity.{alert.severity}"), INKS[alert.severity], meta))
    if len(alerts) > MOST:
        st.caption(t("newsrules.more", number=len(alerts) - MOST))
