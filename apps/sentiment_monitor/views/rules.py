"""The rules: one as a form, all as text; checked before they are saved, and what the last days would have given with them."""

import streamlit as st

from headwater.errors import InputError
from headwater.ui import blocks, frame
from headwater.ui.faults import draw_fault
from sentiment_monitor import rulework
from sentiment_monitor.alerts.rules import read_rules
from sentiment_monitor.desk import desk
from sentiment_monitor.views.desk_bar import draw_bar
from sentiment_monitor.views.rule_form import draw_form
from sentiment_monitor.views.rule_trial import draw_trial

t, here = frame.texts(), desk("newsrules.nav")
try:
    rules, fault = read_rules(here.rules), ""
except InputError as wrong:
    rules, fault = [], str(wrong)
if fault:
    frame.head(t("newsrules.nav"), t("newsrules.unreadable"), t("newsrules.unreadable_detail"))
    st.code(fault, language=None, wrap_lines=True)
else:
    watched = t("newsalert.between").join(dict.fromkeys(t(f"newsrules.each.{rule.dimension}") for rule in rules))
    frame.head(
        t("newsrules.nav"), t.count("newsrules.watch", len(rules), of=watched), t(f"newsrules.rests.{here.news}")
    )
draw_bar(here, span=False)
if said := st.session_state.pop("newsrules.said", ""):
    st.success(said, icon=":material/check:")


def keep(name: str, text: str) -> None:
    """Save a text of rules and say so; what is wrong with it is shown, and nothing is written."""
    try:
        rulework.saved_text(rulework.place_of(here.news), text)
    except InputError as wrong:
        draw_fault(t("newsrules.not_saved"), wrong)
        return
    st.session_state["newsrules.said"] = t(f"newsrules.saved.{here.news}", name=name)
    st.rerun()


one, whole = st.tabs([t("newsrules.form"), t("newsrules.text")])
with one:
    tried = draw_form(here, rules) if rules else rules
with whole:
    st.html(blocks.note(t("newsrules.text_note", file=str(rulework.place_of(here.news)))))
    text = st.text_area(
        t("newsrules.text"), here.rules.read_text(encoding="utf-8"), height=480, label_visibility="collapsed"
    )
    if st.button(t("newsrules.save_text"), type="primary", key="newsrules.save_text"):
        keep(t("newsrules.all"), text)
if tried:
    draw_trial(here, tried)
