"""The replay lab: the past through the rules, as if it came now."""

import streamlit as st

from headwater.errors import HeadwaterError
from headwater.ui import blocks, frame
from sentiment_monitor import lab
from sentiment_monitor.alerts.rules import read_rules
from sentiment_monitor.desk import desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.replay.history import History
from sentiment_monitor.views.desk_bar import draw_bar
from sentiment_monitor.views.lab_input import draw_past, draw_surges
from sentiment_monitor.views.lab_outcome import draw_outcome
from sentiment_monitor.views.rule_faults import read_or_stop

t, here = frame.texts(), desk("lab.nav")
rules = read_or_stop("lab.nav", lambda: read_rules(here.rules))
top = st.container()
draw_bar(here)
history: History | str | None = draw_past(here)
left, right = st.columns(2, gap="large")
with left:
    budget = st.text_input(
        t("lab.budget"), placeholder=t("lab.budget_example"), help=t("lab.budget_help"), key="lab.budget",
    )  # fmt: skip
with right:
    surges = draw_surges(here)
asked = (here.news, here.start, None if here.live else here.now, budget, tuple(surges), tuple(rules), id(history) if isinstance(history, History) else None)  # fmt: skip
if st.button(t("lab.run"), type="primary", icon=":material/replay:", disabled=isinstance(history, str), key="lab.run"):
    try:
        with st.spinner(t("lab.running")):
            past = history if isinstance(history, History) else lab.of_store(here.store, here.start, here.now, rules)
            found = lab.run(past, rules, None if isinstance(history, History) else here.start, budget, surges)
        st.session_state["lab.found"] = (asked, found)
    except HeadwaterError as fault:
        st.session_state["lab.found"] = (asked, str(fault))
kept, outcome = st.session_state.get("lab.found", (None, None))
if kept != asked or outcome is None:
    with top:
        frame.head(t("lab.nav"), t("lab.ask"), t("lab.ask_detail"))
elif isinstance(outcome, str):
    with top:
        frame.head(t("lab.nav"), t("lab.refused"), t("lab.refused_detail"))
    st.code(outcome, language=None, wrap_lines=True)
else:
    with top:
        days = max(1, (outcome.report.end - outcome.report.start).days)
        worst = max(outcome.report.alerts, key=lambda alert: alert.severity, default=None)
        name = worst and name_of(t, here.companies, worst.dimension, worst.value)
        said = t.count("lab.told", len(outcome.report.alerts), days=days, name=name) if worst else t("lab.told_none", days=days)  # fmt: skip
        frame.head(t("lab.nav"), said, t("lab.rests"))
    draw_outcome(here, outcome)
st.html(blocks.note(t("lab.note")))
