"""The team's settings: the risk dial and what it rests on, live drift, the folder, the help centre, the webhook."""

import streamlit as st

from headwater.ui import blocks, formats, frame
from headwater.ui.faults import draw_fault
from support_chatbot import choices, opening, watching
from support_chatbot.risk.curve import RiskCurve
from support_chatbot.views.dial import draw_curve, draw_dial
from support_chatbot.views.drift import draw_drift
from support_chatbot.views.folder import draw_folder
from support_chatbot.views.reasons import thresholds
from support_chatbot.views.searched import draw_index
from support_chatbot.views.webhook import draw_webhook

t = frame.texts()
opened = opening.bot("botsettings.nav")
store = opening.store("botsettings.nav")


@st.cache_data(max_entries=8, show_spinner=False)
def positions(_curve: RiskCurve, digest: str, chosen: float) -> list[watching.Stop]:
    """`digest` is that of the folder: risk.json is one of its files."""
    return watching.stops(_curve, chosen)


def draw_head(stop: watching.Stop | None) -> None:
    if stop is None or stop.found is None:
        frame.head(t("botsettings.nav"), t("botsettings.unproved"), t("botsettings.unproved_detail"))
        return
    values = {"risk": formats.percent(stop.risk), "share": formats.percent(stop.found.answered)}
    frame.head(t("botsettings.nav"), t("botsettings.head", **values), t("botsettings.detail"))


curve = watching.curve_of(opened)
risk = choices.chosen_risk(store)
stops = positions(curve, opened.folder.digest, risk) if isinstance(curve, RiskCurve) else []
draw_head(next((stop for stop in stops if stop.risk == risk), None))
if isinstance(curve, RiskCurve):
    left, right = st.columns([2, 3], gap="large")
    with left:
        draw_dial(store, curve, stops, risk)
    with right:
        draw_curve(curve, stops, risk)
        st.html(blocks.note(" ".join(thresholds(opened.zones))))
    st.subheader(t("botsettings.drift.title"), anchor=False)
    draw_drift(curve, watching.questions_of(store, opened.classifier.bundle.digest, opened.zones.out_of_scope))
else:
    draw_fault(t("botsettings.no_curve"), curve, mild=True)
    st.html(blocks.note(" ".join(thresholds(opened.zones))))
st.subheader(t("botsettings.folder.title"), anchor=False)
draw_folder(opened)
st.subheader(t("botsettings.index.title"), anchor=False)
draw_index(opened, store)
st.subheader(t("botsettings.webhook.title"), anchor=False)
draw_webhook(opening.webhook(), store)
